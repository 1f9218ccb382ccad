"""receptive_field: how much of a photo a place depends on, from kernels and strides alone."""

from collections.abc import Callable, Sequence

from lessons_lib.checks.common import as_whole
from lessons_lib.checks.task import Misconception, Task


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="receptive_field",
        lesson=2,
        minutes=6,
        aim="Work out how many pixels wide the square is on which one place of the last layer "
        "depends, from the kernels and strides of all layers, first to last.",
        signature="receptive_field(layers)",
        hints=(
            "One layer with a kernel of 3 sees 3 pixels. How many more does a second one see, if "
            "its neighbours lie one pixel apart? And if they lie two apart?",
            "Carry two numbers along: the side of the square, and how many pixels lie between "
            "neighbouring places. Both are 1 at the photo.",
            "A kernel adds its other places, one fewer than it is wide, each of them a step away. "
            "Its own stride counts only for the layers behind it.",
            "For each layer: side = side + (kernel - 1) * step, and then step = step * stride.",
        ),
        reference=_receptive_field,
        observe=lambda answer, layers: as_whole(answer(layers)),
        cases=_networks,
        misconceptions=MISCONCEPTIONS,
        why="Without strides the square grows by a few pixels a layer, with each of them it grows "
        "twice as fast: five halvings let a place see a whole pet.",
    )


Layers = Sequence[tuple[int, int]]  # kernel and stride of each


def _networks() -> list[tuple]:
    """Kernels and strides; even kernels, kernels of 1 and strides that leave pixels out, too."""
    return [
        ([(3, 2), (3, 1)],),
        ([(3, 1), (3, 1), (3, 1)],),
        ([(5, 2)],),
        ([(7, 2), (2, 2), (3, 1), (3, 2), (3, 1)],),
        ([(3, 1), (2, 2), (5, 1), (2, 2), (4, 1), (3, 3), (2, 1)],),
        ([(1, 1), (5, 3), (1, 2), (4, 2), (1, 1), (3, 1)],),
        ([(3, 2), (1, 1), (3, 2), (1, 1), (3, 2), (3, 1), (3, 2), (3, 1), (3, 2), (3, 1)],),
    ]


def _receptive_field(layers: Layers) -> int:
    side = step = 1
    for kernel, stride in layers:
        side += (kernel - 1) * step
        step *= stride
    return side


def _walk(start: int, grow: Callable, move: Callable, *, move_first: bool = False) -> Callable:
    """An answer that carries side and step along, with a choice of mistakes."""

    def receptive_field(layers: Layers) -> int:
        side, step = start, 1
        for kernel, stride in layers:
            if move_first:
                step = move(step, stride)
            side += grow(kernel, step)
            if not move_first:
                step = move(step, stride)
        return side

    return receptive_field


def _others(kernel: int, step: int) -> int:
    return (kernel - 1) * step


def _times(step: int, stride: int) -> int:
    return step * stride


def _product(numbers: Sequence[int]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result


def _from_the_end(layers: Layers, *, step_back: Callable) -> int:
    """Goes from the last layer to the photo: how many places below does a square need?"""
    side = 1
    for kernel, stride in reversed(layers):
        side = step_back(side, kernel, stride)
    return side


def _needed(side: int, kernel: int, stride: int) -> int:
    return (side - 1) * stride + kernel


MISCONCEPTIONS = (
    Misconception(
        "forgets the strides",
        "The kernels alone are counted, as if all strides were 1. Behind a stride of 2 "
        "neighbouring places lie two pixels apart, and a kernel reaches twice as far.",
        _walk(1, lambda kernel, step: kernel - 1, _times),
    ),
    Misconception(
        "its own stride counts at once",
        "A layer's stride counts already for its own kernel. The kernel lies on the places of the "
        "layer before; the stride moves it on, and only what comes behind has larger steps.",
        _walk(1, _others, _times, move_first=True),
    ),
    Misconception(
        "counts the pixel in the middle anew",
        "Each layer adds its whole kernel. The place itself is in the square already, so only the "
        "others are new: one fewer than the kernel is wide.",
        _walk(1, lambda kernel, step: kernel * step, _times),
        also=(
            _walk(0, lambda kernel, step: kernel * step, _times),
            _walk(0, lambda kernel, step: kernel, _times),
            _walk(1, lambda kernel, step: kernel, _times),
        ),
    ),
    Misconception(
        "begins at 0",
        "It is one pixel too few every time: with no layer at all a place sees itself.",
        _walk(0, _others, _times),
    ),
    Misconception(
        "adds the strides",
        "The strides are added up. A stride of 2 behind a stride of 2 steps over four pixels, and "
        "behind a third one over eight: they multiply.",
        _walk(1, _others, lambda step, stride: step + stride),
        also=(_walk(1, _others, lambda step, stride: step + stride - 1),),
    ),
    Misconception(
        "only the stride of the layer before",
        "Of the strides before a layer only the last one counts. All of them do: each makes the "
        "steps of everything behind it larger.",
        _walk(1, _others, lambda step, stride: stride),
    ),
    Misconception(
        "multiplies the kernels",
        "The kernels are multiplied. Two kernels of 3 see 5 pixels and not 9, since neighbouring "
        "windows overlap.",
        lambda layers: _product([kernel for kernel, _ in layers]),
    ),
    Misconception(
        "the distance of neighbouring places",
        "This is how many pixels lie between neighbouring places of the last layer, the product of "
        "the strides. A place sees further than to its neighbour.",
        lambda layers: _product([stride for _, stride in layers]),
    ),
    Misconception(
        "goes backwards with the forward rule",
        "The layers are taken from the last to the first, with a rule that goes the other way. The "
        "steps of a layer depend on the strides before it, those nearer to the photo.",
        lambda layers: _receptive_field(layers[::-1]),
        also=(lambda layers: _from_the_end(layers[::-1], step_back=_needed),),
    ),
    Misconception(
        "forgets that the last place takes no step",
        "Going back from the end, a square of n places is n - 1 strides long, and a kernel. Here "
        "it is taken to be n strides long.",
        lambda layers: _from_the_end(
            layers, step_back=lambda side, kernel, stride: side * stride + kernel
        ),
        also=(
            lambda layers: _from_the_end(
                layers, step_back=lambda side, kernel, stride: side * stride + kernel - 1
            ),
        ),
    ),
    Misconception(
        "one layer only",
        "It is the kernel of a single layer. Does a `return` stand inside the loop?",
        lambda layers: _receptive_field(layers[:1]),
        also=(
            lambda layers: layers[-1][0],
            lambda layers: max(kernel for kernel, _ in layers),
        ),
    ),
    Misconception(
        "the last layer is missing",
        "The last layer's kernel is not counted, though its places are the ones that are asked "
        "about.",
        lambda layers: _receptive_field(layers[:-1]),
    ),
    Misconception(
        "the first layer is missing",
        "The first layer is passed over. It sees as many pixels as its kernel is wide, and its "
        "stride counts for all behind it.",
        lambda layers: _receptive_field(layers[1:]),
    ),
    Misconception(
        "halves of odd kernels",
        "The same number of pixels is added on either side, half a kernel rounded down: that is "
        "right for odd kernels. A kernel of 2 has one other place, and it is on one side.",
        _walk(1, lambda kernel, step: 2 * (kernel // 2) * step, _times),
    ),
    Misconception(
        "half of the square",
        "It is how far the square reaches to one side. Asked for is its whole width.",
        lambda layers: (_receptive_field(layers) - 1) // 2,
        also=(lambda layers: (_receptive_field(layers) - 1) / 2,),
    ),
    Misconception(
        "side and step",
        "It returns two numbers, the side and the step. The step is needed on the way only; asked "
        "for is the side alone.",
        lambda layers: (_receptive_field(layers), _product([stride for _, stride in layers])),
        also=(
            lambda layers: (_product([stride for _, stride in layers]), _receptive_field(layers)),
        ),
    ),
    Misconception(
        "the area",
        "It is the number of pixels in the square. Asked for is how many of them one side has.",
        lambda layers: _receptive_field(layers) ** 2,
    ),
    Misconception(
        "takes all kernels for 3",
        "It is right for kernels of 3 pixels alone. How large a kernel is stands in `layers`.",
        _walk(1, lambda kernel, step: 2 * step, _times),
    ),
    Misconception(
        "takes all strides for 2",
        "It doubles the step behind each layer. How far a layer steps stands in `layers`; many of "
        "them step over one place only.",
        _walk(1, _others, lambda step, stride: 2 * step),
    ),
)
