// @ts-check
// The explorer of features: the photo, one channel over it, and the strongest channels as buttons.

/**
 * @typedef {{ name: string, height: number, width: number, channels: number }} LayerSize
 *
 * What Python tells of a layer's channels, and their answers at each place, 0 to 255.
 * @typedef {object} Features
 * @property {string} layer
 * @property {number} picture
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 * @property {number[]} low
 * @property {number[]} high
 * @property {number[]} mean
 * @property {number[]} strongest
 * @property {Uint8Array} levels
 *
 * Which pixels the places of a layer see: the side of their squares, the pixels from one to the
 * next, and where the first begins.
 * @typedef {{ side: number, step: number, start: number }} Field
 */

class FeatureView extends View {
  /** @type {Stage} */
  left;

  /** @type {Stage} */
  right;

  /** @type {HTMLElement} */
  fields;

  /** @type {Slider} */
  picture;

  /** @type {Select} */
  layer;

  /** @type {Slider} */
  channel;

  /** @type {Slider} */
  opacity;

  /** @type {HTMLElement} */
  readout;

  /** @type {HTMLElement} */
  size;

  /** @type {HTMLElement[]} */
  range;

  /** @type {HTMLElement} */
  tick;

  /** @type {HTMLElement} */
  problem;

  /** @type {HTMLElement} */
  montage;

  /** @type {HTMLElement} */
  montageTitle;

  /** @param {Model} model */
  constructor(model) {
    super(model, "Feature explorer", ["picture", "layer", "channel", "opacity"]);
    this.photo = model.get("photo");
    this.rgb = bytesOf(model.get("rgb"));
    /** @type {Map<string, Features>} */
    this.layers = new Map(); // of the photo that is shown
    /** @type {Pixel | null} */
    this.pixel = null;
    this.build();
    this.showPhoto();
    this.on("msg:custom", (message, buffers) => this.receive(message, buffers));
    this.showLayer();
  }

  build() {
    /** @type {(row: number, column: number) => void} */
    const point = (row, column) => this.point([row, column]);
    const pointing = {
      stripes: this.colours.stripes,
      onpoint: point,
      onleave: () => this.point(null),
      onpick: point,
    };
    this.left = new Stage("photo", pointing);
    this.right = new Stage("", pointing);
    /** @type {LayerSize[]} */
    const sizes = this.model.get("layers");
    const layers = sizes.map(({ name, height, width, channels }) =>
      [name, `${name}: ${height}×${width}×${channels}`]);
    this.layer = makeSelect("layer", layers, this.state.layer, (layer) => {
      this.state.channel = null; // the new layer's strongest
      this.set("layer", layer);
    });
    const count = this.model.get("count");
    this.picture = makeSlider("photo", {
      min: 1, max: count, value: this.state.picture + 1, text: (photo) => `${photo} of ${count}`,
      oninput: (photo) => this.set("picture", photo - 1),
    });
    this.picture.node.hidden = count === 1;
    this.channel = makeSlider("channel", {
      min: 0, max: 0, value: 0, text: String, oninput: (channel) => this.set("channel", channel),
    });
    this.opacity = this.makeOpacity();
    this.readout = make("p", { class: "ul-lines ul-pixel" });
    this.size = make("p", { class: "ul-note" });
    this.range = ["lowest", "mean", "highest"].map(() => make("td", {}));
    this.tick = make("div", { class: "ul-tick", hidden: true });
    this.problem = make("p", { class: "ul-problem", role: "alert", hidden: true });
    this.montage = make("div", { class: "ul-montage", role: "group" });
    this.montageTitle = make("p", { class: "ul-name" });
    this.root.append(
      make("div", { class: "ul-row" }, this.picture.node, this.layer.node, this.channel.node, this.opacity.node),
      make("div", { class: "ul-stages" }, this.left.node, this.right.node, this.buildPanel()),
      this.montageTitle, this.montage, this.problem,
      makeKeys([
        ["arrow keys on a picture", "move the pointer by a place of the feature map"],
        [". and ,", "next and previous channel"],
        ["] and [", "deeper and shallower layer"],
        ["+ and -", "opacity"],
        ...(count > 1 ? [["Page Down, Page Up", "next and previous photo"]] : []),
      ]),
      this.announcer.node,
    );
    for (const stage of [this.left, this.right]) stage.resize(this.photo.height, this.photo.width);
    this.left.setOpacity(0);
    this.fields = make("div", { class: "ul-fields" });
    this.left.frame.append(this.fields);
    this.left.frame.setAttribute("aria-label", "The photo. Arrow keys move the pointer.");
  }

  buildPanel() {
    const heads = ["lowest", "mean", "highest"].map((head) => make("th", { scope: "col" }, head));
    return make("div", { class: "ul-panel" },
      make("p", { class: "ul-name" }, "answers of the channel"), this.size,
      make("table", { class: "ul-classes ul-range" },
        make("thead", {}, make("tr", {}, ...heads)),
        make("tbody", {}, make("tr", {}, ...this.range))),
      make("div", { class: "ul-strip", style: this.colours.scaleStyle }, this.tick),
      make("p", { class: "ul-name" }, "place"), this.readout);
  }

  showPhoto() {
    const size = 3 * this.photo.height * this.photo.width;
    const rgb = this.rgb.subarray(this.state.picture * size, (this.state.picture + 1) * size);
    for (const stage of [this.left, this.right]) stage.showPhoto(rgb);
    this.picture.show(this.state.picture + 1);
  }

  /** @type {(message: any, buffers: DataView<ArrayBuffer>[]) => void} */
  receive(message, buffers) {
    if (message.problem) {
      this.problem.hidden = false;
      this.problem.textContent = message.problem;
    } else if (message.features) {
      // What was asked of another photo may come late.
      if (message.features.picture !== this.state.picture) return;
      this.layers.set(message.features.layer, { ...message.features, levels: bytesOf(buffers[0]) });
      this.showLayer();
    }
  }

  /** @param {string} name */
  showState(name) {
    if (name === "picture") {
      this.layers.clear();
      this.showPhoto();
    }
    if (name === "layer" || name === "picture") this.showLayer();
    else if (name === "opacity") {
      this.opacity.show(this.state.opacity * 100);
      this.right.setOpacity(this.state.opacity);
    } else this.showChannel();
  }

  showLayer() {
    this.layer.select.value = this.state.layer;
    const features = this.layers.get(this.state.layer);
    this.root.classList.toggle("ul-waiting", !features);
    if (!features) {
      this.model.send({ want: this.state.layer, picture: this.state.picture });
      return;
    }
    if (this.state.channel === null || this.state.channel >= features.channels) {
      this.set("channel", features.strongest[0]);
    }
    this.channel.input.max = String(features.channels - 1);
    this.showMontage(features);
    this.showChannel();
    this.right.setOpacity(this.state.opacity);
  }

  /**
   * The level, 0 to 255, of one channel at each pixel of the photo.
   * @param {Features} features
   * @param {number} channel
   */
  enlarge(features, channel) {
    const { height, width, levels } = features;
    const values = new Uint8Array(this.photo.height * this.photo.width);
    for (let row = 0, pixel = 0; row < this.photo.height; row += 1) {
      const start = (channel * height + Math.floor((row * height) / this.photo.height)) * width;
      for (let column = 0; column < this.photo.width; column += 1, pixel += 1) {
        values[pixel] = levels[start + Math.floor((column * width) / this.photo.width)];
      }
    }
    return values;
  }

  showChannel() {
    const features = this.layers.get(this.state.layer);
    if (!features) return;
    const { channel } = this.state;
    this.channel.show(channel);
    this.right.paint(this.enlarge(features, channel), everywhere(this.colours.scale));
    const [low, mean, high] = [features.low, features.mean, features.high]
      .map((answers) => round(answers[channel]));
    [low, mean, high].forEach((value, column) => { this.range[column].textContent = value; });
    this.size.textContent = `channel ${channel} of ${features.channels}, `
      + `${features.height}×${features.width} places`;
    this.right.say(`channel ${channel}`,
      [low, make("span", { class: "ul-scale", style: this.colours.scaleStyle }), high]);
    const text = `${this.state.layer}, channel ${channel}: `
      + `answers from ${low} to ${high}, mean ${mean}`;
    this.right.frame.setAttribute("aria-label", `${text}. Arrow keys move the pointer.`);
    for (const button of this.montage.children) {
      const shown = Number(button.getAttribute("data-channel")) === channel;
      button.setAttribute("aria-pressed", String(shown));
    }
    this.announcer.say(text);
    this.showPixel();
  }

  /** @param {Features} features */
  showMontage(features) {
    const { height, width, strongest, levels, mean } = features;
    this.montageTitle.textContent =
      `The ${strongest.length} channels whose answers differ most within this photo`;
    this.montage.setAttribute("aria-label", this.montageTitle.textContent);
    this.montage.replaceChildren(...strongest.map((channel) => {
      const canvas = make("canvas", { width, height });
      const context = contextOf(canvas);
      const image = context.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      const start = channel * height * width;
      for (let place = 0; place < pixels.length; place += 1) {
        pixels[place] = this.colours.scale[levels[start + place]];
      }
      context.putImageData(image, 0, 0);
      return make("button", {
        type: "button", "data-channel": channel, "aria-pressed": "false",
        "aria-label": `channel ${channel}, mean answer ${round(mean[channel])}`,
        onclick: () => this.set("channel", channel),
      }, canvas, make("span", { "aria-hidden": "true" }, String(channel)));
    }));
  }

  /** @param {Pixel | null} pixel */
  point(pixel) {
    this.pixel = pixel;
    this.showPixel();
  }

  showPixel() {
    const features = this.layers.get(this.state.layer);
    for (const stage of [this.left, this.right]) stage.mark(this.pixel);
    const seen = this.showField();
    if (!features) return;
    const { height, width, low, high, levels } = features;
    const { channel } = this.state;
    this.tick.hidden = !this.pixel;
    if (!this.pixel) {
      this.readout.textContent = "Point at a picture, or reach it by Tab and use the arrow keys.";
      return;
    }
    const row = Math.floor((this.pixel[0] * height) / this.photo.height);
    const column = Math.floor((this.pixel[1] * width) / this.photo.width);
    const level = levels[(channel * height + row) * width + column] / 255;
    const answer = round(low[channel] + level * (high[channel] - low[channel]));
    this.tick.style.left = `${level * 100}%`;
    const place = `row ${row} of ${height}, column ${column} of ${width}`;
    this.readout.textContent = `${place}\nanswer: ${answer}${seen && `\n${seen}`}`;
    this.announcer.say(`${place}, answer ${answer}${seen && `, ${seen}`}`);
  }

  // Draws what the place pointed at sees of the photo, and says how much that is.
  showField() {
    /** @type {Record<string, Field>} */
    const known = this.model.get("fields");
    const field = known[this.state.layer];
    this.fields.replaceChildren();
    if (!field || !this.pixel) return "";
    const { height, width } = this.photo;
    const [top, left] = this.pixel.map((place) =>
      field.start + Math.floor(place / field.step) * field.step);
    this.fields.append(make("div", { class: "ul-field", style:
      `top: ${(100 * top) / height}%; left: ${(100 * left) / width}%; `
      + `height: ${(100 * field.side) / height}%; width: ${(100 * field.side) / width}%` }));
    return `sees ${field.side}×${field.side} pixels`;
  }

  /** @type {(down: number, right: number) => void} */
  movePointer(down, right) {
    const features = this.layers.get(this.state.layer);
    if (!features) return;
    const { height, width } = this.photo;
    const [tall, wide] = [height / features.height, width / features.width];
    const [row, column] = this.pixel ?? [height / 2, width / 2];
    this.point([
      clamp(Math.floor(row + down * tall), 0, height - 1),
      clamp(Math.floor(column + right * wide), 0, width - 1),
    ]);
  }

  /** @param {KeyboardEvent} event */
  handleKey(event) {
    /** @type {Record<string, [down: number, right: number]>} */
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const { key } = event;
    const target = /** @type {HTMLDivElement} */ (event.target);
    if (target.tagName === "SELECT") return false;
    if ([this.left.frame, this.right.frame].includes(target) && moves[key]) {
      this.movePointer(...moves[key]);
    } else if (key === "." || key === ",") this.stepChannel(key === "." ? 1 : -1);
    else if (key === "]" || key === "[") this.stepLayer(key === "]" ? 1 : -1);
    else if (key === "+" || key === "=") this.stepOpacity(0.1);
    else if (key === "-") this.stepOpacity(-0.1);
    else if (key === "PageDown" || key === "PageUp") this.stepPhoto(key === "PageDown" ? 1 : -1);
    else return false;
    return true;
  }

  /** @param {number} by */
  stepPhoto(by) {
    this.set("picture", clamp(this.state.picture + by, 0, this.model.get("count") - 1));
  }

  /** @param {number} by */
  stepChannel(by) {
    const features = this.layers.get(this.state.layer);
    if (features) this.set("channel", clamp(this.state.channel + by, 0, features.channels - 1));
  }

  /** @param {number} by */
  stepLayer(by) {
    /** @type {LayerSize[]} */
    const sizes = this.model.get("layers");
    const names = sizes.map(({ name }) => name);
    const next = names[clamp(names.indexOf(this.state.layer) + by, 0, names.length - 1)];
    if (next === this.state.layer) return;
    this.state.channel = null;
    this.set("layer", next);
  }
}

export default showWith(FeatureView);
