from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.evaluate.sidebyside import append_run, next_variant, read_log
from pytest_speedup.evaluate.variants import VARIANTS
from pytest_speedup.model import Bound, Outcome
from tests.evaluate.logged import make_cell, make_run

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_speedup.evaluate.sidebyside import LoggedRun


def test_a_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A run a line, so that what stopped can go on."""
    log = tmp_path / "log.jsonl"
    runs = [
        make_run("same", make_cell(Outcome.PASSED), make_cell(Outcome.INCONCLUSIVE)),
        make_run("parallel-10", make_cell(Outcome.REGRESSED, bound=Bound.WAIT)),
    ]
    assert read_log(log) == []
    for run in runs:
        append_run(log, run)
    assert read_log(log) == runs
    assert [run.red for run in runs] == [False, True]


@pytest.mark.parametrize("text", ["[", "{}", '["nonsense", 1, {}]', '["same", 1, {"x": [1]}]'])
def test_a_damaged_log_is_named(text: str, tmp_path: Path) -> None:
    """Nothing is appended to it then."""
    log = tmp_path / "log.jsonl"
    log.write_text(text)
    with pytest.raises(SpeedupError, match=r"log\.jsonl cannot be read"):
        read_log(log)


def test_variants_progress_side_by_side() -> None:
    """What is furthest behind runs next, until each has its runs."""
    done: list[LoggedRun] = []
    while (name := next_variant(VARIANTS, done, 0.2)) is not None:
        done.append(make_run(name))
    assert [run.variant for run in done[: len(VARIANTS)]] == list(VARIANTS)
    counts = {name: sum(run.variant == name for run in done) for name in VARIANTS}
    assert counts == {name: round(0.2 * one.runs) for name, one in VARIANTS.items()}


def test_no_share_runs_nothing() -> None:
    """It only reports."""
    assert next_variant(VARIANTS, [], 0.0) is None
