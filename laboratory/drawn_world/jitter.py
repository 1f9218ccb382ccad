"""One drawing, many views: turned, zoomed, squeezed, flipped, in other light and colours.

Works on whole batches inside TensorFlow; the same seed gives the same views, so that a run that
is resumed sees what it would have seen.
"""

import math

from lessons_lib.quiet import tf


def jitter(drawings: tf.Tensor, seed: tf.Tensor, size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Cuts a view of ``size`` pixels out of each drawing and changes its light and colours.

    Args:
        drawings: uint8 N×S×S×6, as chapters keep them.
        seed: int32 (2,).
        size: height and width of the views.

    Returns:
        Images float32 [0, 1] N×size×size×3, and labels uint8 N×size×size×3: mask, parts, depth.
    """
    seeds = tf.unstack(tf.random.split(seed, 3))
    where = _places(tf.shape(drawings)[0], drawings.shape[1], size, seeds[0])
    image = _view(tf.cast(drawings[..., :3], tf.float32) / 255, where, size, "BILINEAR")
    labels = _view(drawings[..., 3:], where, size, "NEAREST")
    return _noise(_colour(image, seeds[1]), seeds[2]), labels


def _places(count: tf.Tensor, drawn: int, size: int, seed: tf.Tensor) -> tf.Tensor:
    """Projective transforms from view to drawing, float32 N×8."""
    seeds = tf.unstack(tf.random.split(seed, 5))
    zoom = tf.exp(_uniform(seeds[0], (count,), math.log(0.55), math.log(1.12))) * (drawn / size)
    # Lessons squeeze photos to squares: wide ones become narrow, tall ones wide.
    squeeze = tf.exp(_uniform(seeds[1], (count,), -0.15, 0.2))
    turn = _uniform(seeds[2], (count,), -1, 1) ** 3 * 0.6
    flip = tf.where(_uniform(seeds[3], (count,), 0, 1) < 0.5, -1.0, 1.0)
    wide, high = zoom * squeeze * flip, zoom / squeeze
    cos, sin = tf.cos(turn), tf.sin(turn)
    free = tf.maximum(drawn / 2 - zoom * size / 2, 0.05 * drawn)[:, tf.newaxis]
    middle = drawn / 2 + free * _uniform(seeds[4], (count, 2), -1, 1)
    row_x = tf.stack([wide * cos, -high * sin], axis=1)
    row_y = tf.stack([wide * sin, high * cos], axis=1)
    half = size / 2
    start_x = middle[:, :1] - half * tf.reduce_sum(row_x, axis=1, keepdims=True)
    start_y = middle[:, 1:] - half * tf.reduce_sum(row_y, axis=1, keepdims=True)
    flat = tf.zeros((count, 2))
    return tf.concat([row_x, start_x, row_y, start_y, flat], axis=1)


def _view(pictures: tf.Tensor, where: tf.Tensor, size: int, interpolation: str) -> tf.Tensor:
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pictures,
        transforms=where,
        output_shape=[size, size],
        fill_value=0.0,
        interpolation=interpolation,
        fill_mode="REFLECT",
    )


def _colour(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Hue, saturation, brightness, contrast and gamma, another for each image."""
    seeds = tf.unstack(tf.random.split(seed, 6))
    count = tf.shape(image)[0]

    def one_each(index, low, high):
        return _uniform(seeds[index], (count, 1, 1, 1), low, high)

    grey = tf.reduce_mean(image, axis=-1, keepdims=True)
    image = grey + one_each(0, 0.0, 1.6) * (image - grey)
    image = _turn_hue(image, 2.0 * _uniform(seeds[1], (count,), -1, 1) ** 5)
    middle = tf.reduce_mean(image, axis=(1, 2, 3), keepdims=True)
    image = middle + one_each(2, 0.6, 1.5) * (image - middle)
    image = image * one_each(3, 0.65, 1.35) + one_each(4, -0.08, 0.08)
    return tf.clip_by_value(image, 1e-4, 1.0) ** tf.exp(one_each(5, -0.3, 0.3))


def _turn_hue(image: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    """Turns colours about the grey axis by an angle for each image, in radians."""
    cos, sin = tf.cos(turn), tf.sin(turn) / math.sqrt(3)
    same, other = cos + (1 - cos) / 3, (1 - cos) / 3
    rows = tf.stack(
        [
            same,
            other - sin,
            other + sin,
            other + sin,
            same,
            other - sin,
            other - sin,
            other + sin,
            same,
        ],
        axis=-1,
    )
    return tf.einsum("nhwc,ndc->nhwd", image, tf.reshape(rows, (-1, 3, 3)))


def _noise(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Grain of a sensor, stronger in some images."""
    amount, grain = tf.unstack(tf.random.split(seed, 2))
    strength = 0.06 * _uniform(amount, (tf.shape(image)[0], 1, 1, 1), 0, 1) ** 2
    noise = tf.random.stateless_normal(tf.shape(image), grain) * strength
    return tf.clip_by_value(image + noise, 0.0, 1.0)


def _uniform(seed: tf.Tensor, shape, low: float, high: float) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, seed, low, high)
