"""Places for pets to be in: rooms and gardens, with things lying about."""

import numpy as np

from lessons_lib.data.drawing.noise import clouds, cut, enlarge, fur_tiles, grain_tile
from lessons_lib.data.drawing.shapes import disc_distance, segment_distance

PLACES = ("lawn", "boards", "carpet", "sofa", "path", "meadow", "blanket")


def _colour(random, choices, spread: float = 0.05) -> np.ndarray:
    base = np.array(choices[random.randint(len(choices))], np.float32)
    return np.clip(base + random.uniform(-spread, spread) + random.uniform(-0.02, 0.02, 3),
                   0.02, 0.98).astype(np.float32)


def paint_scenery(random: np.random.RandomState, place: str, height: int, width: int,
                  horizon: float, scale: float) -> np.ndarray:
    """Paint a place without its pet.

    Args:
        place: one of `PLACES`.
        height, width: size of the picture.
        horizon: row where the ground ends.
        scale: pixels in a pet unit, which sizes boards, blades and cushions.

    Returns:
        float32 h×w×3 in [0, 1].
    """
    back, ground = _PLACES[place]
    image = back(random, height, width, horizon, scale)
    row = np.arange(height, dtype=np.float32)[:, None]
    floor = ground(random, height, width, horizon, scale)
    share = np.clip((row - np.float32(horizon)) / 2 + 0.5, 0, 1)[..., None]
    return image + share * (floor - image)


def _depth_rows(height: int, horizon: float, scale: float) -> np.ndarray:
    """How small things are at each row of the ground: 1 near, towards 0 at the horizon."""
    row = np.arange(height, dtype=np.float32)[:, None]
    return np.clip((row - np.float32(horizon)) / np.float32(max(1.3 * scale, 1)), 0.02, 3)


# Backs

def _foliage(random, height, width, horizon, scale):
    """Trees and hedges out of focus, with discs of light, under some sky."""
    leaf = _colour(random, ((0.30, 0.42, 0.20), (0.38, 0.48, 0.26), (0.24, 0.36, 0.24),
                            (0.48, 0.44, 0.24)))
    sky = _colour(random, ((0.74, 0.84, 0.93), (0.85, 0.88, 0.90), (0.92, 0.88, 0.80)))
    big = clouds(random, height, width, 0.7 * scale + 12)
    small = clouds(random, height, width, 0.22 * scale + 6)
    image = leaf * (1 + 0.35 * big + 0.22 * small)[..., None]
    row = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    open_sky = np.clip((random.uniform(-0.2, 0.5) - row * height / max(horizon, 30)
                        + 0.35 * big) * 4, 0, 1)
    image = image + open_sky[..., None] * (sky - image)
    for _ in range(random.randint(0, 12)):
        _bokeh(random, image, horizon, scale)
    return image


def _bokeh(random, image, horizon, scale) -> None:
    height, width = image.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    radius = random.uniform(0.05, 0.16) * scale + 2
    center = (random.uniform(0, width), random.uniform(-10, max(horizon, 20)))
    share = np.clip(0.5 - disc_distance(x, y, center, (radius, radius)) / 2, 0, 1)
    light = np.array([1.0, 0.98, 0.82], np.float32)
    image += np.float32(random.uniform(0.08, 0.30)) * share.astype(np.float32)[..., None] * (
        light - image)


def _wall(random, height, width, horizon, scale):
    """A painted or papered wall, with a skirting board and perhaps a picture or a window."""
    paint = _colour(random, ((0.86, 0.83, 0.77), (0.72, 0.76, 0.78), (0.80, 0.72, 0.62),
                             (0.62, 0.68, 0.62), (0.55, 0.58, 0.66), (0.84, 0.76, 0.74)))
    row = np.arange(height, dtype=np.float32)[:, None]
    column = np.arange(width, dtype=np.float32)[None, :]
    fall = clouds(random, height, width, 0.9 * max(height, width))
    image = paint * (1 + 0.10 * fall)[..., None]
    if random.uniform() < 0.3:
        stripe = column / np.float32(0.22 * scale + 5)
        image = image * (1 - 0.05 * (stripe - np.floor(stripe) < 0.5))[..., None]
    if random.uniform() < 0.55:
        _frame(random, image, horizon, scale)
    board = np.float32(horizon - random.uniform(0.10, 0.18) * scale)
    share = np.clip(row - board, 0, 1)[..., None]
    skirting = np.clip(paint * 0.3 + 0.65, 0, 0.97) * np.ones_like(image)
    skirting = skirting * (1 - 0.25 * (np.abs(row - board) < 1.2))[..., None]
    return image + share * (skirting - image)


def _frame(random, image, horizon, scale) -> None:
    """A picture on the wall, or a window."""
    height, width = image.shape[:2]
    wide, high = random.uniform(0.5, 1.1, 2) * scale
    left = random.uniform(-0.3, 1.0) * width
    bottom = horizon - random.uniform(0.5, 0.9) * scale
    window = random.uniform() < 0.5
    inner = _colour(random, ((0.82, 0.90, 0.96),) if window else (
        (0.45, 0.55, 0.52), (0.75, 0.60, 0.45), (0.38, 0.42, 0.55)))
    border = _colour(random, ((0.94, 0.93, 0.91), (0.30, 0.22, 0.16), (0.55, 0.40, 0.26)))
    for grow, colour in ((0.06 * scale + 1, border), (0, inner)):
        top, low = int(max(bottom - high - grow, 0)), int(np.clip(bottom + grow, 0, height))
        first, last = int(np.clip(left - grow, 0, width)), int(np.clip(left + wide + grow, 0, width))
        image[top:low, first:last] = colour


def _sofa_back(random, height, width, horizon, scale):
    """The back of a sofa with cushions, before a wall."""
    image = _wall(random, height, width, horizon, scale)
    cloth = _colour(random, ((0.55, 0.50, 0.46), (0.36, 0.44, 0.50), (0.62, 0.40, 0.34),
                             (0.46, 0.50, 0.40), (0.70, 0.64, 0.56)))
    weave = cut(grain_tile(), random, height, width)
    folds = clouds(random, height, width, 0.4 * scale + 8)
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    rise = random.uniform(0.8, 1.3) * scale
    wide = random.uniform(0.9, 1.3) * scale
    offset = random.uniform(0, wide)
    for index in range(-1, int(width / wide) + 2):
        center = (offset + index * wide, horizon - rise * 0.42)
        distance = _pad_distance(x, y, center, (wide * 0.5, rise * 0.6), 0.16 * scale)
        share = np.clip(0.5 - distance / 1.5, 0, 1)
        round_off = np.clip(-distance / (0.22 * scale), 0, 1)
        tone = 0.62 + 0.38 * round_off * (2 - round_off) + 0.07 * folds + 0.03 * weave
        image += share[..., None] * (cloth * tone[..., None] - image)
    if random.uniform() < 0.7:
        _cushion(random, image, (random.uniform(0, width), horizon - 0.25 * scale), 0.36 * scale)
    return image


def _cushion(random, image, center, size) -> None:
    height, width = image.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    colour = _colour(random, ((0.80, 0.62, 0.30), (0.70, 0.30, 0.28), (0.32, 0.46, 0.52),
                              (0.85, 0.80, 0.72), (0.45, 0.52, 0.36)))
    lean = np.float32(random.uniform(-0.5, 0.5))
    turned_x, turned_y = x - center[0] + lean * (y - center[1]), y - center[1] - lean * (x - center[0])
    distance = _pad_distance(turned_x, turned_y, (0, 0), (size, size * 0.85), size * 0.3)
    share = np.clip(0.5 - distance / 1.5, 0, 1)
    round_off = np.clip(-distance / size, 0, 1)
    tone = 0.70 + 0.42 * round_off * (2 - round_off)
    if random.uniform() < 0.5:
        band = turned_x / (0.28 * size)
        tone = tone * (1 - 0.22 * (band - np.floor(band) < 0.5))
    image += share[..., None] * (colour * tone[..., None] - image)


def _pad_distance(x, y, center, half, rounding):
    """Signed distance to an upright rectangle with round corners."""
    dx = np.abs(x - np.float32(center[0])) - np.float32(half[0] - rounding)
    dy = np.abs(y - np.float32(center[1])) - np.float32(half[1] - rounding)
    out_x, out_y = np.maximum(dx, 0), np.maximum(dy, 0)
    return np.sqrt(out_x * out_x + out_y * out_y) + np.minimum(np.maximum(dx, dy), 0) \
        - np.float32(rounding)


# Grounds

def _grass(random, height, width, horizon, scale):
    blade = _colour(random, ((0.36, 0.50, 0.20), (0.44, 0.55, 0.26), (0.52, 0.54, 0.28),
                             (0.30, 0.46, 0.22)))
    tall = fur_tiles()[random.choice([3, 4, 5])]
    blades = cut(tall, random, height, width) + 0.6 * cut(fur_tiles()[4], random, height, width)
    patches = clouds(random, height, width, 0.5 * scale + 10)
    near = np.clip(_depth_rows(height, horizon, scale), 0, 1)
    tone = 1 + 0.16 * near * blades + 0.16 * patches + 0.10 * (near - 0.6)
    dry = np.array([1.10, 1.0, 0.72], np.float32)
    image = blade * tone[..., None]
    return image * (1 + np.clip(0.6 * patches, 0, 0.5)[..., None] * (dry - 1))


def _boards(random, height, width, horizon, scale):
    wood = _colour(random, ((0.66, 0.48, 0.31), (0.76, 0.62, 0.45), (0.46, 0.32, 0.22),
                            (0.72, 0.66, 0.58)))
    near = _depth_rows(height, horizon, scale) + 0.35
    column = np.arange(width, dtype=np.float32)[None, :] - np.float32(random.uniform(0, 1) * width)
    place = column / (near * np.float32(0.30 * scale))
    board = np.floor(place)
    tones = random.uniform(-1, 1, 64).astype(np.float32)[board.astype(np.int64) % 64]
    edge = np.abs(place - board - 0.5)
    gap = np.clip((edge - 0.5) * near * np.float32(0.30 * scale) + 1.3, 0, 1)
    veins = cut(fur_tiles()[4], random, height, width)
    tone = (1 + 0.09 * tones + 0.05 * veins) * (1 - 0.40 * gap)
    shine = clouds(random, height, width, 0.8 * scale + 10)
    return wood * (tone + 0.08 * shine)[..., None]


def _carpet(random, height, width, horizon, scale):
    wool = _colour(random, ((0.66, 0.60, 0.54), (0.52, 0.34, 0.30), (0.42, 0.46, 0.50),
                            (0.74, 0.70, 0.62), (0.40, 0.46, 0.38)))
    tone = 1 + 0.06 * cut(grain_tile(), random, height, width) + 0.07 * clouds(
        random, height, width, 0.5 * scale + 8)
    image = wool * tone[..., None]
    if random.uniform() < 0.4:
        near = _depth_rows(height, horizon, scale)
        band = 1.6 / (near + 0.5)
        stripe = band * 3 - np.floor(band * 3) < 0.35
        other = _colour(random, ((0.80, 0.74, 0.64), (0.34, 0.36, 0.44), (0.62, 0.36, 0.30)))
        image = np.where(stripe[..., None], other * tone[..., None], image)
    return image


def _seat(random, height, width, horizon, scale):
    return _folds(random, height, width, ((0.58, 0.53, 0.48), (0.40, 0.47, 0.53),
                                          (0.64, 0.43, 0.37), (0.50, 0.53, 0.43)), scale, 0.10)


def _blanket(random, height, width, horizon, scale):
    return _folds(random, height, width, ((0.80, 0.74, 0.68), (0.66, 0.34, 0.32),
                                          (0.42, 0.52, 0.62), (0.76, 0.66, 0.46),
                                          (0.56, 0.48, 0.60)), scale, 0.22)


def _folds(random, height, width, choices, scale, amount):
    cloth = _colour(random, choices)
    big = clouds(random, height, width, 0.45 * scale + 8)
    slope = np.gradient(big, axis=0) * (0.45 * scale + 8)
    tone = 1 + np.float32(amount) * (0.5 * big + 0.5 * slope) + 0.035 * cut(
        grain_tile(), random, height, width)
    image = cloth * tone[..., None]
    if random.uniform() < 0.4:
        x = np.arange(width, dtype=np.float32)[None, :]
        y = np.arange(height, dtype=np.float32)[:, None]
        check = _colour(random, choices)
        for line in (x + 4 * big, y * 1.6 + 4 * big):
            band = line / np.float32(0.32 * scale + 6)
            share = 0.38 * (band - np.floor(band) < 0.45)
            image = image + share[..., None] * (check * tone[..., None] - image)
    return image


def _gravel(random, height, width, horizon, scale):
    stone = _colour(random, ((0.66, 0.62, 0.56), (0.72, 0.64, 0.52), (0.56, 0.55, 0.55)))
    near = np.clip(_depth_rows(height, horizon, scale), 0.2, 1)
    tone = 1 + 0.09 * near * cut(grain_tile(), random, height, width) + 0.10 * clouds(
        random, height, width, 4) * near + 0.08 * clouds(random, height, width, 0.5 * scale + 8)
    return stone * tone[..., None]


_PLACES = {"lawn": (_foliage, _grass), "boards": (_wall, _boards), "carpet": (_wall, _carpet),
           "sofa": (_sofa_back, _seat), "path": (_foliage, _gravel),
           "meadow": (_foliage, _grass), "blanket": (_sofa_back, _blanket)}


# Things

def add_things(random: np.random.RandomState, image: np.ndarray, place: str, horizon: float,
               scale: float, count: int) -> None:
    """Put `count` balls, boxes, bowls and plants on the ground, farthest first."""
    height, width = image.shape[:2]
    low = max(horizon + 0.05 * scale, 0)
    rows = np.sort(random.uniform(low, max(height * 1.02, low + 5), count))
    for row in rows:
        size = scale * random.uniform(0.10, 0.20) * (0.6 + 0.5 * (row - horizon) / max(scale, 1))
        foot = (random.uniform(-0.05, 1.05) * width, row)
        thing = (_ball, _box, _bowl, _plant)[random.randint(4)]
        _cast(image, foot, size)
        thing(random, image, foot, size)


def _grid(image):
    height, width = image.shape[:2]
    return (np.arange(width, dtype=np.float32)[None, :],
            np.arange(height, dtype=np.float32)[:, None])


def _lay(image, distance, colour) -> None:
    share = np.clip(0.5 - distance, 0, 1)[..., None].astype(np.float32)
    image += share * (colour - image)


def _cast(image, foot, size) -> None:
    """A soft shadow on the ground around `foot`."""
    x, y = _grid(image)
    distance = disc_distance(x, y, foot, (size * 1.3, size * 0.42)) / (size * 0.42)
    share = np.clip(-distance, 0, 1)
    image *= (1 - 0.45 * share)[..., None].astype(np.float32)


_TOYS = ((0.80, 0.22, 0.18), (0.86, 0.72, 0.20), (0.20, 0.42, 0.70), (0.25, 0.55, 0.35),
         (0.75, 0.80, 0.25), (0.85, 0.50, 0.22), (0.55, 0.35, 0.60))


def _ball(random, image, foot, size) -> None:
    x, y = _grid(image)
    radius = size * 0.7
    center = (foot[0], foot[1] - radius * 0.85)
    colour = _colour(random, _TOYS)
    dx, dy = (x - center[0]) / radius, (y - center[1]) / radius
    tone = np.clip(0.75 - 0.35 * dy - 0.2 * dx, 0.3, 1.15)
    shine = np.clip(1 - 9 * ((dx + 0.35) ** 2 + (dy + 0.4) ** 2), 0, 1)
    band = np.abs(dy + 0.3 * dx) < 0.18
    tint = np.where((band & (random.uniform() < 0.5))[..., None], np.float32(0.9), colour)
    _lay(image, disc_distance(x, y, center, (radius, radius)),
         tint * tone[..., None] + 0.5 * shine[..., None])


def _box(random, image, foot, size) -> None:
    x, y = _grid(image)
    colour = _colour(random, ((0.70, 0.54, 0.36), (0.62, 0.46, 0.30), *_TOYS))
    half = (size * random.uniform(0.6, 1.1), size * random.uniform(0.5, 0.9))
    center = (foot[0], foot[1] - half[1])
    lid = np.where(y < center[1] - half[1] * 0.45, np.float32(1.12), np.float32(0.88))
    tone = lid - 0.12 * (x > center[0] + half[0] * 0.35)
    _lay(image, _pad_distance(x, y, center, half, size * 0.08), colour * tone[..., None])


def _bowl(random, image, foot, size) -> None:
    x, y = _grid(image)
    colour = _colour(random, ((0.85, 0.84, 0.80), *_TOYS))
    center = (foot[0], foot[1] - size * 0.28)
    tone = np.clip(0.9 - 0.3 * (x - center[0]) / size, 0.5, 1.2)
    _lay(image, segment_distance(x, y, (center[0] - size * 0.45, center[1]),
                                 (center[0] + size * 0.45, center[1]), size * 0.28,
                                 size * 0.28)[0], colour * tone[..., None])
    rim = (center[0], center[1] - size * 0.20)
    _lay(image, disc_distance(x, y, rim, (size * 0.66, size * 0.17)), colour * np.float32(1.1))
    _lay(image, disc_distance(x, y, rim, (size * 0.56, size * 0.12)),
         np.array([0.36, 0.25, 0.17], np.float32))


def _plant(random, image, foot, size) -> None:
    x, y = _grid(image)
    leaf = _colour(random, ((0.24, 0.44, 0.22), (0.34, 0.50, 0.24), (0.20, 0.38, 0.28)))
    pot = _colour(random, ((0.66, 0.38, 0.26), (0.82, 0.80, 0.76), (0.36, 0.38, 0.42)))
    top = (foot[0], foot[1] - size)
    for _ in range(9):
        reach, side = random.uniform(0.9, 1.9) * size, random.uniform(-1.1, 1.1)
        end = (top[0] + side * size, top[1] - reach)
        distance, share, _ = segment_distance(x, y, top, end, 0.18 * size, 0.03 * size)
        _lay(image, distance, leaf * (0.7 + 0.45 * share + 0.1 * side)[..., None].astype(np.float32))
    _lay(image, segment_distance(x, y, (foot[0], foot[1] - size * 0.95),
                                 (foot[0], foot[1] - size * 0.25), size * 0.5, size * 0.34)[0],
         pot * np.clip(1 - 0.3 * (x - foot[0]) / size, 0.6, 1.2)[..., None])
