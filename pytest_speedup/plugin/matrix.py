"""Every test that uses the fixture becomes one test per cell."""

from __future__ import annotations

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import Cell
from pytest_speedup.plugin.run import RUN
from pytest_speedup.settings import Marks, cell_ids, read_marker

EXECUTOR, WORKERS = "speedup_executor", "speedup_workers"
"""Names of the parameters, as ``--benchmark-group-by=param:speedup_executor`` takes them."""


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


def is_cell(item: pytest.Item) -> bool:
    """Whether a test is one cell of a workload; pytest parametrizes no unittest.TestCase."""
    return EXECUTOR in getattr(getattr(item, "callspec", None), "params", ())


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
    """Identify a workload by its test, with the test's own parameters but without the cell."""
    name = f"{item.nodeid.removesuffix(item.name)}{item.originalname}"
    own = {
        key: value for key, value in item.callspec.params.items() if key not in (EXECUTOR, WORKERS)
    }
    if not own:
        return name
    return f"{name}[{', '.join(f'{key}={value}' for key, value in own.items())}]"


def matching_cell(item: pytest.Function, size: str) -> Cell:
    """Describe the cell that a test is."""
    executor, workers = cell_of(item)
    return Cell(item.nodeid, workload_of(item), executor, workers, size)


def cell_of(item: pytest.Function) -> tuple[str, int]:
    """Executor and worker count of a test that is a cell."""
    executor, workers = item.callspec.params[EXECUTOR], item.callspec.params[WORKERS]
    return str(executor), int(str(workers))
