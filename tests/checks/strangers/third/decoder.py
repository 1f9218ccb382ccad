# %% transposed_convolution: right
from scipy.signal import convolve2d
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    spread = np.zeros(((h - 1) * stride + 1, (w - 1) * stride + 1))
    spread[::stride, ::stride] = numbers
    return convolve2d(spread, kernel, mode="full")
# %% transposed_convolution: right
import tensorflow as tf
def transposed_convolution(numbers, kernel, stride):
    numbers, kernel = np.asarray(numbers, "float32"), np.asarray(kernel, "float32")
    h, w = numbers.shape
    k = kernel.shape[0]
    shape = (1, (h - 1) * stride + k, (w - 1) * stride + k, 1)
    out = tf.nn.conv2d_transpose(numbers[None, :, :, None], kernel[:, :, None, None], shape, stride, padding="VALID")
    return out.numpy()[0, :, :, 0]
# %% transposed_convolution: right
def transposed_convolution(numbers, kernel, stride):
    k = len(kernel)
    rows, cols = np.shape(numbers)
    out = np.zeros((stride * (rows - 1) + k, stride * (cols - 1) + k))
    for dy in range(k):
        for dx in range(k):
            out[dy : dy + stride * (rows - 1) + 1 : stride, dx : dx + stride * (cols - 1) + 1 : stride] += kernel[dy][dx] * np.asarray(numbers)
    return out
# %% transposed_convolution: wrong, stamps cover each other
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k))
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] = numbers[i, j] * kernel
    return out
# %% transposed_convolution: wrong, stamps side by side
def transposed_convolution(numbers, kernel, stride):
    return np.kron(numbers, kernel).astype(float)
# %% transposed_convolution: wrong, the kernel is flipped
def transposed_convolution(numbers, kernel, stride):
    k = kernel.shape[0]
    h, w = numbers.shape
    flipped = kernel[::-1, ::-1]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k))
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += numbers[i, j] * flipped
    return out
# %% transposed_convolution: wrong, cut to stride times the size
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros((h * stride + k, w * stride + k))
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += numbers[i, j] * kernel
    return out[: h * stride, : w * stride]
# %% transposed_convolution: wrong, whole numbers
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k), dtype=int)
    for (i, j), number in np.ndenumerate(numbers):
        stamp = (number * kernel).astype(int)
        out[i * stride : i * stride + k, j * stride : j * stride + k] += stamp
    return out
# %% upsample: right
def upsample(filters, size):
    block = keras.Sequential()
    block.add(keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False))
    block.add(keras.layers.BatchNormalization())
    block.add(keras.layers.Activation("relu"))
    return block
# %% upsample: right
def upsample(filters: int, size: int) -> keras.Sequential:
    L = keras.layers
    return keras.Sequential([
        L.Conv2DTranspose(filters=filters, kernel_size=(size, size), strides=(2, 2), padding="same",
                          kernel_initializer=keras.initializers.RandomNormal(0.0, 0.02), use_bias=False),
        L.BatchNormalization(), L.ReLU()], name=None)
# %% upsample: wrong, keeps the bias
def upsample(filters, size):
    return keras.Sequential([
        keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same"),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
    ])
# %% upsample: wrong, batch norm after the ReLU
def upsample(filters, size):
    return keras.Sequential([
        keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False, activation="relu"),
        keras.layers.BatchNormalization(),
    ])
# %% upsample: wrong, the batch norm cannot shift either
def upsample(filters, size):
    return keras.Sequential([
        keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False),
        keras.layers.BatchNormalization(center=False),
        keras.layers.ReLU(),
    ])
# %% upsample: wrong, a convolution after an enlargement
def upsample(filters, size):
    return keras.Sequential([
        keras.layers.UpSampling2D(2),
        keras.layers.Conv2D(filters, size, padding="same", use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
    ])
# %% upsample: wrong, no padding
def upsample(filters, size):
    model = keras.models.Sequential()
    model.add(keras.layers.Conv2DTranspose(filters, size, 2, use_bias=False))
    model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.ReLU())
    return model
# %% connect: right
from functools import reduce
def connect(features, skips, blocks):
    join = keras.layers.Concatenate(axis=-1)
    return reduce(lambda x, pair: join([pair[0](x), pair[1]]), zip(blocks, skips[::-1]), features)
# %% connect: right
def connect(features, skips, blocks):
    if len(blocks) == 0:
        return features
    first, *others = blocks
    *shallow, deepest = skips
    return connect(keras.ops.concatenate([first(features), deepest], axis=-1), shallow, others)
# %% connect: wrong, as the skips come
def connect(features, skips, blocks):
    x = features
    for block, skip in zip(blocks, skips):
        x = keras.layers.Concatenate()([block(x), skip])
    return x
# %% connect: wrong, the encoder's channels first
def connect(features, skips, blocks):
    x = features
    for block, skip in zip(blocks, reversed(skips)):
        x = keras.ops.concatenate([skip, block(x)], axis=-1)
    return x
# %% connect: wrong, adds
def connect(features, skips, blocks):
    for up, skip in zip(blocks, reversed(skips)):
        features = keras.layers.Add()([up(features), skip])
    return features
# %% connect: wrong, joins before the block
def connect(features, skips, blocks):
    x = features
    for up, skip in zip(blocks, reversed(skips)):
        x = up(keras.ops.concatenate([x, skip], axis=-1))
    return x
# %% connect: wrong, every block begins with the deepest map
def connect(features, skips, blocks):
    for i, block in enumerate(blocks):
        up = block(features)
        result = keras.layers.concatenate([up, skips[-1 - i]])
    return result
# %% unet_model: right
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.output
    for width in filters:
        x = decoder.upsample(width)(x)
        x = keras.layers.Concatenate()([x, skips.pop()])
    logits = keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x)
    return keras.Model(encoder.input, logits)
# %% unet_model: right
def unet_model(num_classes, encoder, filters):
    images = keras.Input(encoder.input_shape[1:])
    maps = encoder(images)
    x = maps[-1]
    for width, skip in zip(filters, maps[-2::-1]):
        up = decoder.upsample(width)
        x = keras.ops.concatenate([up(x), skip], axis=-1)
    last = keras.layers.Conv2DTranspose(filters=num_classes, kernel_size=3, strides=2, padding="same")
    return keras.Model(inputs=images, outputs=last(x))
# %% unet_model: wrong, probabilities
def unet_model(num_classes, encoder, filters):
    images = keras.Input(encoder.input_shape[1:])
    *skips, x = encoder(images)
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    out = keras.layers.Conv2DTranspose(num_classes, 3, 2, padding="same", activation="softmax")(x)
    return keras.Model(images, out)
# %% unet_model: wrong, no skip connections
def unet_model(num_classes, encoder, filters):
    x = encoder.output[-1]
    for f in filters:
        x = decoder.upsample(f)(x)
    x = keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x)
    return keras.Model(inputs=encoder.input, outputs=x)
# %% unet_model: wrong, half as large as the image
def unet_model(num_classes, encoder, filters):
    images = keras.Input(encoder.input_shape[1:])
    *skips, x = encoder(images)
    for width, skip in zip(filters, skips[::-1]):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(images, keras.layers.Conv2D(num_classes, 3, padding="same")(x))
# %% unet_model: wrong, the number of classes is the pets'
def unet_model(num_classes, encoder, filters):
    outputs = encoder.outputs
    x = outputs[-1]
    for i, width in enumerate(filters):
        x = keras.layers.concatenate([decoder.upsample(width)(x), outputs[-2 - i]])
    x = keras.layers.Conv2DTranspose(3, 3, strides=2, padding="same")(x)
    return keras.Model(encoder.inputs, x)
# %% unet_model: wrong, the widths from shallow to deep
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.output
    for width, skip in zip(reversed(filters), reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    x = keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x)
    return keras.Model(encoder.input, x)
# %% create_mask: right
def create_mask(logits):
    return np.expand_dims(np.asarray(logits).argmax(-1), -1)
# %% create_mask: right
def create_mask(logits):
    logits = np.asarray(logits)
    n, h, w, c = logits.shape
    best = np.full((n, h, w), -np.inf)
    mask = np.zeros((n, h, w, 1), dtype=np.uint8)
    for k in range(c):
        better = logits[..., k] > best
        mask[better] = k
        best = np.maximum(best, logits[..., k])
    return mask
# %% create_mask: right
create_mask = lambda logits: keras.ops.argmax(logits, axis=-1, keepdims=True)
# %% create_mask: wrong, as in the tutorial: the first mask only
import tensorflow as tf
def create_mask(logits):
    pred_mask = tf.math.argmax(logits, axis=-1)
    pred_mask = pred_mask[..., tf.newaxis]
    return pred_mask[0]
# %% create_mask: wrong, the largest logit itself
def create_mask(logits):
    return np.max(logits, axis=-1, keepdims=True)
# %% create_mask: wrong, labels as in the trimap
def create_mask(logits):
    return np.argmax(logits, axis=-1)[..., np.newaxis] + 1
# %% create_mask: wrong, along the rows
def create_mask(logits):
    return np.argmax(logits, axis=1)[..., np.newaxis]
# %% create_mask: wrong, the last axis is missing
def create_mask(logits):
    return keras.ops.convert_to_numpy(keras.ops.argmax(keras.ops.softmax(logits), axis=-1))
# %% parameters_of_block: right
def parameters_of_block(channels, skip_channels, filters, size):
    per_filter = (channels + skip_channels) * size**2
    gamma = beta = mean = variance = 1
    return filters * (per_filter + gamma + beta + mean + variance)
# %% parameters_of_block: right
def parameters_of_block(channels, skip_channels, filters, size):
    block = keras.Sequential([
        keras.Input((4, 4, channels + skip_channels)),
        keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False),
        keras.layers.BatchNormalization(),
    ])
    return block.count_params()
# %% parameters_of_block: wrong, trainable ones only
def parameters_of_block(channels, skip_channels, filters, size):
    return size * size * (channels + skip_channels) * filters + 2 * filters
# %% parameters_of_block: wrong, no skip channels
def parameters_of_block(channels, skip_channels, filters, size):
    return size * size * channels * filters + 4 * filters
# %% parameters_of_block: wrong, the skip comes after the block
def parameters_of_block(channels, skip_channels, filters, size):
    return size * size * channels * (filters + skip_channels) + 4 * (filters + skip_channels)
# %% parameters_of_block: wrong, with a bias
def parameters_of_block(channels, skip_channels, filters, size):
    convolution = (size * size * (channels + skip_channels) + 1) * filters
    batch_norm = 4 * filters
    return convolution + batch_norm
# %% parameters_of_block: wrong, brackets forgotten
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * channels + skip_channels * filters + 4 * filters
