"""The exit code follows the verdicts, whatever tests and plugins make of the tests.

The sides are fakes: each run is given its verdicts, and no process starts.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.proof import Proven
from pytest_speedup.model import BASE, HEAD, Estimate, Outcome, ProvedRun, Verdict
from pytest_speedup.plugin import against
from tests.left_out import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


OPTIONS = (
    *LEFT_OUT,
    "--speedup-executors=thread",
    "--speedup-workers=2",
    "--benchmark-only",
    "--speedup-against=HEAD",
)

WORK = """
import pytest

def work(executor):
    return list(executor.map(abs, [1]))

"""
PLAIN = f"{WORK}\ndef test_work(speedup):\n    speedup(work)\n"


@dataclass(frozen=True)
class Way:
    """What tests and plugins do, and the exit codes for a clean, a red and a broken verdict."""

    test: str = PLAIN
    conftest: str = ""
    arguments: tuple[str, ...] = ()
    more: str = ""
    codes: tuple[int, int, int] = (0, 1, 11)


def marked(mark: str) -> str:
    return f"{WORK}\n@pytest.mark.{mark}\ndef test_work(speedup):\n    speedup(work)\n"


THREAD = f"""{WORK}
from threading import Thread

def test_work(speedup):
    thread = Thread(target=speedup, args=(work,))
    thread.start()
    thread.join()
"""
FINALLY = f"""{WORK}
def test_work(speedup):
    try:
        speedup(work)
    finally:
        return
"""
SUPPRESSED = f"""{WORK}
def test_work(speedup):
    try:
        speedup(work)
    except BaseException:
        pass
"""
NOT_CALLED = f"{WORK}\ndef test_work(speedup):\n    pass\n"
LEAVES = f"{WORK}\ndef test_work(speedup):\n    pytest.exit('enough', returncode=0)\n"
STOPPED = f"{WORK}\ndef test_work(speedup):\n    raise KeyboardInterrupt\n"
SKIPS = f"{WORK}\ndef test_work(speedup):\n    pytest.skip('no')\n"
FAILS = f"{WORK}\ndef test_work(speedup):\n    speedup(work)\n    assert False\n"

FINISHES_WELL = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    session.exitstatus = 0
"""
FINISHES_WELL_AROUND = """
import pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    yield
    session.exitstatus = 0
"""
RETURNS_0 = """
import pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    yield
    return 0
"""
CALLS_ALL_PASSED = """
import pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.outcome = "passed"
    return report
"""
DESELECTS_ALL = """
def pytest_collection_modifyitems(items, config):
    config.hook.pytest_deselected(items=list(items))
    del items[:]
"""
RUNS_NOTHING = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    return True
"""
CRASHES = """
import pytest

def pytest_runtest_logstart():
    raise RuntimeError("no good")

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    session.exitstatus = 0
"""
ONLY_COLLECTS = """
def pytest_collection_modifyitems(config):
    config.option.collectonly = True
"""

WAYS = {
    "nothing": Way(),
    "xfail": Way(marked("xfail")),
    "xfail strict": Way(marked("xfail(strict=True)"), codes=(1, 1, 11)),
    "xfail not run": Way(marked("xfail(run=False)")),
    "skip": Way(marked("skip")),
    "skipif": Way(marked("skipif(True, reason='no')")),
    "skips itself": Way(SKIPS),
    "not called": Way(NOT_CALLED),
    "fails by itself": Way(FAILS, codes=(1, 1, 11)),
    "helper thread": Way(THREAD),
    "finally: return": Way(FINALLY),
    "suppressed": Way(SUPPRESSED),
    "--setup-only": Way(arguments=("--setup-only",)),
    "--setup-plan": Way(arguments=("--setup-plan",)),
    "-x": Way(arguments=("-x",)),
    "--maxfail": Way(arguments=("--maxfail=1",)),
    "--sw": Way(arguments=("--sw",)),
    "--lf": Way(arguments=("--lf",)),
    "--ff": Way(arguments=("--ff",)),
    "-p no:terminal": Way(arguments=("-pno:terminal",)),
    "-p no:cacheprovider": Way(arguments=("-pno:cacheprovider",)),
    "a test exits with 0": Way(LEAVES),
    "Ctrl-C": Way(STOPPED, codes=(2, 2, 2)),
    "sessionfinish sets 0": Way(conftest=FINISHES_WELL),
    "sessionfinish sets 0 around": Way(conftest=FINISHES_WELL_AROUND),
    "cmdline_main returns 0": Way(conftest=RETURNS_0),
    "reports pass": Way(conftest=CALLS_ALL_PASSED),
    "nothing runs": Way(conftest=RUNS_NOTHING),
    "crashes, and all is well": Way(conftest=CRASHES, codes=(11, 11, 11)),
    "only collects": Way(conftest=ONLY_COLLECTS),
    "a file does not import": Way(
        more="import nonsense", arguments=("--continue-on-collection-errors",), codes=(11, 11, 11)
    ),
    "a file does not import, and all returns 0": Way(
        more="import nonsense",
        conftest=RETURNS_0,
        arguments=("--continue-on-collection-errors",),
        codes=(11, 11, 11),
    ),
}
VERDICTS = (Outcome.PASSED, Outcome.REGRESSED, Outcome.BROKEN)


class FakeSides:
    """What is injected, instead of processes.

    Attributes:
        outcome: what each cell comes to.
        runs: how many comparisons there were.
    """

    def __init__(self) -> None:
        self.outcome = Outcome.PASSED
        self.runs = 0

    def run(self, comparison: Comparison) -> Mapping[str, Verdict]:
        self.runs += 1
        change = Estimate(0.5, 0.4, 0.6, 0.95)
        return {
            one.id: Verdict(one.id, self.outcome, change, reason="so it is", margin=0.04)
            for one in comparison.wanted
            if one.executor != "serial"
        }


@pytest.fixture
def sides(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> FakeSides:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setattr("pytest_benchmark.plugin.get_cpu_info", dict)
    root = tmp_path_factory.mktemp("base")
    fake = FakeSides()

    @contextmanager
    def checked_out(_folder: Path, _ref: str) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(root=root, top=root, commit="c" * 40)

    @contextmanager
    def made_sides(*_arguments: object) -> Iterator[dict[str, SimpleNamespace]]:
        tree = SimpleNamespace(name="d" * 40, top=root)
        side = SimpleNamespace(root=root, tree=tree, builds=(), owned=(), how="from its tree")
        yield {BASE: side, HEAD: side}

    monkeypatch.setattr(against, "find_base", lambda _folder, _ref: None)
    monkeypatch.setattr(against, "checked_out", checked_out)
    monkeypatch.setattr(against, "refuse_same", lambda *_arguments: False)
    monkeypatch.setattr(against, "made_sides", made_sides)
    monkeypatch.setattr(against, "head_commit", lambda _folder: "e" * 40)
    monkeypatch.setattr(against, "tell_proofs", lambda *_arguments: ProvedRun((), 0))
    monkeypatch.setattr(against, "codes_of", lambda *_arguments: {})
    monkeypatch.setattr(Proven, "touches", lambda *_arguments: {})
    # A method of another object gets no comparison, a function does.
    monkeypatch.setattr(Comparison, "run", lambda comparison: fake.run(comparison))  # noqa: PLW0108
    return fake


def run(pytester: pytest.Pytester, way: Way) -> pytest.RunResult:
    pytester.makeconftest(way.conftest)
    pytester.makepyfile(test_work=way.test)
    if way.more:
        pytester.makepyfile(test_more=way.more)
    return pytester.runpytest_inprocess(*OPTIONS, *way.arguments, no_reraise_ctrlc=True)


@pytest.mark.parametrize("outcome", VERDICTS, ids=[one.value for one in VERDICTS])
@pytest.mark.parametrize("way", WAYS)
def test_the_code_follows_the_verdict(
    pytester: pytest.Pytester, sides: FakeSides, way: str, outcome: Outcome
) -> None:
    """And one line says what to do next."""
    sides.outcome = outcome
    result = run(pytester, WAYS[way])
    expected = dict(zip(VERDICTS, WAYS[way].codes, strict=True))[outcome]
    assert result.ret == expected
    assert sides.runs == 1
    said = [
        line
        for line in (*result.outlines, *result.errlines)
        if line.startswith(f"speedup: exit code {expected}: ")
    ]
    assert len(said) == bool(expected)


def test_cells_that_a_plugin_deselects_are_not_judged(
    pytester: pytest.Pytester, sides: FakeSides
) -> None:
    """Nothing was compared, and that is not green; the base is asked which cells it has."""
    result = run(pytester, Way(conftest=DESELECTS_ALL))
    assert sides.runs == 1
    assert result.ret not in {0, 1}


ANSWERS_0 = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    return 0
"""


@pytest.mark.parametrize("told", ["", "--help", "--version", "--markers"])
def test_who_answers_for_pytest_is_no_pass(
    pytester: pytest.Pytester, sides: FakeSides, told: str
) -> None:
    """Only what pytest itself tells without any test is well by that."""
    pytester.makepyfile(test_work="def test_work(speedup):\n    speedup(print)\n")
    pytester.makeconftest("" if told else ANSWERS_0)
    result = pytester.runpytest_inprocess(*OPTIONS, *filter(None, [told]))
    assert result.ret == (0 if told else 11)
    assert sides.runs == 0
    said = any("answered for pytest in pytest_cmdline_main" in line for line in result.outlines)
    said |= any("answered for pytest in pytest_cmdline_main" in line for line in result.errlines)
    assert said is not bool(told)
