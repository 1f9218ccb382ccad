// @ts-check
// The explorer of class weights: three sliders, the weight map, each class's share of the loss.

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

  /** @param {Model} model */
  constructor(model) {
    super(model, "Weight explorer", ["weights"]);
    const { height, width } = model.get("photo");
    const pixels = bytesOf(model.get("pixels"));
    this.rgb = pixels.subarray(0, 3 * height * width);
    this.labels = pixels.subarray(3 * height * width);
    this.build(height, width);
    this.showState();
  }

  /** @type {(height: number, width: number) => void} */
  build(height, width) {
    const { stripes } = this.colours;
    const pointing = { stripes, onpoint() {}, onleave() {}, onpick() {}, focusable: false };
    this.left = new Stage("mask over the photo", pointing);
    this.right = new Stage("weight of each pixel", pointing);
    for (const stage of [this.left, this.right]) {
      stage.resize(height, width);
      stage.showPhoto(this.rgb);
    }
    const { drawn } = this.colours;
    this.left.paint(this.labels, this.colours.tables((index) => drawn[index].name !== "background"));
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

  showState() {
    /** @type {number[]} */
    const chosen = this.state.weights;
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
      `mean loss of a pixel: ${round(sum)}\nwithout weights: ${round(unweighted)}`;
    const { names } = this.colours;
    /** @type {(values: string[]) => string} */
    const list = (values) => values.map((value, label) => `${names[label]} ${value}`).join(", ");
    const weights = list(chosen.map((weight) => weight.toFixed(1)));
    this.left.frame.setAttribute("aria-label", "The mask, laid over the photo");
    this.right.frame.setAttribute("aria-label", `The weight of each pixel: ${weights}`);
    this.announcer.say(`Share of the loss: ${list(shares.map(this.percent))}`);
  }
}

export default showWith(WeightView);
