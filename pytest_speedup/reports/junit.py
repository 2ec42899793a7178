"""A cell as properties of its test in JUnit's XML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup.model import Estimate, Summary, Verdict


def junit_properties(summary: Summary | None, verdict: Verdict | None) -> Iterator[tuple[str, str]]:
    """Name what is known of a cell, and give it as text.

    Args:
        summary: what was measured; None where base and head took turns.
        verdict: what it was judged to be; None where nothing is compared.
    """
    if summary is not None:
        yield from _estimate("speedup", summary.speedup)
        if summary.ceiling is not None:
            yield from _estimate("speedup_ceiling", summary.ceiling)
    if verdict is None:
        return
    yield "speedup_outcome", verdict.outcome.value
    for name, value in (("margin", verdict.margin), ("before", verdict.before)):
        if value is not None:
            yield f"speedup_{name}", f"{value:.4g}"
    if verdict.change is not None:
        yield from _estimate("speedup_change", verdict.change)
    if verdict.detectable is not None:
        yield "speedup_detectable_loss", f"{verdict.detectable:.4g}"


def _estimate(name: str, estimate: Estimate) -> Iterator[tuple[str, str]]:
    yield name, f"{estimate.value:.4g}"
    yield f"{name}_low", f"{estimate.low:.4g}"
    yield f"{name}_high", f"{estimate.high:.4g}"
