"""parameters_of_block: what a block of the decoder holds."""

from collections.abc import Callable

from lessons_lib.checks.common import as_whole
from lessons_lib.checks.task import Misconception, Task


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="parameters_of_block",
        lesson=3,
        minutes=6,
        aim="Say how many parameters an `upsample` block holds, trainable or not, that gets "
        "`channels` from below joined with `skip_channels` from the side: a transposed "
        "convolution without bias, and its batch norm.",
        signature="parameters_of_block(channels, skip_channels, filters, size)",
        hints=(
            "Two layers hold numbers: the convolution and the batch norm. ReLU holds none.",
            "The kernel is a window of size by size, and each place in it is a table of channels "
            "in by filters out. How many channels come in, after the join?",
            "A batch norm keeps, for each channel, a scale and a shift that are trained, and a "
            "mean and a variance that are measured.",
        ),
        reference=_parameters_of_block,
        cases=lambda: [
            *((2, 3, 5, 3), (2, 3, 5, 4), (2, 3, 6, 3), (2, 4, 5, 3), (3, 3, 5, 3)),
            *((96, 32, 16, 3), (40, 24, 8, 4)),
        ],
        observe=lambda answer, *inputs: as_whole(answer(*inputs)),
        misconceptions=MISCONCEPTIONS,
        why="The formula shows where to save: weights grow with channels in times channels out. Of "
        "our decoder's, the two deepest blocks hold about 85 %.",
    )


def _parameters_of_block(channels: int, skip_channels: int, filters: int, size: int) -> int:
    return size**2 * (channels + skip_channels) * filters + 4 * filters


def _formula(weights: Callable, norm: Callable = lambda filters: 4 * filters) -> Callable:
    """An answer made of two formulas: the convolution's weights, and what comes with them."""
    return lambda channels, skip_channels, filters, size: (
        weights(channels, skip_channels, filters, size) + norm(filters)
    )


MISCONCEPTIONS = (
    Misconception(
        "forgets the kernel",
        "The kernel's window is not counted. Each filter looks at more than one pixel, and "
        "has a weight for each of them.",
        _formula(lambda channels, skip, filters, size: (channels + skip) * filters),
    ),
    Misconception(
        "does not square the kernel",
        "Of the kernel only one side is counted. A window of 3×3 has more than 3 pixels.",
        _formula(lambda channels, skip, filters, size: size * (channels + skip) * filters),
    ),
    Misconception(
        "forgets the skip's channels",
        "The channels of the skip connection are left out. They are joined on before the "
        "block, and each filter reads them too.",
        _formula(lambda channels, skip, filters, size: size**2 * channels * filters),
    ),
    Misconception(
        "counts the skip only",
        "Only the channels of the skip connection are counted; those from below come in as well.",
        _formula(lambda channels, skip, filters, size: size**2 * skip * filters),
    ),
    Misconception(
        "multiplies the channels",
        "The channels from below and those from the side are multiplied with each other. "
        "They are laid behind each other.",
        _formula(lambda channels, skip, filters, size: size**2 * channels * skip * filters),
    ),
    Misconception(
        "forgets the batch norm",
        "The convolution is right, but the batch norm is missing, or counted as one number a "
        "channel. It is small, but it holds several for each.",
        _formula(
            lambda channels, skip, filters, size: size**2 * (channels + skip) * filters,
            lambda filters: 0,
        ),
        also=(
            _formula(
                lambda channels, skip, filters, size: size**2 * (channels + skip) * filters,
                lambda filters: filters,
            ),
        ),
    ),
    Misconception(
        "counts only what batch norm trains",
        "Of the batch norm only what is trained is counted. It also keeps what it has "
        "measured, and a saved model holds that too.",
        _formula(
            lambda channels, skip, filters, size: size**2 * (channels + skip) * filters,
            lambda filters: 2 * filters,
        ),
    ),
    Misconception(
        "counts a bias",
        "One number a filter too many: that is the bias which this convolution does not have.",
        _formula(
            lambda channels, skip, filters, size: size**2 * (channels + skip) * filters,
            lambda filters: 5 * filters,
        ),
    ),
    Misconception(
        "gives the batch norm another width",
        "The batch norm is counted for other channels than those that the convolution gives: it "
        "stands behind it, and keeps four numbers for each of its filters.",
        lambda channels, skip, filters, size: (
            size**2 * (channels + skip) * filters + 4 * (channels + skip)
        ),
        also=(
            lambda channels, skip, filters, size: size**2 * (channels + skip) * filters + 4,
            lambda channels, skip, filters, size: (
                size**2 * (channels + skip) * filters + 4 * (filters + skip)
            ),
        ),
    ),
    Misconception(
        "joins behind the block",
        "The skip's channels are counted among those that go out, as if they were joined on behind "
        "the block. They are joined on before it, and go in.",
        _formula(lambda channels, skip, filters, size: size**2 * channels * (filters + skip)),
        also=(
            lambda channels, skip, filters, size: (
                size**2 * channels * filters + 4 * (filters + skip)
            ),
            lambda channels, skip, filters, size: (size**2 * channels + 4) * (filters + skip),
        ),
    ),
    Misconception(
        "counts the stride",
        "The stride is counted as well. It says where the stamps lie, and has no weights.",
        _formula(lambda channels, skip, filters, size: 4 * size**2 * (channels + skip) * filters),
        also=(
            _formula(
                lambda channels, skip, filters, size: 2 * size**2 * (channels + skip) * filters
            ),
        ),
    ),
    Misconception(
        "leaves out brackets",
        "Only one of the two kinds of channels is multiplied by window and filters: `+` comes "
        "after `*` unless brackets stand around it.",
        _formula(lambda channels, skip, filters, size: size**2 * channels + skip * filters),
        also=(
            _formula(lambda channels, skip, filters, size: size**2 * channels * filters + skip),
            _formula(lambda channels, skip, filters, size: channels + size**2 * skip * filters),
        ),
    ),
    Misconception(
        "counts one filter",
        "This is one filter's share of the convolution. There are as many as channels that go out.",
        _formula(lambda channels, skip, filters, size: size**2 * (channels + skip)),
    ),
)
