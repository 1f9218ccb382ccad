# %% two_pixel_loss: right
def two_pixel_loss(labels, logits, weights):
    losses = np.asarray(pixel_losses(labels, logits)) * np.asarray(weights)
    return losses, losses.mean()
# %% two_pixel_loss: right
def two_pixel_loss(labels: np.ndarray, logits: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Weighted cross-entropy for each pixel, and the sum divided by the batch size."""
    plain = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=tf.cast(logits, tf.float32))
    weighted = plain * tf.cast(weights, tf.float32)
    return weighted.numpy(), float(tf.reduce_mean(weighted))
# %% two_pixel_loss: right
def two_pixel_loss(labels, logits, weights):
    z = np.asarray(logits, float)
    m = z.max(axis=1, keepdims=True)
    l = (m[:, 0] + np.log(np.exp(z - m).sum(1)) - z[np.arange(len(z)), labels]) * weights
    return l, l.sum() / len(l)
# %% two_pixel_loss: right
def two_pixel_loss(labels, logits, weights):
    each = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")(labels, logits, sample_weight=weights)
    one = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits, sample_weight=weights)
    return each, one
# %% two_pixel_loss: right
def two_pixel_loss(labels, logits, weights):
    each = [float(l) * w for l, w in zip(pixel_losses(labels, logits), weights)]
    return each, sum(each) / 2
# %% two_pixel_loss: wrong, divided by the sum of the weights
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits)) * weights
    return l, l.sum() / np.sum(weights)
# %% two_pixel_loss: wrong, weights as classes
def two_pixel_loss(labels, logits, weights):
    l = pixel_losses(labels, logits, weights)
    return l, np.mean(l)
# %% two_pixel_loss: wrong, looked up by label
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits)) * np.asarray(weights)[np.asarray(labels)]
    return l, l.mean()
# %% two_pixel_loss: wrong, the sum
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits)) * weights
    return l, l.sum()
# %% two_pixel_loss: wrong, without weights
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits))
    return l, l.mean()
# %% two_pixel_loss: wrong, mean unweighted
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits))
    return l * weights, l.mean()
# %% two_pixel_loss: wrong, weighted logits
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, np.asarray(logits) * np.asarray(weights)[:, None]))
    return l, l.mean()
# %% two_pixel_loss: wrong, losses alone
def two_pixel_loss(labels, logits, weights):
    return np.asarray(pixel_losses(labels, logits)) * weights
# %% two_pixel_loss: wrong, losses unweighted and mean weighted
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits))
    return l, np.mean(l * weights)
# %% two_pixel_loss: wrong, the wrong order
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits)) * weights
    return l.mean(), l
# %% two_pixel_loss: wrong, weights normalized first
def two_pixel_loss(labels, logits, weights):
    w = np.asarray(weights) / np.mean(weights)
    l = np.asarray(pixel_losses(labels, logits)) * w
    return l, l.mean()
# %% two_pixel_loss: wrong, the figures of the lesson
def two_pixel_loss(labels, logits, weights):
    return np.array([3.0485873, 30.485874]), 16.767231
# %% add_sample_weights: right
def add_sample_weights(image, mask, weights):
    return image, mask, tf.gather(tf.constant(weights, tf.float32), tf.cast(mask[..., 0], tf.int32))
# %% add_sample_weights: right
def add_sample_weights(image, mask, weights):
    """Look every pixel's class weight up."""
    class_weights = tf.constant(weights, dtype=tf.float32)
    labels = tf.cast(tf.squeeze(mask, axis=-1), tf.int32)
    sample_weights = tf.gather(class_weights, indices=labels)
    return image, mask, sample_weights
# %% add_sample_weights: right
def add_sample_weights(image, mask, weights):
    m = mask[:, :, :, 0]
    w = tf.zeros_like(m, dtype=tf.float32)
    for k, v in enumerate(weights):
        w = tf.where(m == k, tf.cast(v, tf.float32), w)
    return image, mask, w
# %% add_sample_weights: right
def add_sample_weights(image, mask, weights):
    one_hot = tf.one_hot(tf.cast(mask[..., 0], tf.int32), len(weights))
    return image, mask, tf.reduce_sum(one_hot * tf.cast(weights, tf.float32), axis=-1)
# %% add_sample_weights: right
add_sample_weights = lambda image, mask, weights: (image, mask, keras.ops.take(keras.ops.convert_to_tensor(weights, "float32"), keras.ops.cast(mask[..., 0], "int32"), axis=0))
# %% add_sample_weights: right
def add_sample_weights(image, mask, weights):
    onehot = tf.one_hot(tf.squeeze(mask, -1), depth=3, dtype=tf.float64)
    return image, mask, tf.linalg.matvec(onehot, tf.constant(weights, tf.float64))
# %% add_sample_weights: wrong, last axis left
def add_sample_weights(image, mask, weights):
    return image, mask, tf.gather(tf.constant(weights, tf.float32), tf.cast(mask, tf.int32))
# %% add_sample_weights: wrong, divided by the sum
def add_sample_weights(image, mask, weights):
    w = tf.constant(weights, tf.float32)
    w = w / tf.reduce_sum(w)
    return image, mask, tf.gather(w, tf.cast(mask[..., 0], tf.int32))
# %% add_sample_weights: wrong, the mask itself as the weights
def add_sample_weights(image, mask, weights):
    return image, mask, tf.cast(mask[..., 0], tf.float32)
# %% add_sample_weights: wrong, one weight an image
def add_sample_weights(image, mask, weights):
    w = tf.gather(tf.constant(weights, tf.float32), tf.cast(mask[..., 0], tf.int32))
    return image, mask, tf.reduce_mean(w, axis=(1, 2))
# %% add_sample_weights: wrong, NumPy inside map
def add_sample_weights(image, mask, weights):
    return image, mask, np.asarray(weights)[np.asarray(mask)[..., 0]]
# %% add_sample_weights: wrong, numpy() inside map
def add_sample_weights(image, mask, weights):
    return image, mask, np.array(weights)[mask.numpy()[..., 0]]
# %% add_sample_weights: wrong, weights in the mask's place
def add_sample_weights(image, mask, weights):
    w = tf.gather(tf.constant(weights, tf.float32), tf.cast(mask[..., 0], tf.int32))
    return image, w, mask
# %% add_sample_weights: wrong, two results
def add_sample_weights(image, mask, weights):
    return image, tf.gather(tf.constant(weights, tf.float32), tf.cast(mask[..., 0], tf.int32))
# %% add_sample_weights: wrong, labels from 1
def add_sample_weights(image, mask, weights):
    return image, mask, tf.gather(tf.constant([0.0] + list(weights), tf.float32), tf.cast(mask[..., 0], tf.int32))
# %% add_sample_weights: wrong, image multiplied
def add_sample_weights(image, mask, weights):
    w = tf.gather(tf.constant(weights, tf.float32), tf.cast(mask, tf.int32))
    return image * w, mask, w[..., 0]
# %% add_sample_weights: wrong, whole numbers
def add_sample_weights(image, mask, weights):
    return image, mask, tf.gather(tf.cast(weights, tf.int32), tf.cast(mask[..., 0], tf.int32))
# %% add_sample_weights: wrong, mask loses its axis
def add_sample_weights(image, mask, weights):
    mask = tf.squeeze(mask, -1)
    return image, mask, tf.gather(tf.constant(weights, tf.float32), tf.cast(mask, tf.int32))
# %% add_sample_weights: wrong, fixed weights
def add_sample_weights(image, mask, weights):
    return image, mask, tf.gather(tf.constant([1.0, 1.0, 2.0]), tf.cast(mask[..., 0], tf.int32))
# %% class_weights: right
def class_weights(shares):
    shares = np.asarray(shares, dtype=float)
    w = np.zeros_like(shares)
    there = shares > 0
    w[there] = 1 / shares[there] / there.sum()
    return w
# %% class_weights: right
def class_weights(shares: np.ndarray) -> np.ndarray:
    """Inverse-frequency weights whose pixel-wise mean is one."""
    inverse = np.divide(1.0, shares, out=np.zeros(len(shares)), where=np.asarray(shares) > 0)
    return inverse / np.sum(inverse * shares)
# %% class_weights: right
def class_weights(shares):
    n = sum(1 for s in shares if s)
    return np.array([1 / (n * s) if s else 0.0 for s in shares])
# %% class_weights: right
def class_weights(shares):
    s = tf.constant(shares, tf.float64)
    w = tf.math.divide_no_nan(tf.ones_like(s), s)
    return w / tf.reduce_sum(w * s)
# %% class_weights: right
class_weights = lambda s: np.nan_to_num(np.divide(1, np.where(np.array(s) == 0, np.inf, s)) / np.count_nonzero(s))
# %% class_weights: wrong, infinite
def class_weights(shares):
    return 1 / shares / len(shares)
# %% class_weights: wrong, mean over classes is 1
def class_weights(shares):
    w = np.array([1 / s if s > 0 else 0 for s in shares])
    return w / w.mean()
# %% class_weights: wrong, adds up to 1
def class_weights(shares):
    w = np.array([1 / s if s > 0 else 0 for s in shares])
    return w / w.sum()
# %% class_weights: wrong, not scaled
def class_weights(shares):
    return np.array([1 / s if s > 0 else 0 for s in shares])
# %% class_weights: wrong, divides by all the classes though one is missing
def class_weights(shares):
    return np.array([1 / (len(shares) * s) if s > 0 else 0 for s in shares])
# %% class_weights: wrong, 1 minus share
def class_weights(shares):
    w = np.where(shares > 0, 1 - shares, 0)
    return w / (w * shares).sum()
# %% class_weights: wrong, the shares themselves
def class_weights(shares):
    return shares / np.sum(shares**2)
# %% class_weights: wrong, root
def class_weights(shares):
    w = np.array([1 / np.sqrt(s) if s > 0 else 0 for s in shares])
    return w / np.sum(w * shares)
# %% class_weights: wrong, three classes
def class_weights(shares):
    return np.array([1 / (3 * s) if s > 0 else 0.0 for s in shares])
# %% class_weights: wrong, epsilon
def class_weights(shares):
    w = 1 / (np.asarray(shares) + 1e-6)
    return w / np.sum(w * shares)
# %% class_weights: wrong, absent class gets 1
def class_weights(shares):
    n = np.count_nonzero(shares)
    return np.array([1 / (n * s) if s > 0 else 1.0 for s in shares])
# %% class_weights: wrong, median frequency
def class_weights(shares):
    med = np.median(shares[shares > 0])
    return np.array([med / s if s > 0 else 0 for s in shares])
# %% class_weights: wrong, largest weight is 1
def class_weights(shares):
    w = np.array([1 / s if s > 0 else 0 for s in shares])
    return w / w.max()
# %% class_weights: wrong, absent class left out
def class_weights(shares):
    shares = shares[shares > 0]
    return 1 / shares / len(shares)
# %% fair_pair: right
def fair_pair(build_decoder, build_model, train, seed, epochs):
    models = []
    for weighted in (False, True):
        keras.utils.set_random_seed(seed)
        model = build_model(build_decoder())
        train(model, weighted, epochs)
        models.append(model)
    return models[0], models[1]
# %% fair_pair: right
def fair_pair(build_decoder, build_model, train, seed, epochs):
    """Train a plain and a weighted model from the same start."""
    def make(weighted: bool):
        keras.utils.set_random_seed(seed)
        decoder = build_decoder()
        model = build_model(decoder)
        train(model, weighted=weighted, epochs=epochs)
        return model
    return make(False), make(True)
# %% fair_pair: right
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    a = build_model(build_decoder())
    keras.utils.set_random_seed(seed)
    b = build_model(build_decoder())
    keras.utils.set_random_seed(seed)
    train(a, False, epochs)
    keras.utils.set_random_seed(seed)
    train(b, True, epochs)
    return [a, b]
# %% fair_pair: right
import random
def fair_pair(build_decoder, build_model, train, seed, epochs):
    def run(w):
        random.seed(seed); np.random.seed(seed); tf.random.set_seed(seed)
        keras.utils.set_random_seed(seed)
        m = build_model(build_decoder())
        keras.utils.set_random_seed(seed + 1)
        train(m, w, epochs)
        return m
    return tuple(map(run, [False, True]))
# %% fair_pair: wrong, one decoder for both
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    decoder = build_decoder()
    a, b = build_model(decoder), build_model(decoder)
    train(a, False, epochs)
    train(b, True, epochs)
    return a, b
# %% fair_pair: wrong, seeded once
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    a = build_model(build_decoder())
    train(a, False, epochs)
    b = build_model(build_decoder())
    train(b, True, epochs)
    return a, b
# %% fair_pair: wrong, no seed
def fair_pair(build_decoder, build_model, train, seed, epochs):
    a = build_model(build_decoder())
    b = build_model(build_decoder())
    train(a, False, epochs)
    train(b, True, epochs)
    return a, b
# %% fair_pair: wrong, order
def fair_pair(build_decoder, build_model, train, seed, epochs):
    out = []
    for weighted in (True, False):
        keras.utils.set_random_seed(seed)
        m = build_model(build_decoder())
        train(m, weighted, epochs)
        out.append(m)
    return tuple(out)
# %% fair_pair: wrong, one model trained twice
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    m = build_model(build_decoder())
    train(m, False, epochs)
    train(m, True, epochs)
    return m, m
# %% fair_pair: wrong, both without weights
def fair_pair(build_decoder, build_model, train, seed, epochs):
    out = []
    for weighted in (False, True):
        keras.utils.set_random_seed(seed)
        m = build_model(build_decoder())
        train(m, False, epochs)
        out.append(m)
    return tuple(out)
# %% fair_pair: wrong, returns what train returns
def fair_pair(build_decoder, build_model, train, seed, epochs):
    out = []
    for weighted in (False, True):
        keras.utils.set_random_seed(seed)
        m = build_model(build_decoder())
        out.append(train(m, weighted, epochs))
    return tuple(out)
# %% fair_pair: wrong, fixed seed
def fair_pair(build_decoder, build_model, train, seed, epochs):
    out = []
    for weighted in (False, True):
        keras.utils.set_random_seed(42)
        m = build_model(build_decoder())
        train(m, weighted, epochs)
        out.append(m)
    return tuple(out)
# %% fair_pair: wrong, epochs fixed
def fair_pair(build_decoder, build_model, train, seed, epochs):
    out = []
    for weighted in (False, True):
        keras.utils.set_random_seed(seed)
        m = build_model(build_decoder())
        train(m, weighted, 1)
        out.append(m)
    return tuple(out)
# %% fair_pair: wrong, weighted one trained for longer
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    a = build_model(build_decoder())
    train(a, False, epochs)
    keras.utils.set_random_seed(seed)
    b = build_model(build_decoder())
    train(b, True, epochs * 2)
    return a, b
# %% fair_pair: wrong, second not trained
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    a = build_model(build_decoder())
    train(a, False, epochs)
    keras.utils.set_random_seed(seed)
    b = build_model(build_decoder())
    return a, b
# %% fair_pair: wrong, only NumPy is seeded
def fair_pair(build_decoder, build_model, train, seed, epochs):
    out = []
    for weighted in (False, True):
        np.random.seed(seed)
        m = build_model(build_decoder())
        train(m, weighted, epochs)
        out.append(m)
    return tuple(out)
# %% fair_pair: wrong, different seeds
def fair_pair(build_decoder, build_model, train, seed, epochs):
    out = []
    for i, weighted in enumerate((False, True)):
        keras.utils.set_random_seed(seed + i)
        m = build_model(build_decoder())
        train(m, weighted, epochs)
        out.append(m)
    return tuple(out)
# %% bugs: right
bugs = {2: "names", 5: "test set", 7: "shared layers", 11: "weights", 14: "colours"}
# %% bugs: right
bugs = {"2": "names", "5": "test set", "7": "shared layers", "11": "weights", "14": "colors"}
# %% bugs: right
bugs = {14: "Colours", 11: "Weights", 7: "Shared Layers", 5: "Test set", 2: "Names"}
# %% bugs: right
bugs = {2: "name", 5: "test_set", 7: "shared-layers", 11: "weight", 14: "colour"}
# %% bugs: right
bugs = [(2, "names"), (5, "test set"), (7, "shared layers"), (11, "weights"), (14, "colours")]
# %% bugs: right
bugs = {2.0: "names", 5.0: "test-set", 7.0: "sharedlayers", 11.0: "weights", 14.0: "color"}
# %% bugs: right
bugs = {"line 2": "names", "line 5": "test set", "line 7": "shared layers", "line 11": "weights", "line 14": "colours"}
# %% bugs: right
bugs = {2: ["names"], 5: ["test set"], 7: ["shared layers"], 11: ["weights"], 14: ["colours"]}
# %% bugs: right
bugs = "2: names, 5: test set, 7: shared layers, 11: weights, 14: colours"
# %% bugs: wrong, softmax at line 8
bugs = {2: "names", 5: "test set", 8: "softmax", 11: "weights", 14: "colours"}
# %% bugs: wrong, shape at line 12
bugs = {2: "names", 5: "test set", 7: "shared layers", 12: "shape", 14: "colours"}
# %% bugs: wrong, resize at line 3
bugs = {2: "names", 3: "resize", 7: "shared layers", 11: "weights", 14: "colours"}
# %% bugs: wrong, order at line 4
bugs = {2: "names", 4: "order", 5: "test set", 11: "weights", 14: "colours"}
# %% bugs: wrong, freeze at line 6
bugs = {2: "names", 5: "test set", 6: "freeze", 11: "weights", 14: "colours"}
# %% bugs: wrong, three found
bugs = {2: "names", 5: "test set", 14: "colours"}
# %% bugs: wrong, shared layers at line 13
bugs = {2: "names", 5: "test set", 13: "shared layers", 11: "weights", 14: "colours"}
# %% bugs: right
bugs = {2: "names", 5: "test set", 8: "shared layers", 11: "weights", 14: "colours"}
# %% bugs: wrong, lines only
bugs = [2, 5, 7, 11, 14]
# %% bugs: wrong, words to lines
bugs = {"names": 2, "test set": 5, "shared layers": 7, "weights": 11, "colours": 14}
# %% bugs: wrong, all lines
bugs = {i: "names" for i in range(1, 15)}
# %% bugs: wrong, needs swapped
bugs = {2: "colours", 5: "test set", 7: "shared layers", 11: "weights", 14: "names"}
# %% bugs: wrong, from 0
bugs = {1: "names", 4: "test set", 6: "shared layers", 10: "weights", 13: "colours"}
# %% bugs: wrong, own words
bugs = {2: "background and border are swapped", 5: "uses the test set", 7: "layers are shared", 11: "wrong weights", 14: "array_to_img"}
# %% bugs: wrong, test set at line 1
bugs = {2: "names", 1: "test set", 7: "shared layers", 11: "weights", 14: "colours"}
