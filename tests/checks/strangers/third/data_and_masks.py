# %% normalize: right
LABEL_OF = np.array([-1, 0, 1, 2])
def normalize(image, mask):
    return np.divide(image, 255, dtype=np.float32), np.take(LABEL_OF, mask)
# %% normalize: right
normalize = lambda image, mask: (tf.cast(image, tf.float32) / 255.0, tf.cast(mask, tf.int32) - 1)
# %% normalize: right
def normalize(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scales the photo, and shifts the trimap."""
    labels = np.empty(mask.shape, dtype=np.int16)
    for value in (0, 1, 2, 3):
        labels[mask == value] = value - 1
    return image.astype("float64") * (1 / 255), labels
# %% normalize: wrong, divides by 256, so that white is not 1
def normalize(image, mask):
    image = image.astype(np.float32) / 256
    mask = mask.astype(np.int32) - 1
    return image, mask
# %% normalize: wrong, looks for negative numbers in a uint8
def normalize(image, mask):
    image = image / 255
    mask = mask - 1
    mask[mask < 0] = -1
    return image, mask
# %% normalize: wrong, the unlabelled pixel is clipped to the pet's label
def normalize(image, mask):
    return image / 255.0, np.clip(mask.astype(int) - 1, 0, 2)
# %% normalize: wrong, stretches each image from its own darkest to its own brightest pixel
def normalize(image, mask):
    image = image.astype(np.float32)
    lo, hi = image.min(), image.max()
    image = (image - lo) / (hi - lo + 1e-8)
    return image, mask.astype(np.int8) - 1
# %% normalize: wrong, the mask comes first
def normalize(image, mask):
    img = image.astype(np.float32) / 255.0
    lab = mask.astype(np.int32) - 1
    return lab, img
# %% resize_pair: right
def resize_pair(image, mask, size):
    smooth = tf.image.resize(image, size)
    hard = tf.image.resize(mask, size, method="nearest")
    return smooth, hard
# %% resize_pair: right
class PairResizer:
    """Resizes pairs."""
    METHODS = (tf.image.ResizeMethod.BILINEAR, tf.image.ResizeMethod.NEAREST_NEIGHBOR)
    def __call__(self, image, mask, size):
        pair = (image, mask)
        return tuple(tf.image.resize(x, tuple(size), method=m).numpy() for x, m in zip(pair, self.METHODS))
resize_pair = PairResizer()
# %% resize_pair: wrong, rounds a smooth mask, which invents backgrounds
def resize_pair(image, mask, size):
    image = tf.image.resize(image, size)
    mask = tf.round(tf.image.resize(mask, size))
    return image, tf.cast(mask, tf.uint8)
# %% resize_pair: wrong, width and height change places
def resize_pair(image, mask, size):
    width, height = size
    image = tf.image.resize(image, (height, width))
    mask = tf.image.resize(mask, (height, width), method="nearest")
    return image, mask
# %% resize_pair: wrong, the image has hard edges as well
def resize_pair(image, mask, size):
    out = []
    for thing in (image, mask):
        out.append(tf.image.resize(thing, size, method=tf.image.ResizeMethod.NEAREST_NEIGHBOR))
    return out[0], out[1]
# %% resize_pair: wrong, keeps the aspect ratio, so the size is another
def resize_pair(image, mask, size):
    image = tf.image.resize(image, size, preserve_aspect_ratio=True)
    mask = tf.image.resize(mask, size, method="nearest", preserve_aspect_ratio=True)
    return image, mask
# %% resize_pair: wrong, as in the tutorial, which also normalizes
def resize_pair(image, mask, size):
    input_image = tf.image.resize(image, size)
    input_mask = tf.image.resize(mask, size, method=tf.image.ResizeMethod.NEAREST_NEIGHBOR)
    input_image = tf.cast(input_image, tf.float32) / 255.0
    input_mask -= 1
    return input_image, input_mask
# %% flip_together: right
import random
def flip_together(image, mask):
    step = random.choice([1, -1])
    return image[:, ::step, :], mask[:, ::step, :]
# %% flip_together: right
def flip_together(image, mask):
    both = [image, mask]
    if tf.random.uniform(()) > 0.5:
        both = [tf.image.flip_left_right(x) for x in both]
    return both[0], both[1]
# %% flip_together: right
_rng = np.random.default_rng()
def flip_together(image, mask):
    h, w = image.shape[:2]
    columns = np.arange(w)
    if _rng.integers(2):
        columns = w - 1 - columns
    return np.take(image, columns, axis=1), np.take(mask, columns, axis=1)
# %% flip_together: wrong, the coin of randint(0, 1) has one face
def flip_together(image, mask):
    coin = np.random.randint(0, 1)
    if coin == 1:
        image = np.fliplr(image)
        mask = np.fliplr(mask)
    return image, mask
# %% flip_together: wrong, the same seed does not mean the same coin
def flip_together(image, mask):
    image = tf.image.random_flip_left_right(image, seed=42)
    mask = tf.image.random_flip_left_right(mask, seed=42)
    return image, mask
# %% flip_together: wrong, np.flip turns every axis, the colours as well
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        return np.flip(image), np.flip(mask)
    return image, mask
# %% flip_together: wrong, seeds the coin at each call
def flip_together(image, mask):
    rng = np.random.default_rng(0)
    if rng.random() < 0.5:
        image, mask = image[:, ::-1], mask[:, ::-1]
    return image, mask
# %% flip_together: wrong, upside down
def flip_together(image, mask):
    heads = np.random.random() > 0.5
    return (image[::-1], mask[::-1]) if heads else (image, mask)
# %% border_label: right
def border_label(mask):
    m = mask[..., 0].astype(int)
    products = np.concatenate([(m[1:] * m[:-1])[m[1:] != m[:-1]], (m[:, 1:] * m[:, :-1])[m[:, 1:] != m[:, :-1]]])
    counts = {p: np.count_nonzero(products == p) for p in (2, 3, 6)}
    return 6 // min(counts, key=counts.get)
# %% border_label: right
from scipy import ndimage
def border_label(mask):
    flat = np.asarray(mask)[:, :, 0]
    def touch(a, b):
        grown = ndimage.binary_dilation(flat == a)
        return int(np.sum(grown & (flat == b))) + int(np.sum(ndimage.binary_dilation(flat == b) & (flat == a)))
    pairs = {1: (2, 3), 2: (1, 3), 3: (1, 2)}
    return min(pairs, key=lambda label: touch(*pairs[label]))
# %% border_label: wrong, the rarest value
def border_label(mask):
    counts = np.bincount(mask.ravel(), minlength=4)[1:]
    return int(np.argmin(counts)) + 1
# %% border_label: wrong, the middle one of the sorted pixels
def border_label(mask):
    return int(np.median(mask))
# %% border_label: wrong, looks at one row only
def border_label(mask):
    row = mask[mask.shape[0] // 2, :, 0]
    changes = [int(row[0])]
    for v in row[1:]:
        if v != changes[-1]:
            changes.append(int(v))
    # background, border, pet, border, background
    return changes[1]
# %% border_label: wrong, one touching pixel is enough to mislead it
def border_label(mask):
    m = mask.squeeze().astype(int)
    touching = set()
    for y in range(m.shape[0]):
        for x in range(m.shape[1]):
            for dy, dx in ((0, 1), (1, 0)):
                if y + dy < m.shape[0] and x + dx < m.shape[1]:
                    a, b = m[y, x], m[y + dy, x + dx]
                    if a != b:
                        touching.add(frozenset((int(a), int(b))))
    for label in (1, 2, 3):
        others = frozenset({1, 2, 3} - {label})
        if others not in touching:
            return label
# %% border_label: wrong, counts the label from 0
def border_label(mask):
    m = mask[..., 0].astype(int) - 1
    meets = [0, 0, 0]
    for a, b in ((m[1:], m[:-1]), (m[:, 1:], m[:, :-1])):
        different = a != b
        for label in range(3):
            meets[label] += np.sum(different & ((a == label) | (b == label)))
    return int(np.argmax(meets))
# %% class_shares: right
from collections import Counter
def class_shares(masks):
    c = Counter()
    for m in masks:
        c.update(np.asarray(m).ravel().tolist())
    total = sum(c.values())
    return np.array([c[k] / total for k in range(3)])
# %% class_shares: right
def class_shares(masks):
    everything = tf.concat([tf.reshape(tf.cast(m, tf.int32), [-1]) for m in masks], axis=0)
    counts = tf.math.bincount(everything, minlength=3)
    return (counts / tf.reduce_sum(counts)).numpy()
# %% class_shares: wrong, the average of the masks' own shares
def class_shares(masks):
    shares = [[np.mean(m == k) for k in range(3)] for m in masks]
    return np.mean(shares, axis=0)
# %% class_shares: wrong, a class at the end that does not occur has no place
def class_shares(masks):
    pixels = np.concatenate([m.flatten() for m in masks])
    counts = np.bincount(pixels)
    return counts / counts.sum()
# %% class_shares: wrong, in per cent
def class_shares(masks):
    counts = np.zeros(3)
    for m in masks:
        for k in range(3):
            counts[k] += (m == k).sum()
    return np.round(100 * counts / counts.sum(), 2)
# %% class_shares: wrong, as if all masks were as large as the first
def class_shares(masks):
    n = len(masks) * masks[0].size
    return np.array([sum(np.count_nonzero(m == c) for m in masks) / n for c in (0, 1, 2)])
# %% class_shares: wrong, forgets to start from nothing only once
def class_shares(masks):
    for m in masks:
        counts = np.zeros(3)
        counts += np.bincount(m.ravel(), minlength=3)
    return counts / counts.sum()
# %% pipeline_order: right
pipeline_order = "load cache shuffle repeat augment batch prefetch".split()
# %% pipeline_order: right
pipeline_order = ["Load", "Cache", "Shuffle", "Repeat", "Batch", "Augment", "Prefetch"]
# %% pipeline_order: right
stages = ("load", "cache", "shuffle", "augment", "repeat", "batch", "prefetch")
pipeline_order = list(stages)
# %% pipeline_order: wrong, repeats before it shuffles
pipeline_order = ["load", "cache", "repeat", "shuffle", "batch", "augment", "prefetch"]
# %% pipeline_order: wrong, augments what it then caches
pipeline_order = ["load", "augment", "cache", "shuffle", "repeat", "batch", "prefetch"]
# %% pipeline_order: wrong, caches what is shuffled
pipeline_order = ["load", "shuffle", "cache", "repeat", "augment", "batch", "prefetch"]
# %% pipeline_order: wrong, shuffles batches
pipeline_order = ["load", "cache", "batch", "shuffle", "repeat", "augment", "prefetch"]
# %% pipeline_order: wrong, no repeat
pipeline_order = ["load", "cache", "shuffle", "augment", "batch", "prefetch"]
