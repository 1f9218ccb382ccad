"""A Jupyter Server extension: a notebook opens with pictures where its widgets are gone.

In a trusted notebook JupyterLab prefers a widget's view to the picture beside it, even where the
kernel that drew the widget has ended, and then shows "Error displaying widget: model not found".
So a notebook leaves the server without the views of widgets that no longer live. The file stays as
it is until the learner saves the notebook.

Installing the course switches it on, for JupyterLab and Jupyter Notebook, however they are started.
"""

import inspect
from collections.abc import Collection
from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
FROZEN_BAR = "[00:00<?"  # how tqdm's text begins, of which a widget was to show the rest
PATIENCE = 1.0  # seconds for a kernel, which may be busy


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """What Jupyter Server asks an extension for."""
    return [{"module": "lessons_lib.reopening"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Steps in where the server reads a notebook for the browser."""
    contents = server.contents_manager
    plain_get = contents.get
    if not inspect.iscoroutinefunction(plain_get):
        return  # a manager of somebody else's, in which nothing may be awaited

    async def get(path: str, content: bool = True, **options: Any) -> dict[str, Any]:
        model = await plain_get(path, content=content, **options)
        if content and model["type"] == "notebook":
            alive = await living_widgets(server, path)
            if alive is not None:
                leave_out_dead_views(model["content"], alive)
        return model

    contents.get = get


async def living_widgets(server: Any, path: str) -> set[str] | None:
    """Asks the kernels of a notebook which widgets they have.

    Args:
        server: Jupyter's ``ServerApp``.
        path: the notebook's, as the server names it.

    Returns:
        Identities of widget models; None where a kernel is too busy to answer.
    """
    alive: set[str] = set()
    for session in await server.session_manager.list_sessions():
        if session["path"].strip("/") == path.strip("/"):
            client = server.kernel_manager.get_kernel(session["kernel"]["id"]).client()
            client.start_channels(iopub=False, stdin=False, hb=False, control=False)
            try:
                reply = await client.comm_info("jupyter.widget", reply=True, timeout=PATIENCE)
            except TimeoutError:
                return None
            finally:
                client.stop_channels()
            alive |= set(reply["content"].get("comms", {}))
    return alive


def leave_out_dead_views(notebook: Any, alive: Collection[str]) -> None:
    """Takes the views of widgets that are gone out of a notebook's outputs, in place.

    A view stays where nothing that can be seen lies beside it, and where the notebook holds the
    widget's state. A progress bar that stood still at its beginning goes as a whole.

    Args:
        notebook: as nbformat 4 has it.
        alive: identities of the widget models that live.
    """
    saved = notebook.get("metadata", {}).get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for cell in notebook.get("cells", []):
        kept = []
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            view = data.get(WIDGET_VIEW)
            if view is not None and view.get("model_id") not in {*alive, *saved}:
                if FROZEN_BAR in data.get("text/plain", ""):
                    continue
                if any(kind.startswith("image/") or kind == "text/html" for kind in data):
                    del data[WIDGET_VIEW]
            kept.append(output)
        if "outputs" in cell:
            cell["outputs"] = kept
