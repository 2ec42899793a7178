from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from pytest_speedup.gate import NOT_GREEN
from pytest_speedup.model import Outcome, Verdict
from pytest_speedup.plugin.gate import Gate
from tests.functional.project import change, scale, speedup_of

if TYPE_CHECKING:
    from tests.functional.project import Project

pytestmark = pytest.mark.filterwarnings("ignore::pytest_benchmark.logger.PytestBenchmarkWarning")

MILLION = 1e6
CELL = "test_work.py::test_work[thread-2]"
SHOWN = CELL.replace("[", "?").replace("]", "?")
"""The same as a pattern, to which brackets would mean something."""


def last_line(result: pytest.RunResult) -> str:
    return [one for one in result.outlines if one.startswith("speedup gate: ")][-1]


def first_line(result: pytest.RunResult) -> str:
    """Where the run stands, by the section's first line."""
    return result.outlines[result.outlines.index(f"{' speedup ':=^80}") + 1]


def lose_a_million(project: Project) -> None:
    """Have the baseline say that this project once was a million times as fast."""
    scale(project.save(), speedup=MILLION, parallel=1 / MILLION)


def test_the_same_code_passes(project: Project) -> None:
    """Exit code 0, a first line that says so and a last one that counts the outcomes."""
    project.save()
    result = project.gate()
    assert result.ret == 0
    assert first_line(result).startswith("GREEN: 1 of 1 cell passed; ")
    assert last_line(result) == "speedup gate: 1 passed"
    result.stdout.fnmatch_lines(["compared with 1 saved run, 0001, 20*", "*under * %"])


def test_a_loss_fails_its_test(project: Project) -> None:
    """Exit code 1, pytest's summary line and one line of reason, without a traceback."""
    lose_a_million(project)
    result = project.gate("--junitxml=junit.xml")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "work thread-2: regressed, speedup *-99.9999 % (*)*",
            "  seen in two*",
            "RED: 1 of 1 cell regressed: work?thread-2?*",
            "speedup gate: 1 regressed",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line(f"{SHOWN}: regressed*")
    suite = ET.parse(project.path / "junit.xml").getroot()[0]  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


@pytest.mark.parametrize("option", ["--benchmark-autosave", "--benchmark-save=next"])
def test_a_regressed_cell_is_never_saved(project: Project, option: str) -> None:
    """Else the next run would pass against it."""
    lose_a_million(project)
    assert project.gate(option, "--benchmark-json=run.json").ret == 1
    documents = [*project.saved()[1:], project.path / "run.json"]
    cells = [json.loads(p.read_text())["benchmarks"] for p in documents if p.exists()]
    assert not any(cells)
    assert project.gate().ret == 1


def test_an_unconfirmed_cell_is_never_saved(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loss that shows is none to compare with, sure or not."""
    project.save()
    unconfirmed = Verdict(CELL, Outcome.UNCONFIRMED)
    monkeypatch.setattr(Gate, "settle", lambda _gate, _blocks, _verdict: unconfirmed)
    project.gate("--benchmark-autosave")
    documents = [json.loads(file.read_text()) for file in project.saved()[1:]]
    assert not any(document["benchmarks"] for document in documents)


def test_faster_serial_code_is_named_and_passes(project: Project) -> None:
    """Speedup fell, and parallel time did not rise."""
    scale(project.save(), speedup=MILLION, parallel=1.0)
    result = project.gate()
    assert result.ret == 0
    assert "1 serial improved" in last_line(result)
    result.stdout.fnmatch_lines([f"{SHOWN}: serial improved*"])


def test_an_improvement_is_named_and_passes(project: Project) -> None:
    """The baseline can be renewed then."""
    scale(project.save(), speedup=1 / MILLION, parallel=MILLION)
    result = project.gate()
    assert result.ret == 0
    assert "1 improved" in last_line(result)


def test_where_no_cell_is_decided_nothing_is_green(watched: Project) -> None:
    """A baseline that says nothing of itself decides nothing; the cell says what it could see."""

    def blur(document: dict[str, Any]) -> None:
        speedup_of(document)["readings"]["speedup"][1] = 50.0

    change(watched.save(), blur)
    result = watched.gate(margin="10%")
    assert result.ret == NOT_GREEN
    assert "1 unwatched" in last_line(result)
    assert first_line(result).startswith("NOT GREEN: 1 of 1 cell unwatched")
    allowed = watched.gate("--speedup-allow=unwatched", margin="10%")
    assert allowed.ret == NOT_GREEN
    assert first_line(allowed).startswith("UNDECIDED: 0 of 1 cell could be judged")


def test_without_any_baseline_nothing_is_green(project: Project) -> None:
    """A first run says how to save one."""
    result = project.gate()
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(
        [
            "NOT GREEN: 1 new: work?thread-2?",
            f"{SHOWN}: new, no baseline has it*",
            "speedup gate: there is no baseline to compare with; save one on this machine with *",
        ]
    )


def test_a_new_cell_passes_beside_others(project: Project) -> None:
    """It is named, and compared from the next saved run on."""
    project.save()
    result = project.gate("--speedup-workers=2,3")
    assert result.ret == 0
    assert "1 new" in last_line(result)


def add_cell(name: str) -> Any:  # noqa: ANN401 - a function of a document
    def alter(document: dict[str, Any]) -> None:
        copy = json.loads(json.dumps(document["benchmarks"][0]))
        copy["fullname"] = copy["fullname"].replace("test_work[", f"{name}[")
        document["benchmarks"].append(copy)

    return alter


def test_a_missing_cell_fails_the_gate(project: Project) -> None:
    """A deleted or renamed cell must not go unnoticed; it can be allowed or acknowledged."""
    change(project.save(), add_cell("test_gone"))
    result = project.gate()
    assert result.ret == NOT_GREEN
    assert "1 missing" in last_line(result)
    result.stdout.fnmatch_lines(
        [
            "test_work.py::test_gone?thread-2?: missing, a baseline has it*",
            "speedup gate: 1 cell missing, which fails it",
        ]
    )
    assert project.gate("--speedup-allow=missing").ret == 0
    assert project.gate("-k", "test_work").ret == 0
    acknowledge(project, "test_work.py::test_gone[thread-2]", SOON)
    assert project.gate().ret == 0


def test_what_has_long_been_gone_is_not_missing(project: Project) -> None:
    """The last ten runs count, also where their numbers gain a digit."""
    path = project.save()
    for number in range(9991, 10_002):
        path.with_name(f"{number}_base.json").write_bytes(path.read_bytes())
    change(path.rename(path.with_name("9990_base.json")), add_cell("test_gone"))
    result = project.gate()
    assert result.ret == 0
    assert last_line(result) == "speedup gate: 1 passed"


def test_another_machine_fails_the_gate(project: Project) -> None:
    """The differences are named; it can be allowed where something else was compared."""

    def alter(document: dict[str, Any]) -> None:
        document["machine_info"]["speedup"]["cpu_model"] = "Abacus"

    change(project.save(), alter)
    result = project.gate("--speedup-allow=incomparable")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(
        [f"{SHOWN}: incomparable, the baseline is of another kind: CPU model Abacus then*"]
    )


def test_an_incomparable_cell_can_be_allowed_beside_others(project: Project) -> None:
    """By default it fails the gate: what was not compared is not green."""

    def alter(document: dict[str, Any]) -> None:
        document["benchmarks"][0]["extra_info"]["speedup"]["size"] = "seed"

    change(project.save("--speedup-workers=2", "--speedup-executors=thread"), alter)
    both = ("--speedup-workers=2,3", "--benchmark-save=b")
    project.run(*both, "-k", "thread-3")
    assert project.gate("--speedup-workers=2,3").ret == NOT_GREEN
    assert project.gate("--speedup-workers=2,3", "--speedup-allow=incomparable").ret == 0


SOON = str(dt.datetime.now(tz=dt.timezone.utc).date() + dt.timedelta(days=20))


def acknowledge(project: Project, cell: str, until: str) -> None:
    path = project.path / "speedup-acknowledged.toml"
    path.write_text(
        f'[[acknowledged]]\ncell = "{cell}"\nreason = "checked in review"\nuntil = {until}\n'
    )


def test_an_acknowledged_loss_fails_no_test_until_it_expires(project: Project) -> None:
    """It is reported with its reason; alone it is no green, and an expired one fails loudly."""
    lose_a_million(project)
    acknowledge(project, CELL, SOON)
    result = project.gate()
    assert result.ret == NOT_GREEN
    assert "UNDECIDED: 1 of 1 cell lost what was acknowledged" in first_line(result)
    result.stdout.fnmatch_lines([f"{SHOWN}: regressed*acknowledged: checked in review"])
    acknowledge(project, CELL, "2020-01-01")
    expired = project.gate()
    assert expired.ret == pytest.ExitCode.USAGE_ERROR
    expired.stderr.fnmatch_lines(["*the acknowledged loss of *thread-2] expired on 2020-01-01*"])


def test_a_reset_begins_a_new_baseline(project: Project) -> None:
    """A loss that was accepted for good is what later runs are compared with."""
    lose_a_million(project)
    assert project.gate().ret == 1
    project.save("--speedup-reset")
    assert project.gate().ret == 0


def test_a_chosen_baseline_is_compared_with(project: Project) -> None:
    """As pytest-benchmark's option takes a number, so does the gate."""
    project.save("--speedup-workers=3")
    project.save()
    fail = "--speedup-fail=99%"
    assert project.run("--benchmark-compare=0002", fail).ret == 0
    assert project.run("--benchmark-compare=0001", fail).ret == NOT_GREEN


def test_a_floor_needs_no_baseline(project: Project) -> None:
    """Nobody gets a speedup of a million from two threads."""
    project.mark("@pytest.mark.speedup(at_least=1_000_000)")
    result = project.run("--benchmark-only")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["work thread-2: regressed, speedup *", "  its floor is 1e+06", "RED: 1 of 1 cell *"]
    )


def test_a_margin_by_marker_holds_for_its_cell(project: Project) -> None:
    """The test accepts what the run would not."""
    project.mark('@pytest.mark.speedup(margin={"thread-2": 0.99})')
    scale(project.save(), speedup=1.0, parallel=1.0)
    result = project.gate(margin="0.001%")
    assert "1 passed" in last_line(result)


def test_a_loss_under_strictest_margin_is_not_certain(project: Project) -> None:
    """The same code against a margin of nothing can never be a certain pass."""
    project.save()
    result = project.gate("--speedup-budget=0", margin="0.001%")
    assert "passed" not in last_line(result)
    assert not first_line(result).startswith("GREEN")
