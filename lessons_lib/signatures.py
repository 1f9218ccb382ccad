"""What a call is told that does not fit a function: how the function is called.

Python itself says how many arguments came; a beginner wants to read how the call is written. Each
module of the lessons ends with ``tell_calls(globals())``. Whatever a function raises itself passes.
"""

import difflib
import functools
import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any

CALLS = {"__init__": "", "__call__": "(…)"}  # how a learner writes them, behind the class
BY_PLACE = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def tell_calls(module: dict[str, Any]) -> None:
    """Lets the public functions and classes of a module say how they are called.

    Args:
        module: its ``globals()``.
    """
    for name, value in list(module.items()):
        if name.startswith("_") or getattr(value, "__module__", None) != module["__name__"]:
            continue
        if inspect.isfunction(value):
            module[name] = _telling(value, name, leave_out=0)
        elif inspect.isclass(value):
            for method, function in list(vars(value).items()):
                if inspect.isfunction(function) and not method.startswith("_"):
                    setattr(value, method, _telling(function, f"{name}.{method}", leave_out=1))
                elif inspect.isfunction(function) and method in CALLS:
                    called = name + CALLS[method]
                    setattr(value, method, _telling(function, called, leave_out=1))


def _telling(function: Callable, called: str, *, leave_out: int) -> Callable:
    """Wraps a function so that a call that does not fit it is told how it is written.

    Args:
        function: what is called.
        called: how a learner calls it.
        leave_out: how many arguments come first that no learner writes, such as ``self``.
    """

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True  # for IPython: the learner's line and the function's say it all
        try:
            return function(*arguments, **options)
        except (TypeError, ValueError) as error:
            _keep_whole(error)
            if isinstance(error, ValueError) or _fits(function, arguments, options):
                raise  # the error is the function's own
        parameters = list(inspect.signature(function).parameters.values())[leave_out:]
        given = len(arguments) - leave_out
        problem = _what_is_wrong(parameters, given, options)
        told = TypeError(f"{called} cannot be called so: {problem}; {_form(called, parameters)}.")
        _keep_whole(told)
        raise told

    return call


def _keep_whole(error: Exception) -> None:
    """Lets a sentence pass through a tf.data map as it is.

    TensorFlow would write it anew below "in user code:", behind paths and lines.
    """
    words = str(error)
    if words.endswith(".") and "\n" not in words:
        vars(error)["ag_pass_through"] = True
        vars(error).pop("ag_error_metadata", None)


def _fits(function: Callable, arguments: tuple, options: dict[str, Any]) -> bool:
    """Says whether a function can be called with these arguments."""
    try:
        inspect.signature(function).bind(*arguments, **options)
    except TypeError:
        return False
    return True


def _what_is_wrong(parameters: list[Parameter], given: int, options: dict[str, Any]) -> str:
    """Says why a call does not fit, in half a sentence."""
    by_place = [one.name for one in parameters if one.kind in BY_PLACE]
    by_name = [one.name for one in parameters if one.kind in BY_NAME]
    for name in options:
        if name not in by_name:
            close = difflib.get_close_matches(name, by_name, n=1)
            return f"it has no argument {name}" + (f" (did you mean {close[0]}?)" if close else "")
    if given > len(by_place):
        most = f"{len(by_place) or 'no'} argument{'' if len(by_place) == 1 else 's'}"
        return f"it takes {most} without a name, but {given} came"
    twice = [name for name in by_place[:given] if name in options]
    if twice:
        return f"{twice[0]} came twice, by its place and by its name"
    missing = [
        one.name
        for one in parameters
        if _is_needed(one) and one.name not in (*by_place[:given], *options)
    ]
    return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"


def _form(called: str, parameters: list[Parameter]) -> str:
    """Says how a call is written, and what else the function takes."""
    needed = ", ".join(
        f"{one.name}=…" if one.kind == Parameter.KEYWORD_ONLY else one.name
        for one in parameters
        if _is_needed(one)
    )
    named = [one.name for one in parameters if one.kind in BY_NAME and not _is_needed(one)]
    more = f", and by name what else it takes: {', '.join(named)}" if named else ""
    return f"write {called}({needed}){more}"


def _is_needed(parameter: Parameter) -> bool:
    return parameter.default is Parameter.empty and parameter.kind in (*BY_PLACE, *BY_NAME)
