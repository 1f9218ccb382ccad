"""Says in seconds whether this machine can run the course.

Each check looks at one thing and returns a finding: what is there, and, where that will not do,
what to do about it. Nothing is installed, written or downloaded.
"""

import contextlib
import importlib.metadata
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from packaging.requirements import Requirement

from lessons_lib import origin, settings

PACKAGE = "unet-lessons"
KERNEL = "python3"  # the one that the notebooks name
WIDGETS = ("anywidget", "@jupyter-widgets/jupyterlab-manager")
FREE_MEMORY = 3e9  # bytes; the kernels of lessons 4 and 5 take up to 2.4, the browser the rest
FREE_DISK = 1e9  # bytes; drawn pets and what the lessons save
SLOWEST_IMPORT = 120  # seconds
ILLEGAL_INSTRUCTION = -4  # how Linux and macOS say that a processor lacks what TensorFlow uses
SLOWEST_ANSWER = 20  # seconds, of a graphics card's driver
NVIDIA = "0x10de"  # the maker's number on the PCI bus
DISPLAY = "0x03"  # how the class of a graphics card begins there
PCI_DEVICES = Path("/sys/bus/pci/devices")
COUNT_GPUS = "from lessons_lib.quiet import tf; print(len(tf.config.list_physical_devices('GPU')))"
TRY_TENSORFLOW = (
    "from lessons_lib.quiet import keras, tf; "
    "print(tf.__version__, keras.__version__, float(tf.reduce_sum(tf.ones((2, 3)))))"
)


class Finding(NamedTuple):
    """What a check has found.

    Attributes:
        what: the thing that was looked at, in a word or two.
        found: what is there.
        to_do: what to do about it; empty where all is well.
        hinders: whether the lessons fail for it, or only get slower or different.
    """

    what: str
    found: str
    to_do: str = ""
    hinders: bool = False


def look(check: Callable[[], Finding]) -> Finding:
    """Calls a check; one that fails itself is a finding too, and the others go on."""
    try:
        return check()
    except Exception as problem:
        return Finding(
            check.__name__.removeprefix("check_").replace("_", " "),
            f"cannot be looked at ({type(problem).__name__}: {settings.shown(problem)})",
            "mend what that names, or report it to the authors of the course",
            hinders=True,
        )


def check_python() -> Finding:
    """Looks whether the course takes this Python."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    try:
        wanted = importlib.metadata.metadata(PACKAGE)["Requires-Python"]
    except importlib.metadata.PackageNotFoundError:
        return _course_is_missing("Python")
    if Requirement(f"python{wanted}").specifier.contains(version):
        return Finding("Python", f"{version}, {sys.executable}")
    return Finding(
        "Python",
        f"{version}, where the course takes {wanted}",
        _advice(
            clone="make the environment anew with another one: make lab PYTHON=python3.12",
            pip="install the course for another one: python3.12 -m pip install unet-lessons[lab]",
        ),
        hinders=True,
    )


def _course_is_missing(what: str) -> Finding:
    found = f"{PACKAGE} itself is not installed for {sys.executable}, so nobody knows what it asks"
    to_do = _advice(
        clone="call the Python of the environment, or: make lab",
        pip="call the Python of the environment, or: pip install unet-lessons[lab]",
    )
    return Finding(what, found, to_do, hinders=True)


def _advice(*, clone: str, pip: str) -> str:
    """Returns what to do, by how the course came here."""
    return clone if origin.is_clone() else pip


def check_packages() -> Finding:
    """Looks whether the packages that the course asks for are installed, in versions that fit."""
    try:
        lines = importlib.metadata.requires(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return _course_is_missing("packages")
    wrong = []
    for line in lines:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing")
            continue
        if not wanted.specifier.contains(version, prereleases=True):
            wrong.append(f"{wanted.name} is {version}, not {wanted.specifier}")
    if not wrong:
        return Finding("packages", "all there, in versions that fit")
    return Finding(
        "packages",
        "; ".join(wrong),
        _advice(
            clone="install them into this environment: pip install -r requirements.lock",
            pip=f"let pip choose anew: {sys.executable} -m pip install --upgrade unet-lessons",
        ),
        hinders=True,
    )


def check_tensorflow() -> Finding:
    """Lets another process import TensorFlow and compute a sum: where that crashes, this lives."""
    command = [sys.executable, "-c", TRY_TENSORFLOW]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=SLOWEST_IMPORT)
    except subprocess.TimeoutExpired:
        return Finding(
            "TensorFlow",
            f"was not imported within {SLOWEST_IMPORT} s",
            "try again: the first import after an installation is the slowest",
        )
    if tried.returncode == 0:
        tensorflow, keras, _ = tried.stdout.split()[-3:]
        return Finding("TensorFlow", f"{tensorflow}, with Keras {keras}")
    if tried.returncode == ILLEGAL_INSTRUCTION:
        return Finding(
            "TensorFlow",
            "was stopped by this processor, which lacks instructions (AVX) that it uses",
            "take another machine, or a virtual one that passes the processor's instructions on",
            hinders=True,
        )
    last_line = (tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"])[-1]
    return Finding(
        "TensorFlow",
        f"cannot be imported: {last_line}",
        _advice(
            clone="remove .venv and make it anew: make lab",
            pip=f"install it anew: {sys.executable} -m pip install --force-reinstall tensorflow",
        ),
        hinders=True,
    )


def check_processors() -> Finding:
    """Counts the processors: the lessons' times are those of two."""
    count = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    if count >= 2:
        return Finding("processors", str(count))
    return Finding("processors", "1", "expect the trainings to take longer than on two")


def check_gpu() -> Finding:
    """Looks for a graphics card that TensorFlow leaves unused: it says nothing of it itself."""
    cards = _cards_of_the_driver()
    if not cards:
        if not _has_card_without_driver():
            return Finding("GPU", "none of NVIDIA's; the lessons need none")
        return Finding(
            "GPU",
            "present, unused: NVIDIA's driver does not answer",
            "install the driver, until nvidia-smi names the card; a container must be given the "
            "card (docker run --gpus all)",
        )
    tried = subprocess.run(
        [sys.executable, "-c", COUNT_GPUS], capture_output=True, text=True, timeout=SLOWEST_IMPORT
    )
    count = (tried.stdout.split() or ["0"])[-1]
    if tried.returncode == 0 and count != "0":
        return Finding("GPU", f"{', '.join(cards)}: used ({count})")
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        to_do = "remove the variable CUDA_VISIBLE_DEVICES, which hides it"
    elif sys.platform == "linux":
        to_do = "install what TensorFlow needs for it: pip install -e '.[gpu]'"
    else:
        to_do = "TensorFlow uses it on Linux only: on Windows, work in WSL2"
    return Finding("GPU", f"{', '.join(cards)}: present, unused", to_do)


def _cards_of_the_driver() -> list[str]:
    """Asks NVIDIA's driver for the names of its graphics cards; none where it does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    asked = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=SLOWEST_ANSWER)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return answer.stdout.strip().splitlines() if answer.returncode == 0 else []


def _has_card_without_driver() -> bool:
    """Looks on the PCI bus, where Linux shows it, for a graphics card of NVIDIA's."""
    for device in PCI_DEVICES.glob("*"):
        try:
            maker, kind = ((device / name).read_text().strip() for name in ("vendor", "class"))
        except OSError:
            continue
        if maker == NVIDIA and kind.startswith(DISPLAY):
            return True
    return False


def check_memory() -> Finding:
    """Looks how much memory is free."""
    free = psutil.virtual_memory().available
    found = f"{free / 1e9:.1f} GB free"
    if free >= FREE_MEMORY:
        return Finding("memory", found)
    return Finding(
        "memory",
        f"{found}, less than {FREE_MEMORY / 1e9:.0f} GB",
        "close other programs, and shut down the kernels of lessons that you have finished",
    )


def check_data_folder() -> Finding:
    """Looks whether pets can be kept in the data folder."""
    try:
        folder = settings.data_dir()
    except settings.SettingProblem as problem:
        to_do = "name another folder in the variable LESSONS_DATA_DIR"
        return Finding("data folder", str(problem), to_do, hinders=True)
    above = (folder, *folder.absolute().parents)
    existing = next(path for path in above if os.path.exists(path))
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Finding(
            "data folder",
            f"{folder} cannot be written",
            "name another folder in the variable LESSONS_DATA_DIR",
            hinders=True,
        )
    try:
        free = shutil.disk_usage(existing).free
    except OSError as problem:
        found = f"{folder}, whose disk does not answer ({problem.strerror})"
        return Finding("data folder", found, "set LESSONS_DATA_DIR", hinders=True)
    found = f"{folder}, {free / 1e9:.1f} GB free"
    if free < FREE_DISK:
        return Finding("data folder", found, "make room, or set LESSONS_DATA_DIR", hinders=True)
    return Finding("data folder", found)


def check_kernel() -> Finding:
    """Looks whether Jupyter's kernel for the notebooks runs this Python."""
    try:
        program = KernelSpecManager().get_kernel_spec(KERNEL).argv[0]
    except NoSuchKernel:
        program = ""
    except Exception as problem:  # whatever a damaged kernel.json makes Jupyter raise
        program = f"nothing that can be read ({settings.shown(problem)})"
    # A bare "python" stands for the Python that runs Jupyter.
    bare = Path(program).name == program and program.startswith("python")
    if bare or (program and Path(program).absolute() == Path(sys.executable).absolute()):
        return Finding("notebook kernel", f"{KERNEL}, this Python")
    return Finding(
        "notebook kernel",
        f"{KERNEL} runs {program}, not this Python" if program else f"there is no {KERNEL}",
        "make one for this environment: python -m ipykernel install --sys-prefix",
        hinders=True,
    )


def check_jupyterlab() -> Finding:
    """Looks whether there is a JupyterLab, which other Jupyters can stand in for."""
    try:
        return Finding("JupyterLab", importlib.metadata.version("jupyterlab"))
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            "JupyterLab",
            "is not installed, so the notebooks need another Jupyter",
            f"install it: {sys.executable} -m pip install jupyterlab",
        )


def check_widgets() -> Finding:
    """Looks whether JupyterLab has what it shows the explorers with."""
    folder = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    packages = {name: _read_package(folder / name / "package.json") for name in WIDGETS}
    missing = [name for name, package in packages.items() if not package]
    if missing:
        return Finding(
            "widgets",
            f"JupyterLab lacks {' and '.join(missing)}: pictures are shown instead of explorers",
            "install them anew: pip install --force-reinstall anywidget jupyterlab-widgets",
        )
    said = ", ".join(f"{name} {package['version']}" for name, package in packages.items())
    return Finding("widgets", said)


def _read_package(path: Path) -> dict:
    """Reads what a part of JupyterLab says of itself; nothing where it is missing or damaged."""
    try:
        package = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return package if isinstance(package, dict) and "version" in package else {}


def check_pets() -> Finding:
    """Opens the pets that the lessons run on, without drawing or downloading any."""
    from lessons_lib.data import DataProblem, data_folder, explain_choice, load_pets
    from lessons_lib.data.sources import is_to_be_drawn

    try:
        folder = data_folder()
        source, remark = explain_choice(None, folder)
        if remark and source == "drawn_pets":
            return Finding("pets", remark, "mend that, or go on: the lessons run all the same")
        if source == "drawn_pets" and is_to_be_drawn(folder):
            return Finding("pets", "drawn pets; the first lesson draws them, in seconds")
        with contextlib.redirect_stdout(io.StringIO()):  # where load_pets says what it is to say
            pets = load_pets(source, data_dir=folder)
    except DataProblem as problem:
        to_do = "mend that, or remove LESSONS_PETS for drawn pets"
        return Finding("pets", str(problem), to_do, hinders=True)
    return Finding("pets", f"{source}, {len(pets.train)} to train, {len(pets.test)} to test")


def check_encoder() -> Finding:
    """Builds the encoder, except with ImageNet's weights, which might have to be fetched."""
    from lessons_lib.encoder import EncoderProblem, build_encoder

    chosen = settings.encoder_weights()
    if chosen == "imagenet":
        return Finding("encoder", "ImageNet's weights, fetched on first use")
    try:
        build_encoder(weights="drawn" if chosen == "auto" else chosen, trainable=chosen == "none")
    except EncoderProblem as problem:
        to_do = "mend that, or remove LESSONS_ENCODER for the bundled weights"
        return Finding("encoder", str(problem), to_do, hinders=True)
    return Finding("encoder", "the bundled weights" if chosen in ("auto", "drawn") else chosen)


CHECKS: tuple[Callable[[], Finding], ...] = (
    check_python,
    check_packages,
    check_processors,
    check_gpu,
    check_memory,
    check_data_folder,
    check_kernel,
    check_jupyterlab,
    check_widgets,
    check_tensorflow,
)
CHECKS_THAT_COMPUTE: tuple[Callable[[], Finding], ...] = (check_pets, check_encoder)
