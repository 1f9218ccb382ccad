// @ts-check
// The live view of a training: progress, a stop button, two plots of curves, the pets' masks.

/** @type {[title: string, training: string, validation: string][]} */
const PLOTS = [
  ["loss", "loss", "val_loss"],
  ["mean IoU", "mean_iou", "val_mean_iou"],
];
const [PLOT_WIDTH, PLOT_HEIGHT, MARGIN] = [300, 130, 34];

/**
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {(Node | string)[]} children
 */
function makeSvg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * One plot: training dashed, validation solid, both with a mark at each epoch.
 * @param {string} title
 * @param {Record<string, number[]>} curves
 * @param {string} training
 * @param {string} validation
 */
function drawPlot(title, curves, training, validation) {
  /** @type {[line: number[], name: string][]} */
  const lines = [
    [curves[training] ?? [], "ul-training"],
    [curves[validation] ?? [], "ul-validation"],
  ];
  const values = lines.flatMap(([line]) => line);
  const top = title === "loss" ? Math.max(...values, 0.1) : 1;
  const epochs = Math.max(1, ...lines.map(([line]) => line.length));
  /** @type {(epoch: number) => number} */
  const x = (epoch) => MARGIN + 8 + (epoch / Math.max(1, epochs - 1)) * (PLOT_WIDTH - MARGIN - 60);
  /** @type {(value: number) => number} */
  const y = (value) => 10 + (1 - value / top) * (PLOT_HEIGHT - 34);
  const said = lines.map(([line, name]) =>
    `${name.slice(3)} ${line.map(round).join(", ") || "not known yet"}`).join("; ");
  const size = `0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`;
  const svg = makeSvg("svg", { viewBox: size, role: "img", class: "ul-plot" },
    makeSvg("title", {}, `${title} after each epoch: ${said}`),
    makeSvg("path", { class: "ul-axis", d: `M${MARGIN} 10V${y(0)}H${PLOT_WIDTH - 10}` }),
    makeSvg("text", { x: MARGIN - 4, y: 14, "text-anchor": "end" }, top.toFixed(1)),
    makeSvg("text", { x: MARGIN - 4, y: y(0), "text-anchor": "end" }, "0"),
    makeSvg("text", { x: x(0), y: PLOT_HEIGHT - 8, "text-anchor": "middle" }, "1"),
    makeSvg("text", { x: x(0) + 8, y: PLOT_HEIGHT - 8 }, "epoch"));
  if (epochs > 1) {
    svg.append(makeSvg("text", { x: x(epochs - 1), y: PLOT_HEIGHT - 8, "text-anchor": "middle" },
      String(epochs)));
  }
  for (const [line, name] of lines) {
    const points = line.map((value, epoch) => `${x(epoch)},${y(value)}`);
    svg.append(makeSvg("polyline", { class: name, points: points.join(" ") }));
    for (const point of points) {
      const [cx, cy] = point.split(",");
      svg.append(makeSvg("circle", { class: name, cx, cy, r: 3 }));
    }
    if (name === "ul-validation" && line.length) { // the value reached, at the end of its line
      const last = line.length - 1;
      svg.append(makeSvg("text", { x: x(last) + 8, y: y(line[last]) + 4 }, round(line[last])));
    }
  }
  return make("figure", { class: "ul-curve" }, make("figcaption", {}, title), svg);
}

class LiveTrainingView extends View {
  /** @param {Model} model */
  constructor(model) {
    super(model, "Live view of a training");
    this.bar = make("progress", { "aria-label": "training batches done" });
    this.text = make("span", {});
    this.stop = make("button", { type: "button", onclick: () => this.askToStop() },
      "Stop, and keep the best weights");
    this.otherStop = make("span", {},
      "To stop early: Jupyter's own stop button (■), which keeps the weights of that moment.");
    this.plots = make("div", { class: "ul-row" });
    this.image = make("img", { class: "ul-pets" });
    this.caption = make("p", {});
    this.key = make("p", { hidden: true }, "Solid: validation. Dashed: training.");
    this.legend = make("p", { class: "ul-row" }, ...this.makeLegend());
    this.root.append(
      make("div", { class: "ul-row" }, this.bar, this.text, this.stop, this.otherStop),
      this.plots, this.key, this.image, this.legend, this.caption, this.announcer.node);
    const show = {
      done: () => this.showProgress(), total: () => this.showProgress(),
      text: () => this.showProgress(), state: () => this.showProgress(),
      curves: () => this.showCurves(), picture: () => this.showPicture(),
      caption: () => this.showPicture(),
    };
    for (const [name, listener] of Object.entries(show)) this.on(`change:${name}`, listener);
    this.showProgress();
    this.showCurves();
    this.showPicture();
  }

  makeLegend() {
    const { drawn, swatches } = this.colours;
    return drawn.map(({ name }, index) =>
      make("span", { class: "ul-item" }, makeSwatch(swatches[index]), name));
  }

  close() {
    super.close();
    URL.revokeObjectURL(this.image.src);
  }

  askToStop() {
    this.model.send({ stop: true });
    this.stop.disabled = true;
    this.stop.textContent = "Stopping after this batch …";
  }

  showProgress() {
    this.bar.max = this.model.get("total");
    this.bar.value = this.model.get("done");
    this.text.textContent = this.model.get("text");
    const ended = ["stopped", "finished"].includes(this.model.get("state"));
    this.stop.hidden = ended || !this.model.get("can_stop");
    this.otherStop.hidden = ended || this.model.get("can_stop");
    if (ended) {
      if (this.model.get("state") === "finished") this.bar.value = this.bar.max;
      this.announcer.say(this.text.textContent);
    }
  }

  showCurves() {
    const curves = this.model.get("curves");
    const known = Object.keys(curves).length > 0;
    this.key.hidden = !known;
    this.plots.replaceChildren(...(known
      ? PLOTS.map(([title, ...names]) => drawPlot(title, curves, ...names)) : []));
  }

  showPicture() {
    const png = this.model.get("picture");
    this.image.hidden = !png.byteLength;
    if (!png.byteLength) return;
    URL.revokeObjectURL(this.image.src);
    this.image.src = URL.createObjectURL(new Blob([bytesOf(png)], { type: "image/png" }));
    this.caption.textContent = this.image.alt = this.model.get("caption");
    this.announcer.say(this.caption.textContent);
  }
}

export default showWith(LiveTrainingView);
