"""Tests of what a notebook shows when it is opened again: real servers, kernels and widgets."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request

import jupyter_client
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from lessons_lib.reopening import WIDGET_STATE, WIDGET_VIEW, leave_out_dead_views

GONE = "0" * 32


def shown(model_id: str, **others: str) -> dict:
    """An output that shows a widget, and whatever lies beside it."""
    view = {"model_id": model_id, "version_major": 2, "version_minor": 0}
    return new_output("display_data", {WIDGET_VIEW: view, **others})


def opened(*outputs: dict, alive=(), metadata=None) -> list[list[str]]:
    """The kinds of content that each output has once the notebook is open."""
    notebook = new_notebook(cells=[new_code_cell("x", outputs=list(outputs))])
    notebook.metadata.update(metadata or {})
    leave_out_dead_views(notebook, alive)
    return [sorted(output.data) for output in notebook.cells[0].outputs]


def picture(model_id: str) -> dict:
    return shown(model_id, **{"image/png": "aGk=", "text/plain": "MaskExplorer()"})


class TestLeavingOutDeadViews:
    def test_a_picture_takes_the_place_of_a_widget_that_is_gone(self):
        assert opened(picture("gone")) == [["image/png", "text/plain"]]

    def test_a_widget_that_lives_stays(self):
        kinds = opened(picture("gone"), picture("here"), alive={"here"})
        assert [WIDGET_VIEW in each for each in kinds] == [False, True]

    def test_a_widget_whose_state_the_notebook_holds_stays(self):
        metadata = {"widgets": {WIDGET_STATE: {"state": {"kept": {}}}}}
        assert WIDGET_VIEW in opened(picture("kept"), metadata=metadata)[0]

    def test_a_page_stands_in_as_well_but_a_name_does_not(self):
        assert opened(shown("gone", **{"text/html": "<b>3</b>"})) == [["text/html"]]
        assert opened(shown("gone", **{"text/plain": "Button()"})) == [[WIDGET_VIEW, "text/plain"]]

    def test_a_bar_that_stood_still_at_its_beginning_goes(self):
        bar = shown("gone", **{"text/plain": "  0%|          | 0/4 [00:00<?, ?it/s]"})
        assert opened(bar) == []
        assert len(opened(bar, alive={"gone"})) == 1

    def test_other_cells_and_outputs_stay_as_they_are(self):
        notebook = nbformat.from_dict(
            {"cells": [{"cell_type": "markdown", "source": "x"}, {"cell_type": "code"}]}
        )
        before = json.dumps(notebook)
        leave_out_dead_views(notebook, ())
        assert json.dumps(notebook) == before
        assert opened(new_output("display_data", {"image/png": "aGk="})) == [["image/png"]]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server of Jupyter's in whose folder a run notebook lies: a way to ask it, and its files."""
    folder = tmp_path_factory.mktemp("reopened")
    outputs = [picture(GONE)]
    nbformat.write(new_notebook(cells=[new_code_cell("x", outputs=outputs)]), folder / "run.ipynb")
    token, runtime = secrets.token_hex(16), folder / "jupyter_runtime_dir"
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    private = {name: str(folder / name.lower()) for name in names}
    # Switched on by the file that an installation lays down, not by an option of the command.
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    command += ["--ip=127.0.0.1", "--port=0", f"--ServerApp.root_dir={folder}"]
    command += [f"--IdentityProvider.token={token}"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | private, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 90
        while not list(runtime.glob("jpserver-*.json")) and time.monotonic() < deadline:
            time.sleep(0.1)
        (address,) = runtime.glob("jpserver-*.json")
        url = json.loads(address.read_text())["url"]

        def ask(path: str, body: dict | None = None):
            request = urllib.request.Request(
                f"{url}api/{path}",
                data=json.dumps(body).encode() if body else None,
                headers={"Authorization": f"token {token}"},
            )
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.loads(response.read())

        yield ask, runtime
    finally:
        server.terminate()
        server.wait(timeout=30)


def is_a_widget(ask) -> bool:
    output = ask("contents/run.ipynb?content=1")["content"]["cells"][0]["outputs"][0]
    assert "image/png" in output["data"]
    return WIDGET_VIEW in output["data"]


def comes_true(condition) -> bool:
    """Whether a condition comes true within a minute: a kernel that starts is busy with that."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)
    return condition()


def run(kernel: jupyter_client.BlockingKernelClient, code: str) -> None:
    reply = kernel.execute_interactive(code, timeout=60, output_hook=lambda message: None)
    assert reply["content"]["status"] == "ok"


def test_a_server_gives_out_a_widget_only_while_a_kernel_of_the_notebook_has_it(served):
    ask, runtime = served
    assert not is_a_widget(ask), "no kernel"
    wanted = {"path": "run.ipynb", "type": "notebook", "name": "", "kernel": {}}
    kernel_id = ask("sessions", wanted)["kernel"]["id"]
    assert comes_true(lambda: not is_a_widget(ask)), "a kernel that has no widget yet"
    kernel = jupyter_client.BlockingKernelClient()
    kernel.load_connection_file(str(runtime / f"kernel-{kernel_id}.json"))
    kernel.start_channels()
    try:
        run(kernel, "import comm")
        run(kernel, f"comm.create_comm(target_name='jupyter.widget', comm_id='{GONE}')")
        assert is_a_widget(ask), "a kernel that has the widget"
        kernel.execute("import time; time.sleep(4)")
        assert is_a_widget(ask), "a kernel that is busy"
    finally:
        kernel.stop_channels()
    ask(f"kernels/{kernel_id}/restart", {"now": True})
    assert comes_true(lambda: not is_a_widget(ask)), "a kernel that was restarted"
