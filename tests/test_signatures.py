"""A call that does not fit a function says how it is written; all else passes unchanged."""

import inspect
import pickle

import pytest

from lessons_lib import decoder, encoder, training
from lessons_lib.class_imbalance import add_sample_weights
from lessons_lib.classes import percent
from lessons_lib.quiet import tf
from lessons_lib.signatures import tell_calls


def adds(first, second, *, third=0):
    """Adds."""
    return first + second + third


MODULE = {"adds": adds, "_hidden": adds, "__name__": adds.__module__}
tell_calls(MODULE)


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        ((1,), {}, "adds cannot be called so: second is missing; write adds(first, second)"),
        ((), {}, "first and second are missing"),
        ((1, 2, 3), {}, "it takes 2 arguments without a name, but 3 came"),
        ((1, 2), {"thrid": 3}, "it has no argument thrid (did you mean third?)"),
        ((1, 2), {"first": 3}, "first came twice"),
        ((1,), {}, "and by name what else it takes: third."),
    ],
)
def test_a_call_that_does_not_fit_is_told_how_it_is_written(arguments, options, says):
    with pytest.raises(TypeError) as error:
        MODULE["adds"](*arguments, **options)
    assert says in str(error.value)


def test_a_function_s_own_errors_and_results_pass():
    assert MODULE["adds"](1, 2, third=3) == 6
    assert MODULE["_hidden"] is adds
    with pytest.raises(TypeError, match="unsupported operand"):
        MODULE["adds"](1, "2")


def test_what_is_told_keeps_name_words_signature_and_place():
    assert decoder.unet_model.__name__ == "unet_model"
    assert "encoder" in inspect.signature(decoder.unet_model).parameters
    assert inspect.getsource(percent).startswith("def percent")
    assert pickle.loads(pickle.dumps(training.train)) is training.train
    with pytest.raises(TypeError, match=r"ReceptiveField.window cannot be called so"):
        encoder.ReceptiveField(3, 1, 0).window(1)


def test_a_sentence_passes_through_a_map_as_it_is():
    """TensorFlow reads ``ag_pass_through``, which it does not promise."""
    pairs = tf.data.Dataset.from_tensors((tf.zeros((2, 4, 4, 3)), tf.zeros((2, 4, 4, 1), tf.uint8)))
    with pytest.raises(ValueError, match=r"^add_sample_weights needs masks of integer labels.*\.$"):
        pairs.map(lambda image, mask: add_sample_weights(mask, image, [1, 2, 3]))
    with pytest.raises(
        TypeError, match=r"^add_sample_weights cannot be called so: weights is.*\.$"
    ):
        pairs.map(add_sample_weights)
