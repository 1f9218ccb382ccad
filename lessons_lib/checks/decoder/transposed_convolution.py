"""transposed_convolution: stamps that add up, by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checks.task import Misconception, Task
from lessons_lib.quiet import keras


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="transposed_convolution",
        lesson=3,
        minutes=12,
        aim="Work out a transposed convolution without padding, by hand: each number stamps the "
        "whole kernel, `stride` pixels further on for the next number, and stamps that overlap "
        "add up.",
        signature="transposed_convolution(numbers, kernel, stride)",
        hints=(
            "Begin with an array of zeros for the result. How far does the last stamp reach?",
            "For n numbers in a row, the last stamp begins at stride * (n - 1) and is as long as "
            "the kernel.",
            "Two loops, over the rows and the columns of `numbers`. The stamp of one number is the "
            "number times the kernel, laid at stride * row and stride * column.",
            "A slice of the result is as large as the kernel: `result[top : top + size, left : "
            "left + size]`. What has to happen to what lies there already?",
        ),
        reference=_stamp,
        cases=_stamps_to_add,
        returns=("result",),
        observe=lambda answer, *inputs: _as_table(answer(*inputs)),
        misconceptions=MISCONCEPTIONS,
        why="Whoever has added overlapping stamps once knows where checkerboards come from.",
    )


def _as_table(value: Any) -> Any:
    """Returns rows in lists as an array; a table may be written so as well."""
    if not isinstance(value, list | tuple):
        return value
    try:
        table = np.array(value)
    except ValueError:  # rows of unequal length
        return value
    return table if table.dtype.kind in "iuf" else value


def _in_whole_numbers(numbers: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    result = _stamp(numbers, kernel, stride) * 0
    size = len(kernel)
    for row, column in np.ndindex(numbers.shape):
        top, left = stride * row, stride * column
        stamp = np.trunc(numbers[row, column] * kernel)
        result[top : top + size, left : left + size] += stamp
    return result.astype(int)


def _with_a_rim(extra: Callable) -> Callable:
    """An answer whose result is too large, by zeros at its lower and right edges."""

    def answer(numbers: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
        more = extra(len(kernel), stride)
        return np.pad(_stamp(numbers, kernel, stride), ((0, more), (0, more)))

    return answer


def _with_padding_same(numbers: np.ndarray, kernel: np.ndarray, stride: int) -> Any:
    maps = numbers.astype("float32")[np.newaxis, ..., np.newaxis]
    weights = kernel.astype("float32")[..., np.newaxis, np.newaxis]
    result = keras.ops.conv_transpose(maps, weights, strides=stride, padding="same")
    return np.asarray(result)[0, ..., 0]


def _convolve(numbers: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """A plain convolution, which gathers where the transposed one stamps."""
    if min(numbers.shape) < len(kernel):
        return np.zeros([max(0, (side - len(kernel)) // stride + 1) for side in numbers.shape])
    windows = np.lib.stride_tricks.sliding_window_view(numbers, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows[::stride, ::stride], kernel)


def _stamp(numbers: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    size = len(kernel)
    height, width = numbers.shape
    result = np.zeros((stride * (height - 1) + size, stride * (width - 1) + size))
    for row in range(height):
        for column in range(width):
            top, left = stride * row, stride * column
            result[top : top + size, left : left + size] += numbers[row, column] * kernel
    return result


def _stamp_over(numbers: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Like `_stamp`, but a later stamp takes the place of an earlier one."""
    size = len(kernel)
    result = np.zeros_like(_stamp(numbers, kernel, stride))
    for row, column in np.ndindex(numbers.shape):
        top, left = stride * row, stride * column
        result[top : top + size, left : left + size] = numbers[row, column] * kernel
    return result


def _average_overlaps(numbers: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    stamps = _stamp(np.ones_like(numbers), np.ones_like(kernel), stride)
    return _stamp(numbers, kernel, stride) / np.maximum(stamps, 1)


def _cut_to_size(numbers: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    height, width = numbers.shape
    return _stamp(numbers, kernel, stride)[: stride * height, : stride * width]


def _stamps_to_add() -> list[tuple]:
    small = np.array([[1.0, 2.0], [3.0, 4.0]])
    corner = np.array([[1.0, 0.5], [0.25, 0.0]])
    square = np.array([[0.0, 1.0, 2.0], [3.0, 5.0, 4.0], [6.0, 1.0, 8.0]])
    wide = np.array([[2.0, -1.0, 3.0], [0.5, 4.0, 1.0]])
    return [
        *((small, corner, 2), (small, square, 2), (wide, square, 2), (wide.T, corner, 1)),
        *((wide, square, 3), (wide, square, 1)),
    ]


MISCONCEPTIONS = (
    Misconception(
        "the last stamp wins",
        "Where stamps overlap, the later one wipes out the earlier. Their sum belongs there: "
        "it is the sum that makes checkerboards.",
        _stamp_over,
    ),
    Misconception(
        "averages the overlaps",
        "Overlapping stamps are averaged. That would even out how often a pixel is stamped, but a "
        "transposed convolution does not do it.",
        _average_overlaps,
    ),
    Misconception(
        "takes a stride of 1",
        "The stamps are always one pixel apart, whatever the stride; so almost nothing is "
        "enlarged.",
        lambda numbers, kernel, stride: _stamp(numbers, kernel, 1),
    ),
    Misconception(
        "takes the kernel's size for the stride",
        "The stamps lie side by side, one kernel apart. The stride decides how far apart "
        "they are; a kernel larger than that has to overlap.",
        lambda numbers, kernel, stride: np.kron(numbers, kernel),
    ),
    Misconception(
        "copies without the kernel",
        "Each number is only copied, as nearest neighbour does, and what stands in the kernel is "
        "not used.",
        lambda numbers, kernel, stride: np.kron(numbers, np.ones_like(kernel)),
        also=(
            lambda numbers, kernel, stride: np.kron(numbers, np.ones((stride, stride))),
            lambda numbers, kernel, stride: _stamp(numbers, np.ones_like(kernel), stride),
        ),
    ),
    Misconception(
        "stamps the kernel without the number",
        "Every stamp is the same: the kernel alone. What has become of the number that stamps it?",
        lambda numbers, kernel, stride: _stamp(np.ones_like(numbers), kernel, stride),
    ),
    Misconception(
        "turns the kernel round",
        "The kernel is turned round or mirrored. A stamp is laid down as it is.",
        lambda numbers, kernel, stride: _stamp(numbers, kernel[::-1, ::-1], stride),
        also=(lambda numbers, kernel, stride: _stamp(numbers, kernel.T, stride),),
    ),
    Misconception(
        "leaves a rim",
        "The stamps are right, and the result is too large: rows and columns of 0 are left at its "
        "edge. Where does the last stamp end?",
        _with_a_rim(lambda size, stride: stride),
        also=(
            _with_a_rim(lambda size, stride: 1),
            _with_a_rim(lambda size, stride: size - stride if size > stride else size),
            _with_a_rim(lambda size, stride: size),
        ),
    ),
    Misconception(
        "whole numbers only",
        "The stamps are cut to whole numbers. The result holds decimal ones: an array of zeros is "
        "decimal unless it is told otherwise.",
        _in_whole_numbers,
        also=(lambda *inputs: _stamp(*inputs).astype(int),),
    ),
    Misconception(
        "always a stride of 2",
        "The stamps stand two pixels apart, whatever the stride.",
        lambda numbers, kernel, stride: _stamp(numbers, kernel, 2),
    ),
    Misconception(
        "exchanges rows and columns",
        "Rows and columns of `numbers` have changed places on the way: what stands to the right is "
        "stamped below.",
        lambda numbers, kernel, stride: _stamp(numbers.T, kernel, stride),
        also=(lambda numbers, kernel, stride: _stamp(numbers, kernel, stride).T,),
    ),
    Misconception(
        "a plain convolution",
        "This is the plain convolution, which gathers a window into one number. The transposed one "
        "goes the other way: each number is spread over a window.",
        _convolve,
    ),
    Misconception(
        "cuts off what reaches beyond",
        "The stamps at the lower and right edge are cut off, to keep `stride` times the size. In "
        'Keras padding "same" cuts to that size too; here no stamp is cut.',
        _cut_to_size,
        also=(_with_padding_same,),
    ),
)
