"""Sees to it that an answer changes nothing that other checks rest on.

An answer can put its own function in the place of NumPy's, Keras' or this package's. Then no result
means anything any more, its own included. So their functions and classes are noted when they are
first seen, and compared before and after each answer. What an answer replaces is put back, and
told; what the notebook has replaced outside of an answer is the learner's and stays, but no check
goes on.
"""

import builtins
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

PACKAGES = ("numpy", "keras", "lessons_lib")
MODULES = ("math", "random", "tensorflow")
TENSORFLOW = "tensorflow._api.v2."  # where its public functions stand
# Jupyter replaces some of the others itself.
BUILTINS = (
    *("abs", "all", "any", "bool", "callable", "dict", "enumerate", "float", "getattr", "hasattr"),
    *("id", "int", "isinstance", "issubclass", "iter", "len", "list", "map", "max", "min", "next"),
    *("range", "repr", "reversed", "round", "set", "setattr", "sorted", "str", "sum", "super"),
    *("tuple", "type", "vars", "zip"),
)
MOST_NAMED = 3


@dataclass
class _Namespace:
    """What stood in a module or class when it was first seen.

    Attributes:
        name: of the module or class.
        present: its names as they are now.
        first: those that stood for a function, a class or a module then. A module may be another
            one of its package by now: some are loaded only when they are used.
        assign: puts a value back.
    """

    name: str
    present: Any
    first: dict[str, Any]
    assign: Callable[[str, Any], None]

    def changed(self) -> Iterator[str]:
        """Gives the names that stand for something else by now."""
        if not self.first.items() <= self.present.items():
            missing = object()
            for name, value in self.first.items():
                now = self.present.get(name, missing)
                if now is not value and not _is_loaded_late(value, now):
                    yield name


@dataclass
class Guard:
    """Notes what the checks rest on, finds what has been replaced, and puts it back."""

    namespaces: list[_Namespace] = field(default_factory=list)
    code: list[tuple[FunctionType, Any, Any]] = field(default_factory=list)
    replaced_before: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def note(self) -> None:
        """Notes the modules that have been imported since the last time."""
        for name in [name for name in sys.modules if name not in self.seen]:
            module = sys.modules.get(name)
            if getattr(getattr(module, "__spec__", None), "_initializing", False):
                continue  # it is being imported at this moment
            self.seen.add(name)
            if isinstance(module, ModuleType) and _is_guarded(name):
                self._note_module(name, module)

    def _note_module(self, name: str, module: ModuleType) -> None:
        present = vars(module)
        wanted = BUILTINS if module is builtins else tuple(present)
        first = {key: present[key] for key in wanted if _is_guarded_value(present.get(key))}
        self.namespaces.append(_Namespace(name, present, first, present.__setitem__))
        for key, value in first.items():
            if name != "__main__" and getattr(value, "__module__", None) == "__main__":
                self.replaced_before.append(f"{name}.{key}")
            # A class of another module is noted there.
            if isinstance(value, type) and value.__module__ == name:
                self._note_class(value)
            if isinstance(value, FunctionType) and name.startswith("lessons_lib"):
                for one in {value, inspect.unwrap(value)}:  # see signatures.tell_calls
                    self.code.append((one, one.__code__, one.__defaults__))

    def _note_class(self, one: type) -> None:
        first = {key: value for key, value in vars(one).items() if isinstance(value, FunctionType)}
        name = f"{one.__module__}.{one.__qualname__}"

        def assign(key: str, value: Any) -> None:
            type.__setattr__(one, key, value)

        self.namespaces.append(_Namespace(name, vars(one), first, assign))

    def changes(self) -> list[str]:
        """Returns the names of all that is no longer what it was."""
        found = [f"{one.name}.{name}" for one in self.namespaces for name in one.changed()]
        for function, code, defaults in self.code:
            if function.__code__ is not code or function.__defaults__ is not defaults:
                found.append(f"{function.__module__}.{function.__qualname__}")
        return [*self.replaced_before, *found]

    def put_back(self) -> list[str]:
        """Puts all back as it was, and returns the names of what was put back."""
        # First of all the functions that are needed for it.
        changed = [(one, list(one.changed())) for one in self.namespaces]
        changed = [(one, names) for one, names in changed if names]
        for one, names in changed:
            for name in names:
                one.assign(name, one.first[name])
        found = [f"{one.name}.{name}" for one, names in changed for name in names]
        for function, code, defaults in self.code:
            if function.__code__ is not code or function.__defaults__ is not defaults:
                function.__code__, function.__defaults__ = code, defaults
                found.append(f"{function.__module__}.{function.__qualname__}")
        return found


def _is_loaded_late(first: Any, now: Any) -> bool:
    """Whether a module came in a module's place from the same package, as TensorFlow's do."""
    if not (isinstance(first, ModuleType) and isinstance(now, ModuleType)):
        return False
    return first.__name__.partition(".")[0] == now.__name__.partition(".")[0]


def _is_guarded_value(value: Any) -> bool:
    return callable(value) or isinstance(value, ModuleType)


def _is_guarded(name: str) -> bool:
    return (
        name in ("builtins", *MODULES)
        or name.partition(".")[0] in PACKAGES
        or (name.startswith(TENSORFLOW) and ".compat." not in name)
    )


def say_names(names: Sequence[str]) -> str:
    """Returns a few of the names, the shortest first, as a part of a sentence."""
    shown = sorted(set(names), key=lambda name: (len(name), name))[:MOST_NAMED]
    return ", ".join(f"`{name}`" for name in shown)


guard = Guard()
guard.note()
