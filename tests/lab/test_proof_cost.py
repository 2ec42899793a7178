"""The cost of the proof: what is counted, and what is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.lab import proof_cost
from benchmarks.lab.proof_cost import Seconds, main
from pytest_speedup.against.proof import Proven

if TYPE_CHECKING:
    from pathlib import Path


def fake_compare(
    monkeypatch: pytest.MonkeyPatch, whole: float, code: int, asked: float = 1e-9
) -> None:
    """Spend a second for the proof, of so many."""

    def compare(_top: Path, seconds: Seconds, _more: object) -> tuple[float, int]:
        seconds.spent["environments"] += 1.0
        seconds.spent["questions afterwards"] += asked
        return whole, code

    monkeypatch.setattr(proof_cost, "_compare", compare)
    monkeypatch.setattr(proof_cost, "cost_of_start", lambda _folder: (0.02, 0.001))


@pytest.mark.parametrize(
    ("whole", "code", "ends"),
    [(100.0, 0, 0), (100.0, 10, 0), (10.0, 0, 1), (100.0, 1, 1), (100.0, 11, 1)],
)
def test_five_percent_of_a_comparison_is_the_most(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    whole: float,
    code: int,
    ends: int,
) -> None:
    """One that compared nothing says nothing of the cost."""
    fake_compare(monkeypatch, whole, code)
    assert main([]) == ends
    said = capsys.readouterr().out
    assert f"environments           1.00 s {100 / whole:5.1f} %" in said
    assert "a Python starts in 20 ms, watched +1.0 ms" in said


def test_one_in_which_nothing_was_asked_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of the same tree, of which nothing is measured."""
    fake_compare(monkeypatch, 100.0, 10, asked=0.0)
    assert main([]) == 1


def test_seconds_are_counted_of_what_fails_too() -> None:
    """And added up."""
    seconds = Seconds()
    with pytest.raises(ZeroDivisionError):
        seconds.timed("it", lambda: 1 / 0)()
    assert seconds.timed("it", lambda: "value")() == "value"
    assert seconds.spent["it"] > 0
    assert seconds.share(sum(seconds.spent.values())) == 1


def test_what_is_timed_is_there() -> None:
    """By the names that a comparison calls it; and it is put back."""
    before = Proven.ask
    with proof_cost.timing(Seconds()):
        assert Proven.ask is not before
    assert Proven.ask is before
