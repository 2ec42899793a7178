"""Runs that judge one suite together: which has which workload, and one verdict for all."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.gate.standing import (
    BROKEN,
    FAILED,
    INTERNAL_ERROR,
    OK,
    WRONG_USAGE,
    RunEnd,
    exit_code,
    take_stock,
)
from pytest_speedup.model import (
    BASE,
    HEAD,
    CellReport,
    Kind,
    ProvedRun,
    ProvedSide,
    Standing,
    short_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.model import (
        ComparedCode,
        Cpus,
        Machine,
        Outcome,
        RunReport,
        Shard,
        ShardEnd,
        Verdict,
    )


GRAVEST_CODES = (WRONG_USAGE, BROKEN, INTERNAL_ERROR, FAILED)
"""Exit codes of pytest, the gravest first; any other counts for less."""

SHOWN = 12
"""Letters of a commit, a tree or a fingerprint."""


@dataclass(frozen=True, slots=True)
class Part:
    """The report of one shard, complete.

    Attributes:
        file: where it was read from.
        report: what it says.
        shard: which one it is.
        code: what it compared.
        end: how it ended.
    """

    file: str
    report: RunReport
    shard: Shard
    code: ComparedCode
    end: ShardEnd

    def __str__(self) -> str:
        """Name it as messages do."""
        return f"{self.shard} ({self.file})"

    @property
    def verdicts(self) -> list[Verdict]:
        """The verdicts on its cells."""
        return [one.verdict for one in self.report.cells if one.verdict is not None]


@dataclass(frozen=True, slots=True)
class Merged:
    """The whole of a suite.

    Attributes:
        report: as of one run.
        exit_code: as that would end with.
    """

    report: RunReport
    exit_code: int


def refuse_shards(reports: Sequence[tuple[str, RunReport]]) -> list[str]:
    """Say why reports are not those of all shards of one suite, a line each.

    Args:
        reports: what was read, with the name of its file.

    Returns:
        nothing where they are: then :func:`merge_shards` puts them together.
    """
    unfit = [f"{file}: {why}" for file, report in reports if (why := _unfit(report))]
    if unfit:
        return unfit
    parts = _parts(reports)
    for check in (_count, _sameness, _cells, _dividing):
        if found := list(check(parts)):
            return found
    return [why for one in parts for why in _contradictions(one)]


def merge_shards(reports: Sequence[tuple[str, RunReport]]) -> Merged:
    """Put the reports of all shards of a suite together.

    Args:
        reports: those that :func:`refuse_shards` has nothing to say of.
    """
    parts = sorted(_parts(reports), key=lambda one: one.shard.number)
    verdicts = [verdict for one in parts for verdict in one.verdicts]
    first = parts[0]
    is_gated = any(one.report.gated for one in parts if not one.shard.is_idle)
    standing = _stand(verdicts, first.end.allowed) if is_gated else Standing(Kind.MEASURED)
    code = exit_code(_end([one.end for one in parts]), standing)
    whole = replace(
        first.report,
        created=max(one.report.created for one in parts),
        machine=_machine([one.report.machine for one in parts]),
        gated=is_gated,
        complaints=(),
        cells=_in_order(cell for one in parts for cell in one.report.cells),
        standing=standing,
        exit_code=code,
        proof=_proof([one.report.proof for one in parts if one.report.proof is not None]),
        moved=_each_once(one.report.moved for one in parts),
        notes=_each_once([*(one.report.notes for one in parts), _machines(parts)]),
        spent=tuple(each for one in parts for each in one.report.spent),
        shard=None,
    )
    return Merged(whole, code)


def _unfit(report: RunReport) -> str:
    """Say what a report lacks to be a shard's; empty where it is one."""
    shard = report.shard
    if shard is None:
        return "it is no report of a shard: run pytest with --speedup-shard=NUMBER/COUNT"
    if shard.code is None or shard.end is None or not shard.rules:
        code = "unknown" if report.exit_code is None else report.exit_code
        return f"{shard} ended before it knew what it compares, with exit code {code}: run it again"
    return ""


def _parts(reports: Sequence[tuple[str, RunReport]]) -> list[Part]:
    return [
        Part(file, report, report.shard, report.shard.code, report.shard.end)
        for file, report in reports
        if report.shard is not None
        and report.shard.code is not None
        and report.shard.end is not None
    ]


def _count(parts: Sequence[Part]) -> Iterator[str]:
    """Refuse shards that are missing, or there twice."""
    counts = sorted({one.shard.count for one in parts})
    if len(counts) > 1:
        yield f"these are shards of {' and '.join(map(str, counts))}: give those of one split"
        return
    there = Counter(one.shard.number for one in parts)
    for number, times in sorted(there.items()):
        if times > 1:
            files = ", ".join(one.file for one in parts if one.shard.number == number)
            yield f"shard {number} is there {times} times ({files}): give the last one alone"
    missing = [str(number) for number in range(1, counts[0] + 1) if number not in there]
    if missing:
        yield (
            f"shard {', '.join(missing)} of {counts[0]} is missing: nobody vouches for its cells; "
            "did its job end before it wrote a report?"
        )


SAME: tuple[tuple[str, Callable[[Part], object]], ...] = (
    ("base commit", lambda one: one.code.base_commit),
    ("base tree", lambda one: one.code.base_tree),
    ("commit", lambda one: one.code.head_commit),
    ("tree", lambda one: one.code.head_tree),
    ("pytest-speedup", lambda one: one.report.version),
    ("Python", lambda one: _word_python(one.report.machine)),
    ("cells of fingerprint", lambda one: one.shard.selection),
    ("a split of fingerprint", lambda one: one.shard.split),
    ("rules of fingerprint", lambda one: one.shard.rules),
    ("allowed outcomes", lambda one: ", ".join(sorted(each.value for each in one.end.allowed))),
)
"""What all shards have in common."""


def _word_python(machine: Machine) -> str:
    return f"{machine.python}, GIL {'on' if machine.gil else 'off'}"


def _sameness(parts: Sequence[Part]) -> Iterator[str]:
    """Refuse shards of something else than the first."""
    first = parts[0]
    for one in parts[1:]:
        for what, read in SAME:
            if read(one) != read(first):
                yield (
                    f"{one} has {what} {_short(read(one))}, and {first} has "
                    f"{_short(read(first))}: run all shards alike"
                )
    yield from _gated(parts)
    yield from _proofs(parts)


def _gated(parts: Sequence[Part]) -> Iterator[str]:
    """Refuse shards of which some compared, and others had nothing to compare with."""
    told = {one.report.gated: one for one in parts if not one.shard.is_idle}
    if len(told) > 1:
        yield f"{told[True]} compared, and {told[False]} did not: run all shards alike"


def _short(value: object) -> str:
    text = str(value) or "none"
    return text[:SHOWN] if len(text) >= 40 and text.isalnum() else text  # noqa: PLR2004 - a digest


def _proofs(parts: Sequence[Part]) -> Iterator[str]:
    """Refuse what ran other code than it was to compare, or judged and proved nothing."""
    proven = [(one, one.report.proof) for one in parts if one.report.proof is not None]
    for one, proof in proven:
        commits = {side.name: side.commit for side in proof.sides}
        trees = {side.name: side.tree for side in proof.sides}
        of_code = {BASE: one.code.base_commit, HEAD: one.code.head_commit}
        if commits != of_code or trees.get(HEAD) != one.code.head_tree:
            yield f"{one} proves other commits or trees than it compared: run it again"
        if trees != {side.name: side.tree for side in proven[0][1].sides}:
            yield f"{one} ran other trees than {proven[0][0]}: run all shards alike"
    for one in parts:
        if one.report.proof is None and any(each.outcome.is_decided for each in one.verdicts):
            yield f"{one} judged cells and does not prove which code ran: run it again"


def _cells(parts: Sequence[Part]) -> Iterator[str]:
    """Refuse cells that nobody judged, or several did."""
    chosen = Counter(cell for one in parts for cell in one.shard.cells)
    judged = Counter(verdict.cell for one in parts for verdict in one.verdicts)
    twice = sorted({cell for count in (chosen, judged) for cell in count if count[cell] > 1})
    if twice:
        yield f"several shards judged {_names(twice)}: run all shards alike"
    if not twice and fingerprint(chosen) != parts[0].shard.selection:
        yield "the cells of the shards are not those that they selected together: run all alike"
    for one in parts:
        lacking = [cell for cell in one.shard.cells if cell not in judged]
        if one.report.gated and lacking:
            yield f"{one} has no outcome of {_names(lacking)}: run it again"
        foreign = {each.cell for each in one.verdicts} & (set(chosen) - {*one.shard.cells})
        if foreign:
            yield f"{one} judged {_names(sorted(foreign))} of another shard: run all shards alike"


def _names(cells: Sequence[str]) -> str:
    more = f" and {len(cells) - 1} more" if len(cells) > 1 else ""
    return f"{short_name(cells[0])}{more}"


def _dividing(parts: Sequence[Part]) -> Iterator[str]:
    """Refuse shards that did not share one error rate."""
    divided = {one.shard.dividing: one for one in parts if one.shard.dividing}
    if len(divided) > 1:
        told = ", ".join(f"{one} by {count}" for count, one in sorted(divided.items()))
        yield f"shards divide the error rate by different numbers of cells: {told}"
    for one in parts:
        if not one.shard.dividing and any(each.outcome.is_decided for each in one.verdicts):
            yield f"{one} judged cells and shared no error rate with the others: run it again"


def _contradictions(one: Part) -> Iterator[str]:
    """Refuse a shard that ended otherwise than its outcomes say."""
    report = one.report
    standing = Standing(Kind.MEASURED)
    if report.gated and (one.verdicts or not one.shard.is_idle):
        standing = _stand(one.verdicts, one.end.allowed)
    code = exit_code(_end([one.end]), standing)
    if report.exit_code != code:
        yield (
            f"{one} says that it ended with exit code {report.exit_code}, and its outcomes come to "
            f"{code}: run it again"
        )
    if report.standing.kind is not standing.kind:
        yield (
            f"{one} says that it is {report.standing.kind.value}, and its outcomes come to "
            f"{standing.kind.value}: run it again"
        )


def _stand(verdicts: Sequence[Verdict], allowed: frozenset[Outcome]) -> Standing:
    return take_stock(verdicts, allowed)


def _end(ends: Sequence[ShardEnd]) -> RunEnd:
    """Take the gravest of each."""
    codes = {one.code for one in ends}
    grave = next((code for code in GRAVEST_CODES if code in codes), None)
    return RunEnd(
        max(codes - {OK}, default=OK) if grave is None else grave,
        any(one.interrupted for one in ends),
        any(one.uncollected for one in ends),
        any(one.unsaved for one in ends),
    )


def _in_order(cells: Iterable[CellReport]) -> tuple[CellReport, ...]:
    """Sort workloads by name; their cells stay in the order of the suite."""
    return tuple(sorted(cells, key=lambda one: one.id.partition("[")[0]))


def _each_once(lines: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for some in lines for line in some))


def _proof(proofs: Sequence[ProvedRun]) -> ProvedRun | None:
    """Add up what was proven; a file counts in each shard that loaded it."""
    if len(proofs) < 2:  # noqa: PLR2004 - nothing to add up
        return proofs[0] if proofs else None
    sides = zip(*(sorted(one.sides, key=lambda side: side.name) for one in proofs), strict=True)
    told = f"proof: files are counted in each of the {len(proofs)} shards that loaded them"
    return ProvedRun(
        tuple(_side(same) for same in sides),
        sum(one.differing for one in proofs),
        (*_each_once(one.remarks for one in proofs), told),
    )


def _side(same: Sequence[ProvedSide]) -> ProvedSide:
    return replace(
        same[0],
        files=sum(one.files for one in same),
        committed=sum(one.committed for one in same),
        built=sum(one.built for one in same),
        installed=sum(one.installed for one in same),
        how="; ".join(dict.fromkeys(one.how for one in same)),
    )


def _machine(machines: Sequence[Machine]) -> Machine:
    """Name all processors, and the fewest CPUs."""
    models = "; ".join(dict.fromkeys(one.cpu_model for one in machines))
    cpus: Cpus = min((one.cpus for one in machines), key=lambda one: one.effective)
    return replace(machines[0], cpu_model=models, cpus=cpus)


def _machines(parts: Sequence[Part]) -> list[str]:
    """Say it where shards ran on machines that differ, each against its own base."""
    kinds = {
        (one.report.machine.cpu_model, one.report.machine.cpus.effective): one for one in parts
    }
    if len(kinds) < 2:  # noqa: PLR2004 - all are alike
        return []
    told = ", ".join(
        f"{one.shard.number} on {model} with {cpus:g} effective CPUs"
        for (model, cpus), one in kinds.items()
    )
    return [f"shards ran on machines that differ, each beside its own base: {told}"]


def split(costs: Mapping[str, float], count: int) -> dict[str, int]:
    """Give each workload to one of so many shards.

    Args:
        costs: what each workload takes, by its name, in any unit.
        count: how many shards there are, at least one.

    Returns:
        the number of its shard, from 1, by workload; with more shards than workloads the last
        ones get none.
    """
    loads = [(0.0, 0, number) for number in range(1, count + 1)]
    shards = {}
    for workload in sorted(costs, key=lambda one: (-costs[one], one)):
        load, has, number = loads[0]
        shards[workload] = number
        heapq.heapreplace(loads, (load + costs[workload], has + 1, number))
    return shards


def expected_costs(cells: Mapping[str, int], spent: Mapping[str, float]) -> dict[str, float]:
    """Expect each workload to take what it took, or what others took for as many turns.

    Args:
        cells: how many cells each workload has beside its serial code, by its name.
        spent: seconds that workloads took in an earlier run, of those that it had.

    Returns:
        seconds by workload, or numbers of turns of a round where nothing is known of any.
    """
    known = {name: spent[name] for name in cells if spent.get(name, 0.0) > 0}
    each = fmean(known[name] / _turns(cells[name]) for name in known) if known else 1.0
    return {name: known.get(name, each * _turns(count)) for name, count in cells.items()}


def _turns(cells: int) -> int:
    """Count the turns of a round: cells of a workload share its serial one."""
    return 1 + cells


def fingerprint(parts: Iterable[object]) -> str:
    """Name texts, numbers and lists of these by a digest, in whatever order they come."""
    lines = sorted(json.dumps(one, sort_keys=True) for one in parts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
