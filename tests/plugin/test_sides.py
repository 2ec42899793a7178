"""Workers that stood before a comparison are asked which of the project's modules they have."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.cells import Wanted
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Conditions
from pytest_speedup.model import Outcome
from pytest_speedup.plugin import sides as module
from pytest_speedup.plugin.sides import Standing, ask_standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CELL = Wanted("test_work.py::test_work[dask-2]", "test_work", "dask", 2)
OTHER = Wanted("test_work.py::test_work[thread-2]", "test_work", "thread", 2)


@dataclass
class Workers:
    """Two of them, which answer, or do not."""

    answers: list[list[tuple[str, str]]]
    error: Exception | None = None

    def each(self, _function: object) -> list[list[tuple[str, str]]]:
        if self.error is not None:
            raise self.error
        return self.answers


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    there = Workers([[], []])

    @contextmanager
    def opened(_create: Callable[[], object]) -> Iterator[tuple[Workers, float]]:
        yield there, 0.0

    monkeypatch.setattr(module, "opened", opened)
    return there


def standing() -> list[Standing]:
    conditions = Conditions("spawn", True, import_main=False)  # noqa: FBT003 - as it is elsewhere
    return [Standing("dask", 2, "the workers of the cluster", "do so", conditions, ("acme",))]


def test_one_that_has_the_project_ends_its_cells_alone(workers: Workers) -> None:
    """With module, file and remedy; any of them is enough."""
    workers.answers = [[], [("acme.core", "/there/acme/core.py")]]
    asked = ask_standing(standing())
    (verdict,) = asked.over([CELL, OTHER]).values()
    assert verdict.cell == CELL.id
    assert verdict.outcome is Outcome.BROKEN
    assert verdict.reason == (
        "the workers of the cluster have acme.core from /there/acme/core.py, whichever side asks, "
        "so that both run the same: do so"
    )
    assert asked.remarks == ()


def test_those_that_have_nothing_of_it_are_said_to(workers: Workers) -> None:
    """That is known then, and not merely not unknown."""
    asked = ask_standing(standing())
    assert asked.over([CELL]) == {}
    assert asked.remarks == (
        "proof: the workers of the cluster were asked, and have no module of the project",
    )


@pytest.mark.parametrize("error", [SpeedupError("nobody answers"), ImportError("nobody answers")])
def test_those_that_cannot_be_asked_are_not_proven(workers: Workers, error: Exception) -> None:
    """Whatever keeps them from answering is said."""
    workers.error = error
    asked = ask_standing(standing())
    assert asked.over([CELL]) == {}
    (remark,) = asked.remarks
    assert remark.startswith("not proven: the workers of the cluster run the code that they have; ")
    assert remark.endswith("nobody answers")


def test_one_that_does_not_answer_leaves_all_unproven(workers: Workers) -> None:
    """It may be the one that has the project."""
    workers.answers = [[]]
    (remark,) = ask_standing(standing()).remarks
    assert remark.endswith("1 of 2 answered")
