"""Makes slides of the lessons in ``build/slides``, from the committed notebooks.

    make slides

What a class looks at goes on the slides: headings, code with its pictures and figures, and the
questions to predict from. The prose, above all what explains an answer, becomes the speaker's
notes (key S). reveal.js comes from npm and is copied beside the slides, which fetch nothing.
"""

import re
import shutil
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
SLIDES = ROOT / "build" / "slides"
REVEAL = ROOT / "node_modules" / "reveal.js"
TEMPLATES = ROOT / "lessons_lib" / "nbconvert_templates"
NOT_SHOWN = ("host", "imports")  # cells
HEADING = re.compile(r"#+ ")
QUESTION = "**Predict"
BADGE = "[!["


def as_slides(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Returns a notebook whose cells say what nbconvert shall make of them.

    A first or second heading begins a slide, all else follows below it; paragraphs that are neither
    heading nor question become notes of what is shown before them.
    """
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.id not in NOT_SHOWN:
            cells.append(_of_type("subslide", cell))
        elif cell.cell_type == "markdown":
            cells += _split(cell)
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)


def _split(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Makes a slide of a cell's headings and questions, and notes of the rest."""
    shown, told = [], []
    for paragraph in re.split(r"\n\s*\n", cell.source):
        is_shown = HEADING.match(paragraph) or paragraph.startswith(QUESTION)
        if not paragraph.startswith(BADGE):
            (shown if is_shown else told).append(paragraph)
    parts = []
    if shown:
        begins = shown[0].startswith(("# ", "## "))
        parts.append(_markdown("slide" if begins else "subslide", shown, ["large"]))
    if told:
        parts.append(_markdown("notes", told, []))
    return parts


def _markdown(kind: str, paragraphs: list[str], tags: list[str]) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_markdown_cell("\n\n".join(paragraphs), metadata={"tags": tags})
    return _of_type(kind, cell)


def _of_type(kind: str, cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    cell = nbformat.from_dict(cell)
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def make_exporter() -> SlidesExporter:
    """Returns what turns such a notebook into a page, with reveal.js beside it."""
    return SlidesExporter(
        template_name="slides",
        extra_template_basedirs=[str(TEMPLATES)],
        reveal_url_prefix="reveal.js",
        reveal_theme="white",  # whose fonts come with it
        config=Config({"SlidesExporter": {"exclude_input_prompt": True}}),
    )


def main() -> None:
    """Writes the slides of each lesson, and reveal.js beside them."""
    shutil.rmtree(SLIDES, ignore_errors=True)
    for part in ("dist", "plugin/notes", "LICENSE"):
        source, target = REVEAL / part, SLIDES / "reveal.js" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    exporter = make_exporter()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = as_slides(nbformat.read(path, as_version=4))
        name = {"metadata": {"name": path.stem}}
        page, _ = exporter.from_notebook_node(notebook, resources=name)
        (SLIDES / f"{path.stem}.html").write_text(page, "utf-8")
    print(f"{len(list(SLIDES.glob('*.html')))} lessons in {SLIDES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
