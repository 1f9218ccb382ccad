// @ts-check
// The live view of a training: progress, a stop button, two plots of curves, the pets' masks.

/** @type {[title: string, training: string, validation: string][]} */
const PLOTS = [
  ["loss", "loss", "val_loss"],
  ["mean IoU", "mean_iou", "val_mean_iou"],
];
const [PLOT_WIDTH, PLOT_HEIGHT, MARGIN, FOOT] = [300, 164, 34, 34];
const MOST_TICKS = 6;
const LEARNERS_MOVES = ["wheel", "touchmove", "keydown", "pointerdown"];

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
 * Whole epochs that are written below a plot: all, or every second, fifth, …
 * @param {number} epochs
 */
function ticksOf(epochs) {
  const step = [1, 2, 5, 10, 20, 50, 100].find((one) => epochs / one <= MOST_TICKS) ?? epochs;
  return Array.from({ length: Math.floor(epochs / step) + 1 }, (_tick, index) => index * step);
}

/**
 * One plot: training dashed, validation solid, both with a mark at each epoch; single batches thin.
 * @param {string} title
 * @param {object} known
 * @param {number[]} known.training after each epoch
 * @param {number[]} known.validation after each epoch
 * @param {number[]} known.batches evenly spread over the time so far
 * @param {number} known.now how many epochs are done, the one at hand in part
 */
function drawPlot(title, { training, validation, batches, now }) {
  const highest = Math.max(...training, ...validation, ...batches.slice(1), 0.1);
  const top = title === "loss" ? Math.ceil(highest * 5) / 5 : 1;
  const epochs = Math.max(1, Math.ceil(now));
  /** @type {(epoch: number) => number} */
  const x = (epoch) => MARGIN + (epoch / epochs) * (PLOT_WIDTH - MARGIN - 44);
  /** @type {(value: number) => number} */
  const y = (value) => 12 + (1 - Math.min(value, top) / top) * (PLOT_HEIGHT - 12 - FOOT);
  /** @type {[line: number[], name: string][]} */
  const lines = [[training, "training"], [validation, "validation"]];
  const said = lines.map(([line, name]) =>
    `${name} ${line.map(round).join(", ") || "not known yet"}`).join("; ");
  const svg = makeSvg("svg",
    { viewBox: `0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`, role: "img", class: "ul-plot" },
    makeSvg("title", {}, `${title} after each epoch: ${said}`),
    makeSvg("path", { class: "ul-axis", d: `M${MARGIN} 8V${y(0)}H${PLOT_WIDTH - 10}` }));
  for (const value of [0, top / 2, top]) {
    svg.append(makeSvg("path", { class: "ul-axis", d: `M${MARGIN - 4} ${y(value)}h4` }),
      makeSvg("text", { x: MARGIN - 7, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(1)));
  }
  for (const epoch of ticksOf(epochs)) {
    svg.append(makeSvg("path", { class: "ul-axis", d: `M${x(epoch)} ${y(0)}v4` }),
      makeSvg("text", { x: x(epoch), y: y(0) + 17, "text-anchor": "middle" }, String(epoch)));
  }
  svg.append(makeSvg("text", { x: PLOT_WIDTH - 2, y: y(0) + 29, "text-anchor": "end" }, "epoch"));
  const spread = batches.map((value, index) =>
    `${x(((index + 1) / batches.length) * now)},${y(value)}`);
  svg.append(makeSvg("polyline", { class: "ul-batches", points: spread.join(" ") }));
  for (const [line, name] of lines) {
    const points = line.map((value, epoch) => [x(epoch + 1), y(value)]);
    svg.append(makeSvg("polyline", { class: `ul-${name}`, points: points.join(" ") }));
    for (const [cx, cy] of points) {
      svg.append(makeSvg("circle", { class: `ul-${name}`, cx, cy, r: 3 }));
    }
  }
  if (validation.length) { // the value reached, at the end of its line
    const last = validation[validation.length - 1];
    const place = { class: "ul-reached", x: x(validation.length) + 7, y: y(last) + 4 };
    svg.append(makeSvg("text", place, round(last)));
  }
  return make("figure", { class: "ul-curve" }, make("figcaption", {}, title), svg);
}

class LiveTrainingView extends View {
  /** @type {HTMLElement} */
  away;

  /** @type {HTMLElement} */
  awayText;

  /** @type {() => void} */
  forget;

  /** @type {Element | undefined} */
  panel;

  /** @param {Model} model */
  constructor(model) {
    super(model, "Live view of a training");
    this.bar = make("progress", { "aria-label": "training batches done" });
    this.text = make("span", {});
    const note = newId("note");
    this.stop = make("button", { type: "button", "aria-describedby": note,
      onclick: () => this.askToStop() }, "Stop, and keep the best weights");
    this.note = make("span", { id: note, class: "ul-note" });
    this.otherStop = make("span", {},
      "To stop early: Jupyter's own stop button (■), which keeps the weights of that moment.");
    this.image = make("img", { class: "ul-pets" });
    this.pets = make("div", { class: "ul-watched" },
      make("div", { class: "ul-rows", "aria-hidden": "true" },
        .../** @type {string[]} */ (model.get("rows")).map((row) => make("span", {}, row))),
      this.image);
    this.plots = make("div", { class: "ul-plots" });
    this.key = make("p", { class: "ul-key" }, ...this.makeKey());
    this.caption = make("p", {});
    this.root.append(
      make("div", { class: "ul-row" }, this.bar, this.text, this.stop, this.note,
        this.otherStop),
      make("div", { class: "ul-live" }, this.pets, make("div", { class: "ul-side" },
        this.plots, this.key)),
      make("p", { class: "ul-row" }, ...this.makeLegend()), this.caption, this.announcer.node);
    this.keepInSight();
    const show = {
      done: () => this.showProgress(), total: () => this.showProgress(),
      text: () => this.showProgress(), state: () => this.showProgress(),
      curves: () => this.showCurves(), batch_losses: () => this.showCurves(),
      picture: () => this.showPicture(), caption: () => this.showPicture(),
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

  makeKey() {
    return ["validation", "training", "batches"].map((name) => make("span", { class: "ul-item" },
      makeSvg("svg", { viewBox: "0 0 28 8", class: "ul-line", "aria-hidden": "true" },
        makeSvg("path", { class: `ul-${name}`, d: "M0 4H28" })),
      name === "batches" ? "training, single batches" : name));
  }

  // Shift+Enter has moved on to the next cell and taken the view along. With the first batch it
  // comes back, unless the learner has gone on by then; and while it is out of sight, a small bar
  // at the foot of the notebook says how far the training is, and leads back.
  keepInSight() {
    this.wasMoved = this.wasCalled = false;
    const goBack = make("button", { type: "button", onclick: () => this.root.scrollIntoView() },
      "show");
    this.awayText = make("span", {});
    this.away = make("div", { class: "ul-away", role: "group",
      "aria-label": "a training that is out of sight" }, this.awayText, goBack);
    const noteMove = () => { this.wasMoved = true; };
    const options = { capture: true, passive: true };
    for (const move of LEARNERS_MOVES) window.addEventListener(move, noteMove, options);
    this.inSight = true;
    const observer = new IntersectionObserver(([{ isIntersecting }]) => {
      this.inSight = isIntersecting;
      this.showWhereItIs();
    });
    observer.observe(this.root);
    this.forget = () => {
      for (const move of LEARNERS_MOVES) window.removeEventListener(move, noteMove, options);
      observer.disconnect();
      this.away.remove();
    };
  }

  showWhereItIs() {
    const goesOn = this.goesOn();
    if (goesOn && this.model.get("done") > 0 && !this.wasCalled && this.root.isConnected) {
      this.wasCalled = true;
      if (!this.wasMoved) this.root.scrollIntoView({ block: "nearest" });
    }
    if (this.root.isConnected) this.panel = this.root.closest(".jp-NotebookPanel") ?? document.body;
    if (!goesOn || this.inSight) this.away.remove();
    else if (this.panel && !this.away.isConnected) this.panel.append(this.away);
    this.awayText.textContent = `Training: ${this.model.get("text") || "about to begin"}`;
  }

  goesOn() {
    return !["stopped", "finished"].includes(this.model.get("state"));
  }

  close() {
    super.close();
    this.forget();
    URL.revokeObjectURL(this.image.src);
  }

  askToStop() {
    this.model.send({ stop: true });
    this.showStopping();
  }

  showStopping() {
    this.stop.disabled = true;
    this.note.textContent = "Stopping after this batch and a last look at the validation pets …";
  }

  showProgress() {
    this.bar.max = this.model.get("total");
    this.bar.value = this.model.get("done");
    this.text.textContent = this.model.get("text");
    const goesOn = this.goesOn();
    this.stop.hidden = this.note.hidden = !goesOn || !this.model.get("can_stop");
    this.otherStop.hidden = !goesOn || this.model.get("can_stop");
    if (this.model.get("state") === "stopping") this.showStopping();
    else if (!this.stop.disabled) {
      this.note.textContent = "after this batch, then a last look at the validation pets";
    }
    if (!goesOn) {
      if (this.model.get("state") === "finished") this.bar.value = this.bar.max;
      this.announcer.say(this.text.textContent);
    }
    this.showWhereItIs();
  }

  showCurves() {
    /** @type {Record<string, number[]>} */
    const curves = this.model.get("curves");
    const now = this.model.get("done") / this.model.get("epoch_steps");
    const batches = this.model.get("batch_losses");
    this.plots.replaceChildren(...PLOTS.map(([title, training, validation]) => drawPlot(title, {
      training: curves[training] ?? [], validation: curves[validation] ?? [],
      batches: title === "loss" ? batches : [], now,
    })));
  }

  showPicture() {
    const png = this.model.get("picture");
    this.pets.hidden = !png.byteLength;
    if (!png.byteLength) return;
    URL.revokeObjectURL(this.image.src);
    this.image.src = URL.createObjectURL(new Blob([bytesOf(png)], { type: "image/png" }));
    this.caption.textContent = this.image.alt = this.model.get("caption");
    this.announcer.say(this.caption.textContent);
  }
}

export default showWith(LiveTrainingView);
