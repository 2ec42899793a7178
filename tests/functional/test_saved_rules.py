"""A change that loosens the rules of the gate on saved runs, through pytest.

What is saved seems a million times as fast or as slow: no verdict rests on how fast the machine is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import NOT_GREEN
from tests.functional.project import change, scale, speedup_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.project import Project

BY_SAVED = "it is judged by that of the base"


def write_ini(project: Project, *settings: str) -> None:
    (project.path / "pytest.ini").write_text("\n".join(["[pytest]", *settings]), "utf-8")


def save_as_faster(project: Project, *settings: str) -> None:
    """Save a run whose speedup was a million times as large."""
    project.rest()
    write_ini(project, *settings)
    scale(project.save(), speedup=1e6, parallel=1e-6)


def compare(project: Project, *args: str) -> pytest.RunResult:
    return project.run("--benchmark-only", "--benchmark-compare", *args)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ((), "from '50%' to none"),
        (("speedup_fail = 99.9999999%",), "from '50%' to '99.9999999%'"),
        (("addopts = --speedup-fail=99.9999999%",), "from '50%' to '99.9999999%'"),
    ],
)
def test_a_loss_that_a_change_begins_to_accept_fails_it(
    project: Project, settings: tuple[str, ...], said: str
) -> None:
    """By the margin of the saved run, which is said in a line; who calls pytest may say more."""
    save_as_faster(project, "speedup_fail = 50%")
    write_ini(project, *settings)
    result = compare(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert f"this change moves speedup_fail {said}; {BY_SAVED}" in result.stdout.lines
    accepted = compare(project, "--speedup-allow=rules")
    assert accepted.ret != pytest.ExitCode.TESTS_FAILED
    accepted.stdout.fnmatch_lines([f"*speedup_fail {said}; --speedup-allow=rules accepts it"])
    said_by_caller = compare(project, "--speedup-fail=99.9999999%")
    said_by_caller.stdout.no_fnmatch_line("*this change moves*")


def test_a_change_that_begins_to_fail_losses_is_held_to_it(project: Project) -> None:
    """Although the base is not: it gets no greener by that."""
    save_as_faster(project)
    write_ini(project, "speedup_fail = 50%")
    result = compare(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.no_fnmatch_line("*this change moves*")


def test_a_change_that_allows_what_it_does_is_not_allowed_it(project: Project) -> None:
    """A test that goes, and an ini file that says that tests may go."""
    save_as_faster(project, "speedup_fail = 50%")
    project.replace("def test_work", "def test_other")
    write_ini(project, "speedup_fail = 50%", "speedup_allow = missing")
    result = compare(project)
    assert result.ret == NOT_GREEN
    moved = f"this change moves speedup_allow from none to 'missing'; {BY_SAVED}"
    assert moved in result.stdout.lines
    result.stdout.fnmatch_lines(["*test_work?thread-2?: missing, *"])


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        ({"margin": 0.5}, "margin=0.999999999", "the margin of work[thread-2] from 50 % to 100 %"),
        ({"at_least": 1000}, "at_least=0.001", "at_least of work[thread-2] from 1000 to 0.001"),
        ({"at_least": 1000}, "", "at_least of work[thread-2] from 1000 to none"),
    ],
)
def test_a_marker_that_a_change_loosens_does_not_count(
    project: Project, then: dict[str, float], now: str, said: str
) -> None:
    """The test of the saved run said how its cell is judged."""
    project.rest()
    path = project.save()
    change(path, lambda document: speedup_of(document)["rules"].update(then))
    if "margin" in then:
        scale(path, speedup=1e6, parallel=1e-6)
    project.mark(f"@pytest.mark.speedup({now})")
    wide = "--speedup-fail=99.9999999%"
    result = compare(project, wide, "--speedup-budget=1")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert f"this change moves {said}; {BY_SAVED}" in result.stdout.lines
    accepted = compare(project, wide, "--speedup-allow=rules")
    assert accepted.ret != pytest.ExitCode.TESTS_FAILED
    accepted.stdout.fnmatch_lines(["this change moves *; --speedup-allow=rules accepts it"])


def test_a_change_that_is_saved_as_it_is_judged_is_judged_so_again(project: Project) -> None:
    """Else its second run would go by what the first one had moved."""
    project.rest()
    write_ini(project, "speedup_fail = 99.9999999%")
    change(project.save(), lambda document: speedup_of(document)["rules"].update(at_least=1e-6))
    write_ini(project, "speedup_fail = 99.9999999%", "speedup_allow = missing")
    for saved in (2, 3):
        result = compare(project, "--benchmark-autosave")
        moved = f"this change moves speedup_allow from none to 'missing'; {BY_SAVED}"
        assert moved in result.stdout.lines
        assert len(project.saved()) == saved
        document = json.loads(project.saved()[-1].read_text())
        assert speedup_of(document)["rules"]["at_least"] == 1e-6
        assert "speedup_allow" not in document["speedup"]["rules"]
    compare(project, "--benchmark-autosave", "--speedup-allow=rules")
    document = json.loads(project.saved()[-1].read_text())
    assert document["speedup"]["rules"]["speedup_allow"] == "missing"


def test_runs_of_an_unknown_kind_are_refused_as_before(project: Project) -> None:
    """Who cannot read them takes no rules from them, and says so once."""
    project.rest()
    path: Path = project.save()
    path.write_text("{", "utf-8")
    result = compare(project, "--speedup-fail=50%")
    assert result.ret == NOT_GREEN
    assert "is damaged" in result.stdout.str() + result.stderr.str()
