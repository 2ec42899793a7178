"""The reference has what the code has, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

import pytest_speedup.plugin
from pytest_speedup import executors
from pytest_speedup.__main__ import main
from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import BROKEN, NOT_GREEN
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.model import Fails, Outcome
from pytest_speedup.plugin import hooks, start
from pytest_speedup.plugin.cells import Marks
from pytest_speedup.plugin.options import ALL, ALLOW
from tests.docs.pages import ROOT, read_page
from tests.docs.tox_file import described, environments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_speedup.plugin.options import Option

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
SCHEMA = json.loads((files("pytest_speedup.reports") / "schema.json").read_text("utf-8"))
CODES = {
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.INTERRUPTED,
    pytest.ExitCode.USAGE_ERROR,
    NOT_GREEN,
    BROKEN,
}


def option_row(option: Option) -> list[str]:
    """Write an option's row: the help is the one source."""
    flag = option.flag if option.bare is not None else f"{option.flag}={option.metavar}"
    default = f"`{option.default}`" if option.default else ""
    return [f"`{flag}`", f"`{option.ini}`", default, option.help]


def test_options() -> None:
    """And their ini twins, defaults and help."""
    table = read_page(REFERENCE / "options.md").table("option", "in the ini file", "default", "")
    assert list(table.values()) == list(map(option_row, ALL))


def test_keywords_of_the_marker() -> None:
    """In their order."""
    table = read_page(REFERENCE / "marker.md").table("keyword", "value", "what it says")
    assert list(table) == [field.name for field in fields(Marks)]


def test_fixtures() -> None:
    """Those that the plugin gives."""
    exported = pytest_speedup.plugin.__all__
    given = {one for one in exported if one.islower() and not one.startswith(("pytest_", "_"))}
    assert set(read_page(REFERENCE / "fixtures.md").table("fixture", "what it is")) == given


def test_hooks() -> None:
    """Those that the plugin implements, with their place among others."""
    table = read_page(REFERENCE / "hooks.md").table("hook", "what for")
    implemented: dict[str, set[str]] = {}
    for plugin in (start, hooks):
        own = (
            name for name in vars(plugin) if name.startswith("pytest_") and name != "pytest_speedup"
        )
        for hook in own:
            options = getattr(getattr(plugin, hook), "pytest_impl", {})
            places = {name for name in ("tryfirst", "trylast", "wrapper") if options.get(name)}
            implemented.setdefault(hook, set()).update(places)
    assert set(table) == set(implemented)
    for hook, places in implemented.items():
        assert set(re.findall(r"`(tryfirst|trylast|wrapper)`", table[hook][1])) == places, hook


def test_outcomes() -> None:
    """In their order."""
    table = read_page(REFERENCE / "outcomes.md").table("outcome", "means", "gate")
    assert list(table) == [outcome.value for outcome in Outcome]
    for outcome in Outcome:
        gate, allowing = table[outcome.value][-1], f"`--speedup-allow={outcome.value}`"
        red = outcome.fails in {Fails.ALWAYS, Fails.UNLESS_ALLOWED}
        assert gate.startswith("**red**") is red, outcome
        assert (allowing in gate) is (outcome.fails is Fails.UNLESS_ALLOWED), outcome
        assert ("`--speedup-strict`" in gate) is (outcome.fails is Fails.IF_STRICT), outcome


def test_what_can_be_allowed_is_named_by_its_option() -> None:
    """In their order."""
    named = ALLOW.help.partition(": ")[2].partition(";")[0].split(", ")
    assert named == [one.value for one in Outcome if one.fails is Fails.UNLESS_ALLOWED]


def test_exit_codes() -> None:
    """Those that pytest and the plugin end with."""
    table = read_page(REFERENCE / "exit-codes.md").table("exit code", "means")
    assert set(map(int, table)) == set(map(int, CODES))


def test_losses() -> None:
    """Each with the time that goes into it, in the words of the code."""
    table = read_page(DOCS / "guide" / "losses.md").table("loss", "time that goes into")
    assert list(table.values()) == [[loss.value, loss.kind.goes_into] for loss in Loss]


def test_executors() -> None:
    """Those that come with the project."""
    table = read_page(DOCS / "guide" / "executors.md").table("executor", "runs tasks on", "needs")
    with pytest.raises(SpeedupError) as refusal:
        executors.find("none of them")
    known = str(refusal.value).partition("choose from ")[2].split(", ")
    assert set(table) == set(known)


@pytest.mark.parametrize("command", ["history", "compare", "comment", "merge"])
def test_options_of_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of their own help."""
    text = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"(?ms)^## python -m pytest_speedup {command}$(.*?)^## ", text)
    with pytest.raises(SystemExit):
        main([command, "--help"])
    known = set(re.findall(r"(?m)^ +(-{1,2}[a-z][\w-]*)", capsys.readouterr().out))
    assert set(re.findall(r"\| `(-{1,2}[a-z][\w-]*)", section)) == known - {"-h", "--help"}


@pytest.mark.parametrize("part", ["", *SCHEMA["$defs"]])
def test_keys_of_the_json(part: str) -> None:
    """With their types, and what the schema says of them."""
    tables = [t for t in read_page(REFERENCE / "json.md").tables if t[0] == ["key", "type", ""]]
    rows = dict(zip(["", *_headings()], tables, strict=True))[part]
    schema = SCHEMA["$defs"][part] if part else SCHEMA
    expected = [[f"`{key}`", kind, said] for key, kind, said in keys(schema)]
    assert list(rows[1:]) == expected
    assert all(said for _, _, said in expected), "each key has a description"


def test_environments_of_tox() -> None:
    """Each is a check that CONTRIBUTING.md names, in the words of tox, and the other way round."""
    table = read_page(ROOT / "CONTRIBUTING.md").table("command", "what it checks")
    said = {row.partition(" -e ")[2]: columns[1] for row, columns in table.items()}
    assert {name for names in said for name in names.split(",")} == set(environments())
    assert {name: said.get(name) for name in described()} == described()


def _headings() -> list[str]:
    return re.findall(r"(?m)^## (\w+)$", (REFERENCE / "json.md").read_text(encoding="utf-8"))


def keys(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str, str]]:
    """List the keys of an object: where they stand, their type and their description."""
    for form in [schema, *schema.get("anyOf", ())]:
        for name, value in form.get("properties", {}).items():
            inner = f"{path}.{name}" if path else name
            yield inner, kind_of(value), value.get("description", "")
            yield from keys(value, inner)
        if "items" in form:
            yield from keys(form["items"], f"{path}[]")


def kind_of(schema: Mapping[str, Any]) -> str:  # noqa: PLR0911 - one for each form
    """Word the type of a value."""
    match schema:
        case {"$ref": reference}:
            return str(reference).rpartition("/")[2]
        case {"anyOf": forms}:
            return " or ".join(map(kind_of, forms))
        case {"const": value}:
            return json.dumps(value)
        case {"enum": values}:
            return " or ".join(map(json.dumps, values))
        case {"type": "array", "items": items}:
            return f"array of {kind_of(items)}"
        case {"type": "object", "additionalProperties": {} as values} if values:
            return f"object of {kind_of(values)}"
        case {"type": [*kinds]}:
            return " or ".join(kinds)
    return str(schema["type"])
