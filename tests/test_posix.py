"""Tests that only POSIX can run say so, by the mark that skips them on Windows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
HELPERS = TESTS / "posix.py"
LINUX_ONLY = TESTS / "lab" / "soak"
"""Its conftest.py leaves it out elsewhere."""

ONLY_POSIX = {
    "fork",
    "forkpty",
    "getpgid",
    "killpg",
    "mkfifo",
    "setpgid",
    "setsid",
    "umask",
    "waitstatus_to_exitcode",
    "SIGALRM",
    "SIGCONT",
    "SIGKILL",
    "SIGSTOP",
    "SIGUSR1",
}
"""What ``os`` and ``signal`` have on POSIX alone."""

MODULES = {"fcntl", "pty", "pwd", "resource", "termios"}

MARKS = {"posix_only", "skipif"}


def names_in(tree: ast.AST) -> set[str]:
    """All names, arguments and modules that are mentioned, nested functions included."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                names.add(name)
            case ast.Import(names=aliases):
                names.update(alias.name for alias in aliases)
    return names


def attributes_in(tree: ast.AST) -> set[str]:
    """All names behind a dot."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def kills_by_number(tree: ast.AST) -> bool:
    """Whether ``os.kill`` is called otherwise than to end a process, as Windows can."""
    return any(
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "os.kill"
        and ast.unparse(node.args[1]) != "signal.SIGTERM"
        for node in ast.walk(tree)
    )


def unmarked(text: str, posix: set[str]) -> list[str]:
    """Name the tests of a module that use what is POSIX's, themselves or by functions of it."""
    tree = ast.parse(text)
    if any(map(is_mark_of_all, tree.body)):
        return []
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    known, before = set(posix), -1
    while len(known) != before:
        before = len(known)
        known |= {one.name for one in functions if is_posix(one, known)}
    return [
        one.name
        for one in functions
        if one.name.startswith("test_") and one.name in known and not is_marked(one)
    ]


def is_posix(function: ast.FunctionDef, known: set[str]) -> bool:
    names = names_in(function) & known or attributes_in(function) & ONLY_POSIX
    return bool(names) or kills_by_number(function)


def is_marked(function: ast.FunctionDef) -> bool:
    marks = [names_in(one) | attributes_in(one) for one in function.decorator_list]
    return any(one & MARKS for one in marks)


def is_mark_of_all(statement: ast.stmt) -> bool:
    """Whether it marks all tests of its module."""
    return ast.unparse(statement) == "pytestmark = posix_only"


def helpers() -> set[str]:
    """What ``tests/posix.py`` offers, but the mark."""
    tree = ast.parse(HELPERS.read_text(encoding="utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


def test_tests_that_only_posix_can_run_are_marked() -> None:
    """Else the first run on Windows would find them."""
    wrong = {
        path.relative_to(TESTS).as_posix(): found
        for path in sorted(TESTS.rglob("test_*.py"))
        if path.parent != LINUX_ONLY
        and (found := unmarked(path.read_text(encoding="utf-8"), MODULES | helpers()))
    }
    assert wrong == {}, "mark them with tests.posix.posix_only"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def test_it():\n    os.killpg(1, 2)", ["test_it"]),
        ("@posix_only\ndef test_it():\n    os.killpg(1, 2)", []),
        ("@pytest.mark.skipif(True)\ndef test_it():\n    signal.SIGKILL", []),
        ("def use():\n    os.fork()\ndef test_it():\n    use()", ["test_it"]),
        ("def forked():\n    import resource\ndef test_it(forked):\n    pass", ["test_it"]),
        ("def test_it():\n    os.kill(1, 0)", ["test_it"]),
        ("def test_it():\n    os.kill(1, signal.SIGTERM)", []),
        ("def test_it():\n    is_alive(1)", ["test_it"]),
        ("pytestmark = posix_only\ndef test_it():\n    os.fork()", []),
    ],
)
def test_what_is_found(text: str, found: list[str]) -> None:
    """Uses of its own, of functions and of fixtures of the same module, and of the helpers."""
    assert unmarked(text, MODULES | helpers()) == found
