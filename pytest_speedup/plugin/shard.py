"""``--speedup-shard``: the part of a suite that a run judges, and what makes it one of several."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.base import head_commit, tree_of
from pytest_speedup.against.cells import Part
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.gate import expected_costs, fingerprint, split
from pytest_speedup.model import ComparedCode, Shard
from pytest_speedup.plugin.passing import options_of_sides
from pytest_speedup.plugin.sides import tree_of_head
from pytest_speedup.storage import read_spent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_speedup.against.base import Base
    from pytest_speedup.against.cells import Wanted
    from pytest_speedup.gate import PairedPolicy
    from pytest_speedup.plugin.run import Run
    from pytest_speedup.plugin.settings import Settings


def take_part(session: pytest.Session, run: Run, wanted: Sequence[Wanted]) -> Part:
    """Leave the workloads of other shards out of the run, which knows all cells by now.

    Args:
        session: pytest's; the tests of others are deselected.
        run: its state, which is told which shard it is.
        wanted: all cells that were selected.

    Raises:
        pytest.UsageError: the report with the times of an earlier run is none.
    """
    asked = run.settings.shard
    if asked is None:
        return Part()
    number, count = asked
    shards = split(_costs(run, wanted), count)
    part = Part(frozenset(one for one in shards if shards[one] != number), number == 1)
    judged = [one.id for one in wanted if one.executor != SerialExecutor.name]
    own = {one.id for one in part.own(wanted)}
    run.shard = Shard(
        number,
        count,
        cells=tuple(sorted(own.intersection(judged))),
        selection=fingerprint(judged),
        split=fingerprint([*shards.items(), count]),
    )
    _deselect(session, run, {one.id for one in wanted} - own)
    return part


def _costs(run: Run, wanted: Sequence[Wanted]) -> Mapping[str, float]:
    """Expect what each workload takes, by an earlier run where a report of it is there."""
    cells = Counter({one.workload: 0 for one in wanted})
    cells.update(one.workload for one in wanted if one.executor != SerialExecutor.name)
    path = run.settings.shard_costs
    if path is None:
        return expected_costs(cells, {})
    if not path.exists():
        run.notices.append(f"speedup: {path} is not there: workloads are shared out by their cells")
        return expected_costs(cells, {})
    try:
        return expected_costs(cells, read_spent(path))
    except SpeedupError as error:
        raise pytest.UsageError(str(error)) from error


def _deselect(session: pytest.Session, run: Run, others: set[str]) -> None:
    left = [item for item in session.items if item.nodeid in others]
    session.items[:] = [item for item in session.items if item.nodeid not in others]
    session.config.hook.pytest_deselected(items=left)
    run.leave(others)


def word_part(run: Run, part: Part, wanted: Sequence[Wanted]) -> Iterator[str]:
    """Name the workloads of a shard, a line each; nothing where the run has all."""
    if run.shard is None:
        return
    workloads = dict.fromkeys(one.workload for one in part.own(wanted))
    all_cells = sum(one.executor != SerialExecutor.name for one in wanted)
    yield f"{run.shard}: {len(run.shard.cells)} of the {all_cells} cells of all shards"
    yield from (f"  workload {one}" for one in workloads)


def identify(config: pytest.Config, run: Run, base: Base, policy: PairedPolicy) -> None:
    """Note what the shards of a suite have in common, before anything is measured.

    What tests demand of their cells is in the trees.

    Args:
        config: pytest's.
        run: its state, with the rules that count.
        base: the base commit.
        policy: the rules of the verdict.

    Raises:
        SpeedupError: git cannot tell what head is.
    """
    if run.shard is None:
        return
    root, tree = config.rootpath, tree_of_head(config, base)
    code = ComparedCode(
        base_commit=base.commit,
        base_tree=base.tree,
        head_commit=head_commit(root),
        head_tree=tree,
        modified=tree_of(root, "HEAD") != tree,
    )
    rules = fingerprint(
        [
            *map(repr, astuple(policy)),
            *_settings(run.settings),
            *sorted(map(repr, run.gate.acknowledged.items())),
            ["options", *options_of_sides(config)],
        ]
    )
    run.shard = replace(run.shard, code=code, rules=rules)


JUDGED_BY = (
    "size",
    "start_method",
    "dask_scheduler",
    "margin",
    "base_env",
    "harness",
    "budget",
    "timeout",
    "same",
    "rules",
    "strict",
)
"""Settings that what becomes of a cell depends on, beside those that make the cells."""


def _settings(settings: Settings) -> Iterator[list[str]]:
    for name in JUDGED_BY:
        yield [name, repr(getattr(settings, name))]
    yield ["allowed", *sorted(one.value for one in settings.allowed)]
