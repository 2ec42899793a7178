from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pytest_speedup import executors
from pytest_speedup.model import DeclaredEnv
from pytest_speedup.plugin import options
from pytest_speedup.plugin.cells import Marks
from pytest_speedup.plugin.settings import Settings, cell_ids, read_settings


def make_settings(**changes: Any) -> Settings:  # noqa: ANN401 - each field has its own type
    fields: dict[str, Any] = {
        "workers": (1, 2),
        "executors": ("serial", "thread", "process"),
        "only_workers": None,
        "only_executors": None,
        "size": "default",
        "start_method": "spawn",
        "dask_scheduler": None,
        "timing": True,
        "detect": None,
        "confirm": True,
        "margin": None,
        "against": None,
        "idle": "",
        "base_env": DeclaredEnv(),
        "harness": "base",
        "plan": False,
        "shard": None,
        "shard_costs": None,
        "collects": False,
        "budget": 60.0,
        "timeout": 600.0,
        "allowed": frozenset(),
        "same": False,
        "rules": False,
        "strict": False,
        "reset": False,
        "reports": (),
        "explain": None,
        "acknowledged": Path("x"),
    }
    return Settings(**{**fields, **changes})


def ids(settings: Settings, marks: Marks) -> list[str]:
    return cell_ids(settings.cells(marks))


def test_serial_code_has_one_cell() -> None:
    """It is the same for any number of workers."""
    expected = ["serial-1", "thread-1", "thread-2", "process-1", "process-2"]
    assert ids(make_settings(), Marks()) == expected


def test_a_marker_replaces_the_ini_files_choice() -> None:
    """A test knows best what it can run on."""
    assert ids(make_settings(), Marks(executors=("thread",), workers=(8,))) == ["thread-8"]


def test_the_command_line_chooses_among_a_markers_cells() -> None:
    """It narrows, and never runs a test on what the test excludes."""
    marks = Marks(executors=("thread", "process"), workers=(2, 8))
    settings = make_settings(only_executors=("serial", "thread"), only_workers=(8, 16))
    assert ids(settings, marks) == ["thread-8"]


@pytest.mark.parametrize("option", ["--speedup-harness=head", "--speedup-base-env=install"])
def test_what_is_for_a_comparison_asks_for_one(pytester: pytest.Pytester, option: str) -> None:
    """A run that does without would be green, and not what was meant; files may say it for all."""
    with pytest.raises(pytest.UsageError, match="add --speedup-against=REF"):
        read_settings(pytester.parseconfig(option), timing=True)
    read_settings(pytester.parseconfig(option, "--speedup-against=HEAD"), timing=True)
    pytester.makeini(f"[pytest]\naddopts = {option}")
    read_settings(pytester.parseconfig(), timing=True)


SHARD = "--speedup-shard=2/8"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([SHARD], "--speedup-shard is for a comparison with a commit: add --speedup-against=REF"),
        ([SHARD, "--speedup-shard-costs=a.json"], "add --speedup-against=REF"),
        (["-ospeedup_shard=2/8"], "add --speedup-against=REF"),
        (["--speedup-shard-costs=a.json"], "is for shards: add --speedup-shard=NUMBER/COUNT"),
        (["-ospeedup_shard=9/8", "--speedup-against=HEAD"], "ini option speedup_shard: a shard is"),
    ],
)
def test_a_shard_of_nothing_is_refused(
    pytester: pytest.Pytester, args: list[str], said: str
) -> None:
    """Nobody would put together what is compared with nothing."""
    with pytest.raises(pytest.UsageError, match=re.escape(said)):
        read_settings(pytester.parseconfig(*args), timing=True)


@pytest.mark.parametrize("args", [[SHARD], ["-ospeedup_shard=2/8"]])
def test_who_calls_pytest_says_which_shard_it_is(
    pytester: pytest.Pytester, args: list[str]
) -> None:
    """As in each job of a matrix."""
    settings = read_settings(pytester.parseconfig("--speedup-against=HEAD", *args), timing=True)
    assert settings.shard == (2, 8)
    assert "shard 2 of 8" in str(settings)


def test_a_variable_says_it_as_well(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PYTEST_ADDOPTS is who calls pytest, too."""
    monkeypatch.setenv("PYTEST_ADDOPTS", SHARD)
    settings = read_settings(pytester.parseconfig("--speedup-against=HEAD"), timing=True)
    assert settings.shard == (2, 8)


@pytest.mark.parametrize("line", ["speedup_shard = 2/8", f"addopts = {SHARD}"])
def test_a_file_does_not_choose_a_shard(pytester: pytest.Pytester, line: str) -> None:
    """A change could leave out the cells that it loses."""
    pytester.makeini(f"[pytest]\n{line}\n")
    with pytest.raises(pytest.UsageError, match="speedup_shard in a file: a change would choose"):
        read_settings(pytester.parseconfig("--speedup-against=HEAD"), timing=True)


def test_costs_are_where_reports_are(pytester: pytest.Pytester) -> None:
    """Relative to the user on the command line, to the root in a file."""
    args = ["--speedup-against=HEAD", SHARD]
    pytester.makeini("[pytest]\nspeedup_shard_costs = ci/last.json\n")
    settings = read_settings(pytester.parseconfig(*args), timing=True)
    assert settings.shard_costs == pytester.path / "ci" / "last.json"


INI = """
[pytest]
speedup_workers = 3
speedup_executors = thread
speedup_size = seed
speedup_fail = 20%
speedup_budget = 7
speedup_allow = missing
speedup_strict = true
speedup_acknowledged = ci/losses.toml
"""


def test_every_option_has_an_ini_twin(pytester: pytest.Pytester) -> None:
    """A project says once in its ini file what holds for everybody."""
    pytester.makeini(INI)
    settings = read_settings(pytester.parseconfig("--speedup-against=HEAD"), timing=True)
    assert (settings.workers, settings.executors, settings.size) == ((3,), ("thread",), "seed")
    assert (settings.margin, settings.budget, settings.strict) == (0.2, 7.0, True)
    assert {outcome.value for outcome in settings.allowed} == {"missing"}
    assert settings.acknowledged == pytester.path / "ci" / "losses.toml"
    assert settings.only_workers is None
    assert settings.only_executors is None


def test_the_command_line_wins_over_the_ini_file(pytester: pytest.Pytester) -> None:
    """It is the narrower of the two."""
    pytester.makeini(INI)
    config = pytester.parseconfig(
        "--speedup-workers=5", "--speedup-fail=30%", "--speedup-size=quick"
    )
    settings = read_settings(config, timing=True)
    assert (settings.workers, settings.margin, settings.size) == ((5,), 0.3, "quick")
    assert settings.only_workers == (5,)


def test_the_size_follows_what_the_run_is_for(pytester: pytest.Pytester) -> None:
    """Checking is quick unless a size is asked for."""
    config = pytester.parseconfig()
    sizes = [read_settings(config, timing=timing).size for timing in (True, False)]
    assert sizes == ["default", "quick"]


def test_a_wrong_ini_value_is_a_usage_error(pytester: pytest.Pytester) -> None:
    """The message names the ini option."""
    pytester.makeini("[pytest]\nspeedup_workers = many\n")
    with pytest.raises(pytest.UsageError, match="ini option speedup_workers: worker counts are"):
        read_settings(pytester.parseconfig(), timing=True)


def test_the_defaults_are_those_of_the_executors() -> None:
    """They stand as text beside the options, which every run of pytest imports."""
    assert options.EXECUTORS.default == ",".join(executors.USUAL)
    assert options.START_METHOD.default == executors.DEFAULT_START_METHOD
