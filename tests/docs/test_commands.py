"""Every command in the documentation could be typed: its options, files and environments exist."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.__main__ import _parser as parser_of_lab
from pytest_speedup.__main__ import _parser as parser_of_commands
from pytest_speedup.executors import choice
from tests.docs.pages import ROOT, blocks, pages
from tests.docs.tox_file import environments

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STARTS = ("git ", "mpiexec ", "pip ", "pytest ", "python ", "tox ")
ELSEWHERE = {"build", "twine"}
"""Modules of the environment that a release is made in."""

LINES = {
    line.partition("  #")[0].strip(): str(block)
    for block in blocks("sh")
    for line in block.text.replace("\\\n", " ").splitlines()
    if line.strip() and not line.lstrip().startswith("#")
}
INLINE = {
    " ".join(code.split()): page.name
    for page in pages()
    for code in page.code
    if code.startswith(STARTS)
}
COMMANDS = sorted({part.strip() for line in {**LINES, **INLINE} for part in line.split("&&")})

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def check(words: Sequence[str], pytester: pytest.Pytester) -> None:
    """Refuse what could not be typed."""
    match list(words):
        case ["pytest", *arguments]:
            pytester.parseconfig(*arguments)
        case ["mpiexec", *arguments]:
            check(arguments[arguments.index("pytest") :], pytester)
        case ["tox", *arguments] | ["python", "-m", "tox", *arguments]:
            check_tox(arguments, pytester)
        case ["python", "-m", "pip", "install", *arguments]:
            check_installation(arguments)
        case ["python", "-m", "pytest_speedup", command, *arguments]:
            parser_of_commands().parse_args([command, *arguments])
        case ["python", "-m", "benchmarks.lab", command, *arguments]:
            parser_of_lab().parse_args([command, *arguments])
        case ["python", "-m", module, *_]:
            assert module in ELSEWHERE or importlib.util.find_spec(module)
        case ["python", script, *_]:
            assert (ROOT / script).is_file()
        case ["git", *_]:
            pass
        case _:
            pytest.fail(f"nobody checks {words}")


def check_tox(arguments: list[str], pytester: pytest.Pytester) -> None:
    """Refuse environments that do not exist, and what they could not be told."""
    assert arguments[0] == "-e"
    names = arguments[1].split(",")
    assert set(names) <= environments()
    more = arguments[3:] if arguments[2:3] == ["--"] else []
    told: dict[str, Callable[[], object]] = {
        "bench": lambda: pytester.parseconfig(*more),
        "evaluate": lambda: parser_of_lab().parse_args(more),
    }
    for name in names:
        told.get(name, lambda: None)()


def check_installation(arguments: Sequence[str]) -> None:
    """Refuse extras and dependency groups that the project has not."""
    words = list(arguments)
    for option, value in pairwise(words):
        if option == "--group":
            assert value in PROJECT["dependency-groups"]
    extras = [re.fullmatch(r"(?:pytest-speedup|\.)\[(.+)\](?:==.*)?", word) for word in words]
    named = {extra for found in extras if found for extra in found[1].split(",")}
    assert named <= set(PROJECT["project"]["optional-dependencies"])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_could_be_typed(
    command: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the parsers that will read it; whether libraries are installed is another matter."""
    monkeypatch.setattr(choice, "EXTRAS", {})
    check(shlex.split(command), pytester)


@pytest.mark.parametrize(
    "command",
    [
        "pytest --speedup-margin=10%",
        "pytest --speedup-workers=none",
        "python -m tox -e nothing",
        "python -m tox -e evaluate -- flood",
        "python -m pip install 'pytest-speedup[nothing]'",
        "python -m pytest_speedup history --nothing",
        "python benchmarks/nothing.py",
        "python -m pytest_nothing",
        "make all",
    ],
)
def test_a_wrong_command_is_refused(command: str, pytester: pytest.Pytester) -> None:
    """Or this file would look at nothing."""
    with pytest.raises((AssertionError, SystemExit, pytest.UsageError, pytest.fail.Exception)):
        check(shlex.split(command), pytester)


def test_every_option_exists(pytester: pytest.Pytester) -> None:
    """In sentences and tables, too."""
    known = set(re.findall(r"--[a-z][\w-]+", pytester.runpytest_inprocess("--help").stdout.str()))
    for page in pages():
        named = set(
            re.findall(r"--(?:speedup|benchmark)-[a-z][\w-]*", page.path.read_text("utf-8"))
        )
        assert named <= known, page.name
