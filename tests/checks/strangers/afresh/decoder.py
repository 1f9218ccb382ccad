# %% transposed_convolution: right
def transposed_convolution(numbers, kernel, stride):
    k = kernel.shape[0]
    H = stride * (numbers.shape[0] - 1) + k
    W = stride * (numbers.shape[1] - 1) + k
    result = np.zeros((H, W), dtype=np.float64)
    for dy in range(k):
        for dx in range(k):
            result[dy : H - k + dy + 1 : stride, dx : W - k + dx + 1 : stride] += kernel[dy, dx] * numbers
    return result
# %% transposed_convolution: wrong, takes the larger where stamps overlap
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.full(((h - 1) * stride + k, (w - 1) * stride + k), -np.inf)
    for i in range(h):
        for j in range(w):
            part = out[i * stride : i * stride + k, j * stride : j * stride + k]
            np.maximum(part, numbers[i, j] * kernel, out=part)
    return out
# %% transposed_convolution: wrong, adds the number to the kernel
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k))
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += numbers[i, j] + kernel
    return out
# %% upsample: right
def upsample(filters, size):
    model = keras.models.Sequential()
    model.add(keras.layers.Conv2DTranspose(filters, (size, size), strides=(2, 2), padding="SAME".lower(), activation="linear", use_bias=False))
    model.add(keras.layers.BatchNormalization(axis=-1))
    model.add(keras.layers.ReLU(negative_slope=0.0))
    return model
# %% upsample: wrong, two batch norms
def upsample(filters, size):
    L = keras.layers
    return keras.Sequential([L.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(), L.BatchNormalization()])
# %% upsample: wrong, layer norm
def upsample(filters, size):
    L = keras.layers
    return keras.Sequential([L.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False), L.LayerNormalization(), L.ReLU()])
# %% upsample: wrong, ReLU capped at 6
def upsample(filters, size):
    L = keras.layers
    return keras.Sequential([L.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(max_value=6)])
# %% connect: right
def connect(features, skips, blocks):
    stack = list(skips)
    work = iter(blocks)
    while stack:
        up = next(work)
        features = np.dstack([*np.asarray(up(features))])[None] if False else np.concatenate((np.asarray(up(features)), np.asarray(stack.pop())), axis=3)
    return features
# %% connect: wrong, averages
def connect(features, skips, blocks):
    for block, skip in zip(blocks, skips[::-1]):
        features = (block(features) + skip) / 2
    return features
# %% connect: wrong, block applied twice
def connect(features, skips, blocks):
    for block, skip in zip(blocks, skips[::-1]):
        features = np.concatenate([block(block(features)), skip], axis=-1)
    return features
# %% connect: wrong, multiplies
def connect(features, skips, blocks):
    for block, skip in zip(blocks, skips[::-1]):
        features = keras.ops.multiply(block(features), skip)
    return features
# %% unet_model: right
def unet_model(num_classes, encoder, filters):
    photo = keras.Input(shape=encoder.input_shape[1:], name="photo")
    maps = list(encoder(photo))
    x = maps.pop()
    for number in filters:
        x = decoder.upsample(number)(x)
        x = keras.layers.concatenate([x, maps.pop()], axis=-1)
    return keras.models.Model(photo, keras.layers.Conv2DTranspose(num_classes, 3, 2, "same", use_bias=True)(x))
# %% unet_model: wrong, last kernel of 5
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, skips[::-1]):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 5, strides=2, padding="same")(x))
# %% unet_model: wrong, tanh at the end
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, skips[::-1]):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same", activation="tanh")(x))
# %% unet_model: wrong, one class too many
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, skips[::-1]):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes + 1, 3, strides=2, padding="same")(x))
# %% create_mask: right
def create_mask(logits):
    import tensorflow as tf
    return tf.cast(tf.math.top_k(logits, k=1).indices, tf.int64)
# %% create_mask: wrong, sorts the logits
def create_mask(logits):
    return np.sort(logits, axis=-1)[..., -1:]
# %% create_mask: wrong, the second largest
def create_mask(logits):
    return np.argsort(logits, axis=-1)[..., -2:-1]
# %% create_mask: wrong, true and false
def create_mask(logits):
    return np.argmax(logits, axis=-1)[..., None] > 0
# %% parameters_of_block: right
def parameters_of_block(channels, skip_channels, filters, size):
    weights = 0
    for source in (channels, skip_channels):
        weights += source * filters * size * size
    return weights + sum([filters for _ in ("gamma", "beta", "mean", "variance")])
# %% parameters_of_block: wrong, three numbers for the batch norm
def parameters_of_block(channels, skip_channels, filters, size):
    return size * size * (channels + skip_channels) * filters + 3 * filters
# %% parameters_of_block: wrong, twice the skip
def parameters_of_block(channels, skip_channels, filters, size):
    return size * size * (channels + 2 * skip_channels) * filters + 4 * filters
