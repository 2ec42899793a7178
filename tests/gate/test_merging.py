"""Shards of a suite: one verdict, that of a run which compared all of it; or a refusal."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.gate import (
    BROKEN,
    NOT_GREEN,
    RunEnd,
    exit_code,
    merge_shards,
    refuse_shards,
    take_stock,
)
from pytest_speedup.model import CellReport, Cpus, Kind, Outcome, RunReport, Standing
from tests.shards import ALLOWED, CODE, END, ids, make_shards, make_verdict, of_shard

if TYPE_CHECKING:
    from collections.abc import Callable

    Alter = Callable[[RunReport], RunReport]

QUICK = settings(deadline=None, derandomize=True, database=None)
CELLS = ids(3)
PASSED = dict.fromkeys(CELLS, Outcome.PASSED)


def changed(*changes: tuple[int, Alter]) -> list[tuple[str, RunReport]]:
    """Three green shards, some of them changed."""
    made = make_shards(PASSED, 3)
    for number, alter in changes:
        file, report = made[number - 1]
        made[number - 1] = (file, alter(report))
    return made


def test_green_shards_are_a_green_suite() -> None:
    """With all of their cells, in the order of their workloads, and each note once."""
    made = make_shards(PASSED, 3)
    assert refuse_shards(made) == []
    merged = merge_shards([made[2], made[0], made[1]])
    report = merged.report
    assert (merged.exit_code, report.exit_code, report.standing.kind) == (0, 0, Kind.GREEN)
    assert report.standing == take_stock([make_verdict(c, Outcome.PASSED) for c in CELLS], ALLOWED)
    assert [one.id for one in report.cells] == CELLS
    assert report.moved == ("this change moves a rule",)
    assert report.notes == ("a note", "of shard 1", "of shard 2", "of shard 3")
    assert sorted(report.spent) == [(f"test_work.py::test_{n}", 2.0) for n in range(3)]
    assert report.shard is None
    assert report.created == "2026-11-24T01:02:03+00:00"


def test_what_was_proven_is_added_up() -> None:
    """And it is said that a file counts more than once; what is not proven is said once."""
    report = merge_shards(make_shards(PASSED, 3)).report
    assert report.proof is not None
    assert [side.files for side in report.proof.sides] == [9, 9]
    assert [side.how for side in report.proof.sides] == ["from its tree"] * 2
    assert report.proof.remarks == (
        "not proven: data that git does not have: a.bin",
        "proof: files are counted in each of the 3 shards that loaded them",
    )


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.REGRESSED, 1),
        (Outcome.BROKEN, BROKEN),
        (Outcome.UNCONFIRMED, NOT_GREEN),
        (Outcome.MISSING, NOT_GREEN),
        (Outcome.INCONCLUSIVE, 0),
        (Outcome.NEW, 0),
        (Outcome.SKIPPED, 0),
    ],
)
def test_one_cell_decides(outcome: Outcome, code: int) -> None:
    """Whichever shard has it."""
    for cell in CELLS:
        made = make_shards(PASSED | {cell: outcome}, 3)
        assert refuse_shards(made) == []
        assert merge_shards(made).exit_code == code


def test_a_shard_without_a_decided_cell_is_no_verdict_on_the_suite() -> None:
    """By itself it cannot vouch for its cells; together with others it is as in one run."""
    open_cells = {cell: Outcome.INCONCLUSIVE for cell in CELLS if "test_2" in cell}
    made = make_shards(PASSED | open_cells, 3)
    assert sorted(report.exit_code or 0 for _, report in made) == [0, 0, NOT_GREEN]
    assert merge_shards(made).exit_code == 0
    nothing = make_shards(dict.fromkeys(CELLS, Outcome.INCONCLUSIVE), 3)
    assert merge_shards(nothing).exit_code == NOT_GREEN


def test_a_suite_is_new_where_all_of_it_is() -> None:
    """As the pull request that brings it."""
    assert merge_shards(make_shards(dict.fromkeys(CELLS, Outcome.NEW), 2)).report.standing.kind is (
        Kind.NEW
    )


def test_a_shard_without_a_workload_changes_nothing() -> None:
    """It is green by itself, and there has to be its report."""
    made = make_shards(PASSED, 5)
    assert [report.standing.kind for _, report in made[3:]] == [Kind.MEASURED] * 2
    assert refuse_shards(made) == []
    assert merge_shards(made).exit_code == 0
    assert "shard 5 of 5 is missing" in refuse_shards(made[:4])[0]


def test_a_suite_without_any_cell_is_not_green() -> None:
    """As a run that selected none."""
    made = make_shards({}, 2)
    assert refuse_shards(made) == []
    assert merge_shards(made).exit_code == NOT_GREEN


@QUICK
@given(
    st.dictionaries(st.sampled_from(ids(6, 3)), st.sampled_from(Outcome), min_size=1),
    st.integers(1, 7),
    st.sets(st.integers(1, 7)),
    st.integers(),
)
def test_the_exit_code_is_that_of_one_run(
    outcomes: dict[str, Outcome], count: int, failed: set[int], seed: int
) -> None:
    """Whatever the cells came to, some losses acknowledged, and however they are shared out."""
    random = Random(seed)
    known = [cell for cell in outcomes if random.random() < 0.3]
    failing = [one for one in failed if one <= count]
    made = make_shards(outcomes, count, failed=failing, acknowledged=known)
    random.shuffle(made)
    verdicts = [make_verdict(cell, one, cell in known) for cell, one in outcomes.items()]
    standing = take_stock(verdicts, ALLOWED)
    code = int(bool(failing) or any(one.is_red for one in verdicts))
    assert refuse_shards(made) == []
    merged = merge_shards(made)
    assert merged.exit_code == exit_code(RunEnd(code), standing)
    assert Counter(dict(merged.report.standing.counts)) == Counter(outcomes.values())
    assert merged.report.standing.kind is standing.kind


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (replace(END, interrupted=True), 2),
        (replace(END, uncollected=True), BROKEN),
        (replace(END, unsaved=True), NOT_GREEN),
        (replace(END, code=1), 1),
        (replace(END, code=3), BROKEN),
        (replace(END, code=5), NOT_GREEN),
    ],
)
def test_how_one_shard_ended_counts_for_all(end: object, code: int) -> None:
    """Although all of its cells passed."""
    made = changed((2, lambda one: replace(of_shard(one, end=end), exit_code=code)))
    assert refuse_shards(made) == []
    assert merge_shards(made).exit_code == code


def without_cell(report: RunReport) -> RunReport:
    return replace(report, cells=report.cells[1:])


def without_choice(report: RunReport) -> RunReport:
    """As if the cell had never been selected."""
    assert report.shard is not None
    return of_shard(without_cell(report), cells=report.shard.cells[1:])


def with_cell_of_another(report: RunReport) -> RunReport:
    verdict = make_verdict(CELLS[2], Outcome.PASSED)
    return replace(report, cells=(*report.cells, CellReport(CELLS[2], None, verdict=verdict)))


def with_other_proof(report: RunReport) -> RunReport:
    assert report.proof is not None
    base, head = report.proof.sides
    return replace(report, proof=replace(report.proof, sides=(base, replace(head, tree="9" * 40))))


def with_loss(report: RunReport) -> RunReport:
    """An outcome that was changed, and an exit code that was not."""
    cells = [
        replace(one, verdict=make_verdict(one.id, Outcome.REGRESSED)) for one in report.cells[:1]
    ]
    return replace(report, cells=(*cells, *report.cells[1:]))


REFUSED: list[tuple[str, Alter, str]] = [
    ("no shard", lambda one: replace(one, shard=None), "no report of a shard: run pytest with"),
    ("unknown code", lambda one: of_shard(one, code=None), "ended before it knew what it compares"),
    ("no rules", lambda one: of_shard(one, rules=""), "ended before it knew"),
    ("no end", lambda one: of_shard(one, end=None), "ended before it knew"),
    ("other count", lambda one: of_shard(one, count=4), "shards of 3 and 4: give those of one"),
    ("twice", lambda one: of_shard(one, number=1), "shard 1 is there 2 times (shard-1.json, shard"),
    (
        "other base",
        lambda one: of_shard(one, code=replace(CODE, base_commit="d" * 40)),
        "shard 2 of 3 (shard-2.json) has base commit dddddddddddd, and shard 1 of 3",
    ),
    (
        "other base tree",
        lambda one: of_shard(one, code=replace(CODE, base_tree="d" * 40)),
        "has base tree dddddddddddd",
    ),
    (
        "other commit",
        lambda one: of_shard(one, code=replace(CODE, head_commit="d" * 40)),
        "has commit dddddddddddd",
    ),
    (
        "other tree",
        lambda one: of_shard(one, code=replace(CODE, head_tree="d" * 40, modified=True)),
        "has tree dddddddddddd, and shard 1 of 3 (shard-1.json) has 222222222222",
    ),
    ("other version", lambda one: replace(one, version="0.2.0"), "has pytest-speedup 0.2.0, and"),
    (
        "other Python",
        lambda one: replace(one, machine=replace(one.machine, python="CPython 3.13.0")),
        "has Python CPython 3.13.0, GIL on, and",
    ),
    (
        "no GIL",
        lambda one: replace(one, machine=replace(one.machine, gil=False)),
        "has Python CPython 3.12.1, GIL off, and",
    ),
    (
        "other cells",
        lambda one: of_shard(one, selection="d" * 64),
        "has cells of fingerprint dddd",
    ),
    ("other split", lambda one: of_shard(one, split="d" * 64), "has a split of fingerprint dddd"),
    ("other rules", lambda one: of_shard(one, rules="d" * 64), "has rules of fingerprint dddd"),
    (
        "other allowed",
        lambda one: of_shard(one, end=replace(END, allowed=ALLOWED | {Outcome.MISSING})),
        "has allowed outcomes inconclusive, missing, new, and",
    ),
    ("not compared", lambda one: replace(one, gated=False), "compared, and shard 2 of 3"),
    ("other proof", with_other_proof, "proves other commits or trees than it compared"),
    ("no proof", lambda one: replace(one, proof=None), "does not prove which code ran"),
    ("no outcome", without_cell, "has no outcome of 1[thread-2]: run it again"),
    ("not selected", without_choice, "are not those that they selected together"),
    ("of another", with_cell_of_another, "several shards judged 1[thread-2]"),
    ("other share", lambda one: of_shard(one, dividing=2), "divide the error rate by different"),
    ("no share", lambda one: of_shard(one, dividing=0), "shared no error rate with the others"),
    ("other exit code", lambda one: replace(one, exit_code=1), "exit code 1, and its outcomes"),
    ("no exit code", lambda one: replace(one, exit_code=None), "with exit code None, and its"),
    ("hidden loss", with_loss, "says that it ended with exit code 0, and its outcomes come to 1"),
    (
        "other kind",
        lambda one: replace(one, standing=Standing(Kind.NEW)),
        "says that it is NEW, and its outcomes come to GREEN",
    ),
]


@pytest.mark.parametrize(
    ("alter", "said"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED]
)
def test_what_is_no_part_of_one_suite_is_refused(alter: Alter, said: str) -> None:
    """With the shard that is wrong, and what to do, in a line."""
    number = 1 if alter is with_cell_of_another else 2
    refusals = refuse_shards(changed((number, alter)))
    assert said in " ".join(refusals)
    assert all(len(one) < 250 and "\n" not in one for one in refusals)


def test_a_shard_that_is_missing_is_refused() -> None:
    """Whichever it is, and all of them in one line."""
    made = make_shards(PASSED, 3)
    for number in range(3):
        (line,) = refuse_shards([*made[:number], *made[number + 1 :]])
        assert line.startswith(f"shard {number + 1} of 3 is missing: nobody vouches")
    (line,) = refuse_shards(made[:1])
    assert line.startswith("shard 2, 3 of 3 is missing")


def test_machines_may_differ() -> None:
    """Each shard has its base beside it; it is said all the same."""
    other = lambda one: replace(  # noqa: E731 - short
        one, machine=replace(one.machine, cpu_model="Other CPU", cpus=Cpus(1, None, None))
    )
    made = changed((2, other))
    assert refuse_shards(made) == []
    report = merge_shards(made).report
    assert report.machine.cpu_model == "Test CPU; Other CPU"
    assert report.machine.cpus.effective == 1
    assert "shards ran on machines that differ" in report.notes[-1]
