# %% pixel_loss: right
from scipy.special import logsumexp
def pixel_loss(logits, label):
    return logsumexp(logits) - logits[label]
# %% pixel_loss: right
def pixel_loss(logits, label):
    biggest = max(logits)
    total = 0.0
    for z in logits:
        total += math.exp(z - biggest)
    return biggest + math.log(total) - logits[label]
# %% pixel_loss: right
def pixel_loss(logits, label):
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return float(entropy(np.array([label]), np.array([logits], dtype="float32")))
# %% pixel_loss: wrong, overflows
def pixel_loss(logits, label):
    e = np.exp(logits)
    return -np.log(e[label] / np.sum(e))
# %% pixel_loss: wrong, a probability of 0 is given a floor
def pixel_loss(logits, label):
    e = np.exp(logits - np.max(logits))
    p = e / e.sum()
    return -np.log(p[label] + 1e-7)
# %% pixel_loss: wrong, the logarithm of 0
def pixel_loss(logits, label):
    shifted = np.asarray(logits) - np.max(logits)
    probabilities = np.exp(shifted) / np.exp(shifted).sum()
    return float(-np.log(probabilities)[label])
# %% pixel_loss: wrong, the sign
def pixel_loss(logits, label):
    m = np.max(logits)
    return logits[label] - m - np.log(np.sum(np.exp(logits - m)))
# %% pixel_loss: wrong, the label counted from 1
def pixel_loss(logits, label):
    m = np.max(logits)
    return m + np.log(np.sum(np.exp(logits - m))) - logits[label - 1]
# %% steps: right
def steps(counts, batch_size):
    def count(n):
        full, left = divmod(n, batch_size)
        return full + (1 if left else 0)
    return count(counts["train"]), count(counts["validation"])
# %% steps: right
def steps(counts, batch_size):
    STEPS_PER_EPOCH = len(range(0, counts["train"], batch_size))
    VALIDATION_STEPS = len(range(0, counts["validation"], batch_size))
    return STEPS_PER_EPOCH, VALIDATION_STEPS
# %% steps: right
steps = lambda counts, batch_size: [-(-counts[k] // batch_size) for k in ("train", "validation")]
# %% steps: wrong, drops the last batch
def steps(counts, batch_size):
    return counts["train"] // batch_size, counts["validation"] // batch_size
# %% steps: wrong, always one more
def steps(counts, batch_size):
    STEPS_PER_EPOCH = counts["train"] // batch_size + 1
    VALIDATION_STEPS = counts["validation"] // batch_size + 1
    return STEPS_PER_EPOCH, VALIDATION_STEPS
# %% steps: wrong, takes the validation pets away once more
def steps(counts, batch_size):
    train = counts["train"] - counts["validation"]
    return math.ceil(train / batch_size), math.ceil(counts["validation"] / batch_size)
# %% steps: wrong, as in the tutorial: validates on the test set's fifth
def steps(counts, batch_size):
    TRAIN_LENGTH = counts["train"]
    STEPS_PER_EPOCH = TRAIN_LENGTH // batch_size
    VAL_SUBSPLITS = 5
    VALIDATION_STEPS = counts["test"] // batch_size // VAL_SUBSPLITS
    return STEPS_PER_EPOCH, VALIDATION_STEPS
# %% steps: wrong, rounds
def steps(counts, batch_size):
    return round(counts["train"] / batch_size), round(counts["validation"] / batch_size)
# %% KeepMasks: right
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        logits = self.model(self.images, training=False)
        self.masks.append(np.argmax(logits, axis=-1)[..., None])
# %% KeepMasks: right
class KeepMasks(keras.callbacks.Callback):
    """Remembers."""

    def __init__(self, images):
        super().__init__()
        self._images = np.array(images)
        self.masks: list[np.ndarray] = []

    def _predict(self) -> np.ndarray:
        logits = self.model.predict(self._images, verbose=0)
        return np.expand_dims(np.argmax(logits, axis=3), axis=3).astype("int32")

    def on_train_begin(self, logs=None):
        self.masks.clear()

    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(self._predict())
# %% KeepMasks: wrong, never starts anew
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., None])
# %% KeepMasks: wrong, all callbacks share a list
class KeepMasks(keras.callbacks.Callback):
    masks = []
    def __init__(self, images):
        super().__init__()
        self.images = images
    def on_train_begin(self, logs=None):
        self.masks.clear()
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(np.argmax(self.model.predict(self.images, verbose=0), axis=-1)[..., np.newaxis])
# %% KeepMasks: wrong, waits for a validation
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_test_end(self, logs=None):
        logits = self.model.predict(self.images, verbose=0)
        self.masks.append(np.argmax(logits, -1)[..., None])
# %% KeepMasks: wrong, as if training
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        logits = self.model(self.images, training=True)
        self.masks.append(keras.ops.convert_to_numpy(keras.ops.argmax(logits, axis=-1))[..., None])
# %% KeepMasks: wrong, keeps the logits
class KeepMasks(keras.callbacks.Callback):
    def __init__(self, images):
        super().__init__()
        self.images = images
        self.masks = []
    def on_train_begin(self, logs=None):
        self.masks = []
    def on_epoch_end(self, epoch, logs=None):
        self.masks.append(self.model.predict(self.images, verbose=0))
# %% best_epoch: right
def best_epoch(history):
    iou = history["val_mean_iou"]
    return max(range(len(iou)), key=iou.__getitem__) + 1
# %% best_epoch: right
def best_epoch(history):
    best, number = -1.0, 0
    for epoch, iou in enumerate(history["val_mean_iou"], start=1):
        if iou > best:
            best, number = iou, epoch
    return number
# %% best_epoch: wrong, counted from 0
def best_epoch(history):
    return int(np.argmax(history["val_mean_iou"]))
# %% best_epoch: wrong, the training pets
def best_epoch(history):
    return int(np.argmax(history["mean_iou"])) + 1
# %% best_epoch: wrong, the lowest validation loss
def best_epoch(history):
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1
# %% best_epoch: wrong, stops at the first fall
def best_epoch(history):
    values = history["val_mean_iou"]
    for i in range(1, len(values)):
        if values[i] < values[i - 1]:
            return i
    return len(values)
# %% best_epoch: wrong, the IoU itself
def best_epoch(history):
    return max(history["val_mean_iou"])
# %% curves: right
curves = dict(A="Overfits", B="Stopped too early", C="Underfits")
# %% curves: right
curves = {"a": "overfits", "b": "stopped too early", "c": "underfits"}
# %% curves: right
verdicts = ["overfits", "underfits", "learns well", "stopped too early", "learning rate too high"]
curves = {run: verdicts[i] for run, i in zip("ABC", (0, 3, 1))}
# %% curves: wrong, a run that gets better on the training pets learns well
curves = {"A": "learns well", "B": "stopped too early", "C": "underfits"}
# %% curves: wrong, bad numbers are no underfitting while they still rise
curves = {"A": "overfits", "B": "underfits", "C": "underfits"}
# %% curves: wrong, a flat curve is no too high learning rate
curves = {"A": "overfits", "B": "stopped too early", "C": "learning rate too high"}
# %% curves: wrong, over and under change places
curves = {"A": "underfits", "B": "stopped too early", "C": "overfits"}
# %% curves: wrong, C has not been stopped
curves = {"A": "overfits", "B": "learns well", "C": "stopped too early"}
# %% iou_per_class: right
def iou_per_class(confusion):
    confusion = np.asarray(confusion, dtype=float)
    both = np.diagonal(confusion)
    either = confusion.sum(axis=0) + confusion.sum(axis=1) - both
    return np.divide(both, either, out=np.full(len(both), np.nan), where=either > 0)
# %% iou_per_class: right
def iou_per_class(confusion):
    result = []
    for c in range(len(confusion)):
        tp = confusion[c][c]
        fn = sum(confusion[c]) - tp
        fp = sum(row[c] for row in confusion) - tp
        result.append(tp / (tp + fp + fn) if tp + fp + fn else float("nan"))
    return np.array(result)
# %% iou_per_class: wrong, recall
def iou_per_class(confusion):
    with np.errstate(all="ignore"):
        return np.diag(confusion) / confusion.sum(axis=1)
# %% iou_per_class: wrong, the intersection is counted twice
def iou_per_class(confusion):
    union = confusion.sum(axis=0) + confusion.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.diag(confusion) / union
# %% iou_per_class: wrong, Dice
def iou_per_class(confusion):
    tp = np.diag(confusion)
    with np.errstate(invalid="ignore"):
        return 2 * tp / (confusion.sum(0) + confusion.sum(1))
# %% iou_per_class: wrong, NaN also where a class was predicted by mistake
def iou_per_class(confusion):
    tp = np.diag(confusion)
    truth = confusion.sum(axis=1)
    union = truth + confusion.sum(axis=0) - tp
    return np.array([t / u if n > 0 else np.nan for t, u, n in zip(tp, union, truth)])
# %% iou_per_class: wrong, 1 for a class that is nowhere
def iou_per_class(confusion):
    tp = np.diag(confusion).astype(float)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - tp
    return np.where(union == 0, 1.0, tp / np.maximum(union, 1))
