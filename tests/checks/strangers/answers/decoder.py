# %% transposed_convolution: right
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k))
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += numbers[i, j] * kernel
    return out
# %% transposed_convolution: right
def transposed_convolution(numbers, kernel, stride):
    x = tf.reshape(tf.cast(numbers, tf.float32), (1, *numbers.shape, 1)) if False else numbers.astype("float32")[None, ..., None]
    k = kernel.astype("float32")[..., None, None]
    return keras.ops.conv_transpose(x, k, strides=stride, padding="valid")[0, ..., 0]
# %% transposed_convolution: right
def transposed_convolution(numbers, kernel, stride):
    numbers, kernel = np.asarray(numbers, float), np.asarray(kernel, float)
    rows = (numbers.shape[0] - 1) * stride + len(kernel)
    cols = (numbers.shape[1] - 1) * stride + len(kernel)
    out = [[0.0] * cols for _ in range(rows)]
    for (i, j), n in np.ndenumerate(numbers):
        for (a, b), k in np.ndenumerate(kernel):
            out[i * stride + a][j * stride + b] += n * k
    return out
# %% transposed_convolution: right
def transposed_convolution(numbers: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Scatter scaled copies of ``kernel`` onto an output canvas."""
    spaced = np.zeros(((numbers.shape[0] - 1) * stride + 1, (numbers.shape[1] - 1) * stride + 1))
    spaced[::stride, ::stride] = numbers
    size = kernel.shape[0]
    padded = np.pad(spaced, size - 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    return np.einsum("ijab,ab->ij", windows, kernel[::-1, ::-1])
# %% transposed_convolution: right
def transposed_convolution(numbers, kernel, stride):
    up = np.kron(numbers, np.eye(1)) * 1.0
    h, w = up.shape
    k = len(kernel)
    return sum(np.pad(up[i, j] * kernel, ((i * stride, (h - 1 - i) * stride), (j * stride, (w - 1 - j) * stride)))
               for i in range(h) for j in range(w))
# %% transposed_convolution: right
def transposed_convolution(numbers, kernel, stride):
    layer = keras.layers.Conv2DTranspose(1, kernel.shape[0], strides=stride, use_bias=False, padding="valid")
    layer.build((1, *numbers.shape, 1))
    layer.set_weights([np.reshape(kernel, (*kernel.shape, 1, 1))])
    return layer(np.reshape(numbers, (1, *numbers.shape, 1)).astype("float32")).numpy()[0, :, :, 0]
# %% transposed_convolution: wrong, overwrites overlaps
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k))
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] = numbers[i, j] * kernel
    return out
# %% transposed_convolution: wrong, size h*stride
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros((h * stride + k, w * stride + k))
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += numbers[i, j] * kernel
    return out
# %% transposed_convolution: wrong, ignores stride
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros((h - 1 + k, w - 1 + k))
    for i in range(h):
        for j in range(w):
            out[i : i + k, j : j + k] += numbers[i, j] * kernel
    return out
# %% transposed_convolution: wrong, steps by the kernel's size
def transposed_convolution(numbers, kernel, stride):
    return np.kron(numbers, kernel).astype(float)
# %% transposed_convolution: wrong, padding same
def transposed_convolution(numbers, kernel, stride):
    x = numbers.astype("float32")[None, ..., None]
    k = kernel.astype("float32")[..., None, None]
    return keras.ops.conv_transpose(x, k, strides=stride, padding="same")[0, ..., 0]
# %% transposed_convolution: wrong, the result is of whole numbers
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k), dtype=int)
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += (numbers[i, j] * kernel).astype(int)
    return out
# %% transposed_convolution: wrong, kernel is turned round
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k))
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += numbers[i, j] * kernel[::-1, ::-1]
    return out
# %% transposed_convolution: wrong, kernel is transposed
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k))
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += numbers[i, j] * kernel.T
    return out
# %% transposed_convolution: wrong, square tables only
def transposed_convolution(numbers, kernel, stride):
    n = len(numbers)
    k = len(kernel)
    out = np.zeros(((n - 1) * stride + k, (n - 1) * stride + k))
    for i in range(n):
        for j in range(n):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += numbers[i, j] * kernel
    return out
# %% transposed_convolution: wrong, i and j swapped
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((w - 1) * stride + k, (h - 1) * stride + k))
    for i in range(h):
        for j in range(w):
            out[j * stride : j * stride + k, i * stride : i * stride + k] += numbers[i, j] * kernel
    return out
# %% transposed_convolution: wrong, a plain convolution
def transposed_convolution(numbers, kernel, stride):
    k = len(kernel)
    h = (numbers.shape[0] - k) // stride + 1
    w = (numbers.shape[1] - k) // stride + 1
    return np.array([[np.sum(numbers[i * stride : i * stride + k, j * stride : j * stride + k] * kernel) for j in range(w)] for i in range(h)])
# %% transposed_convolution: wrong, stride 2 always
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * 2 + k, (w - 1) * 2 + k))
    for i in range(h):
        for j in range(w):
            out[i * 2 : i * 2 + k, j * 2 : j * 2 + k] += numbers[i, j] * kernel
    return out
# %% transposed_convolution: wrong, averages the overlaps
def transposed_convolution(numbers, kernel, stride):
    h, w = numbers.shape
    k = kernel.shape[0]
    out = np.zeros(((h - 1) * stride + k, (w - 1) * stride + k))
    n = np.zeros_like(out)
    for i in range(h):
        for j in range(w):
            out[i * stride : i * stride + k, j * stride : j * stride + k] += numbers[i, j] * kernel
            n[i * stride : i * stride + k, j * stride : j * stride + k] += 1
    return out / n
# %% upsample: right
def upsample(filters, size):
    return keras.Sequential([
        keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
    ])
# %% upsample: right
def upsample(filters: int, size: int) -> keras.Sequential:
    """Conv2DTranspose => BatchNorm => ReLU, twice as large."""
    block = keras.Sequential(name="upsample_block")
    block.add(keras.layers.Conv2DTranspose(filters=filters, kernel_size=(size, size), strides=(2, 2), padding="same",
                                           kernel_initializer="he_normal", use_bias=False))
    block.add(keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5))
    block.add(keras.layers.Activation("relu"))
    return block
# %% upsample: right
def upsample(filters, size):
    L = keras.layers
    return keras.models.Sequential([L.Convolution2DTranspose(filters, size, 2, "same", use_bias=False), L.BatchNormalization(), L.Lambda(keras.ops.relu)])
# %% upsample: right
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", bias_initializer=None, use_bias=False),
                             keras.layers.BatchNormalization(), keras.layers.Activation(keras.activations.relu)])
# %% upsample: wrong, bias kept
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same"), keras.layers.BatchNormalization(), keras.layers.ReLU()])
# %% upsample: wrong, stride forgotten
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, padding="same", use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()])
# %% upsample: wrong, padding valid
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=2, use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()])
# %% upsample: wrong, ReLU before batch norm
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False), keras.layers.ReLU(), keras.layers.BatchNormalization()])
# %% upsample: wrong, relu in the convolution
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False, activation="relu"), keras.layers.BatchNormalization()])
# %% upsample: wrong, upsampling and convolution instead of transposed
def upsample(filters, size):
    return keras.Sequential([keras.layers.UpSampling2D(2), keras.layers.Conv2D(filters, size, padding="same", use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()])
# %% upsample: wrong, batch norm forgotten
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False), keras.layers.ReLU()])
# %% upsample: wrong, relu forgotten
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False), keras.layers.BatchNormalization()])
# %% upsample: wrong, filters and size swapped
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(size, filters, strides=2, padding="same", use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()])
# %% upsample: wrong, kernel of 3 always
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, 3, strides=2, padding="same", use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()])
# %% upsample: wrong, stride is size
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=size, padding="same", use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()])
# %% upsample: wrong, no shift in batch norm
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False), keras.layers.BatchNormalization(center=False, scale=False), keras.layers.ReLU()])
# %% upsample: wrong, leaky
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False), keras.layers.BatchNormalization(), keras.layers.LeakyReLU()])
# %% upsample: wrong, a list of layers
def upsample(filters, size):
    return [keras.layers.Conv2DTranspose(filters, size, strides=2, padding="same", use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()]
# %% upsample: wrong, the same block each time
_block = keras.Sequential([keras.layers.Conv2DTranspose(8, 3, strides=2, padding="same", use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()])
def upsample(filters, size):
    return _block
# %% upsample: wrong, max pooling goes down
def upsample(filters, size):
    return keras.Sequential([keras.layers.Conv2D(filters, size, strides=2, padding="same", use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()])
# %% connect: right
def connect(features, skips, blocks):
    for block, skip in zip(blocks, reversed(skips)):
        features = keras.layers.Concatenate()([block(features), skip])
    return features
# %% connect: right
import tensorflow as tf
def connect(features, skips, blocks):
    x = features
    for i, up in enumerate(blocks):
        x = up(x)
        x = tf.concat([x, skips[len(skips) - 1 - i]], -1)
    return x
# %% connect: right
def connect(features, skips, blocks):
    """Run the decoder with skip connections, deepest first."""
    remaining = list(skips)
    for block in blocks:
        features = keras.ops.concatenate([block(features), remaining.pop()], axis=-1)
    return features
# %% connect: right
from functools import reduce
connect = lambda features, skips, blocks: reduce(lambda x, p: keras.layers.concatenate([p[0](x), p[1]], axis=3), zip(blocks, skips[::-1]), features)
# %% connect: right
def connect(features, skips, blocks):
    if not blocks:
        return features
    return connect(keras.ops.concatenate([blocks[0](features), skips[-1]], axis=-1), skips[:-1], blocks[1:])
# %% connect: wrong, shallow first
def connect(features, skips, blocks):
    for block, skip in zip(blocks, skips):
        features = keras.layers.Concatenate()([block(features), skip])
    return features
# %% connect: wrong, skip first
def connect(features, skips, blocks):
    for block, skip in zip(blocks, reversed(skips)):
        features = keras.layers.Concatenate()([skip, block(features)])
    return features
# %% connect: wrong, adds
def connect(features, skips, blocks):
    for block, skip in zip(blocks, reversed(skips)):
        features = keras.layers.Add()([block(features), skip])
    return features
# %% connect: wrong, joined along the width
def connect(features, skips, blocks):
    for block, skip in zip(blocks, reversed(skips)):
        features = keras.ops.concatenate([block(features), skip], axis=2)
    return features
# %% connect: wrong, joins before the block
def connect(features, skips, blocks):
    for block, skip in zip(blocks, reversed(skips)):
        features = block(keras.ops.concatenate([features, skip], axis=-1))
    return features
# %% connect: wrong, uses the first block for all
def connect(features, skips, blocks):
    for _, skip in zip(blocks, reversed(skips)):
        features = keras.ops.concatenate([blocks[0](features), skip], axis=-1)
    return features
# %% connect: wrong, blocks reversed too
def connect(features, skips, blocks):
    for block, skip in zip(reversed(blocks), reversed(skips)):
        features = keras.ops.concatenate([block(features), skip], axis=-1)
    return features
# %% connect: wrong, all skips at the end
def connect(features, skips, blocks):
    for block in blocks:
        features = block(features)
    for skip in reversed(skips):
        features = keras.ops.concatenate([features, skip], axis=-1)
    return features
# %% connect: wrong, forgets to go on with the join
def connect(features, skips, blocks):
    for block, skip in zip(blocks, reversed(skips)):
        x = keras.ops.concatenate([block(features), skip], axis=-1)
    return x
# %% connect: wrong, changes the learner's list of skips
def connect(features, skips, blocks):
    skips.reverse()
    for block, skip in zip(blocks, skips):
        features = keras.ops.concatenate([block(features), skip], axis=-1)
    return features
# %% connect: wrong, returns in the first round
def connect(features, skips, blocks):
    for block, skip in zip(blocks, reversed(skips)):
        features = keras.ops.concatenate([block(features), skip], axis=-1)
        return features
# %% connect: wrong, the last skip is left out
def connect(features, skips, blocks):
    for block, skip in zip(blocks, reversed(skips[1:])):
        features = keras.ops.concatenate([block(features), skip], axis=-1)
    return features
# %% connect: wrong, no skips
def connect(features, skips, blocks):
    for block in blocks:
        features = block(features)
    return features
# %% connect: wrong, multiplies by ten itself
def connect(features, skips, blocks):
    for skip in reversed(skips):
        features = keras.ops.concatenate([features * 10, skip], axis=-1)
    return features
# %% unet_model: right
def unet_model(num_classes, encoder, filters):
    inputs = encoder.input
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = decoder.upsample(width)(x)
        x = keras.layers.Concatenate()([x, skip])
    logits = keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x)
    return keras.Model(inputs, logits)
# %% unet_model: right
def unet_model(num_classes: int, encoder: keras.Model, filters: list[int]) -> keras.Model:
    """Assemble a U-Net from an encoder and a fresh decoder."""
    images = keras.Input(shape=encoder.input_shape[1:])
    maps = encoder(images)
    features = maps[-1]
    skips = list(reversed(maps[:-1]))
    for index, width in enumerate(filters):
        block = decoder.upsample(width)
        features = keras.ops.concatenate([block(features), skips[index]], axis=-1)
    head = keras.layers.Conv2DTranspose(filters=num_classes, kernel_size=3, strides=2, padding="same", name="logits")
    return keras.Model(inputs=images, outputs=head(features), name="unet")
# %% unet_model: right
class UNet(keras.Model):
    def __init__(self, num_classes, encoder, filters):
        super().__init__()
        self.encoder = encoder
        self.ups = [decoder.upsample(f) for f in filters]
        self.head = keras.layers.Conv2DTranspose(num_classes, 3, 2, padding="same")
    def call(self, x, training=None):
        *skips, x = self.encoder(x, training=training)
        for up in self.ups:
            x = keras.ops.concatenate([up(x, training=training), skips.pop()], axis=-1)
        return self.head(x)
def unet_model(num_classes, encoder, filters):
    return UNet(num_classes, encoder, filters)
# %% unet_model: right
def unet_model(num_classes, encoder, filters):
    inp = keras.layers.Input(encoder.input_shape[1:])
    feats = encoder(inp)
    x = decoder.connect(feats[-1], feats[:-1], [decoder.upsample(f) for f in filters]) if hasattr(decoder, "connect") else None
    if x is None:
        x = feats[-1]
        for f, s in zip(filters, feats[-2::-1]):
            x = keras.layers.concatenate([decoder.upsample(f)(x), s])
    return keras.Model(inp, keras.layers.Conv2DTranspose(num_classes, (3, 3), strides=(2, 2), padding="same", activation=None)(x))
# %% unet_model: wrong, softmax
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same", activation="softmax")(x))
# %% unet_model: wrong, last layer does not double
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, padding="same")(x))
# %% unet_model: wrong, three classes always
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(3, 3, strides=2, padding="same")(x))
# %% unet_model: wrong, no skips
def unet_model(num_classes, encoder, filters):
    x = encoder.outputs[-1]
    for width in filters:
        x = decoder.upsample(width)(x)
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x))
# %% unet_model: wrong, adds instead of joins
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = decoder.upsample(width)(x)
        skip = keras.layers.Conv2D(width, 1)(skip)
        x = keras.layers.Add()([x, skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x))
# %% unet_model: wrong, filters the wrong way round
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(reversed(filters), reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x))
# %% unet_model: wrong, last padding valid
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, strides=2)(x))
# %% unet_model: wrong, returns the tensor
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x)
# %% unet_model: wrong, relu at the end
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same", activation="relu")(x))
# %% unet_model: wrong, argmax inside
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    x = keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x)
    return keras.Model(encoder.input, keras.ops.argmax(x, axis=-1))
# %% unet_model: wrong, encoder is frozen in passing
def unet_model(num_classes, encoder, filters):
    encoder.trainable = False
    *skips, x = encoder.outputs
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x))
# %% unet_model: wrong, one skip missing
def unet_model(num_classes, encoder, filters):
    *skips, x = encoder.outputs
    skips = skips[::-1]
    for i, width in enumerate(filters):
        x = decoder.upsample(width)(x)
        if i < len(filters) - 1:
            x = keras.layers.Concatenate()([x, skips[i]])
    return keras.Model(encoder.input, keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x))
# %% unet_model: wrong, images are scaled once more
def unet_model(num_classes, encoder, filters):
    images = keras.Input(encoder.input_shape[1:])
    *skips, x = encoder(images * 2 - 1)
    for width, skip in zip(filters, reversed(skips)):
        x = keras.layers.Concatenate()([decoder.upsample(width)(x), skip])
    return keras.Model(images, keras.layers.Conv2DTranspose(num_classes, 3, strides=2, padding="same")(x))
# %% create_mask: right
def create_mask(logits):
    return np.argmax(logits, axis=-1)[..., np.newaxis]
# %% create_mask: right
def create_mask(logits):
    return keras.ops.expand_dims(keras.ops.argmax(logits, axis=-1), -1)
# %% create_mask: right
import tensorflow as tf
def create_mask(logits: tf.Tensor) -> tf.Tensor:
    """Convert logits to integer labels with a trailing channel axis."""
    labels = tf.math.argmax(logits, axis=3, output_type=tf.int32)
    return tf.expand_dims(labels, axis=-1)
# %% create_mask: right
def create_mask(logits):
    logits = np.asarray(logits)
    n, h, w, c = logits.shape
    best = np.zeros((n, h, w, 1), dtype=np.uint8)
    top = logits[..., :1].copy()
    for k in range(1, c):
        better = logits[..., k : k + 1] > top
        best[better] = k
        top = np.where(better, logits[..., k : k + 1], top)
    return best
# %% create_mask: right
create_mask = lambda logits: np.argsort(-np.asarray(logits), axis=-1, kind="stable")[..., :1]
# %% create_mask: right
def create_mask(logits):
    p = keras.activations.softmax(keras.ops.convert_to_tensor(logits))
    return np.argmax(p, -1, keepdims=True).astype("uint8")
# %% create_mask: wrong, last axis is missing
def create_mask(logits):
    return np.argmax(logits, axis=-1)
# %% create_mask: wrong, wrong axis
def create_mask(logits):
    return np.argmax(logits, axis=1)[..., None]
# %% create_mask: wrong, the largest logit itself
def create_mask(logits):
    return np.max(logits, axis=-1, keepdims=True)
# %% create_mask: wrong, labels from 1
def create_mask(logits):
    return np.argmax(logits, axis=-1)[..., None] + 1
# %% create_mask: wrong, first image only
def create_mask(logits):
    return np.argmax(logits, axis=-1)[0][..., None]
# %% create_mask: wrong, first image only with batch axis
def create_mask(logits):
    return np.argmax(logits, axis=-1)[:1, ..., None]
# %% create_mask: wrong, smallest
def create_mask(logits):
    return np.argmin(logits, axis=-1)[..., None]
# %% create_mask: wrong, over all
def create_mask(logits):
    return np.argmax(logits)
# %% create_mask: wrong, probabilities
def create_mask(logits):
    e = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
# %% create_mask: wrong, one-hot
def create_mask(logits):
    return (logits == np.max(logits, axis=-1, keepdims=True)).astype(int)
# %% create_mask: wrong, decimal numbers
def create_mask(logits):
    return np.argmax(logits, axis=-1)[..., None].astype("float32")
# %% create_mask: wrong, axis is put in front
def create_mask(logits):
    return np.argmax(logits, axis=-1)[None]
# %% create_mask: wrong, absolute values
def create_mask(logits):
    return np.argmax(np.abs(logits), axis=-1)[..., None]
# %% create_mask: wrong, exp overflows
def create_mask(logits):
    e = np.exp(np.asarray(logits))
    p = e / e.sum(-1, keepdims=True)
    return p.argmax(-1)[..., None]
# %% create_mask: wrong, three classes assumed
def create_mask(logits):
    a, b, c = logits[..., 0], logits[..., 1], logits[..., 2]
    return np.where((a >= b) & (a >= c), 0, np.where(b >= c, 1, 2))[..., None]
# %% parameters_of_block: right
def parameters_of_block(channels, skip_channels, filters, size):
    return size * size * (channels + skip_channels) * filters + 4 * filters
# %% parameters_of_block: right
def parameters_of_block(channels: int, skip_channels: int, filters: int, size: int) -> int:
    """Parameters of Conv2DTranspose (no bias) plus BatchNormalization."""
    conv = filters * size**2 * (channels + skip_channels)
    gamma, beta, moving_mean, moving_variance = [filters] * 4
    return conv + gamma + beta + moving_mean + moving_variance
# %% parameters_of_block: right
def parameters_of_block(channels, skip_channels, filters, size):
    block = decoder.upsample(filters, size)
    block.build((None, None, None, channels + skip_channels))
    return block.count_params()
# %% parameters_of_block: right
parameters_of_block = lambda c, s, f, k: f * (k * k * (c + s) + 4)
# %% parameters_of_block: right
def parameters_of_block(channels, skip_channels, filters, size):
    return np.prod([size, size, channels + skip_channels, filters]) + 4.0 * filters
# %% parameters_of_block: wrong, skip channels forgotten
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * channels * filters + 4 * filters
# %% parameters_of_block: wrong, batch norm has two
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * (channels + skip_channels) * filters + 2 * filters
# %% parameters_of_block: wrong, with bias
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * (channels + skip_channels) * filters + filters + 4 * filters
# %% parameters_of_block: wrong, batch norm forgotten
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * (channels + skip_channels) * filters
# %% parameters_of_block: wrong, size not squared
def parameters_of_block(channels, skip_channels, filters, size):
    return size * (channels + skip_channels) * filters + 4 * filters
# %% parameters_of_block: wrong, batch norm over the inputs
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * (channels + skip_channels) * filters + 4 * (channels + skip_channels)
# %% parameters_of_block: wrong, 4 instead of 4 per filter
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * (channels + skip_channels) * filters + 4
# %% parameters_of_block: wrong, channels multiplied
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * channels * skip_channels * filters + 4 * filters
# %% parameters_of_block: wrong, skip joined behind the convolution
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * channels * filters + 4 * (filters + skip_channels)
# %% parameters_of_block: wrong, filters forgotten in the convolution
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * (channels + skip_channels) + 4 * filters
# %% parameters_of_block: wrong, kernel of 3
def parameters_of_block(channels, skip_channels, filters, size):
    return 9 * (channels + skip_channels) * filters + 4 * filters
# %% parameters_of_block: wrong, stride counted as well
def parameters_of_block(channels, skip_channels, filters, size):
    return 2 * 2 * size**2 * (channels + skip_channels) * filters + 4 * filters
# %% parameters_of_block: wrong, precedence
def parameters_of_block(channels, skip_channels, filters, size):
    return size**2 * channels + skip_channels * filters + 4 * filters
