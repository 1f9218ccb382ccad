// @ts-check
// Shared by all explorers: the base of their views, elements, stages, keys, the announcer. Nothing
// is fetched, and no text is ever read as HTML: names from files reach the page as text nodes and
// attributes only.

/**
 * What anywidget gives a view to talk to Python.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(message: object, callbacks?: object, buffers?: ArrayBuffer[]) => void} send
 * @property {(event: string, listener: Listener) => void} on
 * @property {(event: string, listener: Listener) => void} off
 */

/**
 * @typedef {(...given: any[]) => void} Listener
 * @typedef {[row: number, column: number]} Pixel
 * @typedef {ArrayLike<number>} Numbers
 * @typedef {{ period: number, width: number, darkness: number }} Stripes
 *
 * What masks may hold: a class, or at last pixels to be ignored. Stripes are 1 those that rise to
 * the right, 2 those that fall, 3 both, 0 none.
 * @typedef {{ label: number, name: string, rgb: number[], striped: number[], stripes: number }} Drawn
 *
 * @typedef {object} SentColours
 * @property {Drawn[]} classes
 * @property {number} count without ignored pixels
 * @property {number[]} error
 * @property {number[]} scale
 * @property {Stripes} stripes
 *
 * @typedef {ReturnType<typeof readColours>} Colours
 * @typedef {ReturnType<typeof makeSlider>} Slider
 * @typedef {ReturnType<typeof makeChoice>} Choice
 * @typedef {ReturnType<typeof makeSelect>} Select
 * @typedef {ReturnType<typeof makeBars>} Bars
 */

const LARGEST_SIDE = 512; // pixels of a painted layer; smaller pictures are enlarged in whole steps
const STRIPE_SCALE = 2; // a layer is shown at about half of its pixels

/**
 * Makes an element: attributes by name, listeners as `onclick`, children as nodes or strings.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} attributes
 * @param {(Node | string | null)[]} children
 */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** @param {ArrayBufferView<ArrayBuffer>} view */
const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
/** @type {(value: number | null | undefined) => string} */
const round = (value) => (value === null || value === undefined ? "–" : value.toFixed(2));
/** @type {(...rgba: number[]) => number} */
const pack = (red, green, blue, alpha = 255) =>
  ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/**
 * The tables of a layer without stripes.
 * @type {(table: Numbers) => Numbers[]}
 */
const everywhere = (table) => [table, table, table, table];

/** @param {HTMLCanvasElement} canvas */
const contextOf = (canvas) =>
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

// Each explorer has a copy of this code, so that counting alone would give the same ids twice.
const copy = Math.random().toString(36).slice(2);
let lastNumber = 0;
/** @type {(name: string) => string} */
const newId = (name) => `unet-lessons-${name}-${copy}-${(lastNumber += 1)}`;

/**
 * How shares are said, by the table that Python hands over: from which share on it is said how.
 * @type {(steps: [start: number, said: string][]) => (share: number) => string}
 */
const readPercent = (steps) => (share) =>
  steps.findLast(([start]) => start <= share)?.[1] ?? "–";

/**
 * Colours as the canvas wants them: of each label, and a scale of 256 steps.
 * @param {SentColours} colours
 */
function readColours(colours) {
  const drawn = colours.classes;
  /** @type {(rgb: number[]) => number[]} */
  const darken = (rgb) => rgb.map((level) => Math.round(level * (1 - colours.stripes.darkness)));
  /** @type {(rgb: number[]) => string} */
  const css = (rgb) => `rgb(${rgb.join(",")})`;
  const scale = new Uint32Array(256);
  for (let level = 0; level < 256; level += 1) {
    scale[level] = pack(...colours.scale.slice(3 * level, 3 * level + 3));
  }
  return {
    names: drawn.slice(0, colours.count).map(({ name }) => name),
    drawn,
    /** @type {(label: number) => string} */
    nameOf: (label) => drawn.find((one) => one.label === label)?.name ?? "",
    swatches: drawn.map(({ rgb, striped, stripes }) =>
      swatchStyle(css(rgb), css(striped), colours.stripes, stripes)),
    /**
     * The tables that `Stage.paint` wants; what is not shown stays clear.
     * @type {(isShown: (index: number) => boolean) => Uint32Array[]}
     */
    tables: (isShown) => [0, 1, 2, 3].map((inside) => {
      const table = new Uint32Array(256);
      drawn.forEach(({ label, rgb, striped, stripes }, index) => {
        if (isShown(index)) table[label] = pack(...(inside & stripes ? striped : rgb));
      });
      return table;
    }),
    stripes: colours.stripes,
    errorTables: [colours.error, darken(colours.error), colours.error, darken(colours.error)]
      .map((rgb) => [0, pack(...rgb)]),
    errorSwatch: swatchStyle(css(colours.error), css(darken(colours.error)), colours.stripes, 1),
    errorCss: css(colours.error),
    scale,
    scaleStyle: gradientStyle(colours.scale),
  };
}

/**
 * The scale as a strip, from 0 on the left to 1 on the right.
 * @param {number[]} scale
 */
function gradientStyle(scale) {
  const stops = [];
  for (let level = 0; level < 256; level += 15) {
    stops.push(`rgb(${scale.slice(3 * level, 3 * level + 3).join(",")})`);
  }
  return `background: linear-gradient(to right, ${stops.join(", ")})`;
}

// A photo with a layer over it, and a cross on one of its pixels.
class Stage {
  /** @type {ImageData} */
  photoPixels;

  /** @type {ImageData} */
  layerPixels;

  /** @type {Uint8Array} */
  inside;

  /**
   * @param {string} title
   * @param {object} pointing
   * @param {Stripes} pointing.stripes
   * @param {(row: number, column: number) => void} pointing.onpoint
   * @param {(row: number, column: number) => void} pointing.onpick
   * @param {() => void} pointing.onleave
   * @param {boolean} [pointing.focusable]
   */
  constructor(title, { stripes, onpoint, onpick, onleave, focusable = true }) {
    this.stripes = stripes;
    this.photo = make("canvas", { class: "ul-photo" });
    this.overlay = make("canvas", { class: "ul-overlay" });
    this.cross = make("div", { class: "ul-cross", hidden: true });
    this.frame = make("div", { class: "ul-frame", role: "img", tabindex: focusable ? "0" : null },
      this.photo, this.overlay, this.cross);
    this.title = make("span", {}, title);
    this.key = make("span", { class: "ul-item" });
    this.node = make("figure", { class: "ul-stage" },
      make("figcaption", {}, this.title, this.key), this.frame);
    this.frame.addEventListener("pointermove", (event) => onpoint(...this.pixelAt(event)));
    this.frame.addEventListener("pointerleave", () => onleave());
    this.frame.addEventListener("click", (event) => onpick(...this.pixelAt(event)));
    this.height = this.width = this.scale = 0;
  }

  /**
   * Says above the picture what it shows, and what its colours mean.
   * @param {string} title
   * @param {(Node | string)[]} key
   */
  say(title, key = []) {
    this.title.textContent = title;
    this.key.replaceChildren(...key);
  }

  /** @type {(height: number, width: number) => void} */
  resize(height, width) {
    if (height === this.height && width === this.width) return;
    [this.height, this.width] = [height, width];
    this.scale = Math.max(1, Math.floor(LARGEST_SIDE / Math.max(height, width)));
    [this.photo.height, this.photo.width] = [height, width];
    [this.overlay.height, this.overlay.width] = [height * this.scale, width * this.scale];
    this.frame.style.aspectRatio = `${width} / ${height}`;
    this.photoPixels = contextOf(this.photo).createImageData(width, height);
    this.layerPixels = contextOf(this.overlay)
      .createImageData(this.overlay.width, this.overlay.height);
    this.inside = this.stripesInside();
  }

  // Which stripes each pixel of the layer lies in: 1 those that rise, 2 those that fall, 3 both.
  stripesInside() {
    const { height, width } = this.overlay;
    const period = this.stripes.period * STRIPE_SCALE;
    const stripe = this.stripes.width * STRIPE_SCALE;
    const inside = new Uint8Array(height * width);
    for (let row = 0, place = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1, place += 1) {
        const rising = (row + column) % period < stripe ? 1 : 0;
        const falling = (row - column + width * period) % period < stripe ? 2 : 0;
        inside[place] = rising + falling;
      }
    }
    return inside;
  }

  /**
   * @param {Numbers} rgb
   * @param {boolean} pale
   */
  showPhoto(rgb, pale = false) {
    const pixels = new Uint32Array(this.photoPixels.data.buffer);
    for (let pixel = 0, byte = 0; pixel < pixels.length; pixel += 1, byte += 3) {
      if (pale) {
        const grey = 120 + (rgb[byte] + rgb[byte + 1] + rgb[byte + 2]) / 6;
        pixels[pixel] = pack(grey, grey, grey);
      } else pixels[pixel] = pack(rgb[byte], rgb[byte + 1], rgb[byte + 2]);
    }
    contextOf(this.photo).putImageData(this.photoPixels, 0, 0);
  }

  /**
   * Paints the layer: a value for each pixel, and what colour each value has, beside stripes, in
   * those that rise, in those that fall, and where two cross.
   * @param {Numbers} values
   * @param {Numbers[]} tables
   */
  paint(values, tables) {
    const pixels = new Uint32Array(this.layerPixels.data.buffer);
    const { height, width, scale, inside } = this;
    for (let row = 0, place = 0; row < height * scale; row += 1) {
      const start = Math.floor(row / scale) * width;
      for (let column = 0; column < width; column += 1) {
        const value = values[start + column];
        for (let step = 0; step < scale; step += 1, place += 1) {
          pixels[place] = tables[inside[place]][value];
        }
      }
    }
    contextOf(this.overlay).putImageData(this.layerPixels, 0, 0);
  }

  /** @param {number} opacity */
  setOpacity(opacity) {
    this.overlay.style.opacity = String(opacity);
  }

  /**
   * Puts the cross on a pixel, or takes it away.
   * @param {Pixel | null} pixel
   * @param {boolean} pinned
   */
  mark(pixel, pinned = false) {
    this.cross.hidden = !pixel;
    if (!pixel) return;
    const [row, column] = pixel;
    this.cross.classList.toggle("ul-pinned", pinned);
    this.cross.style.left = `${((column + 0.5) / this.width) * 100}%`;
    this.cross.style.top = `${((row + 0.5) / this.height) * 100}%`;
  }

  /**
   * @param {MouseEvent} event
   * @returns {Pixel}
   */
  pixelAt(event) {
    const box = this.frame.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.width);
    return [clamp(row, 0, this.height - 1), clamp(column, 0, this.width - 1)];
  }
}

// Reads texts to screen readers, but only once the learner rests.
class Announcer {
  constructor() {
    this.node = make("div", { class: "ul-spoken", role: "status", "aria-live": "polite" });
  }

  /** @param {string} text */
  say(text) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.node.textContent = text; }, 300);
  }
}

/**
 * A slider with its label (a text, or a swatch and a text) and its value beside it, which screen
 * readers know from the slider itself.
 * @param {string | (Node | string)[]} label
 * @param {object} how
 * @param {number} how.min
 * @param {number} how.max
 * @param {number} [how.step]
 * @param {number} how.value
 * @param {(value: number) => string} [how.text]
 * @param {(value: number) => void} how.oninput
 */
function makeSlider(label, { min, max, step = 1, value, text = String, oninput }) {
  const id = newId("slider");
  const input = make("input", { type: "range", id, min, max, step });
  const output = make("span", { class: "ul-output", "aria-hidden": "true" });
  /** @param {any} shown */
  const show = (shown) => {
    input.value = shown;
    output.textContent = text(Number(shown));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    show(input.value);
    oninput(Number(input.value));
  });
  show(value);
  const title = make("label", { for: id }, ...(Array.isArray(label) ? label : [label]));
  return { node: make("div", { class: "ul-slider" }, title, input, output), input, show };
}

/**
 * A choice of one among a few, as a row of buttons that the arrow keys move through; what stands
 * before a button (a third text in its option) is read with it.
 * @param {string} label
 * @param {string[][]} options
 * @param {string} value
 * @param {(key: string) => void} onchange
 */
function makeChoice(label, options, value, onchange) {
  const name = newId("choice");
  const inputs = new Map();
  /** @type {HTMLElement[]} */
  const groups = []; // a line breaks between them only, where each has room
  options.forEach(([key, text, before], index) => {
    const input = make("input", {
      type: "radio", name, value: key, onchange: () => onchange(key),
      "aria-label": before ? `${before} ${text}` : null });
    inputs.set(key, input);
    const button = make("label", {}, input, make("span", {}, text));
    if (index === 0 || before !== options[index - 1][2]) {
      groups.push(make("span", { class: "ul-group" },
        before ? make("span", { class: "ul-before", "aria-hidden": "true" }, before) : null));
    }
    groups[groups.length - 1].append(button);
  });
  /** @param {string} key */
  const show = (key) => { if (inputs.has(key)) inputs.get(key).checked = true; };
  show(value);
  return { node: make("fieldset", { class: "ul-choice" }, make("legend", {}, label), ...groups),
    show };
}

/**
 * @param {string} label
 * @param {string[][]} options
 * @param {string} value
 * @param {(key: string) => void} onchange
 */
function makeSelect(label, options, value, onchange) {
  const id = newId("select");
  const select = make("select", { id, onchange: () => onchange(select.value) },
    ...options.map(([key, text]) => make("option", { value: key }, text)));
  select.value = value;
  return { node: make("div", { class: "ul-select" }, make("label", { for: id }, label), select),
    select };
}

/**
 * Stripes as in the layers.
 * @type {(plain: string, striped: string, stripes: Stripes, which: number) => string}
 */
function swatchStyle(plain, striped, { period, width }, which) {
  const light = period - width;
  /** @type {(angle: number) => string} */
  const layer = (angle) => `repeating-linear-gradient(${angle}deg, transparent 0 ${light}px, `
    + `${striped} ${light}px ${period}px)`;
  const layers = [...(which & 1 ? [layer(-45)] : []), ...(which & 2 ? [layer(45)] : []), plain];
  return `background: ${layers.join(", ")}`;
}

/** @type {(style: string) => HTMLElement} */
function makeSwatch(style) {
  return make("span", { class: "ul-swatch", style });
}

/**
 * Bars from 0 to 1, one for each class, with the value written behind it.
 * @param {string} label
 * @param {Colours} colours
 * @param {(value: number) => string} write
 */
function makeBars(label, colours, write = round) {
  const rows = colours.names.map((name, index) => {
    const fill = make("div", { class: "ul-fill", style: colours.swatches[index] });
    const value = make("span", { class: "ul-value" });
    return { fill, value, node: make("div", { class: "ul-bar" }, make("span", {}, name),
      make("div", { class: "ul-track" }, fill), value) };
  });
  return {
    node: make("div", { class: "ul-bars", role: "group", "aria-label": label },
      ...rows.map(({ node }) => node)),
    /** @param {number[] | null} values */
    show(values) {
      rows.forEach(({ fill, value }, index) => {
        const known = values !== null && values[index] !== null;
        fill.style.width = known ? `${clamp(values[index], 0, 1) * 100}%` : "0";
        value.textContent = known ? write(values[index]) : "–";
      });
    },
  };
}

/** @param {string[][]} rows */
function makeKeys(rows) {
  return make("details", { class: "ul-keys" }, make("summary", {}, "Keys"), make("dl", {},
    ...rows.flatMap(([keys, what]) => [make("dt", {}, keys), make("dd", {}, what)])));
}

/**
 * Whether a key is JupyterLab's inside an explorer too: what runs a cell, Escape, and all that is
 * pressed with Ctrl, Alt or Cmd (AltGr makes letters of some keyboards, such as their brackets).
 * @param {KeyboardEvent} event
 */
function isJupyters(event) {
  if (event.key === "Escape" || (event.key === "Enter" && event.shiftKey)) return true;
  if (/^F\d+$/.test(event.key)) return true;
  const { altKey, ctrlKey, metaKey } = event;
  return (altKey || ctrlKey || metaKey) && !event.getModifierState("AltGraph");
}

/**
 * Handles keys at the explorer's root. JupyterLab, which looks at a key before it reaches the root,
 * is told each time whether it is one of its own: elsewhere D D deletes the cell.
 * @param {HTMLElement} root
 * @param {(event: KeyboardEvent) => boolean} handle
 * @returns {() => void} what ends it
 */
function listenToKeys(root, handle) {
  /** @param {KeyboardEvent} event */
  const tellJupyter = (event) => {
    root.toggleAttribute("data-lm-suppress-shortcuts", !isJupyters(event));
  };
  window.addEventListener("keydown", tellJupyter, { capture: true });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave(root);
    if (event.key === "Tab" || isJupyters(event)) return;
    event.stopPropagation();
    if (handle(event)) event.preventDefault();
  });
  return () => window.removeEventListener("keydown", tellJupyter, { capture: true });
}

/**
 * Gives the focus back to the cell, as Escape does in a cell's code.
 * @param {HTMLElement} root
 */
function leave(root) {
  const cell = /** @type {HTMLElement | null} */ (root.closest(".jp-Cell"));
  if (cell) cell.focus();
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/**
 * Tells Python, but only once the learner rests: the browser does not wait for it.
 * @param {Model} model
 * @returns {(name: string, value: any) => void}
 */
function tellLater(model) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Record<string, any>} */
  const waiting = {};
  return (name, value) => {
    waiting[name] = value;
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const [each, known] of Object.entries(waiting)) {
        model.set(each, known);
        delete waiting[each];
      }
      model.save_changes();
    }, 120);
  };
}

// Base of the explorers' views: a root element, listeners, and the state that Python knows too.
// Each has `showState(name)`, and `handleKey(event)` where it knows keys.
class View {
  /**
   * @param {Model} model
   * @param {string} label
   * @param {string[]} names
   */
  constructor(model, label, names = []) {
    this.model = model;
    this.colours = readColours(model.get("colours"));
    this.percent = readPercent(model.get("percent_steps"));
    /** @type {Record<string, any>} */
    this.state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    this.tell = tellLater(model);
    this.announcer = new Announcer();
    this.root = make("div", { class: "ul-root", role: "group", "aria-label": label });
    this.root.style.setProperty("--ul-error", this.colours.errorCss);
    /** @type {[string, Listener][]} */
    this.listeners = [];
    this.stopListening = listenToKeys(this.root, (event) => this.handleKey(event));
    for (const name of names) this.on(`change:${name}`, () => this.hear(name));
  }

  /** @type {(event: string, listener: Listener) => void} */
  on(event, listener) {
    this.model.on(event, listener);
    this.listeners.push([event, listener]);
  }

  close() {
    this.stopListening();
    this.listeners.forEach(([event, listener]) => this.model.off(event, listener));
  }

  /**
   * What Python sets is shown; what the learner sets was shown before Python hears of it.
   * @param {string} name
   */
  hear(name) {
    const value = this.model.get(name);
    if (JSON.stringify(value) === JSON.stringify(this.state[name])) return;
    this.state[name] = value;
    this.showState(name);
  }

  /** @type {(name: string, value: any) => void} */
  set(name, value) {
    this.state[name] = value;
    this.showState(name);
    this.tell(name, value);
  }

  /** @param {string} _name */
  showState(_name) {}

  /**
   * @param {KeyboardEvent} _event
   * @returns {boolean} whether it was the explorer's
   */
  handleKey(_event) {
    return false;
  }

  makeOpacity() {
    return makeSlider("opacity", {
      min: 0, max: 100, value: this.state.opacity * 100, text: (share) => this.percent(share / 100),
      oninput: (share) => this.set("opacity", share / 100),
    });
  }

  /** @param {number} by */
  stepOpacity(by) {
    this.set("opacity", clamp(Math.round((this.state.opacity + by) * 100) / 100, 0, 1));
  }
}

/**
 * What Jupyter asks an explorer's module for.
 * @param {new (model: Model) => View} Kind
 */
const showWith = (Kind) => ({
  /** @param {{ model: Model, el: HTMLElement }} place */
  render({ model, el }) {
    const view = new Kind(model);
    el.append(view.root);
    return () => view.close();
  },
});
