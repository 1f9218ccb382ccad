# %% two_pixel_loss: right
def two_pixel_loss(labels, logits, weights):
    weighted = np.asarray(pixel_losses(labels, logits)) * np.asarray(weights)
    return weighted, weighted.sum() / len(weighted)
# %% two_pixel_loss: right
def two_pixel_loss(labels, logits, weights):
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    each = entropy(tf.constant(labels), tf.constant(logits, tf.float32), sample_weight=tf.constant(weights, tf.float32))
    return each.numpy(), float(tf.reduce_mean(each))
# %% two_pixel_loss: wrong, divides by the weights
def two_pixel_loss(labels, logits, weights):
    losses = np.array(pixel_losses(labels, logits)) * np.array(weights)
    return losses, np.sum(losses) / np.sum(weights)
# %% two_pixel_loss: wrong, takes them for weights of classes
def two_pixel_loss(labels, logits, weights):
    losses = pixel_losses(labels, logits, weights)
    return losses, np.mean(losses)
# %% two_pixel_loss: wrong, the sum
def two_pixel_loss(labels, logits, weights):
    losses = [float(l) * float(w) for l, w in zip(pixel_losses(labels, logits), weights)]
    return losses, sum(losses)
# %% two_pixel_loss: wrong, the mean is not weighted
def two_pixel_loss(labels, logits, weights):
    losses = np.asarray(pixel_losses(labels, logits))
    return losses * np.asarray(weights), losses.mean()
# %% two_pixel_loss: wrong, weighs the logits
def two_pixel_loss(labels, logits, weights):
    losses = np.asarray(pixel_losses(labels, np.asarray(logits) * np.asarray(weights)[:, None]))
    return losses, losses.mean()
# %% add_sample_weights: right
def add_sample_weights(image, mask, weights):
    table = tf.constant(weights, dtype=tf.float32)
    return image, mask, tf.gather(table, tf.cast(mask[..., 0], tf.int32))
# %% add_sample_weights: right
def add_sample_weights(image, mask, weights):
    hot = tf.one_hot(tf.squeeze(mask, axis=-1), depth=len(weights))
    return image, mask, tf.reduce_sum(hot * tf.constant(weights, tf.float32), axis=-1)
# %% add_sample_weights: right
def add_sample_weights(image, mask, weights):
    labels = mask[:, :, :, 0]
    w = tf.zeros_like(labels, dtype=tf.float32)
    for label, weight in enumerate(weights):
        w = tf.where(labels == label, float(weight), w)
    return image, mask, w
# %% add_sample_weights: wrong, as in the tutorial: weights divided by their sum, last axis kept
def add_sample_weights(image, mask, weights):
    class_weights = tf.constant(weights, tf.float32)
    class_weights = class_weights / tf.reduce_sum(class_weights)
    sample_weights = tf.gather(class_weights, indices=tf.cast(mask, tf.int32))
    return image, mask, sample_weights
# %% add_sample_weights: wrong, NumPy in a pipeline
def add_sample_weights(image, mask, weights):
    table = np.array(weights, dtype=np.float32)
    return image, mask, table[mask[..., 0]]
# %% add_sample_weights: wrong, a batch of one loses its first axis
def add_sample_weights(image, mask, weights):
    sample_weights = tf.gather(tf.constant(weights, tf.float32), tf.cast(tf.squeeze(mask), tf.int32))
    return image, mask, sample_weights
# %% add_sample_weights: wrong, weights come second
def add_sample_weights(image, mask, weights):
    sample_weights = tf.gather(tf.constant(weights, tf.float32), tf.cast(mask[..., 0], tf.int32))
    return image, sample_weights, mask
# %% add_sample_weights: wrong, the mask loses its axis too
def add_sample_weights(image, mask, weights):
    mask = tf.squeeze(mask, axis=-1)
    return image, mask, tf.gather(tf.constant(weights, tf.float32), tf.cast(mask, tf.int32))
# %% class_weights: right
def class_weights(shares):
    shares = np.asarray(shares, float)
    inverse = np.zeros_like(shares)
    inverse[shares > 0] = 1 / shares[shares > 0]
    return inverse / (inverse * shares).sum()
# %% class_weights: right
def class_weights(shares):
    present = [s for s in shares if s > 0]
    return np.array([1 / (len(present) * s) if s > 0 else 0.0 for s in shares])
# %% class_weights: wrong, counts classes that do not occur
def class_weights(shares):
    n = len(shares)
    return np.array([0.0 if s == 0 else 1.0 / (n * s) for s in shares])
# %% class_weights: wrong, the mean of the classes' weights is 1
def class_weights(shares):
    w = np.array([0.0 if s == 0 else 1.0 / s for s in shares])
    return w / w.mean()
# %% class_weights: wrong, the weights add up to 1
def class_weights(shares):
    with np.errstate(divide="ignore"):
        w = 1 / shares
    w[np.isinf(w)] = 0
    return w / np.sum(w)
# %% class_weights: wrong, infinite
def class_weights(shares):
    return 1 / (np.count_nonzero(shares) * np.array(shares))
# %% class_weights: wrong, one minus the share
def class_weights(shares):
    shares = np.asarray(shares)
    w = np.where(shares > 0, 1 - shares, 0)
    return w / (w * shares).sum()
# %% fair_pair: right
def fair_pair(build_decoder, build_model, train, seed, epochs):
    def run(weighted):
        keras.utils.set_random_seed(seed)
        model = build_model(build_decoder())
        train(model, weighted, epochs)
        return model
    return run(False), run(True)
# %% fair_pair: right
def fair_pair(build_decoder, build_model, train, seed, epochs):
    models = []
    for weighted in (False, True):
        keras.utils.set_random_seed(seed)
        decoder = build_decoder()
        model = build_model(decoder)
        train(model, weighted=weighted, epochs=epochs)
        models.append(model)
    return tuple(models)
# %% fair_pair: wrong, one seed for both
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    plain = build_model(build_decoder())
    train(plain, False, epochs)
    weighted = build_model(build_decoder())
    train(weighted, True, epochs)
    return plain, weighted
# %% fair_pair: wrong, one decoder for both
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    decoder = build_decoder()
    plain = build_model(decoder)
    train(plain, False, epochs)
    keras.utils.set_random_seed(seed)
    weighted = build_model(decoder)
    train(weighted, True, epochs)
    return plain, weighted
# %% fair_pair: wrong, TensorFlow's seed only
def fair_pair(build_decoder, build_model, train, seed, epochs):
    result = []
    for flag in [False, True]:
        tf.random.set_seed(seed)
        m = build_model(build_decoder())
        train(m, flag, epochs)
        result.append(m)
    return result[0], result[1]
# %% fair_pair: wrong, goes on training the same model
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    model = build_model(build_decoder())
    plain = model
    train(plain, False, epochs)
    weighted = model
    train(weighted, True, epochs)
    return plain, weighted
# %% fair_pair: wrong, returns what train returns
def fair_pair(build_decoder, build_model, train, seed, epochs):
    def one(weighted):
        keras.utils.set_random_seed(seed)
        return train(build_model(build_decoder()), weighted, epochs)
    return one(False), one(True)
# %% bugs: right
bugs = {2: "names", 5: "test set", 7: "shared layers", 11: "weights", 14: "colours"}
# %% bugs: right
bugs = {"2": "Names", "5": "Test set", "7": "Shared layers", "11": "Weights", "14": "Colours"}
# %% bugs: right
bugs = dict(zip([14, 11, 7, 5, 2], ["colours", "weights", "shared layers", "test set", "names"]))
# %% bugs: wrong, the nearest resizing is sound
bugs = {3: "resize", 5: "test set", 7: "shared layers", 11: "weights", 14: "colours"}
# %% bugs: wrong, the loss takes logits
bugs = {2: "names", 5: "test set", 7: "shared layers", 8: "softmax", 14: "colours"}
# %% bugs: wrong, the order is sound
bugs = {2: "names", 4: "order", 7: "shared layers", 11: "weights", 14: "colours"}
# %% bugs: wrong, a frozen encoder may be shared
bugs = {2: "names", 5: "test set", 6: "freeze", 11: "weights", 14: "colours"}
# %% bugs: right
bugs = {2: "names", 5: "test set", 8: "shared layers", 11: "weights", 14: "colours"}
