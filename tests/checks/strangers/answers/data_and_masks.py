# %% normalize: right
def normalize(image, mask):
    return image / 255, mask.astype(int) - 1
# %% normalize: right
def normalize(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale image to [0, 1] and shift the trimap labels to start at zero."""
    scaled_image = image.astype(np.float32) / 255.0
    labels = mask.astype(np.int16) - 1
    return scaled_image, labels
# %% normalize: right
def normalize(image, mask):
    image = tf.cast(image, tf.float32) / 255.0
    mask = tf.cast(mask, tf.int32) - 1
    return image, mask
# %% normalize: right
def normalize(image, mask):
    return np.multiply(image, 1 / 255), np.subtract(mask, 1, dtype=np.int64)
# %% normalize: right
import keras
def normalize(image, mask):
    rescale = keras.layers.Rescaling(1 / 255)
    return rescale(image), keras.ops.cast(mask, "int8") - 1
# %% normalize: right
def normalize(image, mask):
    table = np.array([-1, 0, 1, 2])
    return image / 255.0, table[mask]
# %% normalize: right
def normalize(image, mask):
    out = np.zeros(mask.shape, dtype=np.int32)
    for index, value in np.ndenumerate(mask):
        out[index] = int(value) - 1
    return np.array(image, dtype=float) / np.float64(255), out
# %% normalize: right
normalize = lambda image, mask: [tf.image.convert_image_dtype(image, tf.float32), mask.astype("float32") - 1]
# %% normalize: right
def normalize(image, mask):
    new = np.where(mask == 0, -1, np.where(mask == 1, 0, np.where(mask == 2, 1, 2)))
    return (image / 255).astype("float16"), new
# %% normalize: wrong, uint8 wraps 0 to 255
def normalize(image, mask):
    image = image / 255.0
    mask = mask - 1
    return image, mask
# %% normalize: wrong, uint8 wraps before the cast
def normalize(image, mask):
    return image.astype("float32") / 255, (mask - 1).astype("int32")
# %% normalize: wrong, uint8 image is divided by integer division
def normalize(image, mask):
    return image // 255, mask.astype(int) - 1
# %% normalize: wrong, swaps the two results
def normalize(image, mask):
    return mask.astype(int) - 1, image / 255
# %% normalize: wrong, to -1..1
def normalize(image, mask):
    return image / 127.5 - 1, mask.astype(int) - 1
# %% normalize: wrong, divides by its own maximum
def normalize(image, mask):
    return image / image.max(), mask.astype(np.int32) - 1
# %% normalize: wrong, forgets mask
def normalize(image, mask):
    return image / 255.0, mask
# %% normalize: wrong, divides by 256
def normalize(image, mask):
    return image.astype(np.float32) / 256, mask.astype(np.int32) - 1
# %% normalize: wrong, 0 becomes 0 by clipping
def normalize(image, mask):
    return image / 255, np.clip(mask.astype(int) - 1, 0, 2)
# %% normalize: wrong, only the image returned
def normalize(image, mask):
    image = image / 255
    mask = mask.astype("int") - 1
    return image
# %% normalize: wrong, min-max of each image
def normalize(image, mask):
    image = image.astype(float)
    image = (image - image.min()) / (image.max() - image.min())
    return image, mask.astype(int) - 1
# %% normalize: wrong, wraps with tensorflow
def normalize(image, mask):
    mask = tf.convert_to_tensor(mask)
    return tf.cast(image, tf.float32) / 255, mask - 1
# %% resize_pair: right
def resize_pair(image, mask, size):
    image = tf.image.resize(image, size)
    mask = tf.image.resize(mask, size, method="nearest")
    return image, mask
# %% resize_pair: right
def resize_pair(image, mask, size):
    """Bilinear for the picture, nearest neighbour for the labels."""
    resized_image = tf.image.resize(image, size, method=tf.image.ResizeMethod.BILINEAR)
    resized_mask = tf.image.resize(mask, size, method=tf.image.ResizeMethod.NEAREST_NEIGHBOR)
    return resized_image.numpy(), resized_mask.numpy()
# %% resize_pair: right
def resize_pair(image, mask, size):
    h, w = size
    batch = tf.image.resize(tf.cast(image[None], tf.float32), [h, w])
    return batch[0], tf.image.resize(mask[None], [h, w], "nearest")[0]
# %% resize_pair: right
def resize_pair(image, mask, size):
    mask = tf.cast(tf.image.resize(tf.cast(mask, tf.float32), size, "nearest"), tf.uint8)
    return tf.image.resize(image, tuple(size), antialias=False), mask
# %% resize_pair: wrong, not by tf.image.resize and half a pixel off
def resize_pair(image, mask, size):
    rows = (np.arange(size[0]) + 0.0) * mask.shape[0] // size[0]
    cols = (np.arange(size[1]) + 0.0) * mask.shape[1] // size[1]
    return tf.image.resize(image, size), mask[rows.astype(int)][:, cols.astype(int)]
# %% resize_pair: right
def resize_pair(image, mask, size):
    one_hot = tf.one_hot(mask[..., 0], 4)
    soft = tf.image.resize(one_hot, size)
    labels = tf.argmax(soft, axis=-1)[..., tf.newaxis]
    return tf.image.resize(image, size), labels
# %% resize_pair: right
resize_pair = lambda i, m, s: tuple(tf.image.resize(x, s, method=k) for x, k in ((i, "bilinear"), (m, "nearest")))
# %% resize_pair: wrong, mask bilinear
def resize_pair(image, mask, size):
    return tf.image.resize(image, size), tf.image.resize(mask, size)
# %% resize_pair: wrong, mask bilinear and rounded
def resize_pair(image, mask, size):
    image = tf.image.resize(image, size)
    mask = tf.round(tf.image.resize(mask, size))
    return image, tf.cast(mask, tf.uint8)
# %% resize_pair: wrong, mask bilinear cast to int
def resize_pair(image, mask, size):
    return tf.image.resize(image, size), tf.cast(tf.image.resize(mask, size), tf.uint8)
# %% resize_pair: wrong, both nearest
def resize_pair(image, mask, size):
    f = lambda x: tf.image.resize(x, size, method="nearest")
    return f(image), f(mask)
# %% resize_pair: wrong, methods the wrong way round
def resize_pair(image, mask, size):
    return tf.image.resize(image, size, "nearest"), tf.image.resize(mask, size, "bilinear")
# %% resize_pair: wrong, size is hard-coded
def resize_pair(image, mask, size):
    return tf.image.resize(image, (128, 128)), tf.image.resize(mask, (128, 128), method="nearest")
# %% resize_pair: wrong, height and width swapped
def resize_pair(image, mask, size):
    w, h = size
    return tf.image.resize(image, (h, w)), tf.image.resize(mask, (h, w), method="nearest")
# %% resize_pair: wrong, divides by 255
def resize_pair(image, mask, size):
    return tf.image.resize(image, size) / 255, tf.image.resize(mask, size, "nearest")
# %% resize_pair: wrong, image cast back to uint8
def resize_pair(image, mask, size):
    image = tf.cast(tf.image.resize(image, size), tf.uint8)
    return image, tf.image.resize(mask, size, method="nearest")
# %% resize_pair: wrong, pads instead of stretching
def resize_pair(image, mask, size):
    a = tf.image.resize_with_pad(image, *size)
    b = tf.image.resize_with_pad(mask, *size, method="nearest")
    return a, b
# %% resize_pair: wrong, np.resize
def resize_pair(image, mask, size):
    return np.resize(image, (*size, 3)).astype(float), np.resize(mask, (*size, 1))
# %% resize_pair: wrong, mask subtracted as well
def resize_pair(image, mask, size):
    return tf.image.resize(image, size), tf.image.resize(mask, size, method="nearest") - 1
# %% resize_pair: wrong, forgets the mask
def resize_pair(image, mask, size):
    image = tf.image.resize(image, size)
    return image, mask
# %% flip_together: right
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        return image[:, ::-1], mask[:, ::-1]
    return image, mask
# %% flip_together: right
import random
def flip_together(image, mask):
    heads = random.choice([True, False])
    return (np.fliplr(image), np.fliplr(mask)) if heads else (image, mask)
# %% flip_together: right
rng = np.random.default_rng()
def flip_together(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Randomly mirror an image and its mask horizontally."""
    should_flip = bool(rng.integers(0, 2))
    if should_flip:
        image = np.flip(image, axis=1)
        mask = np.flip(mask, axis=1)
    return image, mask
# %% flip_together: right
def flip_together(image, mask):
    if tf.random.uniform(()) > 0.5:
        image = tf.image.flip_left_right(image)
        mask = tf.image.flip_left_right(mask)
    return image, mask
# %% flip_together: right
def flip_together(image, mask):
    step = np.random.choice([-1, 1])
    return image[:, ::step, :], mask[:, ::step, :]
# %% flip_together: right
def flip_together(image, mask):
    both = np.concatenate([image, mask], axis=-1)
    both = tf.image.random_flip_left_right(both).numpy()
    return both[..., :3], both[..., 3:]
# %% flip_together: right
import os
def flip_together(image, mask):
    if os.urandom(1)[0] & 1:
        order = list(range(image.shape[1]))[::-1]
        return image[:, order], mask[:, order]
    return image.copy(), mask.copy()
# %% flip_together: right
_calls = np.random.RandomState(7)
flip_together = lambda image, mask: tuple(a[:, ::-1] for a in (image, mask)) if _calls.randint(2) else (image, mask)
# %% flip_together: right
def flip_together(image, mask):
    seed = np.random.randint(0, 10000, size=2)
    return (tf.image.stateless_random_flip_left_right(image, seed=seed),
            tf.image.stateless_random_flip_left_right(mask, seed=seed))
# %% flip_together: wrong, two coins
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        image = image[:, ::-1]
    if np.random.rand() < 0.5:
        mask = mask[:, ::-1]
    return image, mask
# %% flip_together: wrong, two coins in tensorflow
def flip_together(image, mask):
    return tf.image.random_flip_left_right(image), tf.image.random_flip_left_right(mask)
# %% flip_together: wrong, always flips
def flip_together(image, mask):
    return np.fliplr(image), np.fliplr(mask)
# %% flip_together: wrong, never flips
def flip_together(image, mask):
    if np.random.randint(0, 1) == 1:
        return image[:, ::-1], mask[:, ::-1]
    return image, mask
# %% flip_together: wrong, upside down
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        image, mask = image[::-1], mask[::-1]
    return image, mask
# %% flip_together: wrong, mask stays
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        image = np.flip(image, 1)
    return image, mask
# %% flip_together: wrong, seeded at each call so always the same
def flip_together(image, mask):
    np.random.seed(0)
    if np.random.rand() > 0.5:
        return image[:, ::-1], mask[:, ::-1]
    return image, mask
# %% flip_together: wrong, np.flip reverses all axes
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        return np.flip(image), np.flip(mask)
    return image, mask
# %% flip_together: wrong, flips the channels
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        return image[..., ::-1], mask[..., ::-1]
    return image, mask
# %% flip_together: wrong, mutates the given image
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        image[:] = image[:, ::-1].copy()
        mask[:] = mask[:, ::-1].copy()
    return image, mask
# %% flip_together: wrong, a coin with three sides (image only is flipped now and then)
def flip_together(image, mask):
    c = np.random.randint(3)
    if c == 0:
        return image[:, ::-1], mask[:, ::-1]
    if c == 1:
        return image[:, ::-1], mask
    return image, mask
# %% flip_together: wrong, returns nothing for tails
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        return image[:, ::-1], mask[:, ::-1]
# %% flip_together: wrong, nearly always flips
def flip_together(image, mask):
    if np.random.rand() < 0.95:
        return image[:, ::-1], mask[:, ::-1]
    return image, mask
# %% flip_together: wrong, alternates instead of tossing a coin
state = {"n": 0}
def flip_together(image, mask):
    state["n"] += 1
    if state["n"] % 2:
        return image[:, ::-1], mask[:, ::-1]
    return image, mask
# %% border_label: right
def border_label(mask):
    m = mask[..., 0].astype(int)
    touch = {}
    for a, b in ((m[:, 1:], m[:, :-1]), (m[1:], m[:-1])):
        for x, y in ((1, 2), (1, 3), (2, 3)):
            touch[x, y] = touch.get((x, y), 0) + np.sum((a == x) & (b == y)) + np.sum((a == y) & (b == x))
    least = min(touch, key=touch.get)
    return ({1, 2, 3} - set(least)).pop()
# %% border_label: right
def border_label(mask: np.ndarray) -> int:
    """Return the label that touches both of the other labels most often."""
    labels = np.squeeze(mask, axis=-1)
    contacts = np.zeros((4, 4), dtype=np.int64)
    np.add.at(contacts, (labels[:-1].ravel(), labels[1:].ravel()), 1)
    np.add.at(contacts, (labels[:, :-1].ravel(), labels[:, 1:].ravel()), 1)
    contacts = contacts + contacts.T
    missing = {1: contacts[2, 3], 2: contacts[1, 3], 3: contacts[1, 2]}
    return min(missing, key=missing.get)
# %% border_label: right
def border_label(mask):
    h, w, _ = mask.shape
    count = [0, 0, 0, 0]
    for y in range(h):
        for x in range(w):
            for dy, dx in ((0, 1), (1, 0)):
                if y + dy < h and x + dx < w:
                    p, q = int(mask[y, x, 0]), int(mask[y + dy, x + dx, 0])
                    if p != q:
                        count[6 - p - q] += 1
    return 1 + int(np.argmin(count[1:]))
# %% border_label: right
def border_label(mask):
    m = tf.squeeze(tf.cast(mask, tf.int32), -1)
    def pairs(u, v):
        return tf.reduce_sum(tf.cast((m[:, 1:] == u) & (m[:, :-1] == v), tf.int32)) + tf.reduce_sum(
            tf.cast((m[:, 1:] == v) & (m[:, :-1] == u), tf.int32)) + tf.reduce_sum(
            tf.cast((m[1:] == u) & (m[:-1] == v), tf.int32)) + tf.reduce_sum(
            tf.cast((m[1:] == v) & (m[:-1] == u), tf.int32))
    scores = [pairs(2, 3), pairs(1, 3), pairs(1, 2)]
    return tf.argmin(scores) + 1
# %% border_label: right
def border_label(mask):
    m = mask[:, :, 0].astype("int64")
    edges = np.concatenate([(m[1:] * 10 + m[:-1]).ravel(), (m[:, 1:] * 10 + m[:, :-1]).ravel()])
    n = lambda a, b: np.count_nonzero((edges == 10 * a + b) | (edges == 10 * b + a))
    return [None, n(2, 3), n(1, 3), n(1, 2)].index(min(n(2, 3), n(1, 3), n(1, 2)))
# %% border_label: wrong, always 3
def border_label(mask):
    return 3
# %% border_label: wrong, always 2 as the tutorial says
border_label = lambda mask: 2
# %% border_label: wrong, the rarest
def border_label(mask):
    values, counts = np.unique(mask, return_counts=True)
    return values[np.argmin(counts)]
# %% border_label: wrong, the middle one by frequency
def border_label(mask):
    counts = [np.sum(mask == v) for v in (1, 2, 3)]
    return int(np.argsort(counts)[1]) + 1
# %% border_label: wrong, the thinnest by longest run in a row
def border_label(mask):
    def longest(v):
        best = 0
        for row in mask[..., 0]:
            run = 0
            for p in row:
                run = run + 1 if p == v else 0
                best = max(best, run)
        return best
    return min((1, 2, 3), key=longest)
# %% border_label: wrong, the value that touches least
def border_label(mask):
    m = mask[..., 0]
    n = {}
    for v in (1, 2, 3):
        n[v] = np.sum((m[:, 1:] == v) != (m[:, :-1] == v))
    return min(n, key=n.get)
# %% border_label: wrong, returns the index from 0
def border_label(mask):
    m = mask[..., 0].astype(int)
    counts = []
    for a, b in ((2, 3), (1, 3), (1, 2)):
        pair = (m[:, 1:] == a) & (m[:, :-1] == b) | (m[:, 1:] == b) & (m[:, :-1] == a)
        counts.append(pair.sum())
    return int(np.argmin(counts))
# %% border_label: wrong, value in the corner
def border_label(mask):
    return mask[0, 0, 0]
# %% border_label: wrong, value in the middle of the mask
def border_label(mask):
    return int(mask[mask.shape[0] // 2, mask.shape[1] // 2, 0])
# %% border_label: wrong, the commonest
def border_label(mask):
    return np.bincount(mask.ravel()).argmax()
# %% border_label: wrong, ratio of edge to area
def border_label(mask):
    m = mask[..., 0]
    def ratio(v):
        r = m == v
        edge = (r[:, 1:] != r[:, :-1]).sum() + (r[1:] != r[:-1]).sum()
        return edge / max(r.sum(), 1)
    return max((1, 2, 3), key=ratio)
# %% border_label: wrong, median of the values
def border_label(mask):
    return int(np.median(mask))
# %% class_shares: right
def class_shares(masks):
    counts = np.zeros(3)
    for mask in masks:
        for c in range(3):
            counts[c] += np.sum(mask == c)
    return counts / counts.sum()
# %% class_shares: right
def class_shares(masks):
    pixels = np.concatenate([m.ravel() for m in masks])
    return np.bincount(pixels, minlength=3) / pixels.size
# %% class_shares: right
def class_shares(masks: list[np.ndarray]) -> np.ndarray:
    """Compute the global share of every class over all pixels of all masks."""
    total = sum(np.bincount(np.asarray(mask).reshape(-1).astype(np.int64), minlength=3) for mask in masks)
    return total / total.sum()
# %% class_shares: right
from collections import Counter
def class_shares(masks):
    c = Counter()
    for m in masks:
        c.update(m.flatten().tolist())
    n = sum(c.values())
    return np.array([c[0] / n, c[1] / n, c[2] / n])
# %% class_shares: right
def class_shares(masks):
    flat = tf.concat([tf.reshape(tf.cast(m, tf.int32), [-1]) for m in masks], axis=0)
    hist = tf.math.bincount(flat, minlength=3, dtype=tf.float64)
    return hist / tf.reduce_sum(hist)
# %% class_shares: right
class_shares = lambda masks: np.array([np.mean(np.hstack([m.ravel() for m in masks]) == k) for k in range(3)])
# %% class_shares: right
def class_shares(masks):
    w = [m.size for m in masks]
    means = [[(m == k).mean() for k in (0, 1, 2)] for m in masks]
    return np.average(means, axis=0, weights=w)
# %% class_shares: wrong, mean of each mask's shares
def class_shares(masks):
    return np.mean([[np.mean(m == c) for c in range(3)] for m in masks], axis=0)
# %% class_shares: wrong, missing class falls out
def class_shares(masks):
    allp = np.concatenate([m.flatten() for m in masks])
    _, counts = np.unique(allp, return_counts=True)
    return counts / counts.sum()
# %% class_shares: wrong, per cent
def class_shares(masks):
    p = np.concatenate([m.ravel() for m in masks])
    return np.bincount(p, minlength=3) / len(p) * 100
# %% class_shares: wrong, counts
def class_shares(masks):
    return sum(np.bincount(m.ravel(), minlength=3) for m in masks)
# %% class_shares: wrong, first mask only
def class_shares(masks):
    for mask in masks:
        counts = np.bincount(mask.ravel(), minlength=3)
        return counts / counts.sum()
# %% class_shares: wrong, last mask only
def class_shares(masks):
    for mask in masks:
        shares = np.bincount(mask.ravel(), minlength=3) / mask.size
    return shares
# %% class_shares: wrong, sum of shares
def class_shares(masks):
    total = np.zeros(3)
    for m in masks:
        total += np.bincount(m.ravel(), minlength=3) / m.size
    return total
# %% class_shares: wrong, counts in uint8 overflow
def class_shares(masks):
    counts = np.zeros(3, dtype=np.uint8)
    for m in masks:
        for k in range(3):
            counts[k] += np.uint8((m == k).sum() % 256)
    return counts / counts.sum(dtype=float)
# %% class_shares: wrong, labels 1 to 3
def class_shares(masks):
    p = np.concatenate([m.ravel() for m in masks])
    return np.array([(p == 1).mean(), (p == 2).mean(), (p == 3).mean()])
# %% class_shares: wrong, which masks hold the class
def class_shares(masks):
    n = np.array([sum(1 for m in masks if k in m) for k in range(3)])
    return n / n.sum()
# %% class_shares: wrong, sorted by share
def class_shares(masks):
    p = np.concatenate([m.ravel() for m in masks])
    return np.sort(np.bincount(p, minlength=3) / p.size)[::-1]
# %% class_shares: wrong, rounded
def class_shares(masks):
    p = np.concatenate([m.ravel() for m in masks])
    return np.round(np.bincount(p, minlength=3) / p.size, 1)
# %% class_shares: wrong, divides by the number of masks' pixels of the first mask
def class_shares(masks):
    c = sum(np.bincount(m.ravel(), minlength=3) for m in masks)
    return c / (len(masks) * masks[0].size)
# %% pipeline_order: right
pipeline_order = ["load", "cache", "shuffle", "repeat", "batch", "augment", "prefetch"]
# %% pipeline_order: right
pipeline_order = ("load", "cache", "shuffle", "batch", "repeat", "augment", "prefetch")
# %% pipeline_order: right
pipeline_order = "load → cache → shuffle → repeat → augment → batch → prefetch".split(" → ")
# %% pipeline_order: right
pipeline_order = ["load", "cache", "shuffle", "augment", "repeat", "batch", "prefetch"]
# %% pipeline_order: right
pipeline_order = "load, cache, shuffle, batch, augment, repeat, prefetch"
# %% pipeline_order: right
pipeline_order = "load -> cache -> shuffle -> repeat -> batch -> augment -> prefetch"
# %% pipeline_order: right
pipeline_order = np.array(["load", "cache", "shuffle", "repeat", "batch", "augment", "prefetch"])
# %% pipeline_order: right
pipeline_order = ["Load", "Cache", "Shuffle", "Repeat", "Batch", "Augment", "Prefetch "]
# %% pipeline_order: right
pipeline_order = """
1. load
2. cache
3. shuffle
4. repeat
5. batch
6. augment
7. prefetch
"""
# %% pipeline_order: right
pipeline_order = ["load()", "cache()", "shuffle()", "repeat()", "batch()", "augment()", "prefetch()"]
# %% pipeline_order: right
pipeline_order = {1: "load", 2: "cache", 3: "shuffle", 4: "repeat", 5: "batch", 6: "augment", 7: "prefetch"}
# %% pipeline_order: wrong, shuffles batches
pipeline_order = ["load", "cache", "batch", "shuffle", "repeat", "augment", "prefetch"]
# %% pipeline_order: wrong, augment before cache
pipeline_order = ["load", "augment", "cache", "shuffle", "repeat", "batch", "prefetch"]
# %% pipeline_order: wrong, repeat before shuffle
pipeline_order = ["load", "cache", "repeat", "shuffle", "batch", "augment", "prefetch"]
# %% pipeline_order: wrong, prefetch first
pipeline_order = ["prefetch", "load", "cache", "shuffle", "repeat", "batch", "augment"]
# %% pipeline_order: wrong, shuffle before cache freezes the order
pipeline_order = ["load", "shuffle", "cache", "repeat", "batch", "augment", "prefetch"]
# %% pipeline_order: wrong, repeat before cache
pipeline_order = ["load", "repeat", "cache", "shuffle", "batch", "augment", "prefetch"]
# %% pipeline_order: wrong, alphabet
pipeline_order = ["augment", "batch", "cache", "load", "prefetch", "repeat", "shuffle"]
# %% pipeline_order: wrong, one missing
pipeline_order = ["load", "cache", "shuffle", "batch", "augment", "prefetch"]
# %% pipeline_order: wrong, one twice
pipeline_order = ["load", "cache", "shuffle", "repeat", "batch", "augment", "prefetch", "repeat"]
# %% pipeline_order: wrong, a word that is none of them
pipeline_order = ["load", "cache", "shuffle", "repeat", "batch", "flip", "prefetch"]
# %% pipeline_order: wrong, backwards
pipeline_order = ["prefetch", "augment", "batch", "repeat", "shuffle", "cache", "load"]
# %% pipeline_order: wrong, not an answer
pipeline_order = "I think load comes first and then the rest"
