"""Static pages of the lessons: each picture has its alternative text."""

from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from lessons_lib.plots import plot_bars
from lessons_lib.plots.figure import mimebundle

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "lessons_lib" / "nbconvert_templates"


def page_of(notebook: nbformat.NotebookNode) -> str:
    exporter = HTMLExporter(template_name="lessons", extra_template_basedirs=[str(TEMPLATES)])
    return exporter.from_notebook_node(notebook)[0]


def alternative_texts(page: str) -> list[str]:
    return [picture["alt"] for picture in BeautifulSoup(page, "html.parser").select("img")]


def test_a_page_takes_the_text_from_the_picture_and_reads_it_as_text():
    data, metadata = mimebundle(plot_bars(["a", "b"], [1, 2], "pets").to_png(), 'two "bars" <b>')
    output = new_output("display_data", data, metadata=metadata)
    page = page_of(new_notebook(cells=[new_code_cell("1", outputs=[output])]))
    assert alternative_texts(page) == ['two "bars" <b>']


def test_each_picture_of_a_lesson_has_its_text():
    notebook = nbformat.read(ROOT / "notebooks" / "06_on_your_own.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    badge, *texts = alternative_texts(page_of(notebook))
    assert badge == "Open in Colab"
    assert len(texts) == len(pictures) > 3
    assert "No description has been provided" not in "".join(texts)


def test_the_template_comes_with_the_package():
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"share/jupyter/nbconvert/templates/lessons"' in settings
    assert {file.name for file in (TEMPLATES / "lessons").iterdir()} == {
        "conf.json", "index.html.j2"
    }  # fmt: skip
