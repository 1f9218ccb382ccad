// @ts-check
// The explorer of changes: on the left the photo, which the learner paints, covers and turns; on the
// right the model's mask, which follows. The photo is changed here, at once. At most one request is
// with the kernel; what changes meanwhile goes in one piece with the next, so that none ever waits.

/**
 * @typedef {{ place: number, name: string }} PictureHeader
 * @typedef {PictureHeader & { rgb: Uint8Array, truth: Uint8Array }} Untouched
 *
 * Which pixels a place of a level sees: a square, moved by a step from place to place.
 * @typedef {{ side: number, step: number, start: number }} Field
 *
 * @typedef {object} Level
 * @property {string} name
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 * @property {"skip" | "deepest" | "none"} way
 * @property {Field | null} field
 *
 * @typedef {object} Sizes
 * @property {number} count
 * @property {number} height
 * @property {number} width
 * @property {[rows: number, columns: number, side: number]} squares
 * @property {PictureHeader} first
 *
 * What is with the kernel; `version` counts the changes that it knows of.
 * @typedef {object} Asked
 * @property {"baseline" | "mask" | "reason"} what
 * @property {number} sequence
 * @property {number} version
 *
 * What is known of why a pixel has its class: a value for each pixel, and how far it is computed.
 * @typedef {object} Reason
 * @property {Float32Array} values
 * @property {number} lead
 * @property {number} answer
 * @property {number} row of squares that comes next
 * @property {boolean} done
 *
 * @typedef {Kept & { swaps: string[], shifts: number[], square: Pixel | null }} Step
 */

const NOTHING = 254; // no label, and so clear
const COARSE_STEP = 8;
const MOST_STEPS = 60; // that can be taken back
const ONE_MOVE = 1000; // milliseconds between two changes by a slider that are taken back together
const REST = 200; // milliseconds without a change, before the kernel looks for reasons
const [SMALLEST_TOOL, LARGEST_TOOL, USUAL_TOOL] = [2, 48, 16];
const REASON_OPACITY = 0.85;
const SEEN = 0.4; // a power, by which small values are seen beside large ones
const [FIRST_COLOUR, TURN_STEP, BRIGHTNESS_STEP] = ["#8b5a2b", 5, 5];
const TOOLS = [
  ["paint", "paint"], ["erase", "erase"], ["blur", "blur"], ["square", "grey square"],
];
const TOOL_KEYS = new Map([["p", "paint"], ["e", "erase"], ["b", "blur"], ["g", "square"]]);
const LAYER_KEYS = new Map([["m", "mask"], ["c", "changed"], ["t", "truth"]]);

class WhatIfView extends View {
  /** @type {Stage} */
  left;

  /** @type {Stage} */
  right;

  /** @type {Slider | undefined} */
  picker;

  /** @type {Choice} */
  layers;

  /** @type {Slider} */
  opacity;

  /** @type {Choice} */
  tools;

  /** @type {Slider} */
  size;

  /** @type {HTMLInputElement} */
  colour;

  /** @type {Slider} */
  brightness;

  /** @type {Slider} */
  turn;

  /** @type {HTMLElement} */
  flip;

  /** @type {HTMLElement} */
  brush;

  /** @type {HTMLElement} */
  fields;

  /** @type {HTMLElement} */
  name;

  /** @type {HTMLElement[][]} */
  cells;

  /** @type {HTMLElement[]} */
  sums;

  /** @type {Slider[]} */
  shifts;

  /** @type {Choice[]} */
  swaps;

  /** @type {HTMLElement} */
  readout;

  /** @type {Bars} */
  bars;

  /** @type {Choice} */
  reasons;

  /** @type {HTMLElement} */
  why;

  /** @type {HTMLElement} */
  problem;

  /** @param {Model} model */
  constructor(model) {
    super(model, "What-if explorer",
      ["index", "layer", "opacity", "shifts", "swaps", "pixel", "reason"]);
    /** @type {Sizes} */
    this.sizes = model.get("pictures");
    /** @type {Level[]} */
    this.levels = model.get("levels");
    this.id = newId("view");
    /** @type {Map<number, Untouched>} */
    this.pictures = new Map();
    this.keepPicture(this.sizes.first, bytesOf(model.get("first")));
    this.tool = "paint";
    this.isDrawing = false;
    this.sequence = 0; // of the latest request
    this.version = 0; // of what a pixel's answer depends on
    this.isStale = true;
    this.isResting = true;
    this.said = ""; // of the mask
    /** @type {ReturnType<typeof figuresOf> | null} */
    this.figuresBefore = null;
    /** @type {{ kind: string, at: number }} */
    this.latest = { kind: "", at: 0 };
    /** @type {Step[]} */
    this.steps = [];
    /** @type {Asked | null} */
    this.asked = null;
    /** @type {Pixel | null} */
    this.square = null;
    /** @type {Pixel | null} */
    this.cursor = null; // on the photo
    /** @type {Pixel | null} */
    this.pointer = null; // on the mask
    /** @type {Float32Array | null} */
    this.logits = null;
    /** @type {Uint8Array | null} */
    this.before = null; // labels of the untouched photo by the untouched model
    /** @type {Reason | null} */
    this.found = null;
    /** @type {Untouched} */
    this.picture = /** @type {Untouched} */ (this.pictures.get(0));
    this.edits = new Edits(this.picture.rgb, this.sizes.height, this.sizes.width);
    this.shown = this.edits.compose(null, 0);
    /** @type {Uint8Array} */
    this.labels = new Uint8Array(this.sizes.height * this.sizes.width);
    this.truth = this.picture.truth;
    this.build();
    this.on("msg:custom", (message, buffers) => this.receive(message, buffers));
    this.openPicture();
  }

  build() {
    const { stripes } = this.colours;
    this.left = new Stage("your photo", {
      stripes,
      onpoint: (row, column) => this.moveTool([row, column]),
      onleave: () => this.leavePhoto(),
      onpick() {},
    });
    this.right = new Stage("", {
      stripes,
      onpoint: (row, column) => this.point([row, column]),
      onleave: () => this.point(null),
      onpick: (row, column) => this.choosePixel([row, column]),
    });
    for (const stage of [this.left, this.right]) stage.resize(this.sizes.height, this.sizes.width);
    this.left.setOpacity(REASON_OPACITY);
    this.brush = make("div", { class: "ul-brush", hidden: true });
    this.fields = make("div", { class: "ul-fields" });
    this.left.frame.append(this.fields, this.brush);
    this.left.frame.classList.add("ul-editable");
    this.followStrokes();
    this.problem = make("p", { class: "ul-problem", role: "alert", hidden: true });
    this.root.classList.add("ul-changes");
    this.root.append(
      this.buildLayers(), this.buildTools(), this.buildSliders(),
      make("div", { class: "ul-stages ul-what-if" },
        this.left.node, this.right.node, this.buildPanel(), this.buildLevels()),
      this.problem, makeKeys(this.keyRows()), this.announcer.node,
    );
  }

  followStrokes() {
    const { frame } = this.left;
    frame.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      frame.setPointerCapture(event.pointerId);
      const pixel = this.left.pixelAt(event);
      this.isDrawing = this.tool !== "square";
      this.cursor = pixel;
      if (this.isDrawing) this.useTool(pixel);
      else this.moveTool(pixel);
    });
    // Chromium tells of a move up to a frame earlier, where the kernel could work already.
    frame.addEventListener("pointerrawupdate", (event) => {
      if (!this.asked) this.moveTool(this.left.pixelAt(/** @type {PointerEvent} */ (event)));
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      frame.addEventListener(end, () => { this.isDrawing = false; });
    }
  }

  buildLayers() {
    const { count } = this.sizes;
    const row = make("div", { class: "ul-row" });
    if (count > 1) {
      this.picker = makeSlider("picture", {
        min: 0, max: count - 1, value: this.state.index,
        text: (index) => `${index + 1} of ${count.toLocaleString("en")}`,
        oninput: (index) => this.goTo(index),
      });
      row.append(
        make("div", { class: "ul-buttons" },
          make("button", { type: "button", onclick: () => this.step(-1) }, "previous"),
          make("button", { type: "button", onclick: () => this.step(1) }, "next")),
        this.picker.node);
    }
    this.layers = makeChoice("shown", Object.entries(this.model.get("layers")), this.state.layer,
      (layer) => this.set("layer", layer));
    this.opacity = this.makeOpacity();
    row.append(this.layers.node, this.opacity.node);
    return row;
  }

  buildTools() {
    this.tools = makeChoice("tool", TOOLS, this.tool, (tool) => this.take(tool));
    this.size = makeSlider("size", {
      min: SMALLEST_TOOL, max: LARGEST_TOOL, value: USUAL_TOOL,
      text: (size) => `${size} pixels`, oninput: () => this.resizeTool(),
    });
    const id = newId("colour");
    this.colour = make("input", { type: "color", id, value: FIRST_COLOUR });
    return make("div", { class: "ul-row" }, this.tools.node, this.size.node,
      make("div", { class: "ul-item ul-colour" }, make("label", { for: id }, "colour"),
        this.colour));
  }

  buildSliders() {
    this.brightness = makeSlider("brightness", {
      min: -100, max: 100, step: BRIGHTNESS_STEP, value: 0,
      text: (value) => `×${(2 ** (value / 50)).toFixed(2)}`,
      oninput: (value) => this.edit("brightness", () => { this.edits.brightness = value; }),
    });
    this.turn = makeSlider("turn", {
      min: -180, max: 180, step: TURN_STEP, value: 0, text: (degrees) => `${degrees}°`,
      oninput: (value) => this.edit("turn", () => { this.edits.turned = value; }),
    });
    this.flip = make("button", { type: "button", "aria-pressed": "false",
      onclick: () => this.flipPhoto() }, "flip");
    return make("div", { class: "ul-row" }, this.brightness.node, this.turn.node,
      make("div", { class: "ul-buttons" }, this.flip,
        make("button", { type: "button", onclick: () => this.undo() }, "undo"),
        make("button", { type: "button", onclick: () => this.startOver() }, "start over")));
  }

  // Beside the pictures: classes, shifts of their logits, and the pixel pointed at.
  buildPanel() {
    this.name = make("p", { class: "ul-name" });
    const { names, swatches } = this.colours;
    const heads = ["pixels", "IoU", "IoU\nbefore"];
    this.cells = names.map(() => heads.map(() => make("td", {})));
    this.sums = heads.map(() => make("td", {}));
    const rows = names.map((name, label) => make("tr", {},
      make("th", { scope: "row" },
        make("span", { class: "ul-item" }, makeSwatch(swatches[label]), name)),
      ...this.cells[label]));
    const largest = this.model.get("largest_shift");
    this.shifts = names.map((name, label) => makeSlider([makeSwatch(swatches[label]), name], {
      min: -largest, max: largest, step: 0.1, value: this.state.shifts[label],
      text: (shift) => `${shift < 0 ? "−" : "+"}${Math.abs(shift).toFixed(1)}`,
      oninput: (shift) => this.shift(label, shift),
    }));
    this.readout = make("p", { class: "ul-lines ul-pixel" });
    this.bars = makeBars("probability of each class", this.colours);
    this.reasons = makeChoice("depends on, by", Object.entries(this.model.get("reasons")),
      this.state.reason, (reason) => this.set("reason", reason));
    this.why = make("p", { class: "ul-note ul-why" });
    return make("div", { class: "ul-panel" }, this.name,
      make("table", { class: "ul-classes" },
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "class"),
          ...heads.map((head) => make("th", { scope: "col" }, head)))),
        make("tbody", {}, ...rows,
          make("tr", { class: "ul-sum" }, make("th", { scope: "row" }, "mean"), ...this.sums))),
      make("p", { class: "ul-name" }, "added to the logits of"),
      make("div", { class: "ul-sliders" }, ...this.shifts.map(({ node }) => node)),
      make("p", { class: "ul-name" }, "pixel"), this.readout, this.bars.node,
      this.reasons.node, this.why);
  }

  // Below the pictures: what the decoder gets of each level.
  buildLevels() {
    /** @type {[string, string][]} */
    const ways = Object.entries(this.model.get("ways"));
    this.swaps = [];
    if (!this.levels.length) return null;
    const rows = this.levels.map(({ height, width, channels, way, field }, level) => {
      const sees = field ? `, sees ${field.side}×${field.side}` : "";
      const label = `${level + 1}: ${height}×${width}×${channels}${sees}`;
      const options = way === "none" ? ways.slice(0, 1) : ways;
      const choice = makeChoice(label, options, this.state.swaps[level],
        (swap) => this.swap(level, swap));
      this.swaps.push(choice);
      return choice.node;
    });
    return make("div", { class: "ul-panel ul-levels" },
      make("p", { class: "ul-name" }, "what the decoder gets of each level of the encoder"),
      ...rows);
  }

  keyRows() {
    const rows = [
      ["arrow keys on a picture", "move the tool or the pointer by a pixel; with Shift by eight"],
      ["Enter or space on the photo", "use the tool"],
      ["Enter or space on the mask", "ask about the pixel, or let it go"],
      ["P, E, B, G", "paint, erase, blur, grey square"],
      ["[ and ]", "smaller and larger tool"],
      ["I on the photo", "take the colour of this pixel for painting"],
      ["F", "flip"],
      ["U", "undo"],
      ["M, C, T", "mask, changed pixels, truth"],
      ["+ and -", "opacity"],
    ];
    if (this.sizes.count > 1) rows.push(["Page Down, Page Up", "next and previous picture (also . and ,)"]);
    return rows;
  }

  close() {
    clearTimeout(this.timer);
    super.close();
  }

  // Pictures

  /** @type {(header: PictureHeader, bytes: Uint8Array) => void} */
  keepPicture(header, bytes) {
    const colours = 3 * this.sizes.height * this.sizes.width;
    this.pictures.set(header.place,
      { ...header, rgb: bytes.slice(0, colours), truth: bytes.slice(colours) });
  }

  /** @param {number} index */
  goTo(index) {
    const reached = clamp(index, 0, this.sizes.count - 1);
    if (reached !== this.state.index) this.set("index", reached);
  }

  /** @param {number} by */
  step(by) {
    this.goTo(this.state.index + by);
  }

  openPicture() {
    this.picker?.show(this.state.index);
    const picture = this.pictures.get(this.state.index);
    this.root.classList.add("ul-waiting");
    if (!picture) {
      this.name.textContent = "Waiting for the kernel to send this picture …";
      this.model.send({ want: this.state.index });
      return;
    }
    this.picture = picture;
    this.edits = new Edits(picture.rgb, this.sizes.height, this.sizes.width);
    [this.steps, this.before, this.logits] = [[], null, null];
    if (this.square) this.square = this.middle();
    this.name.textContent = picture.name;
    this.showEdits();
    this.change();
  }

  middle() {
    return /** @type {Pixel} */ ([this.sizes.height >> 1, this.sizes.width >> 1]);
  }

  // Requests

  // Something has changed that the mask depends on. The kernel hears of it first.
  change() {
    this.shown = this.edits.compose(this.square, this.toolSize());
    this.isStale = true;
    this.forgetReason();
    this.pump();
    const pixels = this.edits.isInPlace ? null : this.edits.ownPixels();
    const { truth } = this.picture;
    this.truth = pixels ? truth.map((_label, pixel) => truth[pixels[pixel]]) : truth;
    this.ownPixels = pixels;
    this.left.showPhoto(this.shown);
  }

  // The answer of a pixel may now have other reasons, which wait until the learner rests.
  forgetReason() {
    this.version += 1;
    this.isResting = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.isResting = true;
      this.pump();
    }, REST);
    if (this.found) {
      this.found = null;
      this.showReason();
    }
  }

  // Sends what is due, unless the kernel has something at hand.
  pump() {
    if (!this.asked && this.picture.place === this.state.index) this.askNext();
    this.root.toggleAttribute("data-settled", !this.asked && !this.isStale);
  }

  askNext() {
    if (!this.before) {
      this.ask("baseline", { baseline: true, swaps: this.levels.map(() => "kept") },
        this.picture.rgb.slice());
    } else if (this.isStale) {
      this.isStale = false;
      this.ask("mask", {}, this.shown);
    } else if (this.isResting && this.wantsReason()) {
      const { pixel, shifts, reason } = this.state;
      this.ask("reason", { pixel, shifts, reason, row: this.found?.row ?? 0 }, this.shown);
    }
  }

  wantsReason() {
    return this.state.pixel && this.state.reason !== "none" && !this.found?.done;
  }

  /** @type {(what: Asked["what"], content: object, rgb: Uint8Array<ArrayBuffer>) => void} */
  ask(what, content, rgb) {
    this.sequence += 1;
    this.asked = { what, sequence: this.sequence, version: this.version };
    const request = { view: this.id, sequence: this.sequence, place: this.state.index,
      swaps: this.state.swaps, ...content };
    this.model.send({ [what === "reason" ? "explain" : "predict"]: request }, undefined,
      [rgb.buffer]);
  }

  /** @type {(message: any, buffers: DataView<ArrayBuffer>[]) => void} */
  receive(message, buffers) {
    const { asked } = this;
    if (message.problem) {
      this.asked = null;
      this.problem.hidden = false;
      this.problem.textContent = message.problem;
    } else if (message.picture) {
      this.keepPicture(message.picture, bytesOf(buffers[0]));
      if (message.picture.place === this.state.index) this.openPicture();
    } else {
      const address = message.logits ?? message.reason;
      if (address?.view !== this.id || address.sequence !== asked?.sequence) return;
      this.asked = null;
      this.problem.hidden = true;
      const values = new Float32Array(bytesOf(buffers[0]).slice().buffer);
      if (address.place === this.picture.place && asked) this.hearAnswer(asked, address, values);
      this.pump();
    }
  }

  /** @type {(asked: Asked, told: any, values: Float32Array) => void} */
  hearAnswer(asked, told, values) {
    if (asked.what === "reason") {
      if (asked.version === this.version) this.hearReason(told, values);
      return;
    }
    if (asked.what === "baseline") {
      this.figuresBefore = null;
      this.before = labelsOf(values, this.state.shifts.map(() => 0));
      return;
    }
    this.logits = values;
    this.root.classList.remove("ul-waiting");
    this.pump(); // the kernel works while the mask is painted
    this.showMask();
  }

  /** @type {(told: { row: number, answer: number, lead: number }, values: Float32Array) => void} */
  hearReason({ row, answer, lead }, values) {
    const { height, width, squares: [rows, , side] } = this.sizes;
    const found = this.found
      ?? { values: new Float32Array(height * width), lead, answer, row: 0, done: false };
    if (this.state.reason === "gradient") {
      [found.values, found.done] = [values, true];
    } else {
      for (let pixel = row * side * width; pixel < Math.min(height, (row + 1) * side) * width;
        pixel += 1) {
        found.values[pixel] = values[Math.floor((pixel % width) / side)];
      }
      [found.row, found.done] = [row + 1, row + 1 === rows];
    }
    this.found = found;
    this.showReason();
  }

  // Changes of the photo

  toolSize() {
    return Number(this.size.input.value);
  }

  /**
   * Keeps what was before a change; moves of one slider are one change.
   * @param {string} kind
   */
  remember(kind = "") {
    const now = performance.now();
    const goesOn = kind !== "" && kind === this.latest.kind && now - this.latest.at < ONE_MOVE;
    this.latest = { kind, at: now };
    if (goesOn) return;
    const { swaps, shifts } = this.state;
    this.steps.push({ ...this.edits.keep(), swaps, shifts, square: this.square });
    if (this.steps.length > MOST_STEPS) this.steps.shift();
  }

  /** @type {(kind: string, act: () => void) => void} */
  edit(kind, act) {
    this.remember(kind);
    act();
    this.showEdits();
    this.change();
  }

  showEdits() {
    this.brightness.show(this.edits.brightness);
    this.turn.show(this.edits.turned);
    this.flip.setAttribute("aria-pressed", String(this.edits.flipped));
  }

  flipPhoto() {
    this.edit("", () => {
      // A mirror held to what is shown also reverses the turn.
      [this.edits.flipped, this.edits.turned] = [!this.edits.flipped, -this.edits.turned];
    });
  }

  undo() {
    const step = this.steps.pop();
    this.latest = { kind: "", at: 0 };
    if (!step) {
      this.announcer.say("Nothing to undo");
      return;
    }
    this.edits.restore(step);
    this.square = this.tool === "square" ? step.square : null;
    this.showEdits();
    this.set("shifts", step.shifts);
    this.set("swaps", step.swaps);
  }

  startOver() {
    this.remember();
    this.edits.restore(
      { painted: this.picture.rgb, flipped: false, turned: 0, brightness: 0 });
    this.square = null;
    this.showEdits();
    this.set("shifts", this.state.shifts.map(() => 0));
    this.set("swaps", this.levels.map(() => "kept"));
  }

  /** @param {string} tool */
  take(tool) {
    this.tool = tool;
    this.tools.show(tool);
    const had = this.square;
    this.square = tool === "square" ? this.cursor ?? this.middle() : null;
    if (had || this.square) this.change();
    this.showBrush();
    this.describe();
  }

  resizeTool() {
    this.showBrush();
    if (this.square) this.change();
  }

  /**
   * The tool is moved; while the button is down, it leaves its trace.
   * @param {Pixel} pixel
   */
  moveTool(pixel) {
    const from = this.cursor ?? pixel;
    this.cursor = pixel;
    if (this.isDrawing) this.drawLine(from, pixel);
    else if (this.tool === "square"
      && !(this.square?.[0] === pixel[0] && this.square[1] === pixel[1])) {
      this.square = pixel;
      this.change();
    }
    this.showBrush();
  }

  leavePhoto() {
    if (this.isDrawing) return;
    this.cursor = null;
    this.showBrush();
  }

  /** @param {Pixel} pixel */
  useTool(pixel) {
    if (this.tool === "square") return;
    this.remember(this.isDrawing ? "" : this.tool);
    this.edits.stamp(this.tool, pixel, this.toolSize(), this.chosenColour());
    this.change();
    this.showBrush();
  }

  /** @type {(from: Pixel, to: Pixel) => void} */
  drawLine(from, to) {
    const way = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const count = Math.ceil(way / Math.max(1, this.toolSize() / 4));
    for (let step = 1; step <= count; step += 1) {
      const part = step / count;
      this.edits.stamp(this.tool,
        [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])],
        this.toolSize(), this.chosenColour());
    }
    if (count) this.change();
  }

  chosenColour() {
    const { value } = this.colour;
    return [1, 3, 5].map((start) => parseInt(value.slice(start, start + 2), 16));
  }

  takeColour() {
    if (!this.cursor) return;
    const first = 3 * (this.cursor[0] * this.sizes.width + this.cursor[1]);
    const parts = [...this.shown.subarray(first, first + 3)];
    this.colour.value = `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    this.announcer.say(`Colour ${parts.join(", ")}`);
  }

  showBrush() {
    const { height, width } = this.sizes;
    this.brush.hidden = !this.cursor;
    if (!this.cursor) return;
    const size = this.toolSize();
    this.brush.classList.toggle("ul-round", this.tool !== "square");
    this.brush.style.width = `${(100 * size) / width}%`;
    this.brush.style.height = `${(100 * size) / height}%`;
    this.brush.style.left = `${(100 * (this.cursor[1] + 0.5)) / width}%`;
    this.brush.style.top = `${(100 * (this.cursor[0] + 0.5)) / height}%`;
  }

  // Changes of the model

  /** @type {(label: number, shift: number) => void} */
  shift(label, shift) {
    this.remember(`shift ${label}`);
    /** @type {number[]} */
    const shifts = this.state.shifts;
    this.set("shifts", shifts.map((one, index) => (index === label ? shift : one)));
  }

  /** @type {(level: number, swap: string) => void} */
  swap(level, swap) {
    this.remember();
    /** @type {string[]} */
    const swaps = this.state.swaps;
    this.set("swaps", swaps.map((one, index) => (index === level ? swap : one)));
  }

  // What is shown

  /** @param {string} name */
  showState(name) {
    const value = this.state[name];
    if (name === "index") this.openPicture();
    else if (name === "layer") {
      this.layers.show(value);
      this.showMask();
    } else if (name === "opacity") {
      this.opacity.show(value * 100);
      this.right.setOpacity(value);
    } else if (name === "swaps") {
      this.swaps.forEach(({ show }, level) => show(value[level]));
      this.change();
    } else if (name === "shifts") {
      this.shifts.forEach(({ show }, label) => show(value[label]));
      this.forgetReason();
      this.showMask();
    } else {
      this.reasons.show(this.state.reason);
      this.found = null;
      this.version += 1;
      this.showReason();
      this.showPixel();
      this.pump();
    }
  }

  showMask() {
    const { before, logits, ownPixels } = this;
    if (!before || !logits) return;
    const { names, drawn } = this.colours;
    const labels = labelsOf(logits, this.state.shifts);
    this.labels = labels;
    const moved = ownPixels ? before.map((_label, pixel) => before[ownPixels[pixel]]) : before;
    const changed = labels.map((label, pixel) => (label === moved[pixel] ? NOTHING : label));
    const share = changed.reduce((sum, one) => sum + Number(one !== NOTHING), 0) / changed.length;
    const { layer } = this.state;
    this.right.showPhoto(this.shown, layer === "changed");
    const tables = this.colours.tables(
      (index) => layer === "changed" || drawn[index].name !== "background");
    /** @type {Record<string, [title: string, values: Uint8Array]>} */
    const shown = { mask: ["mask", labels], changed: ["changed pixels", changed],
      truth: ["true mask", this.truth] };
    const [title, values] = shown[layer];
    this.right.paint(values, tables);
    this.right.setOpacity(this.state.opacity);
    this.right.say(title, [`changed: ${this.percent(share)}`]);
    const now = figuresOf(labels, this.truth, names.length);
    const then = this.figuresBefore ?? figuresOf(before, this.picture.truth, names.length);
    this.figuresBefore = then;
    this.cells.forEach(([pixels, iou, earlier], label) => {
      pixels.textContent = this.percent(now.shares[label]);
      iou.textContent = round(now.iou[label]);
      earlier.textContent = round(then.iou[label]);
    });
    [this.sums[1].textContent, this.sums[2].textContent] = [round(now.meanIou), round(then.meanIou)];
    this.said = `${names.map((name, label) => `${name} ${this.percent(now.shares[label])}`)
      .join(", ")}; mean IoU ${round(now.meanIou)}; ${this.percent(share)} of the pixels changed`;
    this.announcer.say(`Mask: ${this.said}`);
    this.describe();
    this.showPixel();
  }

  describe() {
    const tool = this.tool === "square" ? "grey square" : this.tool;
    this.left.frame.setAttribute("aria-label", `Photo, ${this.picture.name}, to be changed. `
      + `Tool: ${tool}. Arrow keys move it${this.tool === "square" ? "" : ", Enter uses it"}.`);
    this.right.frame.setAttribute("aria-label", `${this.right.title.textContent}: ${this.said}. `
      + "Arrow keys move the pointer, Enter asks about the pixel.");
  }

  /** @param {Pixel | null} pixel */
  point(pixel) {
    this.pointer = pixel;
    this.showPixel();
  }

  /** @param {Pixel} pixel */
  choosePixel(pixel) {
    const chosen = this.state.pixel;
    const same = chosen && chosen[0] === pixel[0] && chosen[1] === pixel[1];
    this.set("pixel", same ? null : pixel);
  }

  showPixel() {
    /** @type {Pixel | null} */
    const chosen = this.state.pixel;
    const pixel = this.pointer ?? chosen;
    const isChosen = Boolean(pixel && chosen && pixel[0] === chosen[0] && pixel[1] === chosen[1]);
    this.left.mark(chosen, true);
    this.right.mark(pixel, isChosen);
    this.showFields(chosen);
    if (!pixel || !this.logits) {
      this.readout.textContent = "Click a pixel of the mask, or reach the mask by Tab and use "
        + "arrow keys and Enter, to see what its answer depends on.";
      this.bars.show(null);
      return;
    }
    const { names } = this.colours;
    const at = pixel[0] * this.sizes.width + pixel[1];
    /** @type {number[]} */
    const shifts = this.state.shifts;
    const shifted = shifts.map((shift, label) =>
      shift + /** @type {Float32Array} */ (this.logits)[at * names.length + label]);
    const largest = Math.max(...shifted);
    const powers = shifted.map((logit) => Math.exp(logit - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    const [, second] = [...shifted].sort((one, other) => other - one);
    const parts = [`row ${pixel[0]}, column ${pixel[1]}${isChosen ? ", asked about" : ""}`,
      `truth: ${this.colours.nameOf(this.truth[at])}`,
      `mask: ${names[this.labels[at]]}, ahead by ${round(largest - second)}`];
    this.readout.textContent = parts.join("\n");
    this.bars.show(powers.map((power) => power / sum));
    if (this.pointer) this.announcer.say(parts.join(", "));
  }

  /**
   * Which part of the photo the places over a pixel see, level by level.
   * @param {Pixel | null} pixel
   */
  showFields(pixel) {
    const { height, width } = this.sizes;
    const squares = this.levels.flatMap(({ field }, level) => {
      if (!pixel || !field) return [];
      const [top, left] = pixel.map((place) =>
        field.start + Math.floor(place / field.step) * field.step);
      return [make("div", {
        class: `ul-field ul-corner-${level % 4}`,
        style: `top: ${(100 * top) / height}%; left: ${(100 * left) / width}%; `
          + `height: ${(100 * field.side) / height}%; width: ${(100 * field.side) / width}%`,
      }, make("span", {}, String(level + 1)))];
    });
    this.fields.replaceChildren(...squares);
  }

  showReason() {
    const { found, colours } = this;
    const size = this.sizes.height * this.sizes.width;
    const values = new Uint8Array(size);
    const largest = found ? found.values.reduce((most, one) => Math.max(most, one), 0) : 0;
    if (found && largest > 0) {
      for (let pixel = 0; pixel < size; pixel += 1) {
        values[pixel] = Math.round(255 * (Math.max(0, found.values[pixel]) / largest) ** SEEN);
      }
    }
    const table = colours.scale.map((colour, level) =>
      ((colour & 0xffffff) | (level << 24)) >>> 0);
    this.left.paint(values, everywhere(table));
    this.left.say("your photo", found && largest > 0
      ? ["none", make("span", { class: "ul-scale", style: colours.scaleStyle }), "most"] : []);
    this.why.textContent = this.sayReason(largest);
    if (found?.done) this.announcer.say(this.why.textContent);
  }

  /** @param {number} largest */
  sayReason(largest) {
    const { pixel, reason } = this.state;
    if (!pixel || reason === "none") return "";
    const { found } = this;
    if (!found) return "Looking for what this answer depends on …";
    const answer = this.colours.names[found.answer];
    const lead = `the lead of ${answer} (${round(found.lead)})`;
    if (reason === "gradient") {
      return `Gradient: bright are the pixels of the photo of which a small change moves ${lead} most.`;
    }
    const [rows] = this.sizes.squares;
    const done = found.done ? "" : ` ${found.row} of ${rows} rows are tried.`;
    return `Occlusion: bright are the squares without which ${lead} falls, by up to `
      + `${round(largest)}.${done}`;
  }

  // Keys

  /** @param {KeyboardEvent} event */
  handleKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const onStage = target === this.left.frame || target === this.right.frame;
    return (onStage && this.handleStageKey(event, target === this.left.frame))
      || this.handleAnyKey(event.key.toLowerCase());
  }

  /** @type {(event: KeyboardEvent, isPhoto: boolean) => boolean} */
  handleStageKey(event, isPhoto) {
    const by = event.shiftKey ? COARSE_STEP : 1;
    /** @type {Record<string, Pixel>} */
    const moves = {
      ArrowUp: [-by, 0], ArrowDown: [by, 0], ArrowLeft: [0, -by], ArrowRight: [0, by],
    };
    const from = (isPhoto ? this.cursor ?? this.square : this.pointer ?? this.state.pixel)
      ?? this.middle();
    if (moves[event.key]) {
      const [down, right] = moves[event.key];
      /** @type {Pixel} */
      const pixel = [clamp(from[0] + down, 0, this.sizes.height - 1),
        clamp(from[1] + right, 0, this.sizes.width - 1)];
      if (isPhoto) this.moveTool(pixel);
      else this.point(pixel);
    } else if (event.key === "Enter" || event.key === " ") {
      if (isPhoto) {
        this.cursor = from;
        this.useTool(from);
      } else this.choosePixel(from);
    } else if (isPhoto && event.key.toLowerCase() === "i") this.takeColour();
    else return false;
    return true;
  }

  /** @param {string} key */
  handleAnyKey(key) {
    const [tool, layer] = [TOOL_KEYS.get(key), LAYER_KEYS.get(key)];
    if (tool) this.take(tool);
    else if (layer) this.set("layer", layer);
    else if (key === "f") this.flipPhoto();
    else if (key === "u") this.undo();
    else if (key === "[" || key === "]") {
      this.size.show(clamp(this.toolSize() + (key === "]" ? 2 : -2), SMALLEST_TOOL, LARGEST_TOOL));
      this.resizeTool();
    } else if (key === "pagedown" || key === ".") this.step(1);
    else if (key === "pageup" || key === ",") this.step(-1);
    else if (key === "+" || key === "=") this.stepOpacity(0.1);
    else if (key === "-") this.stepOpacity(-0.1);
    else return false;
    return true;
  }
}

export default showWith(WhatIfView);
