"""Every test that uses the fixture becomes one test per cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import Cell, cell_name
from pytest_speedup.plugin.marker import Marks, read_marker
from pytest_speedup.plugin.run import RUN
from pytest_speedup.plugin.settings import cell_ids
from pytest_speedup.plugin.start import EXECUTOR, WORKERS

if TYPE_CHECKING:
    from typing import TypeGuard


def read_marks(node: pytest.Item | pytest.Function) -> Marks:
    """Read the marker of a test.

    Raises:
        SpeedupError: it has an unknown argument or an invalid value.
    """
    marker = node.get_closest_marker("speedup")
    return Marks() if marker is None else read_marker(marker.args, marker.kwargs)


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Give a test that uses the fixture its cells, as parameters that JSON can hold."""
    if EXECUTOR not in metafunc.fixturenames:
        refuse_marker_alone(metafunc.definition)
        return
    try:
        marks = read_marks(metafunc.definition)
    except SpeedupError as error:
        pytest.fail(str(error), pytrace=False)
    cells = metafunc.config.stash[RUN].settings.cells(marks)
    metafunc.parametrize((EXECUTOR, WORKERS), cells, ids=cell_ids(cells))


def is_cell(item: pytest.Item) -> TypeGuard[pytest.Function]:
    """Whether a test is a cell."""
    if not isinstance(item, pytest.Function) or EXECUTOR not in item.fixturenames:
        return False
    callspec = getattr(item, "callspec", None)
    return callspec is not None and EXECUTOR in callspec.params


def refuse_marker_alone(item: pytest.Item) -> None:
    """Fail a test whose marker demands what no fixture measures."""
    if item.get_closest_marker("speedup") is not None:
        pytest.fail(
            f"{item.nodeid} is marked speedup and measures nothing: have it take the fixture, "
            f"as in def {getattr(item, 'originalname', item.name)}(speedup), and call it; or move "
            "the marker to the tests that do",
            pytrace=False,
        )


def workload_of(item: pytest.Function) -> str:
    """Identify a workload by its test, with the test's own parameters but without the cell.

    The cell's is the first of the parameters, since tests are made cells before all else, unless
    another plugin came before that.
    """
    name = f"{item.nodeid.removesuffix(item.name)}{item.originalname}"
    own = _without(item.callspec.id, cell_name(*cell_of(item)))
    return f"{name}[{own}]" if own else name


def _without(ids: str, cell: str) -> str:
    """Take the cell out of a test's parameters, as they stand in its id."""
    if ids == cell or ids.startswith(f"{cell}-"):
        return ids[len(cell) + 1 :]
    before, found, after = f"{ids}-".partition(f"-{cell}-")
    return f"{before}-{after}".strip("-") if found else ids


def shared_by(item: pytest.Function) -> str:
    """Name what a cell shares with others of its workload: all of its test but executor and count.

    A test that asks for these itself may choose its arguments by them: its cells share nothing.
    The numbers that pytest gives to values of parameters do not tell, they go on from cell to cell.
    """
    return item.nodeid if _asks_for_cell(item) else workload_of(item)


def _asks_for_cell(item: pytest.Function) -> bool:
    """Whether a test, or a fixture of it other than ours, takes the executor's name or count."""
    info = item._fixtureinfo  # noqa: SLF001 - pytest has no public way to a test's own arguments
    ours = {EXECUTOR, WORKERS}
    if ours & {*info.argnames}:
        return True
    return any(
        ours & {*definition.argnames}
        for name, definitions in info.name2fixturedefs.items()
        if name != "speedup"
        for definition in definitions
    )


def matching_cell(item: pytest.Function, size: str) -> Cell:
    """Describe the cell that a test is."""
    executor, workers = cell_of(item)
    return Cell(item.nodeid, workload_of(item), executor, workers, size)


def cell_of(item: pytest.Function) -> tuple[str, int]:
    """Executor and worker count of a test that is a cell."""
    executor, workers = item.callspec.params[EXECUTOR], item.callspec.params[WORKERS]
    return str(executor), int(str(workers))
