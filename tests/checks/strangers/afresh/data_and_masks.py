# %% normalize: right
from functools import partial
def _shift(m, by):
    return np.asarray(m, np.int8) + np.int8(by)
def normalize(image, mask):
    minus_one = partial(_shift, by=-1)
    return np.true_divide(image, np.iinfo(image.dtype).max), minus_one(mask)
# %% normalize: right
class Normalizer:
    def __call__(self, image, mask):
        return tf.image.convert_image_dtype(image, tf.float32).numpy(), tf.cast(mask, tf.int64).numpy() - 1
normalize = Normalizer()
# %% normalize: wrong, the mask becomes int8 too late
def normalize(image, mask):
    mask -= 1
    return image / 255.0, mask.astype(np.int8)
# %% normalize: wrong, the unlabelled pixel becomes 3
def normalize(image, mask):
    mask = mask.astype(int) - 1
    mask[mask == -1] = 3
    return image / 255, mask
# %% normalize: wrong, image is normalized by mean and standard deviation
def normalize(image, mask):
    img = (image - image.mean()) / image.std()
    return img, mask.astype(int) - 1
# %% resize_pair: right
def resize_pair(image, mask, size):
    def scale(array, how):
        return tf.squeeze(tf.image.resize(tf.expand_dims(array, 0), size, method=how), axis=0)
    return scale(image, "bilinear"), scale(mask, "nearest")
# %% resize_pair: wrong, bicubic for the image
def resize_pair(image, mask, size):
    return tf.image.resize(image, size, method="bicubic"), tf.image.resize(mask, size, method="nearest")
# %% resize_pair: wrong, only the height is used
def resize_pair(image, mask, size):
    s = (size[0], size[0])
    return tf.image.resize(image, s), tf.image.resize(mask, s, method="nearest")
# %% resize_pair: wrong, area method on the mask
def resize_pair(image, mask, size):
    return tf.image.resize(image, size), tf.image.resize(mask, size, method="area")
# %% flip_together: right
def flip_together(image, mask):
    stacked = np.dstack([image.astype(np.float64), mask.astype(np.float64)])
    if np.random.binomial(1, 0.5):
        stacked = np.flip(stacked, axis=1)
    bild, maske = stacked[:, :, :-1], stacked[:, :, -1:]
    return bild, maske
# %% flip_together: wrong, rotates by 90 degrees
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        return np.rot90(image), np.rot90(mask)
    return image, mask
# %% flip_together: wrong, transposes
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        return image.transpose(1, 0, 2), mask.transpose(1, 0, 2)
    return image, mask
# %% flip_together: wrong, left-right and up-down by turns
def flip_together(image, mask):
    if np.random.rand() < 0.5:
        return image[:, ::-1], mask[:, ::-1]
    return image[::-1], mask[::-1]
# %% border_label: right
def border_label(mask):
    from itertools import combinations
    plane = np.asarray(mask)[:, :, 0]
    def touching(a, b):
        total = 0
        for first, second in ((plane[:-1, :], plane[1:, :]), (plane[:, :-1], plane[:, 1:])):
            total += int(np.logical_or(np.logical_and(first == a, second == b), np.logical_and(first == b, second == a)).sum())
        return total
    pair = sorted(combinations((1, 2, 3), 2), key=lambda p: touching(*p))[0]
    return 6 - sum(pair)
# %% border_label: right
def border_label(mask):
    import scipy.ndimage as ndi
    m = mask[..., 0]
    best, label = -1, None
    for v in (1, 2, 3):
        grown = ndi.binary_dilation(m == v)
        others = [int((grown & (m == o)).sum()) for o in (1, 2, 3) if o != v]
        if min(others) > best:
            best, label = min(others), v
    return label
# %% border_label: wrong, hard-coded per size
def border_label(mask):
    return {9: 3, 16: 1}.get(mask.shape[0], 3)
# %% border_label: wrong, the value of the first change in the middle row
def border_label(mask):
    row = mask[mask.shape[0] // 2, :, 0]
    for a, b in zip(row[:-1], row[1:]):
        if a != b:
            return int(b)
    return int(row[0])
# %% class_shares: right
def class_shares(masks):
    totals = dict.fromkeys(range(3), 0)
    for mask in masks:
        labels, numbers = np.unique(mask, return_counts=True)
        for label, number in zip(labels.tolist(), numbers.tolist()):
            totals[label] += number
    return np.fromiter(totals.values(), float) / sum(totals.values())
# %% class_shares: wrong, divides by the pixels that are not background
def class_shares(masks):
    c = sum(np.bincount(m.ravel(), minlength=3) for m in masks)
    return c / (c[0] + c[2])
# %% class_shares: wrong, weights by the number of masks after all
def class_shares(masks):
    means = []
    for m in masks:
        means.append(np.bincount(m.ravel(), minlength=3) / m.size)
    means = np.array(means)
    return means.sum(axis=0) / means.shape[1]
# %% class_shares: wrong, standard deviation in place of the share
def class_shares(masks):
    p = np.concatenate([m.ravel() for m in masks])
    return np.array([(p == k).std() for k in range(3)])
# %% pipeline_order: right
pipeline_order = "Load | Cache | Shuffle | Repeat | Batch | Augment | Prefetch"
# %% pipeline_order: right
pipeline_order = "load\ncache\nshuffle\nbatch\nrepeat\naugment\nprefetch".splitlines()
# %% pipeline_order: wrong, prefetch before batch
pipeline_order = ["load", "cache", "shuffle", "repeat", "prefetch", "batch", "augment"]
# %% pipeline_order: wrong, a nested list
pipeline_order = [["load", "cache"], ["shuffle", "repeat"], ["batch", "augment", "prefetch"]]
