"""The examples in docstrings give what they say."""

import doctest
import importlib
import inspect

import pytest

from lessons_lib.authoring.notebooks import REPOSITORY

MODULES = [
    ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((REPOSITORY / "lessons_lib").rglob("*.py"))
    if ">>> " in path.read_text("utf-8")
]


class Finder(doctest.DocTestFinder):
    """Finds the examples of functions that tell how they are called, too."""

    def _from_module(self, module, object):
        one = inspect.unwrap(object) if callable(object) else object
        return super()._from_module(module, one)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_a_modules_docstrings_hold(name):
    module, runner = (
        importlib.import_module(name),
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS),
    )
    for examples in Finder().find(module):
        runner.run(examples)
    written = inspect.getsource(module).count("    >>> ")
    assert runner.tries >= written > 0
    assert runner.failures == 0
