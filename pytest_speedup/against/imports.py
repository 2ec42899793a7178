"""What a file of Python may bring in, by its text: imports, names, and what it does at once.

Nothing runs. Imports within functions count, as they are there; those for types alone do not, as
they never run. What is said of a file errs on the side of more.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OPENING = frozenset(
    (
        *("import_module", "__import__", "import_string", "reload", "lazy_import"),
        *("exec_module", "load_module", "spec_from_file_location", "module_from_spec"),
        *("run_path", "run_module", "iter_modules", "walk_packages", "resolve_name", "locate"),
        *("entry_points", "iter_entry_points", "get_objects"),
        *("__subclasses__", "__init_subclass__"),
    )
)
"""Names by which code reaches modules, or classes of them, that no import of it names."""

RUNNING = frozenset(("exec", "eval", "execfile", "__import__"))
"""Builtins that run text."""

UNPICKLING = frozenset(("pickle", "_pickle", "cPickle", "dill", "cloudpickle", "shelve", "joblib"))
"""Modules that import whatever their data name."""

OWN, DECORATED = "", "its own, decorated"
"""Where names of a file come from that it makes itself; what is decorated may decorate others of
it, as ``x.setter`` does."""

QUIET = {
    DECORATED,
    *("pytest", "hypothesis", "pluggy", "numba", "numpy", "jax", "attr", "attrs", "pydantic"),
    *("toolz", "typing_extensions", "wrapt"),
}
"""Packages of others whose decorators change nothing elsewhere; nor do those of Python."""

BUILTINS = frozenset(("property", "staticmethod", "classmethod", "print"))
OWN_NAMES = frozenset(("globals", "locals", "vars"))

CHANGING = re.compile(
    "(set|setattr|register|install|patch|monkeypatch|configure|add|use|enable|disable)(?![a-z])"
)
"""How functions are named that change something elsewhere, though something takes their result."""

DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
MAX_WORD = 200
"""Letters of a text that may name a module."""

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python raises of a text that is no code, or none of this version."""


@dataclass(frozen=True, slots=True)
class Imports:
    """What a file may bring in.

    Attributes:
        absolute: names of modules that it imports, or may, as ``from a import b`` does of ``a.b``.
        relative: how many dots, and the name after them, likewise.
        words: names of attributes, and parts of texts that look like names: of modules, perhaps.
        opens: whether it may reach modules that none of this names.
        loud: whether it does something to others as it is imported, as what registers itself.
        hooks: whether it defines hooks or settings of pytest.
    """

    absolute: frozenset[str] = frozenset()
    relative: frozenset[tuple[int, str]] = frozenset()
    words: frozenset[str] = frozenset()
    opens: bool = False
    loud: bool = False
    hooks: bool = False


def read_imports(text: str | bytes) -> Imports | None:
    """Read a file of Python; None where it is no code that this Python reads.

    Args:
        text: of the file.
    """
    try:
        tree = ast.parse(text)
        return _read(tree)
    except UNREADABLE:
        return None


def _read(tree: ast.Module) -> Imports:
    absolute: set[str] = set()
    relative: set[tuple[int, str]] = set()
    words: set[str] = set()
    names: set[str] = set()
    for node in _running(tree):
        if isinstance(node, ast.Import):
            absolute.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found = _imported_from(node)
            words.update(alias.name for alias in node.names)
            if node.level:
                relative.update((node.level, name) for name in found)
            else:
                absolute.update(found)
        elif isinstance(node, ast.Attribute):
            words.add(node.attr)
        elif isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.update(_parts(node.value))
    imported = {name.partition(".")[0] for name in absolute}
    by_modules = "modules" in words and "sys" in imported
    by_text = bool(names & RUNNING or "builtins" in imported)
    by_name = bool((words | names) & OPENING or imported & UNPICKLING)
    return Imports(
        frozenset(absolute),
        frozenset(relative),
        frozenset(words),
        opens=by_modules or by_text or by_name,
        loud=is_loud(tree.body),
        hooks=any(map(_is_hook, tree.body)),
    )


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk over all nodes but those for types alone."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and _is_for_types(node.test):
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _is_for_types(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _imported_from(node: ast.ImportFrom) -> list[str]:
    start = node.module or ""
    inside = [alias.name for alias in node.names if alias.name != "*"]
    return [start, *(f"{start}.{name}" if start else name for name in inside)]


def _parts(text: str) -> Iterable[str]:
    """Split a text that may name a module, or something in one, as ``acme.core:run`` does."""
    name = text.replace(":", ".").strip(".")
    if len(name) > MAX_WORD or DOTTED.fullmatch(name) is None:
        return ()
    return name.split(".")


def _is_hook(node: ast.stmt) -> bool:
    """Whether a statement defines what pytest looks for by its name, or may."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name.startswith("pytest_")
    if isinstance(node, ast.Import | ast.ImportFrom):
        named = [alias.asname or alias.name for alias in node.names]
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        named = [one.id for one in _targets(node) if isinstance(one, ast.Name)]
    else:
        return any(map(_is_hook, _statements_in(node)))
    return any(name == "*" or name.startswith("pytest_") for name in named)


def is_loud(body: Iterable[ast.stmt]) -> bool:
    """Whether a file changes something elsewhere as it is imported, as far as its text shows.

    It does where it calls something and takes no result, decorates by what other packages of
    projects have, or assigns to a part of what it did not make itself.
    """
    return _speak(body, {})


def _speak(body: Iterable[ast.stmt], origins: Mapping[str, str]) -> bool:
    known = dict(origins)
    for node in body:
        if _speaks(node, known):
            return True
        known.update(_bound(node, known))
    return False


def _bound(node: ast.stmt, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Say of which package what a statement names comes, or that the file makes it itself."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield alias.asname or first, first
    elif isinstance(node, ast.ImportFrom):
        first = "." if node.level else (node.module or "").partition(".")[0]
        yield from ((alias.asname or alias.name, first) for alias in node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, DECORATED if node.decorator_list else OWN
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        root = None if node.value is None else _root(node.value)
        origin = OWN if root is None else known.get(root, OWN)
        yield from ((one.id, origin) for one in _targets(node) if isinstance(one, ast.Name))
    else:
        inner = dict(known)
        for one in _statements_in(node):
            inner.update(_bound(one, inner))
        yield from inner.items()


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _statements_in(node: ast.stmt) -> list[ast.stmt]:
    """List the statements of a block that runs at once, whichever branch it takes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    if isinstance(node, ast.If) and _is_for_types(node.test):
        return node.orelse
    if isinstance(node, ast.If) and _is_main(node.test):
        return node.orelse
    found: list[ast.stmt] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            found.append(child)
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            found.extend(child.body)
    return found


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and getattr(test.left, "id", "") == "__name__"


def _speaks(node: ast.stmt, known: Mapping[str, str]) -> bool:
    """Whether a statement may change something elsewhere as its file is imported."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        loud = any(not _is_quiet(one, known) for one in node.decorator_list)
        return loud or (isinstance(node, ast.ClassDef) and _speak(node.body, known))
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant) and not _is_pytests(node.value, known)
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = [node.target] if isinstance(node, ast.AugAssign) else _targets(node)
        return _changes(node.value, known) or any(_reaches_out(one, known) for one in targets)
    if isinstance(node, ast.Delete):
        return any(_reaches_out(one, known) for one in node.targets)
    return _speak(_statements_in(node), known)


def _is_quiet(decorator: ast.expr, known: Mapping[str, str]) -> bool:
    root = _root(decorator)
    origin = None if root is None else known.get(root)
    if origin is None:
        return root in BUILTINS
    return origin in QUIET or (origin in sys.stdlib_module_names and origin != "atexit")


def _is_pytests(expression: ast.expr, known: Mapping[str, str]) -> bool:
    root = _root(expression)
    return root in BUILTINS or (root is not None and known.get(root) == "pytest")


def _changes(value: ast.expr | None, known: Mapping[str, str]) -> bool:
    """Whether a value is that of a call which is named as one that changes something."""
    if not isinstance(value, ast.Call) or _is_pytests(value, known):
        return False
    called = value.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name != "set" and CHANGING.match(name) is not None


def _reaches_out(target: ast.expr, known: Mapping[str, str]) -> bool:
    """Whether an assignment changes what the file did not make itself."""
    if isinstance(target, ast.Tuple | ast.List):
        return any(_reaches_out(one, known) for one in target.elts)
    if isinstance(target, ast.Starred):
        return _reaches_out(target.value, known)
    if not isinstance(target, ast.Attribute | ast.Subscript):
        return False
    root = _root(target)
    return root is None or (root not in OWN_NAMES and known.get(root) not in {OWN, DECORATED})


def _root(expression: ast.expr) -> str | None:
    """Name what an expression begins with; None where that is no name."""
    while not isinstance(expression, ast.Name):
        if isinstance(expression, ast.Call):
            expression = expression.func
        elif isinstance(expression, ast.Attribute | ast.Subscript):
            expression = expression.value
        else:
            return None
    return expression.id
