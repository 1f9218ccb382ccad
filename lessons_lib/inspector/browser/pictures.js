// @ts-check
// The explorers of pictures: photo and truth on the left, a layer of the learner's choice on the
// right. All that is needed for a picture comes once; opacity, layers, classes and the pointer then
// need no kernel.

/**
 * Of one prediction, or of all of one epoch: null stands for a class that does not occur.
 * @typedef {{ accuracy: number | null, meanIou: number | null, iou: (number | null)[] }} Figures
 *
 * What Python tells of a picture beside its bytes.
 * @typedef {object} Header
 * @property {number} place
 * @property {string} name
 * @property {number} height
 * @property {number} width
 * @property {number[]} shares
 * @property {number} ignored
 * @property {Figures[]} figures
 *
 * A picture as it is shown: labels of each epoch, probabilities of each class.
 * @typedef {object} Planes
 * @property {Uint8Array} rgb
 * @property {Uint8Array} truth
 * @property {Uint8Array[]} labels
 * @property {Uint8Array[]} probabilities
 * @property {number} bytes
 *
 * @typedef {Header & Planes} Picture
 *
 * @typedef {object} About
 * @property {number} count
 * @property {number} epochs
 * @property {string[]} moments what the epochs are called, where they are none
 * @property {boolean} probabilities
 * @property {number} page
 */

const IGNORED_LABEL = 255;
const MOST_BYTES = 48_000_000; // of pictures kept in the browser
/** @type {Record<string, string>} */
const LAYER_NAMES = { truth: "truth", prediction: "prediction", errors: "errors" };
const COARSE_STEP = 8;
const MOST_DIGITS = 9; // classes that a key shows and hides

// The pictures that the browser has, and those it waits for.
class Store {
  /**
   * @param {Model} model
   * @param {(place: number) => void} onarrival
   */
  constructor(model, onarrival) {
    this.model = model;
    /** @type {Map<number, Picture>} */
    this.pictures = new Map();
    /** @type {Set<number>} */
    this.waiting = new Set();
    this.bytes = 0;
    this.keep(model.get("pictures").first, bytesOf(model.get("first")));
    /** @type {(message: any, buffers: DataView<ArrayBuffer>[]) => void} */
    this.listener = (message, buffers) => {
      if (message.picture) {
        this.waiting.delete(message.picture.place);
        this.keep(message.picture, bytesOf(buffers[0]));
        onarrival(message.picture.place);
      }
    };
    model.on("msg:custom", this.listener);
  }

  close() {
    this.model.off("msg:custom", this.listener);
  }

  /** @param {number} place */
  get(place) {
    const picture = this.pictures.get(place);
    if (picture) { // the latest used stands last
      this.pictures.delete(place);
      this.pictures.set(place, picture);
    }
    return picture;
  }

  /** @param {number[]} places */
  want(places) {
    const missing = places.filter((one) => !this.pictures.has(one) && !this.waiting.has(one));
    if (missing.length === 0) return;
    missing.forEach((one) => this.waiting.add(one));
    this.model.send({ want: missing });
  }

  // After a problem, or when the kernel was away, a picture may be asked for again.
  forgetWaiting() {
    this.waiting.clear();
  }

  /** @type {(header: Header, bytes: Uint8Array) => void} */
  keep(header, bytes) {
    const { height, width, figures } = header;
    const size = height * width;
    let start = 0;
    /** @param {number} length */
    const next = (length) => bytes.subarray(start, (start += length));
    /** @type {Picture} */
    const picture = {
      ...header,
      rgb: next(3 * size),
      truth: next(size),
      labels: figures.map(() => next(size)),
      probabilities: [],
      bytes: bytes.length,
    };
    while (start < bytes.length) picture.probabilities.push(next(size));
    if (!this.pictures.has(header.place)) this.bytes += bytes.length;
    this.pictures.set(header.place, picture);
    for (const [place, oldest] of this.pictures) {
      if (this.bytes <= MOST_BYTES || this.pictures.size === 1) break;
      this.pictures.delete(place);
      this.bytes -= oldest.bytes;
    }
  }
}

class PictureView extends View {
  /** @type {Stage} */
  left;

  /** @type {Stage} */
  right;

  /** @type {HTMLElement} */
  problem;

  /** @type {Slider} */
  slider;

  /** @type {Select} */
  order;

  /** @type {Slider} */
  opacity;

  /** @type {Slider | undefined} */
  epochSlider;

  /** @type {Choice | undefined} */
  layers;

  /** @type {HTMLElement} */
  name;

  /** @type {HTMLElement} */
  measuring;

  /** @type {HTMLElement} */
  pixel;

  /** @type {Bars} */
  bars;

  /** @type {HTMLInputElement[]} */
  toggles;

  /** @type {HTMLElement[][]} */
  classCells;

  /** @type {HTMLElement[][]} */
  sumCells;

  /** @param {Model} model */
  constructor(model) {
    const predicts = model.get("pictures").epochs > 0;
    super(model, predicts ? "Prediction inspector" : "Mask explorer",
      ["index", "layer", "opacity", "shown", "epoch", "pin"]);
    /** @type {About} */
    this.about = model.get("pictures");
    this.predicts = predicts;
    /** @type {Pixel | null} */
    this.cursor = null;
    this.store = new Store(model, (place) => { if (place === this.place()) this.showPicture(); });
    this.build();
    this.follow();
    this.showPicture();
  }

  build() {
    /** @type {ConstructorParameters<typeof Stage>[1]} */
    const pointing = {
      stripes: this.colours.stripes,
      onpoint: (row, column) => this.point([row, column]),
      onleave: () => this.point(null),
      onpick: (row, column) => this.togglePin(row, column),
    };
    this.left = new Stage(this.predicts ? "truth" : "photo", pointing);
    this.right = new Stage("", pointing);
    this.problem = make("p", { class: "ul-problem", role: "alert", hidden: true });
    this.root.append(
      ...this.buildControls(),
      make("div", { class: "ul-stages" }, this.left.node, this.right.node, this.buildPanel()),
      this.problem,
      makeKeys(this.keyRows()),
      this.announcer.node,
    );
  }

  buildControls() {
    const { count, epochs, moments } = this.about;
    this.slider = makeSlider("picture", {
      min: 0, max: count - 1, value: this.state.index,
      text: (index) => `${index + 1} of ${count.toLocaleString("en")}`,
      oninput: (index) => this.goTo(index),
    });
    /** @type {Record<string, string>} */
    const known = this.model.get("orders");
    const orders = Object.entries(known);
    this.order = makeSelect("order", orders, this.model.get("order"), (order) => {
      this.model.set("order", order);
      this.model.save_changes();
      this.goTo(0);
    });
    const row = make("div", { class: "ul-row" },
      make("div", { class: "ul-buttons" },
        make("button", { type: "button", onclick: () => this.step(-1) }, "previous"),
        make("button", { type: "button", onclick: () => this.step(1) }, "next")),
      this.slider.node, this.order.node);
    const layers = make("div", { class: "ul-row" }, this.buildLayers());
    this.opacity = this.makeOpacity();
    (this.predicts ? layers : row).append(this.opacity.node);
    if (epochs > 1) {
      this.epochSlider = makeSlider(moments.length ? "moment" : "epoch", {
        min: 1, max: epochs, value: this.state.epoch,
        text: (epoch) => moments[epoch - 1] ?? `${epoch} of ${epochs}`,
        oninput: (epoch) => this.set("epoch", epoch),
      });
      layers.append(this.epochSlider.node);
    }
    return [row, layers];
  }

  buildLayers() {
    if (!this.predicts) return null;
    /** @type {string[]} */
    const layers = this.model.get("layers");
    const options = layers.map((layer) =>
      (layer in LAYER_NAMES ? [layer, LAYER_NAMES[layer]] : [layer, layer, "probability of"]));
    this.layers = makeChoice("layer", options, this.state.layer,
      (layer) => this.set("layer", layer));
    return this.layers.node;
  }

  // Beside the pictures: what is known of the picture, and of the pixel pointed at.
  buildPanel() {
    this.name = make("p", { class: "ul-name" });
    this.measuring = make("p", { class: "ul-note", hidden: true });
    this.pixel = make("p", { class: "ul-lines ul-pixel" });
    this.bars = makeBars("probability of each class", this.colours);
    return make("div", { class: "ul-panel" },
      this.name, this.buildClasses(), this.measuring,
      make("p", { class: "ul-name" }, "pixel"), this.pixel,
      this.about.probabilities ? this.bars.node : null);
  }

  // The table of the classes is also the legend, and what shows and hides them.
  buildClasses() {
    const { count } = this.about;
    const heads = ["pixels"];
    if (this.predicts) heads.push("IoU");
    if (this.predicts && count > 1) heads.push("IoU of\nall");
    const cells = () => heads.map(() => make("td", {}));
    const { drawn } = this.colours;
    this.toggles = drawn.map((_one, index) => make("input", {
      type: "checkbox", onchange: () => this.toggleClass(index) }));
    this.classCells = drawn.map(cells);
    const rows = drawn.map(({ name }, index) => make("tr", {},
      make("th", { scope: "row" }, make("label", {}, this.toggles[index],
        makeSwatch(this.colours.swatches[index]), name)),
      ...this.classCells[index]));
    this.sumCells = this.predicts ? [cells(), cells()] : [];
    this.sumCells.forEach((row, index) => rows.push(make("tr", { class: "ul-sum" },
      make("th", { scope: "row" }, ["mean IoU", "accuracy"][index]), ...row)));
    return make("table", { class: "ul-classes" },
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "class"),
        ...heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, ...rows));
  }

  // The keys that show and hide the first classes.
  digits() {
    return this.colours.drawn.slice(0, MOST_DIGITS).map((_one, index) => String(index + 1));
  }

  keyRows() {
    const named = this.digits().map((_digit, index) => this.colours.drawn[index].name);
    const rows = [
      ["Page Down, Page Up", "next and previous picture (also . and ,)"],
      ["arrow keys on a picture", "move the pointer by a pixel; with Shift by eight"],
      ["Enter or space on a picture", "pin the pixel, or let it go"],
      ["+ and -", "opacity"],
      [this.digits().join(", "), `show or hide ${named.join(", ")}`],
    ];
    if (this.predicts) rows.push(["P, E, T", "prediction, errors, truth"]);
    const when = this.about.moments.length ? "moment" : "epoch";
    if (this.about.epochs > 1) rows.push(["[ and ]", `${when} before, ${when} after`]);
    return rows;
  }

  follow() {
    this.on("change:order", () => { this.order.select.value = this.model.get("order"); });
    this.on("change:places", () => this.showPicture());
    this.on("change:set_figures", () => this.showFigures());
    this.on("change:scored", () => this.showFigures());
    this.on("change:problem", () => this.showProblem(this.model.get("problem")));
    this.on("msg:custom", (message) => {
      if (!message.problem) return;
      this.store.forgetWaiting();
      this.showProblem(message.problem);
    });
    this.showProblem(this.model.get("problem"));
  }

  close() {
    this.store.close();
    super.close();
  }

  /** @param {string} text */
  showProblem(text) {
    this.problem.hidden = !text;
    this.problem.textContent = text;
  }

  /** @returns {number} */
  place(index = this.state.index) {
    const places = this.model.get("places");
    return places.length ? places[index] : index;
  }

  picture() {
    return this.store.get(this.place());
  }

  /** @param {number} index */
  goTo(index) {
    const reached = clamp(index, 0, this.about.count - 1);
    this.state.index = reached;
    this.tell("index", reached);
    if (this.state.pin && this.state.pin[0] !== this.place()) this.set("pin", null);
    this.showPicture();
  }

  /** @param {number} by */
  step(by) {
    this.goTo(this.state.index + by);
  }

  /** @param {number} toggled */
  toggleClass(toggled) {
    /** @type {boolean[]} */
    const shown = this.state.shown;
    this.set("shown", shown.map((is, index) => (index === toggled ? !is : is)));
  }

  /** @type {(row: number, column: number) => void} */
  togglePin(row, column) {
    const pin = [this.place(), row, column];
    const same = this.state.pin && pin.every((one, index) => one === this.state.pin[index]);
    this.set("pin", same ? null : pin);
  }

  /** @param {Pixel | null} pixel */
  point(pixel) {
    this.cursor = pixel;
    this.showPixel();
  }

  // Asks for the picture, and for its neighbours before they are needed.
  fetch() {
    const { index } = this.state;
    const ahead = this.about.page;
    const wanted = [this.place()];
    for (let away = 1; away <= ahead; away += 1) {
      for (const near of [index + away, index - away]) {
        if (near >= 0 && near < this.about.count) wanted.push(this.place(near));
      }
    }
    this.store.want(wanted.slice(0, ahead));
  }

  showPicture() {
    this.fetch();
    this.slider.show(this.state.index);
    const picture = this.picture();
    this.root.classList.toggle("ul-waiting", !picture);
    if (!picture) {
      this.name.textContent = "Waiting for the kernel to send this picture …";
      return;
    }
    this.showProblem(this.model.get("problem"));
    this.name.textContent = picture.name;
    for (const stage of [this.left, this.right]) stage.resize(picture.height, picture.width);
    this.left.showPhoto(picture.rgb);
    this.cursor = null;
    for (const name of ["layer", "opacity", "shown", "epoch"]) this.showControl(name);
    this.paintAll();
    this.showFigures();
    this.showPixel();
  }

  /** @param {string} name */
  showState(name) {
    if (name === "index") {
      this.showPicture();
      return;
    }
    this.showControl(name);
    const picture = this.picture();
    if (!picture) return;
    if (name === "opacity") this.showOpacity();
    if (name === "pin") this.showPixel();
    if (name === "shown") this.paintAll();
    if (name === "layer") this.paintRight(picture);
    if (name === "epoch") {
      this.paintRight(picture);
      this.showFigures();
      this.showPixel();
    }
  }

  /** @param {string} name */
  showControl(name) {
    const value = this.state[name];
    if (name === "layer" && this.layers) this.layers.show(value);
    if (name === "opacity") this.opacity.show(value * 100);
    if (name === "epoch" && this.epochSlider) this.epochSlider.show(value);
    if (name === "shown") {
      this.toggles.forEach((toggle, index) => { toggle.checked = value[index]; });
    }
  }

  showOpacity() {
    this.left.setOpacity(this.predicts ? this.state.opacity : 0);
    this.right.setOpacity(this.state.opacity);
  }

  paintAll() {
    const picture = this.picture();
    if (!picture) return;
    if (this.predicts) this.paintClasses(this.left, picture.truth);
    this.paintRight(picture);
    this.showOpacity();
  }

  /** @type {(stage: Stage, labels: Uint8Array) => void} */
  paintClasses(stage, labels) {
    stage.paint(labels, this.colours.tables((index) => this.state.shown[index]));
  }

  /** @param {Picture} picture */
  paintRight(picture) {
    const { layer, epoch } = this.state;
    const labels = picture.labels[epoch - 1];
    const label = this.colours.names.indexOf(layer);
    this.right.showPhoto(picture.rgb, layer === "errors");
    if (layer === "truth") this.paintClasses(this.right, picture.truth);
    else if (layer === "prediction") this.paintClasses(this.right, labels);
    else if (layer === "errors") {
      const { truth } = picture;
      const wrong = labels.map((one, pixel) =>
        Number(one !== truth[pixel] && truth[pixel] !== IGNORED_LABEL));
      this.right.paint(wrong, this.colours.errorTables);
    } else this.right.paint(picture.probabilities[label], everywhere(this.colours.scale));
    const title = LAYER_NAMES[layer] ?? `probability of ${layer}`;
    this.right.say(this.predicts ? title : "mask over the photo", this.keyOf(layer));
    this.describe(picture);
  }

  /**
   * What the colours of a layer mean, where the table of the classes does not say it.
   * @param {string} layer
   */
  keyOf(layer) {
    if (layer === "errors") return [makeSwatch(this.colours.errorSwatch), "wrong"];
    if (layer in LAYER_NAMES) return [];
    return ["0", make("span", { class: "ul-scale", style: this.colours.scaleStyle }), "1"];
  }

  /**
   * The pictures' alternative texts are computed from their content.
   * @param {Picture} picture
   */
  describe(picture) {
    const { names } = this.colours;
    const shares = names.map((name, label) => `${name} ${this.percent(picture.shares[label])}`);
    const truth = `${picture.name}: ${shares.join(", ")}`;
    const keys = "Arrow keys move the pointer.";
    this.left.frame.setAttribute("aria-label",
      `${this.predicts ? "True mask" : "Photo"} of ${truth}. ${keys}`);
    const shown = this.predicts ? this.right.title.textContent : "mask";
    this.right.frame.setAttribute("aria-label",
      `${shown} of ${truth}${this.predicts ? `; ${this.sayFigures(picture)}` : ""}. ${keys}`);
  }

  /** @param {Picture} picture */
  sayFigures(picture) {
    return this.writeFigures(picture.figures[this.state.epoch - 1]);
  }

  /** @param {Figures} figures */
  writeFigures({ accuracy, meanIou, iou }) {
    const known = this.colours.names.flatMap((name, label) =>
      (iou[label] === null ? [] : [`${name} ${round(iou[label])}`]));
    return `accuracy ${round(accuracy)}, mean IoU ${round(meanIou)} (${known.join(", ")})`;
  }

  showFigures() {
    const picture = this.picture();
    if (!picture) return;
    const { epoch, index } = this.state;
    const columns = [picture.figures[epoch - 1], this.model.get("set_figures")[epoch - 1]];
    this.classCells.forEach(([pixels, ...cells], label) => {
      pixels.textContent = this.percent(picture.shares[label] ?? picture.ignored);
      cells.forEach((cell, column) => { cell.textContent = round(columns[column]?.iou[label]); });
    });
    this.sumCells.forEach(([, ...cells], row) => cells.forEach((cell, column) => {
      cell.textContent = round(columns[column]?.[["meanIou", "accuracy"][row]]);
    }));
    const { count } = this.about;
    const scored = this.model.get("scored");
    this.measuring.hidden = scored >= count || this.model.get("problem") !== "";
    this.measuring.textContent = `Measuring for figures and orders: ${scored} of ${count} …`;
    this.announcer.say(`Picture ${index + 1} of ${count}, ${picture.name}.`
      + (this.predicts ? ` ${this.sayFigures(picture)}` : ""));
  }

  showPixel() {
    const picture = this.picture();
    if (!picture) return;
    const pinned = this.pinnedHere(picture);
    const pixel = this.cursor ?? pinned;
    const isPinned = Boolean(pixel && pinned && pixel[0] === pinned[0] && pixel[1] === pinned[1]);
    for (const stage of [this.left, this.right]) stage.mark(pixel, isPinned);
    if (!pixel) {
      this.pixel.textContent = "Point at a picture, or reach it by Tab and use the arrow keys. "
        + "A click or Enter pins the pixel.";
      this.bars.show(null);
      return;
    }
    const { names } = this.colours;
    const [row, column] = pixel;
    const at = row * picture.width + column;
    const parts = [`row ${row}, column ${column}${isPinned ? ", pinned" : ""}`,
      `truth: ${this.colours.nameOf(picture.truth[at])}`];
    const labels = picture.labels[this.state.epoch - 1];
    if (labels) parts.push(`prediction: ${names[labels[at]]}`);
    this.pixel.textContent = parts.join("\n");
    const probabilities = picture.probabilities.map((plane) => plane[at] / 255);
    if (probabilities.length) this.bars.show(probabilities);
    const said = probabilities.map((value, label) => `${names[label]} ${round(value)}`);
    this.announcer.say([...parts, ...said].join(", "));
  }

  /**
   * @param {Picture} picture
   * @returns {Pixel | null}
   */
  pinnedHere(picture) {
    const { pin } = this.state;
    return pin && pin[0] === picture.place ? pin.slice(1) : null;
  }

  /** @type {(down: number, right: number) => void} */
  moveCursor(down, right) {
    const picture = this.picture();
    if (!picture) return;
    const [row, column] = this.cursor ?? this.pinnedHere(picture)
      ?? [Math.floor(picture.height / 2), Math.floor(picture.width / 2)];
    this.point([
      clamp(row + down, 0, picture.height - 1),
      clamp(column + right, 0, picture.width - 1),
    ]);
  }

  /** @param {KeyboardEvent} event */
  handleKey(event) {
    const target = /** @type {HTMLDivElement} */ (event.target);
    const onStage = [this.left.frame, this.right.frame].includes(target);
    return (onStage && this.handleStageKey(event)) || this.handleAnyKey(event);
  }

  /** @param {KeyboardEvent} event */
  handleStageKey(event) {
    const by = event.shiftKey ? COARSE_STEP : 1;
    /** @type {Record<string, [down: number, right: number]>} */
    const moves = {
      ArrowUp: [-by, 0], ArrowDown: [by, 0], ArrowLeft: [0, -by], ArrowRight: [0, by],
    };
    if (moves[event.key]) this.moveCursor(...moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") {
      if (this.cursor) this.togglePin(...this.cursor);
    } else return false;
    return true;
  }

  /** @param {KeyboardEvent} event */
  handleAnyKey(event) {
    /** @type {Record<string, string>} */
    const layers = { p: "prediction", e: "errors", t: "truth" };
    const key = event.key.toLowerCase();
    if (/** @type {HTMLElement} */ (event.target).tagName === "SELECT") return false;
    if (key === "pagedown" || key === ".") this.step(1);
    else if (key === "pageup" || key === ",") this.step(-1);
    else if (key === "+" || key === "=") this.stepOpacity(0.1);
    else if (key === "-") this.stepOpacity(-0.1);
    else if (this.predicts && layers[key]) this.set("layer", layers[key]);
    else if (this.digits().includes(key)) this.toggleClass(Number(key) - 1);
    else if (this.epochSlider && "[]".includes(key)) this.moveEpoch(key === "]" ? 1 : -1);
    else return false;
    return true;
  }

  /** @param {number} by */
  moveEpoch(by) {
    this.set("epoch", clamp(this.state.epoch + by, 1, this.about.epochs));
  }
}

export default showWith(PictureView);
