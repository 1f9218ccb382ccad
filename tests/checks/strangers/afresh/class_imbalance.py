# %% two_pixel_loss: right
def two_pixel_loss(labels, logits, weights):
    log_p = tf.nn.log_softmax(tf.cast(logits, tf.float64), axis=-1)
    picked = tf.gather(log_p, tf.cast(labels, tf.int32), axis=1, batch_dims=1)
    each = -picked * tf.cast(weights, tf.float64)
    return each, tf.math.reduce_sum(each) / len(labels)
# %% two_pixel_loss: wrong, weights in the wrong order
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits)) * np.asarray(weights)[::-1]
    return l, l.mean()
# %% two_pixel_loss: wrong, adds the weights
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits)) + weights
    return l, l.mean()
# %% two_pixel_loss: wrong, the larger of the two
def two_pixel_loss(labels, logits, weights):
    l = np.asarray(pixel_losses(labels, logits)) * weights
    return l, l.max()
# %% add_sample_weights: right
def add_sample_weights(image, mask, weights):
    labels = keras.ops.squeeze(keras.ops.cast(mask, "int32"), -1)
    w = keras.ops.zeros_like(labels, dtype="float32")
    for label, weight in enumerate(weights):
        w += weight * keras.ops.cast(labels == label, "float32")
    return image, mask, w
# %% add_sample_weights: wrong, weights of the mean label
def add_sample_weights(image, mask, weights):
    w = tf.gather(tf.constant(weights, tf.float32), tf.cast(mask[..., 0], tf.int32))
    return image, mask, w / tf.reduce_sum(w)
# %% add_sample_weights: wrong, a dictionary
def add_sample_weights(image, mask, weights):
    w = tf.gather(tf.constant(weights, tf.float32), tf.cast(mask[..., 0], tf.int32))
    return {"image": image, "mask": mask, "weights": w}
# %% class_weights: right
def class_weights(shares):
    inverse = np.array([0.0 if s == 0 else s**-1 for s in shares])
    mean_pixel = float(np.dot(inverse, shares))
    return inverse / mean_pixel
# %% class_weights: wrong, squared inverse
def class_weights(shares):
    w = np.array([1 / s**2 if s > 0 else 0 for s in shares])
    return w / np.dot(w, shares)
# %% class_weights: wrong, the rarest class has weight 1 and others less
def class_weights(shares):
    smallest = min(s for s in shares if s > 0)
    return np.array([smallest / s if s > 0 else 0 for s in shares])
# %% class_weights: wrong, twice too large
def class_weights(shares):
    n = np.count_nonzero(shares)
    return np.array([2 / (n * s) if s > 0 else 0.0 for s in shares])
# %% fair_pair: right
def fair_pair(build_decoder, build_model, train, seed, epochs):
    def _one(with_weights):
        keras.utils.set_random_seed(int(seed))
        layers = build_decoder()
        net = build_model(layers)
        return net, with_weights
    (plain, no), (heavy, yes) = _one(False), _one(True)
    for net, flag in ((plain, no), (heavy, yes)):
        train(model=net, weighted=flag, epochs=epochs)
    return plain, heavy
# %% fair_pair: wrong, weights copied only after the first training
def fair_pair(build_decoder, build_model, train, seed, epochs):
    keras.utils.set_random_seed(seed)
    a = build_model(build_decoder())
    train(a, False, epochs)
    b = build_model(build_decoder())
    b.set_weights(a.get_weights())
    train(b, True, epochs)
    return a, b
# %% fair_pair: wrong, trains epoch by epoch one too few
def fair_pair(build_decoder, build_model, train, seed, epochs):
    out = []
    for w in (False, True):
        keras.utils.set_random_seed(seed)
        m = build_model(build_decoder())
        for _ in range(1, epochs):
            train(m, w, 1)
        out.append(m)
    return tuple(out)
# %% bugs: right
bugs = "Line 2: names; line 5: test set; line 7: shared layers; line 11: weights; line 14: colours"
# %% bugs: wrong, six flaws with the order of stages
bugs = {2: "names", 4: "order", 5: "test set", 7: "shared layers", 11: "weights", 14: "colours"}
# %% bugs: wrong, line 15
bugs = {2: "names", 5: "test set", 7: "shared layers", 11: "weights", 15: "colours"}
