# %% separable_parameters: right
from keras import layers
def separable_parameters(channels_in, channels_out, kernel):
    layer = layers.SeparableConv2D(channels_out, kernel, use_bias=False)
    layer.build((None, 8, 8, channels_in))
    return layer.count_params()
# %% separable_parameters: right
separable_parameters = lambda channels_in, channels_out, kernel: channels_in * (kernel**2 + channels_out)
# %% separable_parameters: right
def separable_parameters(channels_in: int, channels_out: int, kernel: int) -> int:
    depthwise_shape = (kernel, kernel, channels_in, 1)
    pointwise_shape = (1, 1, channels_in, channels_out)
    return math.prod(depthwise_shape) + math.prod(pointwise_shape)
# %% separable_parameters: wrong, an ordinary convolution
def separable_parameters(channels_in, channels_out, kernel):
    return kernel * kernel * channels_in * channels_out
# %% separable_parameters: wrong, the window is not a square
def separable_parameters(channels_in, channels_out, kernel):
    depthwise = kernel * channels_in
    pointwise = channels_in * channels_out
    return depthwise + pointwise
# %% separable_parameters: wrong, the depthwise part comes after the pointwise one
def separable_parameters(channels_in, channels_out, kernel):
    return channels_in * channels_out + kernel**2 * channels_out
# %% separable_parameters: wrong, one window for all channels
def separable_parameters(channels_in, channels_out, kernel):
    return kernel**2 + channels_in * channels_out
# %% separable_parameters: wrong, printed
def separable_parameters(channels_in, channels_out, kernel):
    total = kernel * kernel * channels_in + channels_in * channels_out
    print("weights:", total)
# %% tap_sides: right
tap_sides = {s: [math.ceil(s / 2**i) for i in range(1, 6)] for s in (96, 128, 224, 200)}
# %% tap_sides: right
tap_sides = {
    "96": "48, 24, 12, 6, 3",
    "128": "64, 32, 16, 8, 4",
    "224": "112, 56, 28, 14, 7",
    "200": "100, 50, 25, 13, 7",
}
# %% tap_sides: wrong, rounds down
tap_sides = {s: tuple(s // 2**i for i in range(1, 6)) for s in (96, 128, 224, 200)}
# %% tap_sides: wrong, halves of pixels
tap_sides = {s: tuple(s / 2**i for i in range(1, 6)) for s in (96, 128, 224, 200)}
# %% tap_sides: wrong, begins with the image itself
tap_sides = {96: (96, 48, 24, 12, 6), 128: (128, 64, 32, 16, 8), 224: (224, 112, 56, 28, 14), 200: (200, 100, 50, 25, 13)}
# %% tap_sides: wrong, deep to shallow
tap_sides = {96: (3, 6, 12, 24, 48), 128: (4, 8, 16, 32, 64), 224: (7, 14, 28, 56, 112), 200: (7, 13, 25, 50, 100)}
# %% tap_sides: wrong, nothing for the refused size
tap_sides = {96: (48, 24, 12, 6, 3), 128: (64, 32, 16, 8, 4), 224: (112, 56, 28, 14, 7), 200: None}
# %% pick_taps: right
def pick_taps(model, sizes):
    found = {}
    for layer in model.layers:
        shape = layer.output.shape
        if len(shape) == 4:
            found[shape[1]] = layer.name
    return [found[s] for s in sizes]
# %% pick_taps: right
def pick_taps(model, sizes):
    def side(layer):
        shape = tuple(layer.output.shape)
        return shape[2] if len(shape) == 4 else None
    return [next(l.name for l in reversed(model.layers) if side(l) == size) for size in sizes]
# %% pick_taps: wrong, dies of a layer without height and width
def pick_taps(model, sizes):
    names = []
    for s in sizes:
        last = None
        for layer in model.layers:
            if layer.output.shape[2] == s:
                last = layer.name
        names.append(last)
    return names
# %% pick_taps: wrong, the first layer of each size
def pick_taps(model, sizes):
    names = []
    for s in sizes:
        for layer in model.layers:
            if len(layer.output.shape) == 4 and layer.output.shape[1] == s:
                names.append(layer.name)
                break
    return names
# %% pick_taps: wrong, in the order of the model
def pick_taps(model, sizes):
    last = {}
    for layer in model.layers:
        if len(layer.output.shape) == 4 and layer.output.shape[1] in sizes:
            last[layer.output.shape[1]] = layer.name
    return list(last.values())
# %% pick_taps: wrong, the number of channels instead of the side
def pick_taps(model, sizes):
    found = {}
    for layer in model.layers:
        found[layer.output.shape[-1]] = layer.name
    return [found.get(s) for s in sizes]
# %% pick_taps: wrong, the names that the tutorial lists
def pick_taps(model, sizes):
    layer_names = [
        "block_1_expand_relu",   # 64x64
        "block_3_expand_relu",   # 32x32
        "block_6_expand_relu",   # 16x16
        "block_13_expand_relu",  # 8x8
        "block_16_project",      # 4x4
    ]
    return layer_names[: len(sizes)]
# %% to_encoder_range: right
def to_encoder_range(images):
    from keras.applications.mobilenet_v2 import preprocess_input
    return preprocess_input(images * 255.0)
# %% to_encoder_range: right
import numpy as np
def to_encoder_range(images):
    return np.interp(images, [0, 1], [-1, 1])
# %% to_encoder_range: right
import keras
def to_encoder_range(images):
    rescale = keras.layers.Rescaling(scale=2.0, offset=-1.0)
    return rescale(images)
# %% to_encoder_range: wrong, as if the images went to 255
def to_encoder_range(images):
    return images / 127.5 - 1
# %% to_encoder_range: wrong, subtracts before it doubles
def to_encoder_range(images):
    return (images - 1) * 2
# %% to_encoder_range: wrong, only shifts
def to_encoder_range(images):
    return images - 0.5
# %% to_encoder_range: wrong, stretches to what occurs
def to_encoder_range(images):
    lo = images.min()
    hi = images.max()
    return 2 * (images - lo) / (hi - lo) - 1
# %% to_encoder_range: wrong, ImageNet's mean and deviation
import numpy as np
def to_encoder_range(images):
    mean = np.array([0.485, 0.456, 0.406])
    std = np.array([0.229, 0.224, 0.225])
    return (images - mean) / std
# %% trainable_parameters: right
def trainable_parameters(model):
    return sum(math.prod(w.shape) for w in model.trainable_weights)
# %% trainable_parameters: right
from keras import ops
def trainable_parameters(model):
    n = 0
    for v in model.trainable_variables:
        n += int(ops.size(v))
    return n
# %% trainable_parameters: wrong, tensors
def trainable_parameters(model):
    return len(model.trainable_variables)
# %% trainable_parameters: wrong, all parameters
def trainable_parameters(model):
    return model.count_params()
# %% trainable_parameters: wrong, asks the topmost layers only, whose stored statistics it counts
def trainable_parameters(model):
    return sum(layer.count_params() for layer in model.layers if layer.trainable)
# %% trainable_parameters: wrong, kernels without biases
def trainable_parameters(model):
    return sum(math.prod(w.shape) for w in model.trainable_weights if len(w.shape) > 1)
# %% trainable_parameters: wrong, lengths instead of sizes
def trainable_parameters(model):
    return sum(len(w.numpy()) for w in model.trainable_weights)
# %% freeze: right
def freeze(encoder):
    setattr(encoder, "trainable", False)
    return encoder
# %% freeze: right
def freeze(encoder):
    encoder.trainable = False
    for layer in encoder.layers:
        layer.trainable = False
    assert not encoder.trainable_weights
    return encoder
# %% freeze: wrong, the weights but not the layers
def freeze(encoder):
    for w in encoder.weights:
        w.trainable = False
    return encoder
# %% freeze: wrong, batch norms are left out, as in a fine-tuning guide turned round
import keras
def freeze(encoder):
    for layer in encoder.layers:
        if not isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return encoder
# %% freeze: wrong, compares
def freeze(encoder):
    encoder.trainable == False
    return encoder
# %% freeze: wrong, no return
def freeze(encoder):
    encoder.trainable = False
# %% freeze: wrong, the last layers stay free
def freeze(encoder):
    for layer in encoder.layers[:-4]:
        layer.trainable = False
    return encoder
