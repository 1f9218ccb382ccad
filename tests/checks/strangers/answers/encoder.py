# %% separable_parameters: right
def separable_parameters(channels_in, channels_out, kernel):
    return kernel * kernel * channels_in + channels_in * channels_out
# %% separable_parameters: right
separable_parameters = lambda ci, co, k: ci * (k**2 + co)
# %% separable_parameters: right
def separable_parameters(channels_in: int, channels_out: int, kernel: int) -> int:
    """Count depthwise plus pointwise weights (no biases)."""
    depthwise = math.prod((kernel, kernel, channels_in))
    pointwise = 1 * 1 * channels_in * channels_out
    return depthwise + pointwise
# %% separable_parameters: right
import keras
def separable_parameters(channels_in, channels_out, kernel):
    layer = keras.layers.SeparableConv2D(channels_out, kernel, use_bias=False)
    layer.build((None, None, None, channels_in))
    return layer.count_params()
# %% separable_parameters: right
def separable_parameters(channels_in, channels_out, kernel):
    n = 0
    for c in range(channels_in):
        n += kernel**2
        for o in range(channels_out):
            n += 1
    return n
# %% separable_parameters: right
import numpy as np
def separable_parameters(channels_in, channels_out, kernel):
    return np.ones((kernel, kernel, channels_in, 1)).size + np.zeros((1, 1, channels_in, channels_out)).size
# %% separable_parameters: right
def separable_parameters(channels_in, channels_out, kernel):
    return math.pow(kernel, 2) * channels_in + channels_in * channels_out
# %% separable_parameters: wrong, a plain convolution
def separable_parameters(channels_in, channels_out, kernel):
    return kernel**2 * channels_in * channels_out
# %% separable_parameters: wrong, with biases
def separable_parameters(channels_in, channels_out, kernel):
    return kernel**2 * channels_in + channels_in + channels_in * channels_out + channels_out
# %% separable_parameters: wrong, depthwise counts channels_out
def separable_parameters(channels_in, channels_out, kernel):
    return kernel * kernel * channels_out + channels_in * channels_out
# %% separable_parameters: wrong, kernel not squared
def separable_parameters(channels_in, channels_out, kernel):
    return kernel * channels_in + channels_in * channels_out
# %% separable_parameters: wrong, depthwise only
def separable_parameters(channels_in, channels_out, kernel):
    depthwise = kernel**2 * channels_in
    return depthwise
# %% separable_parameters: wrong, one window for all channels
def separable_parameters(channels_in, channels_out, kernel):
    return kernel**2 + channels_in * channels_out
# %% separable_parameters: wrong, product instead of sum
def separable_parameters(channels_in, channels_out, kernel):
    return (kernel**2 * channels_in) * (channels_in * channels_out)
# %% separable_parameters: wrong, kernel is fixed at 3
def separable_parameters(channels_in, channels_out, kernel):
    return 9 * channels_in + channels_in * channels_out
# %% separable_parameters: wrong, pointwise adds channels
def separable_parameters(channels_in, channels_out, kernel):
    return kernel**2 * channels_in + channels_in + channels_out
# %% separable_parameters: wrong, pointwise only has outputs
def separable_parameters(channels_in, channels_out, kernel):
    return kernel**2 * channels_in + channels_out
# %% separable_parameters: wrong, two numbers
def separable_parameters(channels_in, channels_out, kernel):
    return kernel**2 * channels_in, channels_in * channels_out
# %% separable_parameters: wrong, prints
def separable_parameters(channels_in, channels_out, kernel):
    print(kernel**2 * channels_in + channels_in * channels_out)
# %% separable_parameters: wrong, xor for power
def separable_parameters(channels_in, channels_out, kernel):
    return (kernel ^ 2) * channels_in + channels_in * channels_out
# %% tap_sides: right
tap_sides = {96: (48, 24, 12, 6, 3), 128: (64, 32, 16, 8, 4), 224: (112, 56, 28, 14, 7), 200: (100, 50, 25, 13, 7)}
# %% tap_sides: right
tap_sides = {96: [48, 24, 12, 6, 3], 128: [64, 32, 16, 8, 4], 224: [112, 56, 28, 14, 7], 200: [100, 50, 25, 13, 7]}
# %% tap_sides: right
tap_sides = {s: tuple(math.ceil(s / 2**i) for i in range(1, 6)) for s in (96, 128, 224, 200)}
# %% tap_sides: right
import numpy as np
tap_sides = {s: np.ceil(s / 2.0 ** np.arange(1, 6)) for s in (96, 128, 224, 200)}
# %% tap_sides: right
tap_sides = {}
for size in [96, 128, 224, 200]:
    sides, side = [], size
    for _ in range(5):
        side = (side + 1) // 2
        sides.append(side)
    tap_sides[size] = sides
# %% tap_sides: right
tap_sides = {"96": (48, 24, 12, 6, 3), "128": (64, 32, 16, 8, 4), "224": (112, 56, 28, 14, 7), "200": (100, 50, 25, 13, 7)}
# %% tap_sides: right
tap_sides = {96: "48, 24, 12, 6, 3", 128: "64, 32, 16, 8, 4", 224: "112, 56, 28, 14, 7", 200: "100, 50, 25, 13, 7"}
# %% tap_sides: right
tap_sides = dict([(200, (100, 50, 25, 13, 7)), (224, (112, 56, 28, 14, 7)), (128, (64, 32, 16, 8, 4)), (96, (48, 24, 12, 6, 3))])
# %% tap_sides: right
tap_sides = {96: ((48, 48), (24, 24), (12, 12), (6, 6), (3, 3)), 128: ((64, 64), (32, 32), (16, 16), (8, 8), (4, 4)), 224: ((112, 112), (56, 56), (28, 28), (14, 14), (7, 7)), 200: ((100, 100), (50, 50), (25, 25), (13, 13), (7, 7))}
# %% tap_sides: right
tap_sides = {96: "48×48, 24×24, 12×12, 6×6, 3×3", 128: "64×64, 32×32, 16×16, 8×8, 4×4", 224: "112×112, 56×56, 28×28, 14×14, 7×7", 200: "100×100, 50×50, 25×25, 13×13, 7×7"}
# %% tap_sides: wrong, rounds down
tap_sides = {s: tuple(s // 2**i for i in range(1, 6)) for s in (96, 128, 224, 200)}
# %% tap_sides: wrong, does not round
tap_sides = {s: tuple(s / 2**i for i in range(1, 6)) for s in (96, 128, 224, 200)}
# %% tap_sides: wrong, round to even
tap_sides = {s: tuple(round(s / 2**i) for i in range(1, 6)) for s in (96, 128, 224, 200)}
# %% tap_sides: wrong, begins with the image's own side
tap_sides = {96: (96, 48, 24, 12, 6), 128: (128, 64, 32, 16, 8), 224: (224, 112, 56, 28, 14), 200: (200, 100, 50, 25, 13)}
# %% tap_sides: wrong, deep to shallow
tap_sides = {96: (3, 6, 12, 24, 48), 128: (4, 8, 16, 32, 64), 224: (7, 14, 28, 56, 112), 200: (7, 13, 25, 50, 100)}
# %% tap_sides: wrong, 200 left out
tap_sides = {96: (48, 24, 12, 6, 3), 128: (64, 32, 16, 8, 4), 224: (112, 56, 28, 14, 7)}
# %% tap_sides: wrong, 4 maps only
tap_sides = {96: (48, 24, 12, 6), 128: (64, 32, 16, 8), 224: (112, 56, 28, 14), 200: (100, 50, 25, 13)}
# %% tap_sides: wrong, the same for all sizes
tap_sides = {s: (64, 32, 16, 8, 4) for s in (96, 128, 224, 200)}
# %% tap_sides: wrong, channels instead of sides
tap_sides = {s: (96, 144, 192, 576, 320) for s in (96, 128, 224, 200)}
# %% tap_sides: wrong, third map of 200 is 24
tap_sides = {96: (48, 24, 12, 6, 3), 128: (64, 32, 16, 8, 4), 224: (112, 56, 28, 14, 7), 200: (100, 50, 24, 12, 6)}
# %% tap_sides: wrong, a typing error
tap_sides = {96: (48, 24, 12, 6, 3), 128: (64, 32, 16, 8, 4), 224: (112, 65, 28, 14, 7), 200: (100, 50, 25, 13, 7)}
# %% tap_sides: wrong, as the function itself
def tap_sides(size):
    return [math.ceil(size / 2**i) for i in range(1, 6)]
# %% tap_sides: wrong, 200 refused
tap_sides = {96: (48, 24, 12, 6, 3), 128: (64, 32, 16, 8, 4), 224: (112, 56, 28, 14, 7), 200: "refused"}
# %% pick_taps: right
def pick_taps(model, sizes):
    names = []
    for size in sizes:
        last = None
        for layer in model.layers:
            shape = layer.output.shape
            if len(shape) == 4 and shape[1] == size:
                last = layer.name
        names.append(last)
    return names
# %% pick_taps: right
def pick_taps(model, sizes):
    by_side = {layer.output.shape[1]: layer.name for layer in model.layers if len(layer.output.shape) == 4}
    return [by_side[s] for s in sizes]
# %% pick_taps: right
def pick_taps(model, sizes: list[int]) -> list[str]:
    """Names of the deepest layer at every requested resolution."""
    taps: list[str] = []
    for size in sizes:
        for layer in reversed(model.layers):
            output_shape = tuple(layer.output.shape)
            if len(output_shape) == 4 and output_shape[1] == output_shape[2] == size:
                taps.append(layer.name)
                break
        else:
            raise ValueError(f"No layer with size {size}")
    return taps
# %% pick_taps: right
pick_taps = lambda model, sizes: [[l.name for l in model.layers if l.output.shape[1:3] == (s, s)][-1] for s in sizes]
# %% pick_taps: right
def pick_taps(model, sizes):
    return [next(l.name for l in model.layers[::-1] if len(l.output.shape) > 2 and l.output.shape[-2] == s) for s in sizes]
# %% pick_taps: wrong, the first of each size
def pick_taps(model, sizes):
    out = []
    for s in sizes:
        for l in model.layers:
            if l.output.shape[1] == s:
                out.append(l.name)
                break
    return out
# %% pick_taps: wrong, the order of the network
def pick_taps(model, sizes):
    d = {}
    for l in model.layers:
        if l.output.shape[1] in sizes:
            d[l.output.shape[1]] = l.name
    return list(d.values())
# %% pick_taps: wrong, the layers themselves
def pick_taps(model, sizes):
    return [[l for l in model.layers if l.output.shape[1] == s][-1] for s in sizes]
# %% pick_taps: wrong, MobileNetV2's names
def pick_taps(model, sizes):
    names = {64: "block_1_expand_relu", 32: "block_3_expand_relu", 16: "block_6_expand_relu", 8: "block_13_expand_relu", 4: "block_16_project"}
    return [names[s] for s in sizes]
# %% pick_taps: wrong, the layer after
def pick_taps(model, sizes):
    layers = model.layers
    res = []
    for s in sizes:
        i = max(i for i, l in enumerate(layers) if l.output.shape[1] == s)
        res.append(layers[min(i + 1, len(layers) - 1)].name)
    return res
# %% pick_taps: wrong, the input of the layer has the side
def pick_taps(model, sizes):
    return [[l.name for l in model.layers[1:] if l.input.shape[1] == s][-1] for s in sizes]
# %% pick_taps: wrong, channels compared
def pick_taps(model, sizes):
    return [[l.name for l in model.layers if l.output.shape[-1] == s][-1] for s in sizes]
# %% pick_taps: wrong, a dictionary
def pick_taps(model, sizes):
    return {s: [l.name for l in model.layers if l.output.shape[1] == s][-1] for s in sizes}
# %% pick_taps: wrong, always sorted from large to small
def pick_taps(model, sizes):
    return [[l.name for l in model.layers if l.output.shape[1] == s][-1] for s in sorted(sizes, reverse=True)]
# %% pick_taps: wrong, only activation layers
def pick_taps(model, sizes):
    return [[l.name for l in model.layers if "relu" in l.name and l.output.shape[1] == s][-1] for s in sizes]
# %% pick_taps: wrong, one name only
def pick_taps(model, sizes):
    for s in sizes:
        for l in reversed(model.layers):
            if l.output.shape[1] == s:
                return [l.name]
# %% to_encoder_range: right
def to_encoder_range(images):
    return images * 2 - 1
# %% to_encoder_range: right
to_encoder_range = lambda images: (images - 0.5) / 0.5
# %% to_encoder_range: right
import tensorflow as tf
def to_encoder_range(images: tf.Tensor) -> tf.Tensor:
    """Map [0, 1] linearly onto [-1, 1]."""
    images = tf.cast(images, tf.float32)
    return tf.subtract(tf.multiply(images, 2.0), 1.0)
# %% to_encoder_range: right
import keras
def to_encoder_range(images):
    return keras.layers.Rescaling(2.0, offset=-1.0)(images)
# %% to_encoder_range: right
import keras
def to_encoder_range(images):
    return keras.applications.mobilenet_v2.preprocess_input(images * 255.0)
# %% to_encoder_range: right
import numpy as np
def to_encoder_range(images):
    return np.interp(images, [0, 1], [-1, 1])
# %% to_encoder_range: wrong, as if 0..255
def to_encoder_range(images):
    return images / 127.5 - 1
# %% to_encoder_range: wrong, preprocess_input of [0, 1]
import keras
def to_encoder_range(images):
    return keras.applications.mobilenet_v2.preprocess_input(images.copy())
# %% to_encoder_range: wrong, only shifted
def to_encoder_range(images):
    return images - 1
# %% to_encoder_range: wrong, shifted by a half
def to_encoder_range(images):
    return images - 0.5
# %% to_encoder_range: wrong, order of operations
def to_encoder_range(images):
    return (images - 1) * 2
# %% to_encoder_range: wrong, stretched by own minimum and maximum
def to_encoder_range(images):
    lo, hi = images.min(), images.max()
    return (images - lo) / (hi - lo) * 2 - 1
# %% to_encoder_range: wrong, black and white swapped
def to_encoder_range(images):
    return 1 - 2 * images
# %% to_encoder_range: wrong, clips
import numpy as np
def to_encoder_range(images):
    return np.clip(images, -1, 1)
# %% to_encoder_range: wrong, standardized
def to_encoder_range(images):
    return (images - images.mean()) / images.std()
# %% to_encoder_range: wrong, changes the given array in place
def to_encoder_range(images):
    images *= 2
    images -= 1
    return images
# %% to_encoder_range: wrong, unchanged
def to_encoder_range(images):
    return images
# %% to_encoder_range: wrong, tanh
import numpy as np
def to_encoder_range(images):
    return np.tanh(images)
# %% trainable_parameters: right
def trainable_parameters(model):
    return sum(math.prod(w.shape) for w in model.trainable_weights)
# %% trainable_parameters: right
import numpy as np
def trainable_parameters(model):
    return int(np.sum([np.prod(v.shape) for v in model.trainable_variables]))
# %% trainable_parameters: right
import keras
def trainable_parameters(model: keras.Model) -> int:
    """Count scalars in all trainable weights."""
    count = 0
    for weight in model.trainable_weights:
        count += keras.ops.size(weight)
    return int(count)
# %% trainable_parameters: right
import tensorflow as tf
trainable_parameters = lambda model: sum(int(tf.size(w)) for w in model.trainable_variables)
# %% trainable_parameters: right
def trainable_parameters(model):
    total = model.count_params()
    fixed = 0
    for w in model.non_trainable_weights:
        fixed += w.numpy().size
    return total - fixed
# %% trainable_parameters: right
from keras.src.utils.summary_utils import count_params
def trainable_parameters(model):
    return count_params(model.trainable_weights)
# %% trainable_parameters: right
def trainable_parameters(model):
    n = 0
    for w in model.weights:
        if any(w is t for t in model.trainable_weights):
            k = 1
            for d in w.shape:
                k *= d
            n += k
    return n
# %% trainable_parameters: wrong, all parameters
def trainable_parameters(model):
    return model.count_params()
# %% trainable_parameters: wrong, counts tensors
def trainable_parameters(model):
    return len(model.trainable_weights)
# %% trainable_parameters: wrong, the frozen ones
def trainable_parameters(model):
    return sum(math.prod(w.shape) for w in model.non_trainable_weights)
# %% trainable_parameters: wrong, all of a trainable layer, batch norm's statistics as well
def trainable_parameters(model):
    return sum(l.count_params() for l in model.layers if l.trainable)
# %% trainable_parameters: wrong, first dimension only
def trainable_parameters(model):
    return sum(w.shape[0] for w in model.trainable_weights)
# %% trainable_parameters: wrong, adds the dimensions
def trainable_parameters(model):
    return sum(sum(w.shape) for w in model.trainable_weights)
# %% trainable_parameters: wrong, leaves out nested models
def trainable_parameters(model):
    n = 0
    for layer in model.layers:
        if layer.trainable and not hasattr(layer, "layers"):
            n += sum(math.prod(w.shape) for w in layer.trainable_weights)
    return n
# %% trainable_parameters: wrong, sum of the values
import numpy as np
def trainable_parameters(model):
    return float(sum(np.sum(w.numpy()) for w in model.trainable_weights))
# %% trainable_parameters: wrong, leaves out the biases
def trainable_parameters(model):
    return sum(math.prod(w.shape) for w in model.trainable_weights if len(w.shape) > 1)
# %% trainable_parameters: right
def trainable_parameters(model):
    model.trainable = True
    return sum(math.prod(w.shape) for w in model.trainable_weights)
# %% trainable_parameters: wrong, number of layers
def trainable_parameters(model):
    return sum(1 for l in model.layers if l.trainable)
# %% trainable_parameters: wrong, frozen last layer afterwards
def trainable_parameters(model):
    n = sum(math.prod(w.shape) for w in model.trainable_weights)
    model.trainable = False
    return n
# %% freeze: right
def freeze(encoder):
    encoder.trainable = False
    return encoder
# %% freeze: right
def freeze(encoder):
    """Freeze all layers."""
    encoder.trainable = False
    for layer in encoder.layers:
        layer.trainable = False
    return encoder
# %% freeze: right
def freeze(encoder):
    for layer in encoder.layers:
        layer.trainable = False
    return encoder
# %% freeze: right
def freeze(encoder):
    setattr(encoder, "trainable", bool(0))
    assert not encoder.trainable_weights
    return encoder
# %% freeze: right
freeze = lambda encoder: (setattr(encoder, "trainable", False), encoder)[1]
# %% freeze: right
def freeze(encoder):
    def walk(layer):
        layer.trainable = False
        for child in getattr(layer, "layers", []):
            walk(child)
    walk(encoder)
    return encoder
# %% freeze: wrong, returns nothing
def freeze(encoder):
    encoder.trainable = False
# %% freeze: wrong, does nothing
def freeze(encoder):
    return encoder
# %% freeze: wrong, leaves batch norms on
import keras
def freeze(encoder):
    for layer in encoder.layers:
        if not isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return encoder
# %% freeze: wrong, only batch norms
import keras
def freeze(encoder):
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return encoder
# %% freeze: wrong, only convolutions
def freeze(encoder):
    for layer in encoder.layers:
        if "conv" in layer.name.lower():
            layer.trainable = False
    return encoder
# %% freeze: wrong, all but the last layer
def freeze(encoder):
    for layer in encoder.layers[:-1]:
        layer.trainable = False
    return encoder
# %% freeze: wrong, a name that Keras does not know
def freeze(encoder):
    encoder.frozen = True
    return encoder
# %% freeze: wrong, typing error in the attribute
def freeze(encoder):
    encoder.trainabel = False
    return encoder
# %% freeze: wrong, trainable to True
def freeze(encoder):
    encoder.trainable = True
    return encoder
# %% freeze: wrong, calls with training=False only
def freeze(encoder):
    return lambda x: encoder(x, training=False)
# %% freeze: wrong, variables one by one so that batch norms still work by the batch
def freeze(encoder):
    for w in encoder.trainable_weights:
        w.trainable = False
    return encoder
# %% freeze: wrong, a new model with fresh weights
import keras
def freeze(encoder):
    copy = keras.models.clone_model(encoder)
    copy.trainable = False
    return copy
# %% freeze: wrong, returns True
def freeze(encoder):
    encoder.trainable = False
    return True
