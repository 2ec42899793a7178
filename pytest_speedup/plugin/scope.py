"""What who calls pytest selects: what a change leaves out beside that is missing.

Files of a change may deselect, too, by ``addopts``, ``testpaths`` or a hook. That is no selection
of who calls pytest, and so none of these says that a cell need not be measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pytest_speedup.against.scope import Scope, begins
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.plugin.given import given_options, given_paths

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import pytest

    from pytest_speedup.model import Cell
    from pytest_speedup.plugin.given import Given
    from pytest_speedup.plugin.settings import Settings


def scope_of(config: pytest.Config) -> Scope:
    """Read what who calls pytest selects, as far as it says something of tests not there."""
    given = given_options(config)
    ignored = [_below_root(config, path) for path in _values(given, "--ignore")]
    return Scope(
        names=tuple(
            f"{_below_root(config, path)}::{rest}"
            for path, _, rest in (str(one).partition("::") for one in config.args)
            if rest
        ),
        left_out=(*_values(given, "--deselect"), *filter(None, ignored)),
        keyword=next(reversed(_values(given, "-k")), None),
        markexpr=next(reversed(_values(given, "-m")), None),
    )


def _values(given: Sequence[Given], name: str) -> list[str]:
    return [value for one in given if name in one.names for value in one.values]


def _below_root(config: pytest.Config, path: str | Path) -> str:
    """Name a path as node ids do; empty where it lies elsewhere."""
    full, root = (config.invocation_params.dir / path).resolve(), config.rootpath.resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else ""


@dataclass(frozen=True, slots=True)
class SavedScope:
    """Which cells of saved runs this run was to measure.

    Attributes:
        paths: files, folders and node ids that were given, relative to the root; empty for all.
        left_out: how node ids begin that were deselected or ignored.
        collected: ids of the cells that were found.
        kept: those of them that ``-k`` and ``-m`` take in; None where neither was given.
        only_executors: executors given on the command line; None for all.
        only_workers: worker counts given on the command line; None for all.
    """

    paths: tuple[str, ...]
    left_out: tuple[str, ...]
    collected: Collection[str]
    kept: Collection[str] | None
    only_executors: tuple[str, ...] | None
    only_workers: tuple[int, ...] | None

    def takes_in(self, cell: Cell) -> bool:
        """Whether a cell that was not measured is missing, not merely deselected."""
        if self.only_executors is not None and cell.executor not in self.only_executors:
            return False
        parallel = cell.executor != SerialExecutor.name
        if parallel and self.only_workers is not None and cell.workers not in self.only_workers:
            return False
        if any(begins(cell.id, name) for name in self.left_out):
            return False
        if self.paths and not any(begins(cell.id, path) for path in self.paths):
            return False
        return self.kept is None or self._is_kept(cell.id, self.kept)

    def _is_kept(self, cell: str, kept: Collection[str]) -> bool:
        """Whether ``-k`` and ``-m`` take in a cell, or would: one of a test that is not there.

        What they would say of that is unknown; one of whose cells others are kept belongs to them.
        """
        if cell in self.collected:
            return cell in kept
        test = cell.partition("[")[0]
        return any(one.partition("[")[0] == test for one in kept)


def read_scope(
    config: pytest.Config, settings: Settings, collected: Mapping[str, pytest.Item]
) -> SavedScope:
    """Read what who calls pytest selects of the cells of saved runs.

    Args:
        config: pytest's.
        settings: those of the run.
        collected: the tests of all cells that were found, by id, selected or not.
    """
    asked = scope_of(config)
    filtered = asked.keyword is not None or asked.markexpr is not None
    kept = matching(config, [*collected.values()], asked.keyword or "", asked.markexpr or "")
    return SavedScope(
        paths=_given_paths(config),
        left_out=asked.left_out,
        collected={*collected},
        kept=kept if filtered else None,
        only_executors=settings.only_executors,
        only_workers=settings.only_workers,
    )


def _given_paths(config: pytest.Config) -> tuple[str, ...]:
    """Name what was given to look for tests in; nothing for all of them.

    Where nothing was, that is the folder that pytest was called in. Names of packages are none
    of files, so that with them nothing is taken to be left out.
    """
    given = given_paths(config)
    if not given and config.args_source is type(config).ArgsSource.INVOCATION_DIR:
        given = config.args
    if config.option.pyargs:
        return ()
    root, paths = config.rootpath.resolve(), []
    for argument in given:
        file, separator, rest = argument.partition("::")
        path = (config.invocation_params.dir / file).resolve()
        inside = path.is_relative_to(root)
        name = path.relative_to(root).as_posix() if inside else path.as_posix()
        paths.append(f"{name}{separator}{rest}")
    return () if "." in paths else tuple(paths)


class _Asking:
    """A config with other filters, which tells nobody what they leave out."""

    def __init__(self, config: pytest.Config, keyword: str, markexpr: str) -> None:
        self._config = config
        self.option = SimpleNamespace(keyword=keyword, markexpr=markexpr)
        self.hook = SimpleNamespace(pytest_deselected=lambda items: None)  # noqa: ARG005 - its name

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the config has
        return getattr(self._config, name)


def matching(
    config: pytest.Config, cells: Sequence[pytest.Item], keyword: str, markexpr: str
) -> set[str]:
    """Ask pytest which cells ``-k`` and ``-m`` take in."""
    items = [*cells]
    mark: Any = config.pluginmanager.get_plugin("mark")
    mark.pytest_collection_modifyitems(items, _Asking(config, keyword, markexpr))
    return {one.nodeid for one in items}
