// The explorer of features: the photo, one channel over it, and the strongest channels as buttons.

class FeatureView extends View {
  constructor(model) {
    super(model, "Feature explorer", ["tap", "channel", "opacity"]);
    this.photo = model.get("photo");
    this.rgb = bytesOf(model.get("rgb"));
    this.taps = new Map();
    this.pixel = null;
    this.build();
    this.on("msg:custom", (message, buffers) => this.receive(message, buffers));
    this.showTap();
  }

  build() {
    const pointing = {
      stripes: this.colours.stripes,
      onpoint: (row, column) => this.point([row, column]),
      onleave: () => this.point(null),
      onpick: (row, column) => this.point([row, column]),
    };
    this.left = new Stage("photo", pointing);
    this.right = new Stage("", pointing);
    const taps = this.model.get("taps").map(({ name, height, width, channels }) =>
      [name, `${name}: ${height}×${width}×${channels}`]);
    this.tap = makeSelect("tap", taps, this.state.tap, (tap) => {
      this.state.channel = null; // the new tap's strongest
      this.set("tap", tap);
    });
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
      make("div", { class: "ul-row" }, this.tap.node, this.channel.node, this.opacity.node),
      make("div", { class: "ul-stages" }, this.left.node, this.right.node, this.buildPanel()),
      this.montageTitle, this.montage, this.problem,
      makeKeys([
        ["arrow keys on a picture", "move the pointer by a place of the feature map"],
        [". and ,", "next and previous channel"],
        ["] and [", "deeper and shallower tap"],
        ["+ and -", "opacity"],
      ]),
      this.announcer.node,
    );
    for (const stage of [this.left, this.right]) stage.resize(this.photo.height, this.photo.width);
    this.left.showPhoto(this.rgb);
    this.right.showPhoto(this.rgb);
    this.left.setOpacity(0);
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

  receive(message, buffers) {
    if (message.problem) {
      this.problem.hidden = false;
      this.problem.textContent = message.problem;
    } else if (message.features) {
      this.taps.set(message.features.tap, { ...message.features, levels: bytesOf(buffers[0]) });
      this.showTap();
    }
  }

  showState(name) {
    if (name === "tap") this.showTap();
    else if (name === "opacity") {
      this.opacity.show(this.state.opacity * 100);
      this.right.setOpacity(this.state.opacity);
    } else this.showChannel();
  }

  showTap() {
    this.tap.select.value = this.state.tap;
    const features = this.taps.get(this.state.tap);
    this.root.classList.toggle("ul-waiting", !features);
    if (!features) {
      this.model.send({ want: this.state.tap });
      return;
    }
    if (this.state.channel === null || this.state.channel >= features.channels) {
      this.set("channel", features.strongest[0]);
    }
    this.channel.input.max = features.channels - 1;
    this.showMontage(features);
    this.showChannel();
    this.right.setOpacity(this.state.opacity);
  }

  // The level, 0 to 255, of one channel at each pixel of the photo.
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
    const features = this.taps.get(this.state.tap);
    if (!features) return;
    const { channel } = this.state;
    this.channel.show(channel);
    this.right.paint(this.enlarge(features, channel), this.colours.scale);
    const [low, mean, high] = ["low", "mean", "high"].map((name) => round(features[name][channel]));
    [low, mean, high].forEach((value, column) => { this.range[column].textContent = value; });
    this.size.textContent = `channel ${channel} of ${features.channels}, `
      + `${features.height}×${features.width} places`;
    this.right.say(`channel ${channel}`,
      [low, make("span", { class: "ul-scale", style: this.colours.scaleStyle }), high]);
    const text = `${this.state.tap}, channel ${channel}: `
      + `answers from ${low} to ${high}, mean ${mean}`;
    this.right.frame.setAttribute("aria-label", `${text}. Arrow keys move the pointer.`);
    for (const button of this.montage.children) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.channel) === channel));
    }
    this.announcer.say(text);
    this.showPixel();
  }

  showMontage(features) {
    const { height, width, strongest, levels, mean } = features;
    this.montageTitle.textContent =
      `The ${strongest.length} channels whose answers differ most within this photo`;
    this.montage.setAttribute("aria-label", this.montageTitle.textContent);
    this.montage.replaceChildren(...strongest.map((channel) => {
      const canvas = make("canvas", { width, height });
      const context = canvas.getContext("2d");
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

  point(pixel) {
    this.pixel = pixel;
    this.showPixel();
  }

  showPixel() {
    const features = this.taps.get(this.state.tap);
    for (const stage of [this.left, this.right]) stage.mark(this.pixel);
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
    this.readout.textContent = `${place}\nanswer: ${answer}`;
    this.announcer.say(`${place}, answer ${answer}`);
  }

  movePointer(down, right) {
    const features = this.taps.get(this.state.tap);
    if (!features) return;
    const { height, width } = this.photo;
    const [tall, wide] = [height / features.height, width / features.width];
    const [row, column] = this.pixel ?? [height / 2, width / 2];
    this.point([
      clamp(Math.floor(row + down * tall), 0, height - 1),
      clamp(Math.floor(column + right * wide), 0, width - 1),
    ]);
  }

  handleKey(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const { key, target } = event;
    if (target.tagName === "SELECT") return false;
    if ([this.left.frame, this.right.frame].includes(target) && moves[key]) {
      this.movePointer(...moves[key]);
    } else if (key === "." || key === ",") this.stepChannel(key === "." ? 1 : -1);
    else if (key === "]" || key === "[") this.stepTap(key === "]" ? 1 : -1);
    else if (key === "+" || key === "=") this.stepOpacity(0.1);
    else if (key === "-") this.stepOpacity(-0.1);
    else return false;
    return true;
  }

  stepChannel(by) {
    const features = this.taps.get(this.state.tap);
    if (features) this.set("channel", clamp(this.state.channel + by, 0, features.channels - 1));
  }

  stepTap(by) {
    const names = this.model.get("taps").map(({ name }) => name);
    const next = names[clamp(names.indexOf(this.state.tap) + by, 0, names.length - 1)];
    if (next === this.state.tap) return;
    this.state.channel = null;
    this.set("tap", next);
  }
}

export default showWith(FeatureView);
