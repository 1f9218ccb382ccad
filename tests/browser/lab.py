"""A JupyterLab of the tests' own, and a notebook opened in it by Chromium.

The server gets a temporary folder, private ``JUPYTER_*`` directories and a token; nothing of the
user's is read or written. A `LessonPage` runs cells, asks the kernel, and notes what the browser
says and where its requests go.
"""

import ast
import base64
import io
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from lesson_cells import LAST

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
VIEWPORT = {"width": 1280, "height": 1000}
SLOWEST = 200_000  # milliseconds: the drawn pets may have to be drawn first
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # Each cell stands in the page, wherever it is scrolled to.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}


@contextmanager
def lab_server(folder: Path):
    """Runs a JupyterLab that serves ``folder/lessons``; gives its address and its token."""
    root = folder / "lessons"
    root.mkdir()
    for name, values in SETTINGS.items():
        file = folder / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    private = {
        name: str(folder / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    private |= {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    private |= {"JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={token}", "--expose-app-in-browser",
    ]  # fmt: skip
    environment = {
        # A kernel that knows of pytest would not behave as a learner's does.
        name: value
        for name, value in os.environ.items()
        if name != "PYTEST_CURRENT_TEST"
    }
    log = folder / "server.log"
    with log.open("w") as file:
        server = subprocess.Popen(
            command, cwd=root, env=environment | private, stdout=file, stderr=file
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(server, f"{address}/api/status?token={token}", log)
            yield address, token
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(server: subprocess.Popen, url: str, log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


class LessonPage:
    """A notebook in JupyterLab, with its kernel.

    Attributes:
        page: Playwright's page.
        problems: console errors and uncaught exceptions since the last look.
        hosts: of all requests and web sockets so far.
    """

    def __init__(self, browser, address: str, token: str, file_name: str):
        """Opens the notebook and waits for its kernel."""
        self.page = browser.new_page(viewport=VIEWPORT)
        self.page.set_default_timeout(30_000)
        self.problems: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        self.page.on("request", lambda request: self._note_host(request.url))
        self.page.on("websocket", lambda socket: self._note_host(socket.url))
        workspace = re.sub(r"\W", "", file_name)
        self.page.goto(f"{address}/lab/workspaces/{workspace}/tree/{file_name}?token={token}")
        self.page.wait_for_selector(
            '.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=90_000
        )
        self.page.evaluate(
            """async () => {
                await window.jupyterapp.restored;
                window.lesson = window.jupyterapp.shell.currentWidget;
                const { context, sessionContext } = window.lesson;
                await context.ready;
                await sessionContext.ready;
                await sessionContext.session.kernel.info;
                if (!document.querySelector('#jp-left-stack.lm-mod-hidden')) {
                    await window.jupyterapp.commands.execute('application:toggle-left-area');
                }
            }"""
        )

    def _hear(self, message) -> None:
        if message.type == "error":
            self.problems.append(f"{message.text} ({message.location.get('url', '')})")

    def _note_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob"):
            self.hosts.add(parts.hostname)

    def command(self, name: str, arguments: dict | None = None) -> None:
        """Executes one of JupyterLab's commands and waits for its end."""
        self.page.evaluate(
            "async ([name, given]) => { await window.jupyterapp.commands.execute(name, given) }",
            [name, arguments or {}],
        )

    def start_cell(self, cell_id: str, source: str | None = None) -> None:
        """Sends a cell to the kernel, with new code if given, and does not wait for its end."""
        self.page.evaluate(
            """([cellId, source]) => {
                const { content } = window.lesson;
                const index = content.widgets.findIndex(({ model }) => model.id === cellId);
                if (source !== null) content.widgets[index].model.sharedModel.setSource(source);
                content.deselectAll();
                content.activeCellIndex = index;
                content.widgets[index].model.executionCount = null;
                window.cellEnded = false;
                window.jupyterapp.commands.execute('notebook:run-cell')
                    .finally(() => { window.cellEnded = true });
            }""",
            [cell_id, source],
        )

    def cell_has_ended(self) -> bool:
        """Says whether the cell sent last has ended."""
        return self.page.evaluate("window.cellEnded")

    def end_cell(self) -> None:
        """Interrupts the kernel where the cell sent last has not ended: a test failed meanwhile."""
        if not self.cell_has_ended():
            self.command("notebook:interrupt-kernel")
            self.page.wait_for_function("window.cellEnded", timeout=SLOWEST)
            self.command("notebook:clear-cell-output")

    def wait_for_cell(self) -> None:
        """Waits until the cell sent last has ended; raises RuntimeError where one has failed."""
        self.page.wait_for_function("window.cellEnded", timeout=SLOWEST)
        ran, errors = self.page.evaluate(
            """() => {
                const { activeCell, widgets } = window.lesson.content;
                const errors = widgets.flatMap(({ model }) => model.outputs.toJSON())
                    .filter((output) => output.output_type === 'error')
                    .map(({ ename, evalue }) => `${ename}: ${evalue}`);
                return [activeCell.model.executionCount !== null, errors];
            }"""
        )
        if errors or not ran:
            raise RuntimeError(f"a cell failed: {errors[0] if errors else 'it was not run'}")

    def run(self, source: str) -> None:
        """Runs code in the notebook's last cell, which is kept for that."""
        self.start_cell(LAST, source)
        self.wait_for_cell()

    def run_all(self) -> None:
        """Runs all cells of the notebook, one after the other."""
        for cell_id in self.cell_ids():
            if cell_id != LAST:
                self.start_cell(cell_id)
                self.wait_for_cell()

    def show(self, cell_id: str, source: str | None = None, *, wait: bool = True):
        """Runs a cell that shows an explorer; returns the new view.

        Args:
            cell_id: of the cell.
            source: new code for it.
            wait: for the cell's end; without it, only for the view, which stays where it is.
        """
        self._put_away(but="")
        self.start_cell(cell_id, source)
        if wait:
            self.wait_for_cell()
        return self._latest_view(scroll=wait)

    def show_again(self, cell_id: str):
        """Returns the view that a cell shows already."""
        self._put_away(but=cell_id)
        return self._latest_view()

    def _put_away(self, but: str) -> None:
        """Marks all views as old, but for those of one cell."""
        self.page.evaluate(
            """(but) => {
                for (const one of document.querySelectorAll('.ul-root')) one.dataset.old = '';
                const { widgets } = window.lesson.content;
                const cell = widgets.find(({ model }) => model.id === but);
                for (const one of cell?.node.querySelectorAll('.ul-root') ?? []) {
                    delete one.dataset.old;
                }
            }""",
            but,
        )

    def _latest_view(self, *, scroll: bool = True):
        view = self.page.locator(".ul-root:not([data-old])")
        # What an explorer shows may still be on its way from the kernel.
        filled = self.page.locator(".ul-root:not([data-old]):not(.ul-waiting)")
        filled.wait_for(timeout=SLOWEST)
        if scroll:
            view.scroll_into_view_if_needed()
        return view

    def ask(self, expression: str):
        """Returns what an expression is in the kernel: anything that JSON can hold."""
        code = f"import json as _json; _told = _json.dumps({expression})"
        told = self.page.evaluate(
            """async (code) => {
                const { kernel } = window.lesson.sessionContext.session;
                const { content } = await kernel.requestExecute({
                    code, store_history: false, user_expressions: { told: '_told' },
                }).done;
                if (content.status !== 'ok') return { error: content.evalue };
                return content.user_expressions.told.data['text/plain'];
            }""",
            code,
        )
        if isinstance(told, dict):
            raise RuntimeError(f"{expression}: {told['error']}")
        return json.loads(ast.literal_eval(told))

    def array(self, expression: str) -> np.ndarray:
        """Returns an array of the kernel."""
        packed = self.ask(
            "(lambda stream, array: (__import__('numpy').save(stream, array), "
            "__import__('base64').b64encode(stream.getvalue()).decode())[1])"
            f"(__import__('io').BytesIO(), __import__('numpy').asarray({expression}))"
        )
        return np.load(io.BytesIO(base64.b64decode(packed)))

    def wait_until(self, expression: str, expected) -> None:
        """Waits until an expression is in the kernel what is expected; fails after ten seconds."""
        deadline = time.monotonic() + 10
        while (told := self.ask(expression)) != expected:
            assert time.monotonic() < deadline, f"{expression} is {told}, expected {expected}"
            self.page.wait_for_timeout(50)

    def view_output_again(self):
        """Opens a second view of the active cell's output beside the notebook; returns it."""
        self.command("notebook:create-output-view")
        view = self.page.locator(".jp-LinkedOutputView .ul-root")
        view.wait_for()
        return view

    def close_second_view(self) -> None:
        """Closes what `view_output_again` has opened."""
        self.page.evaluate(
            """() => {
                for (const widget of [...window.jupyterapp.shell.widgets('main')]) {
                    if (widget.node.querySelector('.jp-LinkedOutputView')) widget.close();
                }
                window.jupyterapp.shell.activateById(window.lesson.id);
            }"""
        )

    def cell_ids(self) -> list[str]:
        """Returns the ids of the notebook's cells."""
        return self.page.evaluate(
            "() => window.lesson.content.widgets.map(({ model }) => model.id)"
        )

    def source(self, cell_id: str) -> str:
        """Returns the code of a cell."""
        return self.page.evaluate(
            "(cellId) => window.lesson.content.widgets"
            ".find(({ model }) => model.id === cellId).model.sharedModel.getSource()",
            cell_id,
        )

    def set_theme(self, theme: str) -> None:
        """Switches JupyterLab to its light or dark theme."""
        self.command("apputils:change-theme", {"theme": THEMES[theme]})
        light = "true" if theme == "light" else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
