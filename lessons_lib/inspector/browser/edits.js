// @ts-check
// What the explorer of changes does to a photo, and what it reads from logits: numbers in, numbers out.

/**
 * @typedef {{ painted: Uint8Array, flipped: boolean, turned: number, brightness: number }} Kept
 */

const GREY = 128;
const UNCOUNTED = 255; // the label of pixels that are ignored
const BLUR = 2; // pixels to each side

/**
 * A place beyond the edge, seen in a mirror that stands there.
 * @type {(place: number, size: number) => number}
 */
function mirror(place, size) {
  const period = Math.max(1, 2 * size - 2);
  const within = ((place % period) + period) % period;
  return within < size ? within : period - within;
}

// What the learner has done to a photo. Strokes are kept in the photo's own frame; flip, turn and
// brightness come on top, so that sliders can take them back.
class Edits {
  /**
   * @param {Uint8Array} rgb
   * @param {number} height
   * @param {number} width
   */
  constructor(rgb, height, width) {
    this.rgb = rgb;
    this.height = height;
    this.width = width;
    this.painted = rgb.slice();
    this.flipped = false;
    this.turned = 0; // degrees, clockwise
    this.brightness = 0;
  }

  /** @returns {Kept} */
  keep() {
    const { flipped, turned, brightness } = this;
    return { painted: this.painted.slice(), flipped, turned, brightness };
  }

  /** @param {Kept} kept */
  restore({ painted, flipped, turned, brightness }) {
    this.painted = painted.slice();
    [this.flipped, this.turned, this.brightness] = [flipped, turned, brightness];
  }

  // A brightness of 50 doubles all values.
  get factor() {
    return 2 ** (this.brightness / 50);
  }

  get isInPlace() {
    return !this.flipped && this.turned === 0;
  }

  /**
   * Where a shown pixel lies in the photo's own frame.
   * @type {(row: number, column: number) => Pixel}
   */
  ownPlace(row, column) {
    const [middleRow, middleColumn] = [(this.height - 1) / 2, (this.width - 1) / 2];
    const angle = (this.turned * Math.PI) / 180;
    const [down, right] = [row - middleRow, column - middleColumn];
    const across = right * Math.cos(angle) + down * Math.sin(angle);
    const along = down * Math.cos(angle) - right * Math.sin(angle);
    return [middleRow + along, middleColumn + (this.flipped ? -across : across)];
  }

  /**
   * The own pixel behind each shown one, mirrored at the edges.
   * @returns {Int32Array}
   */
  ownPixels() {
    const { height, width } = this;
    const pixels = new Int32Array(height * width);
    for (let row = 0, pixel = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1, pixel += 1) {
        const [down, right] = this.ownPlace(row, column);
        pixels[pixel] = mirror(Math.round(down), height) * width + mirror(Math.round(right), width);
      }
    }
    return pixels;
  }

  /**
   * The photo as it is shown; `square` is the middle of a grey one.
   * @type {(square: Pixel | null, size: number) => Uint8Array<ArrayBuffer>}
   */
  compose(square, size) {
    const moved = this.isInPlace ? new Uint8Array(this.painted) : this.move();
    if (this.brightness !== 0) {
      const table = Uint8ClampedArray.from({ length: 256 }, (_none, level) => level * this.factor);
      for (let byte = 0; byte < moved.length; byte += 1) moved[byte] = table[moved[byte]];
    }
    if (square) {
      const [top, left] = square.map((middle) => Math.round(middle - size / 2));
      const [first, last] = [clamp(left, 0, this.width), clamp(left + size, 0, this.width)];
      for (let row = Math.max(0, top); row < Math.min(this.height, top + size); row += 1) {
        moved.fill(GREY, 3 * (row * this.width + first), 3 * (row * this.width + last));
      }
    }
    return moved;
  }

  // Flips and turns; between pixels it blends.
  move() {
    const { height, width, painted } = this;
    const moved = new Uint8Array(painted.length);
    for (let row = 0, byte = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        const [down, right] = this.ownPlace(row, column);
        const [top, left] = [Math.floor(down), Math.floor(right)];
        const [low, beside] = [down - top, right - left];
        const [above, below] = [mirror(top, height) * width, mirror(top + 1, height) * width];
        const [one, other] = [mirror(left, width), mirror(left + 1, width)];
        for (let colour = 0; colour < 3; colour += 1, byte += 1) {
          /** @type {(pixel: number) => number} */
          const at = (pixel) => painted[3 * pixel + colour];
          const upper = at(above + one) * (1 - beside) + at(above + other) * beside;
          const lower = at(below + one) * (1 - beside) + at(below + other) * beside;
          moved[byte] = Math.round(upper * (1 - low) + lower * low);
        }
      }
    }
    return moved;
  }

  /**
   * Uses a tool once, on a disc around a shown pixel.
   * @type {(tool: string, pixel: Pixel, size: number, colour: number[]) => void}
   */
  stamp(tool, pixel, size, colour) {
    const { height, width, painted, rgb } = this;
    const [middle, centre] = this.ownPlace(...pixel);
    const radius = size / 2;
    const before = tool === "blur" ? painted.slice() : painted;
    for (let row = Math.ceil(middle - radius); row <= middle + radius; row += 1) {
      for (let column = Math.ceil(centre - radius); column <= centre + radius; column += 1) {
        const isInside = row >= 0 && row < height && column >= 0 && column < width;
        if (isInside && Math.hypot(row - middle, column - centre) <= radius) {
          const first = 3 * (row * width + column);
          for (let part = 0; part < 3; part += 1) {
            if (tool === "paint") painted[first + part] = colour[part];
            else if (tool === "erase") painted[first + part] = rgb[first + part];
            else painted[first + part] = this.meanAround(before, row, column, part);
          }
        }
      }
    }
  }

  /** @type {(values: Uint8Array, row: number, column: number, part: number) => number} */
  meanAround(values, row, column, part) {
    let [sum, count] = [0, 0];
    for (let down = -BLUR; down <= BLUR; down += 1) {
      const start = mirror(row + down, this.height) * this.width;
      for (let right = -BLUR; right <= BLUR; right += 1, count += 1) {
        sum += values[3 * (start + mirror(column + right, this.width)) + part];
      }
    }
    return Math.round(sum / count);
  }
}

/**
 * In each pixel the class with the largest logit.
 * @type {(logits: Numbers, shifts: number[]) => Uint8Array}
 */
function labelsOf(logits, shifts) {
  const count = shifts.length;
  const labels = new Uint8Array(logits.length / count);
  for (let pixel = 0, start = 0; pixel < labels.length; pixel += 1, start += count) {
    let best = 0;
    for (let label = 1; label < count; label += 1) {
      if (logits[start + label] + shifts[label] > logits[start + best] + shifts[best]) best = label;
    }
    labels[pixel] = best;
  }
  return labels;
}

/**
 * Each class's share of the pixels and its IoU; null stands for a class that does not occur.
 * @type {(labels: Numbers, truth: Numbers, count: number) =>
 *   { shares: number[], iou: (number | null)[], meanIou: number | null }}
 */
function figuresOf(labels, truth, count) {
  const [both, predicted, really, all] = [0, 1, 2, 3].map(() => new Array(count).fill(0));
  for (let pixel = 0; pixel < labels.length; pixel += 1) {
    all[labels[pixel]] += 1;
    if (truth[pixel] !== UNCOUNTED) {
      predicted[labels[pixel]] += 1;
      really[truth[pixel]] += 1;
      if (labels[pixel] === truth[pixel]) both[labels[pixel]] += 1;
    }
  }
  const iou = both.map((hits, label) => {
    const union = predicted[label] + really[label] - hits;
    return union ? hits / union : null;
  });
  const known = iou.filter((one) => one !== null);
  const meanIou = known.length ? known.reduce((sum, one) => sum + one, 0) / known.length : null;
  return { shares: all.map((pixels) => pixels / labels.length), iou, meanIou };
}
