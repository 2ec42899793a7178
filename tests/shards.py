"""Reports of the shards of a suite, made from the outcomes of its cells."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_speedup.gate import RunEnd, exit_code, expected_costs, fingerprint, split, take_stock
from pytest_speedup.model import (
    BASE,
    HEAD,
    Cell,
    CellReport,
    ComparedCode,
    Estimate,
    Kind,
    Outcome,
    ProvedRun,
    ProvedSide,
    RunReport,
    Shard,
    ShardEnd,
    Standing,
    Verdict,
)
from tests.samples import MACHINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CODE = ComparedCode("b" * 40, "1" * 40, "a" * 40, "2" * 40, modified=False)
ALLOWED = frozenset({Outcome.NEW, Outcome.INCONCLUSIVE})
END = ShardEnd(0, interrupted=False, uncollected=False, unsaved=False, allowed=ALLOWED)


def workload_of(cell: str) -> str:
    return cell.partition("[")[0]


def ids(workloads: int, cells: int = 2) -> list[str]:
    """Cells of some workloads, on two threads and more."""
    return [
        f"test_work.py::test_{workload}[thread-{count + 2}]"
        for workload in range(workloads)
        for count in range(cells)
    ]


def make_proof(files: int = 3) -> ProvedRun:
    commits = ((BASE, CODE.base_commit, CODE.base_tree), (HEAD, CODE.head_commit, CODE.head_tree))
    sides = [
        ProvedSide(name, commit, tree, False, files, files, 0, 0, "from its tree")  # noqa: FBT003
        for name, commit, tree in commits
    ]
    return ProvedRun(tuple(sides), 1, ("not proven: data that git does not have: a.bin",))


def make_shards(
    outcomes: Mapping[str, Outcome],
    count: int,
    *,
    failed: Sequence[int] = (),
    acknowledged: Sequence[str] = (),
) -> list[tuple[str, RunReport]]:
    """Make the reports of shards as runs with these outcomes would write them.

    Args:
        outcomes: of each cell.
        count: how many shards there are.
        failed: shards of which a test failed that is no cell.
        acknowledged: cells whose loss is.
    """
    shards = split(expected_costs(Counter(map(workload_of, outcomes)), {}), count)
    made = []
    for number in range(1, count + 1):
        own = {cell: one for cell, one in outcomes.items() if shards[workload_of(cell)] == number}
        verdicts = [make_verdict(cell, own[cell], cell in acknowledged) for cell in own]
        code = int(number in failed or any(one.is_red for one in verdicts))
        made.append((f"shard-{number}.json", _report(number, count, outcomes, verdicts, code)))
    return made


def make_verdict(cell: str, outcome: Outcome, acknowledged: bool = False) -> Verdict:  # noqa: FBT001, FBT002
    reason = "why" if outcome.fails.name == "ALWAYS" and outcome.is_loss and acknowledged else None
    change = Estimate(0.9, 0.8, 1.0, 0.99) if outcome.is_decided else None
    return Verdict(cell, outcome, change, 0.05, margin=0.04, acknowledged=reason)


def _report(
    number: int, count: int, outcomes: Mapping[str, Outcome], verdicts: list[Verdict], code: int
) -> RunReport:
    shards = split(expected_costs(Counter(map(workload_of, outcomes)), {}), count)
    shard = Shard(
        number,
        count,
        tuple(one.cell for one in verdicts),
        fingerprint(outcomes),
        fingerprint([*shards.items(), count]),
        "c" * 64,
        CODE,
        dividing=len(outcomes) if verdicts else 0,
        end=replace(END, code=code),
    )
    idle = not verdicts and number > 1
    standing = Standing(Kind.MEASURED) if idle else take_stock(verdicts, ALLOWED)
    return RunReport(
        created=f"2026-11-24T01:02:{number:02}+00:00",
        version="0.1.0",
        commit=CODE.head_commit,
        against="main",
        machine=MACHINE,
        size="default",
        gated=True,
        complaints=(),
        cells=tuple(CellReport(one.cell, make_cell(one.cell), verdict=one) for one in verdicts),
        standing=standing,
        base_commit=CODE.base_commit,
        exit_code=exit_code(RunEnd(code), standing),
        proof=make_proof() if verdicts else None,
        moved=("this change moves a rule",),
        notes=("a note", f"of shard {number}"),
        spent=tuple((one, 2.0) for one in sorted({workload_of(each.cell) for each in verdicts})),
        shard=shard,
    )


def make_cell(cell: str) -> Cell:
    workers = int(cell.rpartition("-")[2].rstrip("]"))
    return Cell(cell, workload_of(cell), "thread", workers, "default")


def of_shard(report: RunReport, **changes: Any) -> RunReport:  # noqa: ANN401 - each field its own
    """Change what a report says of its shard."""
    assert report.shard is not None
    return replace(report, shard=replace(report.shard, **changes))
