"""The report as JSON, for other programs; ``schema.json`` beside this file describes it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pytest_speedup.losses.stack import write_losses
from pytest_speedup.model import SCHEMA_VERSION, Outcome
from pytest_speedup.reports.standing import is_red, word_report
from pytest_speedup.reports.words import explain_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup.losses.explanation import Explanation
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import (
        CellReport,
        Estimate,
        RunReport,
        SavedChange,
        Shard,
        Summary,
        Verdict,
    )


def junit_properties(summary: Summary | None, verdict: Verdict | None) -> Iterator[tuple[str, str]]:
    """Name what is known of a cell, and give it as text.

    Args:
        summary: what was measured; None where base and head took turns.
        verdict: what it was judged to be; None where nothing is compared.
    """
    if summary is not None:
        yield from _estimate_properties("speedup", summary.speedup)
        if summary.ceiling is not None:
            yield from _estimate_properties("speedup_ceiling", summary.ceiling)
    if verdict is None:
        return
    yield "speedup_outcome", verdict.outcome.value
    for name, value in (("margin", verdict.margin), ("before", verdict.before)):
        if value is not None:
            yield f"speedup_{name}", f"{value:.4g}"
    if verdict.change is not None:
        yield from _estimate_properties("speedup_change", verdict.change)
    if verdict.detectable is not None:
        yield "speedup_detectable_loss", f"{verdict.detectable:.4g}"


def _estimate_properties(name: str, estimate: Estimate) -> Iterator[tuple[str, str]]:
    yield name, f"{estimate.value:.4g}"
    yield f"{name}_low", f"{estimate.low:.4g}"
    yield f"{name}_high", f"{estimate.high:.4g}"


def render_json(report: RunReport) -> str:
    """Render all that is known, as an object on lines of its own."""
    return json.dumps(to_document(report), indent=1, allow_nan=False) + "\n"


def to_document(report: RunReport) -> dict[str, Any]:
    """Turn a report into JSON values. Durations are in seconds."""
    machine, cpus = report.machine, report.machine.cpus
    counts = Counter(one.verdict.outcome for one in report.cells if one.verdict is not None)
    return {
        "schema_version": SCHEMA_VERSION,
        "created": report.created,
        "plugin_version": report.version,
        "commit": report.commit,
        "against": report.against,
        "base_commit": report.base_commit,
        "proof": None if report.proof is None else asdict(report.proof),
        "baseline": report.baseline or None,
        "size": report.size,
        "shard": None if report.shard is None else _shard(report.shard),
        "machine": {
            "cpu_model": machine.cpu_model,
            "logical_cpus": cpus.logical,
            "effective_cpus": cpus.effective,
            "python": machine.python,
            "gil": machine.gil,
            "start_method": machine.start_method,
        },
        "gate": {
            "compared": report.gated,
            "kind": report.standing.kind.value,
            "standing": word_report(report),
            "red": any(map(is_red, report.cells)),
            "exit_code": report.exit_code,
            "judged": report.standing.judged,
            "decided": report.standing.decided,
            "complaints": list(report.complaints),
            "moved_rules": list(report.moved),
            "notes": list(report.notes),
            "outcomes": {outcome.value: counts[outcome] for outcome in Outcome},
        },
        "workloads": [{"name": name, "seconds": seconds} for name, seconds in report.spent],
        "cells": [_cell(one) for one in report.cells],
    }


def _shard(shard: Shard) -> dict[str, Any]:
    end = shard.end
    return {
        "number": shard.number,
        "count": shard.count,
        "cells": list(shard.cells),
        "selection": shard.selection,
        "split": shard.split,
        "rules": shard.rules,
        "code": None if shard.code is None else asdict(shard.code),
        "dividing": shard.dividing,
        "end": None
        if end is None
        else {**asdict(end), "allowed": sorted(one.value for one in end.allowed)},
    }


def _cell(one: CellReport) -> dict[str, Any]:
    cell = one.cell
    return {
        "id": one.id,
        "workload": None if cell is None else cell.workload,
        "executor": None if cell is None else cell.executor,
        "workers": None if cell is None else cell.workers,
        "scaling": None if cell is None else cell.scaling,
        "measurement": _measurement(one),
        "saved_speedups": list(one.saved),
        "verdict": None if one.verdict is None else _verdict(one.verdict, red=is_red(one)),
        "saved_change": None if one.change is None else _saved_change(one.change),
        "stacks": {name: _stack(stack) for name, stack in one.stacks},
        "shortfall": one.poor or None,
        "touch": None if one.touch is None else one.touch.value,
    }


def _saved_change(one: SavedChange) -> dict[str, Any]:
    return {
        "before": one.before,
        "speedup": one.speedup,
        "change": None if one.change is None else _estimate(one.change),
        "outcome": None if one.outcome is None else one.outcome.value,
        "reason": one.reason,
    }


def _measurement(one: CellReport) -> dict[str, Any] | None:
    measured = one.measurement
    if measured is None:
        return None
    return {
        "speedup": _estimate(measured.speedup),
        "ceiling": None if measured.ceiling is None else _estimate(measured.ceiling),
        "bound": measured.bound.value,
        "oversubscribed": measured.oversubscribed,
        "cold_start": measured.cold_start,
        "rounds": [
            {"serial": serial, "parallel": parallel} for serial, parallel in measured.rounds
        ],
        "tasks": None if measured.pace is None else asdict(measured.pace),
    }


def _verdict(verdict: Verdict, *, red: bool) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome.value,
        "red": red,
        "before": verdict.before,
        "speedup": verdict.speedup,
        "margin": verdict.margin,
        "parallel_change": verdict.parallel_change,
        "serial_change": verdict.serial_change,
        "change": None if verdict.change is None else _estimate(verdict.change),
        "detectable_loss": verdict.detectable,
        "ruled_out_loss": verdict.ruled_out,
        "ruled_out_loss_of_all": verdict.ruled_out_of_all,
        "watches": verdict.watches,
        "reason": verdict.reason,
        "why": explain_verdict(verdict),
        "explanation": None if verdict.explanation is None else _explanation(verdict.explanation),
        "counters": [asdict(counter) for counter in verdict.counters],
        "acknowledged": verdict.acknowledged,
    }


def _explanation(explanation: Explanation) -> dict[str, Any]:
    """Write it without the stacks, which stand with their cell."""
    return {
        "change": explanation.change,
        "named": None if explanation.named is None else explanation.named.loss.value,
        "causes": [
            {
                "loss": cause.loss.value,
                "change": _estimate(cause.change),
                "seconds": cause.seconds,
            }
            for cause in explanation.causes
        ],
    }


def _stack(stack: Stack) -> dict[str, Any]:
    return {
        "workers": stack.workers,
        "ideal": stack.ideal,
        "losses": write_losses(stack),
        "counts": asdict(stack.counts),
    }


def _estimate(estimate: Estimate) -> dict[str, float]:
    return asdict(estimate)
