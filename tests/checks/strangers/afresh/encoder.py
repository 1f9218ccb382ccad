# %% separable_parameters: right
def separable_parameters(channels_in, channels_out, kernel):
    return sum(kernel * kernel + channels_out for _ in range(channels_in))
# %% separable_parameters: wrong, kernel cubed
def separable_parameters(channels_in, channels_out, kernel):
    return kernel**3 * channels_in + channels_in * channels_out
# %% separable_parameters: wrong, the saving as a ratio
def separable_parameters(channels_in, channels_out, kernel):
    return 1 / channels_out + 1 / kernel**2
# %% separable_parameters: wrong, the mean of both
def separable_parameters(channels_in, channels_out, kernel):
    return (kernel**2 * channels_in + channels_in * channels_out) / 2
# %% tap_sides: right
tap_sides = {"96×96": "48/24/12/6/3".split("/"), "128×128": "64/32/16/8/4".split("/"), "224×224": "112/56/28/14/7".split("/"), "200×200": "100/50/25/13/7".split("/")}
# %% tap_sides: right
import numpy as np
tap_sides = [[96, [48, 24, 12, 6, 3]], [128, [64, 32, 16, 8, 4]], [224, [112, 56, 28, 14, 7]], [200, [100, 50, 25, 13, 7]]]
# %% tap_sides: wrong, divides by the number of the map
tap_sides = {s: [s // i for i in range(2, 7)] for s in (96, 128, 224, 200)}
# %% tap_sides: wrong, one number for each
tap_sides = {96: 3, 128: 4, 224: 7, 200: 7}
# %% pick_taps: right
def pick_taps(model, sizes):
    found = {}
    for layer in model.layers:
        _, *rest = layer.output.shape
        if len(rest) == 3:
            found.update({rest[0]: layer.name})
    return list(map(found.__getitem__, sizes))
# %% pick_taps: wrong, the names in reverse order
def pick_taps(model, sizes):
    found = {l.output.shape[1]: l.name for l in model.layers}
    return [found[s] for s in reversed(sizes)]
# %% pick_taps: wrong, the index of the layer
def pick_taps(model, sizes):
    return [max(i for i, l in enumerate(model.layers) if l.output.shape[1] == s) for s in sizes]
# %% pick_taps: wrong, a text of names
def pick_taps(model, sizes):
    found = {l.output.shape[1]: l.name for l in model.layers}
    return ", ".join(found[s] for s in sizes)
# %% to_encoder_range: right
def to_encoder_range(images):
    low, high = -1, 1
    return low + (high - low) * images
# %% to_encoder_range: wrong, 0 to 255 first
def to_encoder_range(images):
    return images * 255 - 127.5
# %% to_encoder_range: wrong, halved
def to_encoder_range(images):
    return images / 2 - 1
# %% trainable_parameters: right
def trainable_parameters(model):
    import numpy as np
    def leaves(layer):
        inner = getattr(layer, "layers", None)
        if inner is None:
            yield layer
        else:
            for one in inner:
                if one.trainable:
                    yield from leaves(one)
    return int(sum(np.prod(w.shape) for l in leaves(model) for w in l.trainable_weights))
# %% trainable_parameters: wrong, trainable and frozen subtracted
def trainable_parameters(model):
    t = sum(math.prod(w.shape) for w in model.trainable_weights)
    f = sum(math.prod(w.shape) for w in model.non_trainable_weights)
    return t - f
# %% trainable_parameters: wrong, a list of counts
def trainable_parameters(model):
    return [math.prod(w.shape) for w in model.trainable_weights]
# %% freeze: right
def freeze(encoder):
    from collections import deque
    todo = deque([encoder])
    while todo:
        thing = todo.popleft()
        thing.trainable = False
        todo.extend(getattr(thing, "layers", ()))
    return encoder
# %% freeze: wrong, all but the first layer
def freeze(encoder):
    for layer in encoder.layers[2:]:
        layer.trainable = False
    return encoder
# %% freeze: wrong, toggles, so that batch norms are on again
def freeze(encoder):
    encoder.trainable = False
    for layer in encoder.layers:
        if "norm" in layer.name:
            layer.trainable = True
    return encoder
