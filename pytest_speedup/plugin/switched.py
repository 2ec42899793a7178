"""What the GIL takes from cells: each is recorded with it and without, where Python has both.

A free-threaded build runs with the GIL where the environment asks for it
(https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_GIL), but cannot switch meanwhile: each
takes a process of its own.
"""

from __future__ import annotations

import sysconfig
from contextlib import ExitStack
from typing import TYPE_CHECKING

from pytest_speedup.against import scratch
from pytest_speedup.against.protocol import Close, Closed, Open, Opened, Record, Recorded
from pytest_speedup.against.side import Code, SideError, copy_plugin, running, sources_in
from pytest_speedup.executors import ThreadExecutor
from pytest_speedup.losses.stack import mean_stack, stack_losses
from pytest_speedup.losses.trace import in_a_row
from pytest_speedup.model import shown
from pytest_speedup.plugin import serving
from pytest_speedup.plugin.passing import passed_options, paths_of_side
from pytest_speedup.plugin.serving import own_place
from pytest_speedup.plugin.stacks import RECORDED
from pytest_speedup.reports import is_chosen, render_stacks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

    from pytest_speedup.against.side import Side
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import Cell
    from pytest_speedup.plugin.run import Run


GIL = {"GIL off": "0", "GIL on": "1"}
"""Values of the environment variable ``PYTHON_GIL``."""


def can_switch() -> bool:
    """Whether this interpreter runs with the GIL and without."""
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def render_both(config: pytest.Config, run: Run) -> Iterator[str]:
    """Show what the GIL takes from the cells that were asked for."""
    name = run.settings.explain
    cells = [one.samples.cell for one in run.summaries if is_chosen(one.samples.cell.id, name)]
    try:
        for cell, stacks in record_both(config, cells):
            yield f"{shown(cell.id)}, with the GIL and without"
            yield from render_stacks(stacks)
    except SideError as error:
        yield f"speedup: with the GIL and without: {error}"


def record_both(
    config: pytest.Config, cells: Sequence[Cell]
) -> Iterator[tuple[Cell, list[tuple[str, Stack]]]]:
    """Record cells in two processes side by side, one of them with the GIL.

    Args:
        config: pytest's.
        cells: those to choose from; only threads share a GIL.

    Returns:
        For each cell of several threads, its stacks by whether the GIL was on.

    Raises:
        SideError: a process could not do it.
    """
    threads = [cell for cell in cells if cell.executor == ThreadExecutor.name and cell.workers > 1]
    if not threads or not can_switch():
        return
    root = config.rootpath
    arguments = passed_options(config, root).arguments
    with scratch.made("gil") as logs, ExitStack() as stack:
        plugin = copy_plugin(logs, serving.__name__)
        sides = {}
        for name, value in GIL.items():
            (folder := logs / value).mkdir()
            place = own_place(config, folder)
            code = Code(
                root,
                sources_in(root),
                arguments=(*place.arguments, *arguments),
                paths=paths_of_side(config, root, ()),
                variables={**place.environment, "PYTHON_GIL": value},
            )
            sides[name] = stack.enter_context(running(name, code, plugin, logs, seed=0))
        for cell in threads:
            yield cell, [(name, _record(serving, cell)) for name, serving in sides.items()]


def _record(serving: Side, cell: Cell) -> Stack:
    """Record a cell on one side, beside serial code."""
    serving.ask(Open((cell.id,), None), Opened)
    stacks = []
    for _ in range(RECORDED):
        serial, parallel = (
            serving.ask(Record(turn), Recorded).trace for turn in ("serial-1", cell.name)
        )
        stacks.append(stack_losses(in_a_row(serial, cell.growth), parallel))
    serving.ask(Close(), Closed)
    return mean_stack(stacks)
