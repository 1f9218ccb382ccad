"""Takes from a lesson the cells that one of its cells needs, and makes a short notebook of them.

A whole lesson would take minutes. So the cells that define the names that a cell reads are looked
up, and those that these read, back to the imports. What merely changes an object (a training of
``model``) is left out, unless it defines a name too.
"""

import dis
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
LAST = "last"


def short_lesson(
    name: str, cell_ids: Sequence[str], shrunk: Mapping[str, str]
) -> nbformat.NotebookNode:
    """Makes a notebook of some cells of a lesson, and of those that they need.

    Args:
        name: of the lesson's file.
        cell_ids: of the cells that the tests are about.
        shrunk: from pieces of the lesson's code to what stands in their place here, so that
            trainings take seconds.

    Returns:
        The notebook, without outputs, its cells with the lesson's ids; an empty one, "last",
        stands at the end.

    Raises:
        ValueError: the lesson has no such cell, or no longer holds a piece to be shrunk.
    """
    lesson = nbformat.read(NOTEBOOKS / name, as_version=4)
    cells = {cell.id: cell.source for cell in lesson.cells if cell.cell_type == "code"}
    missing = set(cell_ids) - set(cells)
    if missing:
        raise ValueError(f"{name} has no cell {', '.join(sorted(missing))}.")
    cells = {one: cells[one] for one in needed_cells(cells, cell_ids)}
    for piece, short in shrunk.items():
        if not any(piece in source for source in cells.values()):
            raise ValueError(f"{name} no longer holds {piece!r}, which its test makes shorter.")
        cells = {one: source.replace(piece, short) for one, source in cells.items()}
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, id=one)
            for one, source in (cells | {LAST: ""}).items()
        ],
        metadata={"kernelspec": kernel},
    )


def needed_cells(cells: Mapping[str, str], cell_ids: Sequence[str]) -> list[str]:
    """Returns the cells that some cells need, themselves included, in the lesson's order."""
    order = list(cells)
    names = {one: names_of(source) for one, source in cells.items()}
    needed, asked = set(), list(cell_ids)
    while asked:
        one = asked.pop()
        needed.add(one)
        for name in names[one][0]:
            makers = [each for each in order[: order.index(one)] if name in names[each][1]]
            asked += [each for each in makers[-1:] if each not in needed]
    return [one for one in order if one in needed]


def names_of(source: str) -> tuple[set[str], set[str]]:
    """Returns the names that code reads before it makes them, and those that it makes."""
    read, made = set(), set()
    plain = TransformerManager().transform_cell(source)  # a cell may hold IPython's % lines
    for instruction in _instructions(compile(plain, "cell", "exec")):
        if instruction.opname == "STORE_NAME":
            made.add(instruction.argval)
        elif instruction.opname in ("LOAD_NAME", "LOAD_GLOBAL") and instruction.argval not in made:
            read.add(instruction.argval)
    return read, made


def _instructions(code: CodeType) -> Iterator[dis.Instruction]:
    """Gives the instructions of code, and of the functions in it where they are defined."""
    for instruction in dis.get_instructions(code):
        yield instruction
        if isinstance(instruction.argval, CodeType):
            yield from _instructions(instruction.argval)
