from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.soak.counts import count_runs, failed_tests
from benchmarks.lab.soak.holding import Broken, Rule
from benchmarks.lab.soak.soaking import Checked, word_run
from benchmarks.lab.soak.table import rows
from pytest_speedup.model import Outcome
from tests.lab.soak.runs import BURNER, KILLED_CHILD, RED, ran

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNS = [
    Checked(1, ran(BURNER, BURNER), ()),
    Checked(2, ran(KILLED_CHILD, exit_code=1, stdout="== 2 failed, 2 passed in 1.00s =="), ()),
    Checked(
        3,
        ran(BURNER, KILLED_CHILD, exit_code=1, stdout=RED),
        (Broken(Rule.FALSE_RED, "1 cells regressed"), Broken(Rule.ORPHAN, "7 worker")),
    ),
    Checked(4, ran(exit_code=None), (Broken(Rule.HANG, "not over after 170 s"),)),
]


def row(name: str, failed: str, counts: Mapping[str, object]) -> str:
    """A row of cells by outcome, each as wide as its word."""
    columns = "".join(f"  {counts.get(one.value, 0):>{len(one.value)}}" for one in Outcome)
    return f"{name:17}{columns}  {failed:>12}"


CELLS = "\n".join(
    [
        row("cells", "failed tests", {one.value: one.value for one in Outcome}),
        row("burner", "0", {"passed": 5, "regressed": 1, "inconclusive": 2}),
        row("child killed", "2", {"passed": 2, "regressed": 1, "inconclusive": 1}),
        row("all runs", "2", {"passed": 8, "regressed": 1, "inconclusive": 3}),
    ]
)

EXPECTED = f"""\
disturbance       times  runs  exit codes
burner                3     2  0: 1, 1: 1
child killed          2     2  1: 2
all runs              5     4  0: 1, 1: 2, hung: 1
disk filled       not possible here: may not mount

{CELLS}

what must not be   hangs  orphans  lost or half-written  false reds  left-overs  exit codes  \
tracebacks
burner                 0        1                     0           1           0           0  \
         0
child killed           0        1                     0           1           0           0  \
         0
all runs               1        1                     0           1           0           0  \
         0"""


def test_counts_are_shown_by_disturbance() -> None:
    """A run with two of them stands in both rows, and once in the last."""
    together, by_name = count_runs(RUNS, ["burner", "child killed"])
    shown = "\n".join(rows(together, by_name, {"disk filled": "may not mount"}))
    assert shown == EXPECTED


def test_a_red_verdict_is_no_failed_test() -> None:
    """It is counted where it belongs."""
    assert failed_tests(ran(stdout=RED)) == 0
    assert failed_tests(ran(stdout=RED.replace("1 failed, 3", "3 failed, 1"))) == 2
    assert failed_tests(ran(stdout="no tests ran in 0.10s")) == 0


def test_a_run_is_one_line_and_what_is_wrong_another() -> None:
    """With what was done to it."""
    first, *wrong = word_run(RUNS[2]).splitlines()
    assert first == (
        "3 compare: burner; child killed: exit code 1, 2 passed, 1 regressed, 1 inconclusive, 1 s"
    )
    assert wrong == ["  WRONG, false reds: 1 cells regressed", "  WRONG, orphans: 7 worker"]
    assert ": hung, " in word_run(RUNS[3])
