# %% pixel_loss: right
def pixel_loss(logits, label):
    z = np.asarray(logits, dtype=float)
    m = z.max()
    return m + np.log(np.sum(np.exp(z - m))) - z[label]
# %% pixel_loss: right
from scipy.special import logsumexp
def pixel_loss(logits, label):
    return logsumexp(logits) - logits[label]
# %% pixel_loss: right
import tensorflow as tf
def pixel_loss(logits: np.ndarray, label: int) -> float:
    """Cross-entropy of one pixel from its logits."""
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label, logits=tf.constant(logits, dtype=tf.float32))
    return float(loss)
# %% pixel_loss: wrong, hands Keras a list and raises
def pixel_loss(logits, label):
    f = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return f([label], [logits]).numpy()
# %% pixel_loss: right
def pixel_loss(logits, label):
    return np.logaddexp.reduce(logits) - logits[label]
# %% pixel_loss: right
def pixel_loss(logits, label):
    biggest = max(logits)
    total = 0.0
    for x in logits:
        total += math.exp(x - biggest)
    return math.log(total) + biggest - logits[label]
# %% pixel_loss: right
pixel_loss = lambda logits, label: -keras.ops.log_softmax(keras.ops.convert_to_tensor(logits, "float32"))[label]
# %% pixel_loss: right
def pixel_loss(logits, label):
    d = np.asarray(logits, float) - float(logits[label])
    return np.logaddexp.reduce(d)
# %% pixel_loss: wrong, overflows
def pixel_loss(logits, label):
    p = np.exp(logits) / np.sum(np.exp(logits))
    return -np.log(p[label])
# %% pixel_loss: wrong, probability becomes 0
def pixel_loss(logits, label):
    e = np.exp(logits - np.max(logits))
    return -np.log(e[label] / e.sum())
# %% pixel_loss: wrong, hides the zero by an epsilon
def pixel_loss(logits, label):
    e = np.exp(logits - np.max(logits))
    return -np.log(e[label] / e.sum() + 1e-7)
# %% pixel_loss: wrong, clipped as Keras clips probabilities
def pixel_loss(logits, label):
    e = np.exp(logits - np.max(logits))
    return -np.log(np.clip(e / e.sum(), 1e-7, 1))[label]
# %% pixel_loss: wrong, sign
def pixel_loss(logits, label):
    z = np.asarray(logits, dtype=float)
    m = z.max()
    return z[label] - m - np.log(np.sum(np.exp(z - m)))
# %% pixel_loss: wrong, logarithm of base 2
def pixel_loss(logits, label):
    z = np.asarray(logits, dtype=float) - np.max(logits)
    return (np.log(np.exp(z).sum()) - z[label]) / np.log(2)
# %% pixel_loss: wrong, base 10
def pixel_loss(logits, label):
    z = np.asarray(logits, dtype=float) - np.max(logits)
    return (np.log10(np.exp(z).sum()) - z[label] * np.log10(np.e))
# %% pixel_loss: wrong, label counted from 1
def pixel_loss(logits, label):
    z = np.asarray(logits, dtype=float) - np.max(logits)
    return np.log(np.exp(z).sum()) - z[label - 1]
# %% pixel_loss: wrong, the probability instead of the loss
def pixel_loss(logits, label):
    e = np.exp(logits - np.max(logits))
    return e[label] / e.sum()
# %% pixel_loss: wrong, one minus probability
def pixel_loss(logits, label):
    e = np.exp(logits - np.max(logits))
    return 1 - e[label] / e.sum()
# %% pixel_loss: wrong, from_logits forgotten
def pixel_loss(logits, label):
    return float(keras.losses.SparseCategoricalCrossentropy()([label], [logits]))
# %% pixel_loss: wrong, softmax twice
def pixel_loss(logits, label):
    p = keras.ops.softmax(keras.ops.convert_to_tensor(logits, "float32"))
    return float(keras.losses.SparseCategoricalCrossentropy(from_logits=True)([label], p[None]))
# %% pixel_loss: wrong, the largest class and not the label's
def pixel_loss(logits, label):
    z = np.asarray(logits, dtype=float) - np.max(logits)
    return np.log(np.exp(z).sum())
# %% pixel_loss: wrong, one number a class
def pixel_loss(logits, label):
    z = np.asarray(logits, dtype=float) - np.max(logits)
    return np.log(np.exp(z).sum()) - z
# %% pixel_loss: wrong, binary cross-entropy
def pixel_loss(logits, label):
    t = np.zeros(len(logits)); t[label] = 1
    return float(keras.losses.BinaryCrossentropy(from_logits=True)(t[None], np.asarray(logits)[None]))
# %% steps: right
def steps(counts, batch_size):
    return math.ceil(counts["train"] / batch_size), math.ceil(counts["validation"] / batch_size)
# %% steps: right
def steps(counts: dict[str, int], batch_size: int) -> tuple[int, int]:
    """Number of training and validation steps."""
    STEPS_PER_EPOCH = -(-counts["train"] // batch_size)
    VALIDATION_STEPS = -(-counts["validation"] // batch_size)
    return STEPS_PER_EPOCH, VALIDATION_STEPS
# %% steps: right
steps = lambda c, b: [(c[k] + b - 1) // b for k in ("train", "validation")]
# %% steps: right
def steps(counts, batch_size):
    n = [0, 0]
    for i, k in enumerate(["train", "validation"]):
        left = counts[k]
        while left > 0:
            left -= batch_size
            n[i] += 1
    return tuple(n)
# %% steps: right
def steps(counts, batch_size):
    return int(np.ceil(counts["train"] / batch_size)), int(np.ceil(counts["validation"] / batch_size))
# %% steps: right
def steps(counts, batch_size):
    return np.array([len(range(0, counts[k], batch_size)) for k in ["train", "validation"]])
# %% steps: wrong, rounds down
def steps(counts, batch_size):
    return counts["train"] // batch_size, counts["validation"] // batch_size
# %% steps: wrong, not whole
def steps(counts, batch_size):
    return counts["train"] / batch_size, counts["validation"] / batch_size
# %% steps: wrong, always one more
def steps(counts, batch_size):
    return counts["train"] // batch_size + 1, counts["validation"] // batch_size + 1
# %% steps: wrong, np.ceil gives floats
def steps(counts, batch_size):
    return np.ceil(counts["train"] / batch_size), np.ceil(counts["validation"] / batch_size)
# %% steps: wrong, rounds to the nearest
def steps(counts, batch_size):
    return round(counts["train"] / batch_size), round(counts["validation"] / batch_size)
# %% steps: wrong, test for validation
def steps(counts, batch_size):
    return math.ceil(counts["train"] / batch_size), math.ceil(counts["test"] / batch_size)
# %% steps: wrong, validation taken out once more
def steps(counts, batch_size):
    return math.ceil((counts["train"] - counts["validation"]) / batch_size), math.ceil(counts["validation"] / batch_size)
# %% steps: wrong, swapped
def steps(counts, batch_size):
    return math.ceil(counts["validation"] / batch_size), math.ceil(counts["train"] / batch_size)
# %% steps: wrong, one set only
def steps(counts, batch_size):
    return math.ceil(counts["train"] / batch_size)
# %% steps: wrong, all pets
def steps(counts, batch_size):
    return math.ceil(sum(counts.values()) / batch_size), math.ceil(counts["validation"] / batch_size)
# %% steps: wrong, validation in sub-splits as in the tutorial
def steps(counts, batch_size):
    return counts["train"] // batch_size, counts["test"] // batch_size // 5
# %% steps: wrong, the figures of the example
def steps(counts, batch_size):
    return 3, 1
# %% steps: wrong, the number of pets
def steps(counts, batch_size):
    return counts["train"], counts["validation"]
# %% KeepMasks: right
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        logits = self.model.predict(self.images, verbose=0)
        self.masks.append(np.argmax(logits, axis=-1)[..., np.newaxis])
# %% KeepMasks: right
class KeepMasks(keras.callbacks.Callback):
    """Records the predicted masks of a fixed batch after every epoch."""
    def __init__(self, images: np.ndarray) -> None:
        super().__init__()
        self.images = images
        self.masks: list[np.ndarray] = []
    def on_train_begin(self, logs: dict | None = None) -> None:
        self.masks.clear()
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        logits = self.model(self.images, training=False)
        labels = keras.ops.argmax(logits, axis=-1)
        self.masks.append(keras.ops.convert_to_numpy(keras.ops.expand_dims(labels, axis=-1)))
# %% KeepMasks: right
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
    def on_train_begin(self, logs=None):
        self.masks = list()
    def on_epoch_end(self, *args, **kwargs):
        self.masks += [np.argmax(self.model.predict_on_batch(self.images), -1, keepdims=True).astype(np.uint8)]
# %% KeepMasks: right
def _mask(model, images):
    return np.stack([np.argmax(model(image[None], training=False).numpy()[0], -1)[..., None] for image in images])
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = np.array(images, copy=True)
        self.masks = []
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 0:
            self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(_mask(self.model, self.images))
# %% KeepMasks: wrong, never cleared
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., None])
# %% KeepMasks: wrong, batches instead of epochs
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_train_batch_end(self, batch, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., None])
# %% KeepMasks: wrong, only with validation
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_test_end(self, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., None])
# %% KeepMasks: wrong, logits kept
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(self.model.predict(self.images, verbose=0))
# %% KeepMasks: wrong, channel axis missing
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(self.model.predict(self.images, verbose=0).argmax(-1))
# %% KeepMasks: wrong, epoch begin
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_epoch_begin(self, epoch, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., None])
# %% KeepMasks: wrong, only the last epoch
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        self.masks = [np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., None]]
# %% KeepMasks: wrong, training=True
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(np.argmax(self.model(self.images, training=True), axis=-1)[..., None])
# %% KeepMasks: wrong, only when the training ends
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_end(self, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., None])
# %% KeepMasks: wrong, name of the method misspelt
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_end_epoch(self, epoch, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., None])
# %% KeepMasks: wrong, __init__ alone
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
# %% KeepMasks: wrong, list shared by the class
class KeepMasks(keras.callbacks.Callback):
    masks = []
    def __init__(self, images):
        super().__init__()
        self.images = images
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., None])
# %% KeepMasks: wrong, first image only
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images[:1], verbose=0), axis=-1)[..., None])
# %% best_epoch: right
def best_epoch(history):
    return int(np.argmax(history["val_mean_iou"])) + 1
# %% best_epoch: right
def best_epoch(history):
    v = history["val_mean_iou"]
    return v.index(max(v)) + 1
# %% best_epoch: right
def best_epoch(history: dict[str, list[float]]) -> int:
    """1-based epoch number with the best validation mean IoU."""
    best_number, best_value = 1, float("-inf")
    for number, value in enumerate(history["val_mean_iou"], start=1):
        if value > best_value:
            best_number, best_value = number, value
    return best_number
# %% best_epoch: right
best_epoch = lambda h: max(range(1, len(h["val_mean_iou"]) + 1), key=lambda e: h["val_mean_iou"][e - 1])
# %% best_epoch: right
def best_epoch(history):
    return np.nanargmax(np.array(history["val_mean_iou"])) + 1
# %% best_epoch: wrong, from 0
def best_epoch(history):
    return np.argmax(history["val_mean_iou"])
# %% best_epoch: wrong, on the training pets
def best_epoch(history):
    return np.argmax(history["mean_iou"]) + 1
# %% best_epoch: wrong, lowest validation loss
def best_epoch(history):
    return np.argmin(history["val_loss"]) + 1
# %% best_epoch: wrong, accuracy
def best_epoch(history):
    return np.argmax(history["val_accuracy"]) + 1
# %% best_epoch: wrong, minimum
def best_epoch(history):
    return np.argmin(history["val_mean_iou"]) + 1
# %% best_epoch: wrong, last epoch
def best_epoch(history):
    return len(history["val_mean_iou"])
# %% best_epoch: wrong, the value
def best_epoch(history):
    return max(history["val_mean_iou"])
# %% best_epoch: wrong, the last but one
def best_epoch(history):
    return len(history["val_mean_iou"]) - 1
# %% best_epoch: wrong, from 0 and the training pets
def best_epoch(history):
    return int(np.argmax(history["mean_iou"]))
# %% best_epoch: wrong, first drop
def best_epoch(history):
    v = history["val_mean_iou"]
    for i in range(1, len(v)):
        if v[i] < v[i - 1]:
            return i
    return len(v)
# %% best_epoch: wrong, largest validation loss
def best_epoch(history):
    return np.argmax(history["val_loss"]) + 1
# %% best_epoch: wrong, sorts the list in place
def best_epoch(history):
    v = history["val_mean_iou"]
    best = max(v)
    n = v.index(best) + 1
    v.sort()
    return n
# %% best_epoch: wrong, attribute of History
def best_epoch(history):
    return np.argmax(history.history["val_mean_iou"]) + 1
# %% curves: right
curves = {"A": "overfits", "B": "stopped too early", "C": "underfits"}
# %% curves: right
curves = {"a": "Overfits", "b": "Stopped too early", "c": "Underfits"}
# %% curves: right
curves = ["overfits", "stopped too early", "underfits"]
# %% curves: right
curves = dict(A="overfit", B="stopped_too_early", C="underfit")
# %% curves: right
curves = {"A": "overfitting", "B": "stopped too early.", "C": "underfitting"}
# %% curves: right
curves = {"C": "underfits", "B": "stopped  too-early", "A": "over-fits"}
# %% curves: right
curves = {"run A": "overfits", "run B": "stopped too early", "run C": "underfits"}
# %% curves: right
curves = {"A": ["overfits"], "B": ["stopped too early"], "C": ["underfits"]}
# %% curves: right
curves = "A: overfits, B: stopped too early, C: underfits"
# %% curves: right
curves = (("A", "overfits"), ("B", "stopped too early"), ("C", "underfits"))
# %% curves: right
curves = {"A": "*overfits*", "B": "*stopped too early*", "C": "*underfits*"}
# %% curves: wrong, B learns well
curves = {"A": "overfits", "B": "learns well", "C": "underfits"}
# %% curves: wrong, C learns well
curves = {"A": "overfits", "B": "stopped too early", "C": "learns well"}
# %% curves: wrong, B underfits
curves = {"A": "overfits", "B": "underfits", "C": "learns well"}
# %% curves: wrong, A learns well
curves = {"A": "learns well", "B": "stopped too early", "C": "underfits"}
# %% curves: wrong, C's learning rate
curves = {"A": "overfits", "B": "stopped too early", "C": "learning rate too high"}
# %% curves: wrong, A and C swapped
curves = {"A": "underfits", "B": "stopped too early", "C": "overfits"}
# %% curves: wrong, C missing
curves = {"A": "overfits", "B": "stopped too early"}
# %% curves: wrong, unknown verdict
curves = {"A": "overfits", "B": "stopped too early", "C": "bad"}
# %% curves: wrong, C stopped too early
curves = {"A": "overfits", "B": "stopped too early", "C": "stopped too early"}
# %% curves: wrong, all the same
curves = {"A": "overfits", "B": "overfits", "C": "overfits"}
# %% curves: wrong, two verdicts for one run
curves = {"A": "overfits", "B": "stopped too early or learns well", "C": "underfits"}
# %% iou_per_class: right
def iou_per_class(confusion):
    tp = np.diag(confusion)
    union = confusion.sum(0) + confusion.sum(1) - tp
    with np.errstate(divide="ignore", invalid="ignore"):
        return tp / union
# %% iou_per_class: right
def iou_per_class(confusion: np.ndarray) -> np.ndarray:
    """Intersection over union for every class."""
    confusion = np.asarray(confusion, dtype=np.float64)
    intersection = np.diagonal(confusion)
    union = np.sum(confusion, axis=1) + np.sum(confusion, axis=0) - intersection
    return np.divide(intersection, union, out=np.full_like(union, np.nan), where=union > 0)
# %% iou_per_class: right
def iou_per_class(confusion):
    out = []
    for c in range(len(confusion)):
        tp = int(confusion[c, c])
        fp = sum(int(confusion[r, c]) for r in range(len(confusion)) if r != c)
        fn = sum(int(confusion[c, r]) for r in range(len(confusion)) if r != c)
        out.append(tp / (tp + fp + fn) if tp + fp + fn else math.nan)
    return np.array(out)
# %% iou_per_class: right
import tensorflow as tf
def iou_per_class(confusion):
    c = tf.cast(confusion, tf.float64)
    i = tf.linalg.diag_part(c)
    return i / (tf.reduce_sum(c, 0) + tf.reduce_sum(c, 1) - i)
# %% iou_per_class: right
iou_per_class = lambda c: np.array([c[k, k] / u if (u := c[k].sum() + c[:, k].sum() - c[k, k]) else float("nan") for k in range(c.shape[0])])
# %% iou_per_class: wrong, recall
def iou_per_class(confusion):
    return np.diag(confusion) / confusion.sum(axis=1)
# %% iou_per_class: wrong, precision
def iou_per_class(confusion):
    return np.diag(confusion) / confusion.sum(axis=0)
# %% iou_per_class: wrong, Dice
def iou_per_class(confusion):
    return 2 * np.diag(confusion) / (confusion.sum(0) + confusion.sum(1))
# %% iou_per_class: wrong, the intersection is counted twice
def iou_per_class(confusion):
    return np.diag(confusion) / (confusion.sum(0) + confusion.sum(1))
# %% iou_per_class: wrong, 0 for NaN
def iou_per_class(confusion):
    tp = np.diag(confusion)
    union = confusion.sum(0) + confusion.sum(1) - tp
    return np.nan_to_num(tp / union)
# %% iou_per_class: wrong, 1 for NaN by epsilon
def iou_per_class(confusion):
    tp = np.diag(confusion)
    union = confusion.sum(0) + confusion.sum(1) - tp
    return (tp + 1e-7) / (union + 1e-7)
# %% iou_per_class: wrong, epsilon gives 0
def iou_per_class(confusion):
    tp = np.diag(confusion)
    return tp / (confusion.sum(0) + confusion.sum(1) - tp + 1e-9)
# %% iou_per_class: wrong, the mean
def iou_per_class(confusion):
    tp = np.diag(confusion)
    return np.nanmean(tp / (confusion.sum(0) + confusion.sum(1) - tp))
# %% iou_per_class: wrong, accuracy
def iou_per_class(confusion):
    return np.diag(confusion).sum() / confusion.sum()
# %% iou_per_class: wrong, of all pixels
def iou_per_class(confusion):
    return np.diag(confusion) / confusion.sum()
# %% iou_per_class: wrong, leaves out empty class
def iou_per_class(confusion):
    tp = np.diag(confusion)
    union = confusion.sum(0) + confusion.sum(1) - tp
    return tp[union > 0] / union[union > 0]
# %% iou_per_class: wrong, NaN for class that was only predicted
def iou_per_class(confusion):
    tp = np.diag(confusion)
    union = confusion.sum(0) + confusion.sum(1) - tp
    return np.where(confusion.sum(1) == 0, np.nan, tp / np.maximum(union, 1))
# %% iou_per_class: wrong, three classes
def iou_per_class(confusion):
    out = np.full(3, np.nan)
    for k in range(3):
        u = confusion[k].sum() + confusion[:, k].sum() - confusion[k, k]
        if u:
            out[k] = confusion[k, k] / u
    return out
# %% iou_per_class: wrong, errors over all
def iou_per_class(confusion):
    tp = np.diag(confusion)
    return 1 - tp / (confusion.sum(0) + confusion.sum(1) - tp)
