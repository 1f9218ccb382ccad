"""How fast the explorers answer in JupyterLab, and what the live view costs a training.

    python tests/benchmarks/bench_inspector.py            (or `make bench-inspector`)

A key press is timed by the browser from the event's own time stamp to the end of the first frame
in which the pixels have changed, so the wait for the screen's next frame (16.7 ms apart) is in it;
for the pointer, from the mouse's move. The live view is timed in the kernel: lesson 4's model goes
on training on the same batches, bare and watched in turn.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))
from lab import CHROMIUM, FLAGS, LessonPage, lab_server  # noqa: E402
from lesson_cells import LAST, short_lesson  # noqa: E402

SIDES = (128, 256, 512)
REPEATS = 30
PAUSE = 150  # milliseconds between two presses, as of somebody in a hurry
PICTURES = REPEATS + 10
TARGETS = {"opacity": 16, "class toggle": 16, "hover": 16, "next image": 60}
LARGEST_COST = 3  # per cent

MAKE_INSPECTOR = f"""
import numpy as np
from scipy.ndimage import gaussian_filter
from lessons_lib.data import load_pets, make_batches
from lessons_lib.inspector import PredictionInspector

pets = load_pets()

def make_inspector(side):
    batches = make_batches(pets.test.take({PICTURES}), batch_size={PICTURES}, image_size=side)
    images, masks = next(batches.as_numpy_iterator())
    noise = np.random.default_rng(0).normal(size=(*masks.shape[:3], 3))
    rough = gaussian_filter(noise, (0, side / 32, side / 32, 0))
    return PredictionInspector(images, masks, 3 * np.eye(3)[masks[..., 0]] + 40 * rough)
"""

# Times one change: from the event to the end of the frame in which `look` sees other pixels.
TIMER = """(root) => {
    const frame = root.querySelectorAll('.ul-frame')[1];
    const [photo, layer] = frame.querySelectorAll('canvas');
    const sample = (canvas) => {
        const { width, height } = canvas;
        const context = canvas.getContext('2d');
        return [3, 4, 5].map((part) => context.getImageData(
            0, Math.floor(height * part / 8), width, 1).data.join()).join();
    };
    const looks = {
        'opacity': () => getComputedStyle(layer).opacity,
        'class toggle': () => sample(layer),
        'hover': () => {
            const { left, top } = frame.querySelector('.ul-cross').style;
            return left + top + root.querySelector('.ul-pixel').textContent;
        },
        'next image': () => sample(photo),
    };
    window.watch = (action) => {
        const look = looks[action];
        const before = look();
        window.took = null;
        const type = action === 'hover' ? 'pointermove' : 'keydown';
        window.addEventListener(type, ({ timeStamp }) => {
            const wait = () => requestAnimationFrame(() => {
                if (look() === before) { wait(); return; }
                const { port1, port2 } = new MessageChannel(); // its message comes after the paint
                port2.onmessage = () => { window.took = performance.now() - timeStamp; };
                port1.postMessage(null);
            });
            wait();
        }, { capture: true, once: true });
    };
}"""

MEASURE_TRAINING = """
import time
from lessons_lib.inspector import LiveTraining

def seconds_of(callbacks):
    clock, cpu = time.perf_counter(), time.process_time()
    model.fit(train_batches, validation_data=validation_batches, epochs={epochs}, shuffle=False,
              verbose=0, callbacks=callbacks)
    return time.perf_counter() - clock, time.process_time() - cpu

model.optimizer.build(model.trainable_variables)
model.fit(train_batches, validation_data=validation_batches, shuffle=False, verbose=0)
pairs = []

def measure_round(number):
    turns = [("bare", []), ("live", [LiveTraining(images[:5], masks[:5])])]
    took = {{name: seconds_of(callbacks) for name, callbacks in turns[:: -1 if number % 2 else 1]}}
    pairs.append([took["bare"], took["live"]])
"""


def measure_answers(page: LessonPage) -> list[tuple[str, int, float, float]]:
    """Returns action, side of the picture, median and longest time in milliseconds."""
    rows = []
    for side in SIDES:
        view = page.show(LAST, f"make_inspector({side})")
        view.evaluate(TIMER)
        frame = view.locator(".ul-frame").nth(1)
        for action in TARGETS:
            times = [time_one(page, frame, action, turn) for turn in range(REPEATS)]
            rows.append((action, side, statistics.median(times), max(times)))
    return rows


def time_one(page: LessonPage, frame, action: str, turn: int) -> float:
    """Makes one change and returns how many milliseconds it took."""
    keys = {"opacity": "-+"[turn // 4 % 2], "class toggle": "1", "next image": "PageDown"}
    frame.focus()
    page.page.wait_for_timeout(PAUSE)
    page.page.evaluate("(action) => window.watch(action)", action)
    if action == "hover":
        box = frame.bounding_box()
        place = 0.2 + 0.6 * (turn % 7) / 7
        page.page.mouse.move(box["x"] + place * box["width"], box["y"] + place * box["height"])
    else:
        page.page.keyboard.press(keys[action])
    return page.page.wait_for_function("() => window.took").json_value()


def measure_training(page: LessonPage, rounds: int, epochs: int) -> list[list[list[float]]]:
    """Returns for each round seconds and CPU seconds, without the live view and with it."""
    page.run(MEASURE_TRAINING.format(epochs=epochs))
    for number in range(rounds):
        page.run(f"measure_round({number})")
    return page.ask("pairs")


def open_notebook(chromium, server, notebook: nbformat.NotebookNode, name: str) -> LessonPage:
    """Opens a notebook and runs its cells."""
    folder, address, token = server
    nbformat.write(notebook, folder / name)
    page = LessonPage(chromium, address, token, name)
    page.run_all()
    return page


def main() -> bool:
    """Measures, prints, and says whether all targets are met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="trainings of each kind")
    parser.add_argument("--epochs", type=int, default=4, help="of each training, 4 as in lesson 4")
    options = parser.parse_args()
    os.environ["LESSONS_PETS"] = "drawn_pets"
    print("load of the last minutes:", *(f"{load:.1f}" for load in os.getloadavg()))
    with (
        tempfile.TemporaryDirectory() as folder,
        lab_server(Path(folder)) as (address, token),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        server = (Path(folder) / "lessons", address, token)
        notebook = short_lesson("01_data_and_masks.ipynb", [], {})
        page = open_notebook(chromium, server, notebook, "answers.ipynb")
        page.run(MAKE_INSPECTOR)
        answers = measure_answers(page)
        page.page.close()
        print_answers(answers)
        lesson = short_lesson("04_training.ipynb", ["validation-arrays", "build-model"], {})
        page = open_notebook(chromium, server, lesson, "training.ipynb")
        pairs = measure_training(page, options.rounds, options.epochs)
        chromium.close()
    cost = print_training(pairs)
    print("load of the last minutes:", *(f"{load:.1f}" for load in os.getloadavg()))
    in_time = [
        median <= TARGETS[action]
        for action, side, median, _ in answers
        if action != "next image" or side <= 256
    ]
    return all(in_time) and cost < LARGEST_COST


def print_answers(rows: list[tuple[str, int, float, float]]) -> None:
    """Prints what the browser measured."""
    print(f"\n{'milliseconds':14}{'pixels':>8}{'median':>8}{'worst':>8}{'target':>8}")
    for action, side, median, worst in rows:
        target = f"{TARGETS[action]}" if action != "next image" or side <= 256 else "-"
        print(f"{action:14}{side:8}{median:8.1f}{worst:8.1f}{target:>8}")


def print_training(pairs: list[list[list[float]]]) -> float:
    """Prints what the kernel measured; returns the median cost in per cent of the seconds."""
    print(f"\n{'training':14}{'bare s':>8}{'live s':>8}{'cost %':>8}{'CPU cost %':>12}")
    costs = []
    for number, (bare, live) in enumerate(pairs, start=1):
        cost, cpu_cost = (100 * (live[kind] / bare[kind] - 1) for kind in (0, 1))
        costs.append((cost, cpu_cost))
        print(f"round {number:<8}{bare[0]:8.1f}{live[0]:8.1f}{cost:8.1f}{cpu_cost:12.1f}")
    cost, cpu_cost = (statistics.median(column) for column in zip(*costs, strict=True))
    print(f"{'median':30}{cost:8.1f}{cpu_cost:12.1f}   target: less than {LARGEST_COST} %")
    return cost


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
