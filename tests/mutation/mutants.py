"""Makes mutants of a module: the same source with one small mistake in it.

The mistakes are those of mutmut, used as a library, and four that it lacks: a condition turned
round, a statement left out, a float halved (its own, one more, is too coarse for a threshold or
a rate), and in text nothing but a changed key: sentences for people are left as they are.

mutmut itself leaves out module constants, properties and all decorated functions, and calls the
others through wrappers, whose source is not what TensorFlow would compile into its graphs.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_string

LEFT_AS_THEY_ARE = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
CALLS_WITHOUT_MUTANTS = ("len", "isinstance")


@dataclass(frozen=True)
class Mutant:
    """One mutant of a module.

    Attributes:
        name: the line number and what changed in it, as in a diff; unique in its module.
        function: the top-level function or method that changed; empty outside of functions.
        source: the whole changed module.
    """

    name: str
    function: str
    source: str


def make_mutants(source: str, count: int, seed: int) -> list[Mutant]:
    """Makes mutants of a module's source, in the order of its lines.

    Args:
        source: the module's text.
        count: how many to make, drawn at random where there are more; 0 for all.
        seed: of the draw.
    """
    tree = MetadataWrapper(cst.parse_module(source))
    finder = _MistakeFinder()
    tree.visit(finder)
    random.Random(seed).shuffle(finder.found)
    mutants: dict[str, Mutant] = {}
    for line, function, node, mistake in finder.found:
        mutated = tree.module.deep_replace(node, mistake).code
        if mutated != source and _compiles(mutated):
            name = f"{line}: {_describe(source, mutated)}"
            mutants.setdefault(name, Mutant(name, function, mutated))
        if len(mutants) == count:
            break
    return sorted(mutants.values(), key=lambda mutant: int(mutant.name.split(":")[0]))


class _MistakeFinder(cst.CSTVisitor):
    """Goes through a module and notes (line, function, node, node with a mistake)."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self):
        super().__init__()
        self.found: list[tuple[int, str, cst.CSTNode, cst.CSTNode]] = []
        self.scopes: list[cst.ClassDef | cst.FunctionDef] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Notes a node's mistakes; tells whether to look within it."""
        if isinstance(node, cst.ClassDef | cst.FunctionDef):
            self.scopes.append(node)
        if isinstance(node, LEFT_AS_THEY_ARE) or _is_trivial_call(node):
            return False
        for mistake in _mistakes(node):
            line = self.get_metadata(PositionProvider, node).start.line
            self.found.append((line, self._function(), node, mistake))
        return True

    def on_leave(self, node: cst.CSTNode) -> None:
        """Leaves a class or function."""
        if self.scopes and self.scopes[-1] is node:
            self.scopes.pop()

    def _function(self) -> str:
        """The qualified name of the outermost function around a node."""
        names = []
        for scope in self.scopes:
            names.append(scope.name.value)
            if isinstance(scope, cst.FunctionDef):
                return ".".join(names)
        return ""


def _mistakes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.SimpleString):
        if " " not in node.value:
            yield from list(operator_string(node))[:1]
        return
    if isinstance(node, cst.Float):
        yield node.with_changes(value=repr(node.evaluated_value / 2 or 1.0))
        return
    for kind, operator in mutation_operators:
        if isinstance(node, kind) and operator is not operator_string:
            yield from operator(node)
    if isinstance(node, cst.If):
        negated = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield node.with_changes(test=cst.UnaryOperation(cst.Not(), negated))
    if isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
        yield cst.Pass()


def _is_trivial_call(node: cst.CSTNode) -> bool:
    is_named = isinstance(node, cst.Call) and isinstance(node.func, cst.Name)
    return is_named and node.func.value in CALLS_WITHOUT_MUTANTS


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _describe(source: str, mutated: str) -> str:
    """The changed lines, before and after."""
    lines = list(unified_diff(source.splitlines(), mutated.splitlines(), n=0, lineterm=""))[3:]
    before = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    after = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    return f"{before} → {after}"
