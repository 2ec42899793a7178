"""Whose rules count: what files say, the base's say, unless who calls pytest says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import DeclaredEnv, GivenEnv, InstallEnv, Outcome
from pytest_speedup.plugin import options
from pytest_speedup.plugin.rules import READ_BY_ALL, rule
from pytest_speedup.plugin.run import RUN
from pytest_speedup.plugin.start import begin
from pytest_speedup.plugin.trees import setting_of, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_speedup.plugin.rules import Ruled

LEFT_OUT = ("-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:unraisableexception")

XDIST = ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID")

ENTRY = '[[acknowledged]]\ncell = "t.py::test_a[thread-2]"\nreason = "{}"\nuntil = {}\n'


@pytest.fixture
def base(
    tmp_path_factory: pytest.TempPathFactory,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The root of the base; head is where pytester is."""
    for name in ("PYTEST_ADDOPTS", *XDIST):
        monkeypatch.delenv(name, raising=False)
    pytester.mkdir(".git")
    pytester.makepyfile(test_a="def test_a(speedup): ...")
    return tmp_path_factory.mktemp("base")


def ruled(pytester: pytest.Pytester, base: Path, *words: str) -> Ruled:
    compares = ("--benchmark-only", "--speedup-against=HEAD")
    config = pytester.parseconfigure(*LEFT_OUT, *compares, *words)
    return rule(config, config.stash[RUN].settings, base)


@pytest.fixture(autouse=True)
def _any_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether git has it is not of interest here."""
    monkeypatch.setattr("pytest_speedup.plugin.against.find_base", lambda *_: None)


RULES = [
    ("speedup_fail", "4%", "90%", "margin", 0.04),
    ("speedup_fail", "", "90%", "margin", None),
    ("speedup_allow", "", "missing,incomparable", "allowed", frozenset()),
    ("speedup_allow", "missing", "", "allowed", frozenset({Outcome.MISSING})),
    ("speedup_strict", "true", "false", "strict", True),
    ("speedup_strict", "true", "", "strict", True),
    ("speedup_budget", "200", "0", "budget", 200.0),
    ("speedup_timeout", "", "0.1", "timeout", 600.0),
    ("speedup_size", "", "quick", "size", "default"),
    ("speedup_size", "seed", "quick", "size", "seed"),
    ("speedup_harness", "", "head", "harness", "base"),
    ("speedup_base_env", "", "same", "base_env", DeclaredEnv()),
    ("speedup_base_env", "install[test]", "declared", "base_env", InstallEnv("[test]")),
    ("speedup_start_method", "", "forkserver", "start_method", "spawn"),
    ("speedup_start_method", "forkserver", "spawn", "start_method", "forkserver"),
    ("speedup_dask_scheduler", "", "tcp://10.0.0.1:8786", "dask_scheduler", None),
    ("speedup_dask_scheduler", "tcp://10.0.0.1:1", "", "dask_scheduler", "tcp://10.0.0.1:1"),
]


@pytest.mark.parametrize(("name", "was", "now", "field", "expected"), RULES)
@pytest.mark.parametrize("by", ["ini", "addopts"])
def test_a_rule_that_files_say_is_that_of_the_base(
    name: str,
    was: str,
    now: str,
    field: str,
    expected: object,
    *,
    by: str,
    pytester: pytest.Pytester,
    base: Path,
) -> None:
    """Whichever way a change moves it, and it is said."""

    def ini(value: str) -> str:
        flag = f"--{name.replace('_', '-')}"
        if by == "ini" or name == "speedup_strict":
            return f"[pytest]\n{name} = {value}\n" if value else "[pytest]\n"
        return f"[pytest]\naddopts = {flag}={value}\n" if value else "[pytest]\n"

    (base / "pytest.ini").write_text(ini(was))
    pytester.path.joinpath("pytest.ini").write_text(ini(now))
    found = ruled(pytester, base)
    assert getattr(found.settings, field) == expected
    (line,) = found.moved
    assert line.startswith(f"this change moves {name} from {repr(was) if was else 'none'} to ")
    assert line.endswith("; it is judged by that of the base")


def test_an_environment_that_the_base_names_is_where_heads_would_be(
    pytester: pytest.Pytester, base: Path
) -> None:
    """The checkout of the base has none."""
    (base / "pytest.ini").write_text("[pytest]\nspeedup_base_env = ./env-of-base\n")
    env = ruled(pytester, base).settings.base_env
    assert env == GivenEnv(str(pytester.path / "env-of-base"))


def test_that_a_change_names_another_base_is_said(pytester: pytest.Pytester, base: Path) -> None:
    """It is compared with that: there is no other to be held to."""
    (base / "pytest.ini").write_text("[pytest]\nspeedup_against = origin/main\n")
    pytester.makeini("[pytest]\nspeedup_against = HEAD~9\n")
    config = pytester.parseconfigure(*LEFT_OUT, "--benchmark-only")
    assert rule(config, config.stash[RUN].settings, base).moved == (
        (
            "this change moves speedup_against from 'origin/main' to 'HEAD~9'; "
            "it is compared with that of the change"
        ),
    )


def test_what_it_runs_on_is_told_as_it_is_judged(pytester: pytest.Pytester, base: Path) -> None:
    """The report has the start method of the base."""
    pytester.makeini("[pytest]\nspeedup_start_method = forkserver\n")
    config = pytester.parseconfigure(*LEFT_OUT, "--benchmark-only", "--speedup-against=HEAD")
    run = config.stash[RUN]
    assert run.machine.start_method == "forkserver"
    run.settle(rule(config, run.settings, base).settings)
    assert run.machine.start_method == "spawn"


NEITHER = (
    options.PLAN,
    options.SHARD,
    options.SHARD_COSTS,
    options.RESET,
    options.ACKNOWLEDGED,
    options.EXPLAIN,
    options.REPORT,
)
"""Refused in files where a comparison is asked for, or alone what shards have the same of; told by
entry, and shown.
"""


def test_each_setting_is_held_to_the_base_or_cannot_move_a_verdict() -> None:
    """Whoever adds one has to decide."""
    known = {one.name for one in READ_BY_ALL}
    assert known | {one.name for one in NEITHER} == {one.name for one in options.ALL}
    assert known.isdisjoint(one.name for one in NEITHER)


def test_a_switch_of_addopts_is_one_of_the_rules(pytester: pytest.Pytester, base: Path) -> None:
    """It has no value."""
    (base / "pytest.ini").write_text("[pytest]\naddopts = -q --speedup-strict\n")
    pytester.makeini("[pytest]\naddopts = -q\n")
    assert ruled(pytester, base).settings.strict


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\nspeedup_fail = "20%"\n'),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["-q", "--speedup-fail=20%"]\n'),
        ("setup.cfg", "[tool:pytest]\nspeedup_fail = 20%%\n"),
        ("tox.ini", "[pytest]\nspeedup_fail = 20%\n"),
    ],
)
def test_the_base_may_have_its_rules_in_another_file(
    name: str, text: str, pytester: pytest.Pytester, base: Path
) -> None:
    """It is found as pytest finds it."""
    (base / name).write_text(text.replace("%%", "%"))
    pytester.makeini("[pytest]\nspeedup_fail = 50%\n")
    assert ruled(pytester, base).settings.margin == 0.2


def test_what_did_not_move_is_not_said(pytester: pytest.Pytester, base: Path) -> None:
    """However it is written, and wherever."""
    (base / "tox.ini").write_text("[pytest]\nspeedup_fail = 10%\naddopts = --speedup-budget=9\n")
    pytester.makeini("[pytest]\nspeedup_fail = 0.1\nspeedup_budget = 9.0\n")
    found = ruled(pytester, base)
    assert found.moved == ()
    assert (found.settings.margin, found.settings.budget) == (0.1, 9.0)


def test_files_that_say_nothing_move_nothing(pytester: pytest.Pytester, base: Path) -> None:
    """As in most repositories."""
    assert ruled(pytester, base).moved == ()


@pytest.mark.parametrize("words", [("--speedup-fail=30%",), ("-ospeedup_fail=30%",)])
def test_who_calls_pytest_has_the_last_word(
    words: tuple[str, ...], pytester: pytest.Pytester, base: Path
) -> None:
    """Files are not asked then."""
    (base / "pytest.ini").write_text("[pytest]\nspeedup_fail = 5%\n")
    pytester.makeini("[pytest]\nspeedup_fail = 50%\n")
    found = ruled(pytester, base, *words)
    assert found.settings.margin == 0.3
    assert found.moved == ()


@pytest.mark.parametrize("ini", ["speedup_workers = 1", "addopts = --speedup-workers=1"])
def test_that_a_change_moves_the_cells_is_said(
    ini: str, pytester: pytest.Pytester, base: Path
) -> None:
    """Its base has its own all the same; here that says nothing."""
    pytester.makeini(f"[pytest]\n{ini}\n")
    assert ruled(pytester, base).moved == (
        "this change moves speedup_workers from none to '1'; cells of the base that go are missing",
    )


def test_heads_rules_can_be_accepted(pytester: pytest.Pytester, base: Path) -> None:
    """On the command line, with all that head's files allow; it is said."""
    (base / "pytest.ini").write_text("[pytest]\nspeedup_fail = 5%\n")
    pytester.makeini("[pytest]\nspeedup_fail = 50%\nspeedup_allow = missing\n")
    found = ruled(pytester, base, "--speedup-allow=rules")
    assert found.settings.margin == 0.5
    assert found.settings.allowed == {Outcome.MISSING}
    assert found.moved == (
        "this change moves speedup_fail from '5%' to '50%'; --speedup-allow=rules accepts it",
    )


@pytest.mark.parametrize(
    "ini",
    ["speedup_allow = rules", "speedup_allow = missing,rules", "addopts=--speedup-allow=rules"],
)
def test_a_change_does_not_accept_its_own_rules(ini: str, pytester: pytest.Pytester) -> None:
    """A file says nothing for who calls pytest."""
    pytester.makeini(f"[pytest]\n{ini}\n")
    with pytest.raises(pytest.UsageError, match="say so on the command line"):
        begin(pytester.parseconfigure(*LEFT_OUT))


def test_a_variable_says_it_for_who_calls_pytest(
    pytester: pytest.Pytester, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no file of the change."""
    (base / "pytest.ini").write_text("[pytest]\nspeedup_fail = 5%\n")
    pytester.makeini("[pytest]\nspeedup_fail = 50%\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--speedup-allow=rules")
    assert ruled(pytester, base).settings.margin == 0.5


def test_a_change_does_not_say_it_in_a_variable(
    pytester: pytest.Pytester, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its conftest.py runs later than whoever calls pytest."""
    (base / "pytest.ini").write_text("[pytest]\nspeedup_fail = 5%\n")
    pytester.makeini("[pytest]\nspeedup_fail = 50%\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    pytester.makeconftest("import os\nos.environ['PYTEST_ADDOPTS'] = '--speedup-fail=50%'\n")
    found = ruled(pytester, base)
    assert found.settings.margin == 0.05
    assert len(found.moved) == 1


def test_rules_that_make_no_sense_say_nothing(pytester: pytest.Pytester, base: Path) -> None:
    """Of the base, which cannot be mended."""
    (base / "pytest.ini").write_text("[pytest]\nspeedup_fail = much\nspeedup_allow = all\n")
    pytester.makeini("[pytest]\nspeedup_fail = 50%\nspeedup_allow = missing\n")
    found = ruled(pytester, base)
    assert (found.settings.margin, found.settings.allowed) == (None, frozenset())


def test_a_loss_that_a_change_acknowledges_is_said(pytester: pytest.Pytester, base: Path) -> None:
    """With its reason and its end; one that the base accepts as well is old."""
    import datetime as dt  # noqa: PLC0415

    day = dt.datetime.now(tz=dt.timezone.utc).date() + dt.timedelta(days=20)
    file = "speedup-acknowledged.toml"
    entry = ENTRY.format("checked now", day)
    (pytester.path / file).write_text(entry)
    line = f"this change acknowledges a loss of a[thread-2] until {day}: checked now"
    assert ruled(pytester, base).moved == (line,)
    (base / file).write_text(ENTRY.format("checked now", "2020-01-01"))
    assert len(ruled(pytester, base).moved) == 1
    (base / file).write_text(entry)
    assert ruled(pytester, base).moved == ()
    (base / file).write_text("not = [toml")
    assert len(ruled(pytester, base).moved) == 1


def test_settings_of_a_file_are_read_as_data(tmp_path: Path) -> None:
    """Whatever it holds."""
    file = tmp_path / "pytest.ini"
    assert setting_of(None, "addopts") is None
    file.write_text("[pytest]\naddopts = -k 'a b\nspeedup_fail =\n")
    assert words_of(file, "addopts") == ["-k", "'a", "b"]
    assert setting_of(file, "speedup_fail") is None
    file.write_text("no ini [")
    assert setting_of(file, "addopts") is None


LEAVES_OUT = [
    "speedup_plan = true",
    "addopts = --speedup-plan",
    "addopts = --co",
    "addopts = -q --collect-only",
]


GATES = {
    "base": ("--speedup-against=HEAD",),
    "saved": ("--speedup-fail=10%", "--benchmark-compare"),
}


@pytest.mark.parametrize("ini", LEAVES_OUT)
@pytest.mark.parametrize("gate", GATES)
@pytest.mark.usefixtures("base")
def test_a_change_does_not_have_its_comparison_left_out(
    gate: str, ini: str, pytester: pytest.Pytester
) -> None:
    """Who asks for one is to get it; a plan is for who asks for a plan."""
    pytester.makeini(f"[pytest]\n{ini}\n")
    compares = ("--benchmark-only", *GATES[gate])
    with pytest.raises(pytest.UsageError, match="nothing would be compared"):
        begin(pytester.parseconfigure(*LEFT_OUT, *compares))
    begin(pytester.parseconfigure(*LEFT_OUT, *compares, "--co", "--speedup-plan"))
