"""Which cells of a baseline the user's selection takes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.executors import SerialExecutor

if TYPE_CHECKING:
    from collections.abc import Collection

    import pytest

    from pytest_speedup.model import Cell
    from pytest_speedup.plugin.settings import Settings


@dataclass(frozen=True, slots=True)
class Scope:
    """What this run was to measure.

    Attributes:
        paths: files, folders and node ids that were given, relative to the root; empty for all.
        filtered: whether ``-k`` or ``-m`` chose among the tests.
        selected: ids of the cells that were selected.
        only_executors: executors given on the command line; None for all.
        only_workers: worker counts given on the command line; None for all.
    """

    paths: tuple[str, ...]
    filtered: bool
    selected: Collection[str]
    only_executors: tuple[str, ...] | None
    only_workers: tuple[int, ...] | None

    def takes_in(self, cell: Cell) -> bool:
        """Whether a cell that was not measured is missing, not merely deselected."""
        if self.only_executors is not None and cell.executor not in self.only_executors:
            return False
        parallel = cell.executor != SerialExecutor.name
        if parallel and self.only_workers is not None and cell.workers not in self.only_workers:
            return False
        if self.paths and not any(_contains(path, cell.id) for path in self.paths):
            return False
        if not self.filtered:
            return True
        # What -k and -m would say of a test that is not there is unknown; one of whose cells
        # others are selected belongs to the selection.
        workload = cell.id.partition("[")[0]
        return any(one.partition("[")[0] == workload for one in self.selected)


def read_scope(config: pytest.Config, settings: Settings, selected: Collection[str]) -> Scope:
    """Read what was selected."""
    root, given = config.rootpath.resolve(), config.args
    paths = []
    for argument in given:
        file, separator, rest = argument.partition("::")
        path = (config.invocation_params.dir / file).resolve()
        inside = path.is_relative_to(root)
        name = path.relative_to(root).as_posix() if inside else path.as_posix()
        paths.append(f"{name}{separator}{rest}")
    return Scope(
        paths=() if "." in paths else tuple(paths),
        filtered=bool(config.getoption("keyword") or config.getoption("markexpr")),
        selected=selected,
        only_executors=settings.only_executors,
        only_workers=settings.only_workers,
    )


def _contains(path: str, cell: str) -> bool:
    return cell == path or cell.startswith((f"{path}/", f"{path}::", f"{path}["))
