// @ts-check
// The explorer of class weights: a slider a class, the weight map, each class's share of the loss;
// and, where the model's logits are known, the mask that it would predict with the weights.

const SMALLEST_WEIGHT = 1e-9; // in place of 0, which has no logarithm; as in Python

class WeightView extends View {
  /** @type {Stage} */
  left;

  /** @type {Stage} */
  right;

  /** @type {Slider[]} */
  sliders;

  /** @type {Bars} */
  bars;

  /** @type {HTMLElement} */
  loss;

  /** @type {ReturnType<typeof makeChoice> | null} */
  choice = null;

  /** @param {Model} model */
  constructor(model) {
    super(model, "Weight explorer", ["weights", "shows"]);
    const { height, width } = model.get("photo");
    const pixels = bytesOf(model.get("pixels"));
    this.rgb = pixels.subarray(0, 3 * height * width);
    this.labels = pixels.subarray(3 * height * width);
    const { buffer } = bytesOf(model.get("logits")).slice(); // a copy begins where floats may
    this.logits = new Float32Array(buffer);
    this.decision = new Uint8Array(this.labels.length);
    this.build(height, width);
    this.showState();
  }

  /** @type {(height: number, width: number) => void} */
  build(height, width) {
    const { stripes } = this.colours;
    const pointing = { stripes, onpoint() {}, onleave() {}, onpick() {}, focusable: false };
    if (this.logits.length > 0) {
      const options = [["mask", "true mask"], ["decision", "mask predicted with these weights"]];
      this.choice = makeChoice("over the photo", options, this.state.shows,
        (shown) => this.set("shows", shown));
    }
    this.left = new Stage("mask over the photo", pointing);
    this.right = new Stage("weight of each pixel", pointing);
    for (const stage of [this.left, this.right]) {
      stage.resize(height, width);
      stage.showPhoto(this.rgb);
    }
    this.left.setOpacity(0.6);
    const swatches = this.colours.swatches.map(makeSwatch);
    this.sliders = this.colours.names.map((name, label) => makeSlider([swatches[label], name], {
      min: 0, max: this.model.get("largest"), step: 0.1, value: this.state.weights[label],
      text: (weight) => weight.toFixed(1), oninput: (weight) => this.move(label, weight),
    }));
    const presets = Object.entries(this.model.get("presets")).map(([name, weights]) =>
      make("button", { type: "button", onclick: () => this.set("weights", weights) }, name));
    this.bars = makeBars("share of the loss", this.colours, this.percent);
    this.loss = make("p", { class: "ul-lines" });
    if (this.choice) this.root.append(make("div", { class: "ul-row" }, this.choice.node));
    this.root.append(
      make("div", { class: "ul-stages" }, this.left.node, this.right.node,
        make("div", { class: "ul-panel" },
          make("p", { class: "ul-name" }, "weight of each class"),
          make("div", { class: "ul-sliders" }, ...this.sliders.map(({ node }) => node)),
          make("div", { class: "ul-buttons", role: "group", "aria-label": "ready-made weights" },
            ...presets),
          make("p", { class: "ul-name" }, "share of the loss"), this.bars.node, this.loss)),
      makeKeys([["Tab, then arrow keys", "choose a weight and move it by 0.1"]]),
      this.announcer.node,
    );
  }

  /** @type {(label: number, moved: number) => void} */
  move(label, moved) {
    /** @type {number[]} */
    const weights = this.state.weights;
    this.set("weights", weights.map((weight, index) => (index === label ? moved : weight)));
  }

  /**
   * In each pixel the class whose logit is the largest, each moved by its weight's logarithm.
   * @param {number[]} weights
   */
  decide(weights) {
    const shifts = weights.map((weight) => Math.log(Math.max(weight, SMALLEST_WEIGHT)));
    const { decision, logits } = this;
    for (let pixel = 0, at = 0; pixel < decision.length; pixel += 1, at += shifts.length) {
      let best = 0;
      for (let label = 1; label < shifts.length; label += 1) {
        if (logits[at + label] + shifts[label] > logits[at + best] + shifts[best]) best = label;
      }
      decision[pixel] = best;
    }
  }

  // Over the classes that occur in one of the two masks; pixels without a class do not count.
  meanIou() {
    const { names } = this.colours;
    const [both, either] = [names.map(() => 0), names.map(() => 0)];
    this.labels.forEach((label, pixel) => {
      if (label >= names.length) return;
      const called = this.decision[pixel];
      either[label] += 1;
      if (called === label) both[label] += 1;
      else either[called] += 1;
    });
    const shares = both.map((count, label) => count / either[label]).filter(Number.isFinite);
    return shares.reduce((sum, share) => sum + share, 0) / shares.length;
  }

  // Returns what is said of the prediction.
  showMask() {
    const { drawn } = this.colours;
    const tables = this.colours.tables((index) => drawn[index].name !== "background");
    const predicts = this.state.shows === "decision" && this.choice !== null;
    if (this.choice) {
      this.choice.show(this.state.shows);
      this.decide(this.state.weights);
    }
    this.left.paint(predicts ? this.decision : this.labels, tables);
    this.left.say(predicts ? "predicted mask over the photo" : "mask over the photo");
    this.left.frame.setAttribute("aria-label",
      predicts ? "The mask predicted with these weights, laid over the photo"
        : "The mask, laid over the photo");
    return this.choice ? `mean IoU with these weights: ${round(this.meanIou())}` : "";
  }

  showState() {
    /** @type {number[]} */
    const chosen = this.state.weights;
    const saidOfMask = this.showMask();
    const largest = Math.max(...chosen, 1e-9);
    const levels = chosen.map((weight) => Math.round((weight / largest) * 255));
    const weighted = levels.map((level) => this.colours.scale[level]); // ignored pixels stay clear
    this.right.paint(this.labels, everywhere(weighted));
    this.right.say("weight of each pixel", ["0",
      make("span", { class: "ul-scale", style: this.colours.scaleStyle }), largest.toFixed(1)]);
    this.sliders.forEach(({ show }, label) => show(chosen[label]));
    /** @type {number[]} */
    const losses = this.model.get("losses");
    const parts = losses.map((loss, label) => loss * chosen[label]);
    const sum = parts.reduce((total, part) => total + part, 0);
    const shares = parts.map((part) => (sum > 0 ? part / sum : 0));
    const unweighted = losses.reduce((total, part) => total + part, 0);
    this.bars.show(shares);
    this.loss.textContent =
      `mean loss of a pixel: ${round(sum)}\nwithout weights: ${round(unweighted)}`
      + (saidOfMask && `\n${saidOfMask}`);
    const { names } = this.colours;
    /** @type {(values: string[]) => string} */
    const list = (values) => values.map((value, label) => `${names[label]} ${value}`).join(", ");
    const weights = list(chosen.map((weight) => weight.toFixed(1)));
    this.right.frame.setAttribute("aria-label", `The weight of each pixel: ${weights}`);
    this.announcer.say(`Share of the loss: ${list(shares.map(this.percent))}. ${saidOfMask}`);
  }
}

export default showWith(WeightView);
