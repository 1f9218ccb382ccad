"""separable_parameters: the weights of a depthwise separable convolution."""

from lessons_lib.checks.common import as_whole
from lessons_lib.checks.task import Misconception, Task


def declare() -> Task:
    """Declares the exercise."""
    return Task(
        name="separable_parameters",
        lesson=2,
        minutes=6,
        aim="Say how many weights a depthwise separable convolution has: a depthwise convolution "
        "with a square kernel, then a pointwise one (1×1), both without bias.",
        signature="separable_parameters(channels_in, channels_out, kernel)",
        hints=(
            "Two convolutions stand one after the other. Count each by itself, then add.",
            "The depthwise one has one small square of weights for each channel that comes in, and "
            "mixes no channels.",
            "The pointwise one sees a single pixel, but all of its channels, once for each channel "
            "that goes out: it is a table of channels_in by channels_out.",
        ),
        reference=_separable_parameters,
        cases=lambda: [
            *((2, 5, 3), (2, 5, 4), (2, 6, 3), (3, 5, 3)),
            *((16, 24, 3), (96, 32, 5), (7, 9, 1)),
        ],
        observe=lambda answer, *inputs: as_whole(answer(*inputs)),
        misconceptions=MISCONCEPTIONS,
        why="With 3×3 kernels and many channels out this is little more than a ninth of a plain "
        "convolution, and a good part of how MobileNetV2 fits into a telephone.",
    )


def _separable_parameters(channels_in: int, channels_out: int, kernel: int) -> int:
    return kernel**2 * channels_in + channels_in * channels_out


MISCONCEPTIONS = (
    Misconception(
        "counts a plain convolution",
        "That is the plain convolution, which looks at the window in all channels at once. "
        "MobileNetV2 is cheap because, above all, it does one after the other: first the window, "
        "then the channels.",
        lambda channels_in, channels_out, kernel: kernel**2 * channels_in * channels_out,
        also=(
            lambda channels_in, channels_out, kernel: (kernel**2 * channels_in + 1) * channels_out,
        ),
    ),
    Misconception(
        "leaves out the pointwise part",
        "Only the depthwise half is counted. So far no channel has met another, and there "
        "still are as many as came in.",
        lambda channels_in, channels_out, kernel: kernel**2 * channels_in,
    ),
    Misconception(
        "leaves out the depthwise part",
        "Only the 1×1 half is counted: it mixes channels, but never looks at a neighbouring pixel.",
        lambda channels_in, channels_out, kernel: channels_in * channels_out,
    ),
    Misconception(
        "does not square the kernel",
        "The kernel is counted as a row of pixels. It has a height and a width.",
        lambda channels_in, channels_out, kernel: kernel * channels_in + channels_in * channels_out,
    ),
    Misconception(
        "gives the depthwise part a square for each channel out",
        "The depthwise part is counted once for each channel that goes out. It comes first, "
        "and knows only the channels that come in.",
        lambda channels_in, channels_out, kernel: (
            kernel**2 * channels_out + channels_in * channels_out
        ),
    ),
    Misconception(
        "one window for all channels",
        "The depthwise part is counted as a single window. Each channel that comes in has a window "
        "of its own.",
        lambda channels_in, channels_out, kernel: kernel**2 + channels_in * channels_out,
    ),
    Misconception(
        "counts the pointwise part in rows",
        "The pointwise part is not counted as a table: each channel that goes out has a weight for "
        "each channel that comes in.",
        lambda channels_in, channels_out, kernel: kernel**2 * channels_in + channels_out,
        also=(
            lambda channels_in, channels_out, kernel: (
                kernel**2 * channels_in + channels_in + channels_out
            ),
            lambda channels_in, channels_out, kernel: kernel**2 * channels_in + channels_in,
        ),
    ),
    Misconception(
        "takes ^ for a power",
        "`^` is no power in Python: it compares bits. The square is `kernel**2`.",
        lambda channels_in, channels_out, kernel: (
            (kernel ^ 2) * channels_in + channels_in * channels_out
        ),
    ),
    Misconception(
        "doubles the kernel",
        "The kernel is taken twice instead of squared: a window of 3×3 has 9 pixels, not 6.",
        lambda channels_in, channels_out, kernel: (
            2 * kernel * channels_in + channels_in * channels_out
        ),
    ),
    Misconception(
        "multiplies the two parts",
        "The weights of the two convolutions are multiplied with each other. They stand one "
        "after the other, and each keeps its own weights.",
        lambda channels_in, channels_out, kernel: (
            kernel**2 * channels_in * (channels_in * channels_out)
        ),
    ),
    Misconception(
        "gives the pointwise part the kernel too",
        "The second convolution is counted with the large kernel as well. It is called "
        "pointwise because its window is one pixel.",
        lambda channels_in, channels_out, kernel: (
            kernel**2 * channels_in + kernel**2 * channels_in * channels_out
        ),
    ),
    Misconception(
        "counts biases",
        "There are biases in this count. The task has none: in MobileNetV2 a batch norm follows "
        "each of the two, and subtracts the mean, with any bias in it.",
        lambda channels_in, channels_out, kernel: (
            kernel**2 * channels_in + channels_in * channels_out + channels_in + channels_out
        ),
        also=(
            lambda channels_in, channels_out, kernel: (
                kernel**2 * channels_in + channels_in * channels_out + channels_out
            ),
        ),
    ),
)
