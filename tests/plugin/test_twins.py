"""Every option in every way in which it can be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.plugin.options import ALL
from pytest_speedup.plugin.settings import read_settings

if TYPE_CHECKING:
    from pytest_speedup.plugin.options import Option

NATIVE = int(pytest.__version__.partition(".")[0]) > 8
"""Whether pytest reads ``[tool.pytest]`` as TOML."""

TWINS: dict[str, tuple[str, list[str]]] = {
    "--speedup-workers": ("2,3", ["[2, 3]", '["2", "3"]', '"2,3"']),
    "--speedup-executors": ("serial,thread", ['["serial", "thread"]', '"serial,thread"']),
    "--speedup-size": ("seed", ['"seed"']),
    "--speedup-start-method": ("spawn", ['"spawn"']),
    "--speedup-dask-scheduler": ("tcp://127.0.0.1:1", ['"tcp://127.0.0.1:1"']),
    "--speedup-fail": ("0.1", ['"10%"', "0.1", '"0.1"']),
    "--speedup-confirm": ("no", ['"no"']),
    "--speedup-against": ("main", ['"main"']),
    "--speedup-detect": ("0.05", ['"5%"', "0.05", '"0.05"']),
    "--speedup-base-env": ("install[a,b]", ['"install[a,b]"']),
    "--speedup-harness": ("head", ['"head"']),
    "--speedup-plan": ("", ["true", '"true"']),
    "--speedup-shard": ("2/8", ['"2/8"']),
    "--speedup-shard-costs": ("last.json", ['"last.json"']),
    "--speedup-budget": ("60", ["60", "60.0", '"60"']),
    "--speedup-timeout": ("50", ["50", "50.0", '"50"']),
    "--speedup-allow": ("missing,incomparable", ['["missing", "incomparable"]']),
    "--speedup-strict": ("", ["true", '"true"']),
    "--speedup-reset": ("", ["true", '"true"']),
    "--speedup-acknowledged": ("a.toml", ['"a.toml"']),
    "--speedup-explain": ("all", ['"all"']),
    "--speedup-report": ("a.json,b.md", ['["a.json", "b.md"]', '"a.json,b.md"']),
}
"""Of each flag a value, and what means the same in TOML."""

CASES = [(option, value) for option in ALL for value in TWINS[option.flag][1]]


def value(pytester: pytest.Pytester, option: Option, *args: str) -> Any:  # noqa: ANN401
    return option.value(pytester.parseconfig(*args))


def flag(option: Option) -> str:
    given = TWINS[option.flag][0]
    return f"{option.flag}={given}" if given else option.flag


def text(toml: str) -> str:
    """Write a value of TOML as an ini file has it."""
    return toml.strip("[]").replace('"', "") if toml.startswith("[") else toml.strip('"')


def test_every_option_is_here() -> None:
    """One that is new is tried, too."""
    assert set(TWINS) == {option.flag for option in ALL}


@pytest.mark.parametrize(("option", "toml"), CASES, ids=lambda one: getattr(one, "name", one))
@pytest.mark.parametrize(
    "kind",
    [
        "pytest.ini",
        "ini_options",
        pytest.param("native", marks=pytest.mark.skipif(not NATIVE, reason="came with pytest 9")),
    ],
)
def test_a_twin_means_what_its_flag_means(
    pytester: pytest.Pytester, option: Option, toml: str, kind: str
) -> None:
    """As text, or as numbers, booleans and arrays."""
    expected = value(pytester, option, flag(option))
    assert expected != value(pytester, option) or option.default == TWINS[option.flag][0]
    if kind == "pytest.ini":
        pytester.makeini(f"[pytest]\n{option.ini} = {text(toml)}\n")
    else:
        table = "tool.pytest" if kind == "native" else "tool.pytest.ini_options"
        pytester.makepyprojecttoml(f"[{table}]\n{option.ini} = {toml}\n")
    assert value(pytester, option) == expected
    assert value(pytester, option, f"-o{option.ini}={text(toml)}") == expected


@pytest.mark.skipif(not NATIVE, reason="came with pytest 9")
@pytest.mark.parametrize(
    "setting",
    [
        "speedup_workers = true",
        "speedup_workers = []",
        "speedup_workers = [1.5]",
        "speedup_workers = [[1]]",
        "speedup_strict = 1",
        "speedup_strict = [true, false]",
        "speedup_fail = 10",
        "speedup_fail = false",
        "speedup_budget = true",
        "speedup_size = { a = 1 }",
        "speedup_against = 2020-01-01",
    ],
)
def test_a_wrong_value_is_refused_by_name(pytester: pytest.Pytester, setting: str) -> None:
    """What TOML can say and the option cannot mean is no default."""
    pytester.makepyprojecttoml(f"[tool.pytest]\n{setting}\n")
    name = setting.partition(" ")[0]
    with pytest.raises(pytest.UsageError, match=rf"ini option {name}: .*") as error:
        read_settings(pytester.parseconfig("--benchmark-compare"), timing=True)
    assert "\n" not in str(error.value)


@pytest.mark.skipif(not NATIVE, reason="came with pytest 9")
def test_zero_and_false_are_values(pytester: pytest.Pytester) -> None:
    """They do not count as nothing."""
    pytester.makepyprojecttoml("[tool.pytest]\nspeedup_budget = 0\nspeedup_strict = false\n")
    settings = read_settings(pytester.parseconfig(), timing=True)
    assert (settings.budget, settings.strict) == (0.0, False)


MARGIN = "[pytest]\nspeedup_fail = 10%\n"
AGAINST = "[pytest]\nspeedup_against = main\n"


@pytest.fixture(params=[MARGIN, "[pytest]\naddopts = --speedup-fail=10%\n", "environment"])
def _margin_for_every_run(
    request: pytest.FixtureRequest, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.param == "environment":
        monkeypatch.setenv("PYTEST_ADDOPTS", "--speedup-fail=10%")
        return
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeini(request.param)


@pytest.mark.parametrize(
    ("args", "timing", "margin"),
    [
        ([], True, None),
        ([], False, None),
        (["--collect-only"], True, None),
        (["--benchmark-compare"], True, 0.1),
        (["--benchmark-compare"], False, None),
        (["--speedup-against=main"], True, 0.1),
        (["--speedup-fail=20%"], True, 0.2),  # refused later on, as there is nothing to compare
    ],
)
@pytest.mark.usefixtures("_margin_for_every_run")
def test_a_margin_for_every_run_asks_for_no_comparison(
    pytester: pytest.Pytester,
    args: list[str],
    timing: bool,  # noqa: FBT001 - of a table
    margin: float | None,
) -> None:
    """It says what is accepted where something is compared."""
    assert read_settings(pytester.parseconfig(*args), timing=timing).margin == margin


def test_a_file_of_arguments_asks_as_the_command_line_does(pytester: pytest.Pytester) -> None:
    """A gate that was asked for in a way that is not looked at must not be off."""
    (pytester.path / "arguments").write_text("--speedup-fail=10%\n")
    config = pytester.parseconfig("@arguments")
    assert read_settings(config, timing=True).margin == 0.1


@pytest.mark.parametrize(
    ("args", "timing", "against", "idle"),
    [
        ([], True, "main", ""),
        ([], False, None, "not compared with main, as this run times nothing"),
        (["--collect-only"], True, None, "not compared with main, as this run times nothing"),
        (
            ["--benchmark-compare"],
            True,
            None,
            "not compared with main, but as --benchmark-compare says",
        ),
        (["--speedup-against=other"], False, "other", ""),
    ],
)
def test_a_commit_for_every_run_is_compared_with_where_that_is_possible(
    pytester: pytest.Pytester,
    args: list[str],
    timing: bool,  # noqa: FBT001 - of a table
    against: str | None,
    idle: str,
) -> None:
    """Elsewhere the header says that nothing is."""
    pytester.makeini(AGAINST)
    settings = read_settings(pytester.parseconfig(*args), timing=timing)
    assert (settings.against, settings.idle) == (against, idle)
    assert str(settings).endswith(idle)


@pytest.mark.parametrize(
    ("args", "resets"),
    [
        ([], False),
        (["--benchmark-autosave"], True),
        (["--benchmark-save=a"], True),
        (["--benchmark-autosave", "--benchmark-compare", "--speedup-fail=10%"], False),
        (["--speedup-reset"], True),  # refused later on, as nothing is saved
    ],
)
def test_a_reset_for_every_run_is_of_those_that_save(
    pytester: pytest.Pytester,
    args: list[str],
    resets: bool,  # noqa: FBT001 - of a table
) -> None:
    """It breaks no other run."""
    pytester.makeini("[pytest]\nspeedup_reset = true\n")
    assert read_settings(pytester.parseconfig(*args), timing=True).reset is resets
