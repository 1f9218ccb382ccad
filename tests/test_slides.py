"""The slides: what is shown, and what the speaker is told; tests/browser looks at them."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import make_slides  # noqa: E402

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def slides_of(path):
    return make_slides.as_slides(nbformat.read(path, as_version=4)).cells


def kind(cell):
    return cell.metadata["slideshow"]["slide_type"]


def markdown(*paragraphs):
    return nbformat.v4.new_markdown_cell("\n\n".join(paragraphs))


def test_headings_and_questions_are_shown_and_prose_is_told():
    notebook = nbformat.v4.new_notebook(
        cells=[
            markdown("# 1 · Title", "[![badge](a.svg)](b)", "Prose."),
            markdown("**Explain.** Because."),
            markdown("Before.", "**Predict.** What?"),
            nbformat.v4.new_code_cell("1", id="one"),
            nbformat.v4.new_code_cell("import os", id="imports"),
        ]
    )
    cells = make_slides.as_slides(notebook).cells
    assert [(kind(cell), cell.source) for cell in cells] == [
        ("slide", "# 1 · Title"),
        ("notes", "Prose."),
        ("notes", "**Explain.** Because."),
        ("subslide", "**Predict.** What?"),
        ("notes", "Before."),
        ("subslide", "1"),
    ]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_nothing_of_a_lesson_is_lost_but_badge_and_imports(path):
    lesson = nbformat.read(path, as_version=4).cells
    cells = slides_of(path)
    told = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for cell in lesson:
        if cell.cell_type == "markdown":
            for paragraph in re.split(r"\n\s*\n", cell.source):
                assert paragraph in told or paragraph.startswith("[![")
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    left_out = [one.id for one in lesson if one.cell_type == "code" and one.source not in code]
    assert left_out == ["host", "imports"]
    explained = [cell for cell in cells if cell.source.startswith("**Explain")]
    assert explained and all(kind(cell) == "notes" for cell in explained)
