"""Which cells a side's own files choose, by ``addopts`` and by hooks of its conftest.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from pytest_speedup.against.protocol import Describe


@dataclass(slots=True)
class Selection:
    """What a side's own files say, before it is taken away from the side.

    Attributes:
        keyword: ``-k`` of its ``addopts``, empty for none.
        markexpr: ``-m``, likewise.
        deselect: how node ids begin that it deselects.
        ignore: files and folders that it ignores.
        ignore_glob: patterns of such.
        dropped: node ids that hooks deselected.
    """

    keyword: str = ""
    markexpr: str = ""
    deselect: tuple[str, ...] = ()
    ignore: tuple[Path, ...] = ()
    ignore_glob: tuple[str, ...] = ()
    dropped: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, config: pytest.Config) -> Selection:
        """Read it from the options, which are those of the side's own files."""
        option, folder = config.option, config.invocation_params.dir
        return cls(
            keyword=option.keyword or "",
            markexpr=option.markexpr or "",
            deselect=tuple(option.deselect or ()),
            ignore=tuple((folder / one).resolve() for one in option.ignore or ()),
            ignore_glob=tuple(str(folder / one) for one in option.ignore_glob or ()),
        )

    def choose(
        self, config: pytest.Config, cells: Mapping[str, pytest.Function], request: Describe
    ) -> set[str]:
        """Find the cells that it takes in.

        Args:
            config: the side's.
            cells: all that were collected, by node id.
            request: what who calls pytest says of ``-k`` and ``-m``, in place of the files.
        """
        keyword = self.keyword if request.keyword is None else request.keyword
        markexpr = self.markexpr if request.markexpr is None else request.markexpr
        kept = [item for name, item in cells.items() if not self._leaves_out(name, item.path)]
        return _matching(config, kept, keyword, markexpr)

    def _leaves_out(self, name: str, path: Path) -> bool:
        if name in self.dropped or name.startswith(self.deselect):
            return True
        full = path.resolve()
        if any(full == one or full.is_relative_to(one) for one in self.ignore):
            return True
        places: Collection[Path] = (path, *path.parents)
        return any(fnmatch(str(place), glob) for place in places for glob in self.ignore_glob)


def _matching(
    config: pytest.Config, cells: Sequence[pytest.Item], keyword: str, markexpr: str
) -> set[str]:
    """Ask pytest which cells ``-k`` and ``-m`` take in."""
    items = [*cells]
    before = config.option.keyword, config.option.markexpr
    config.option.keyword, config.option.markexpr = keyword, markexpr
    try:
        mark: Any = config.pluginmanager.get_plugin("mark")
        mark.pytest_collection_modifyitems(items, config)
    finally:
        config.option.keyword, config.option.markexpr = before
    return {one.nodeid for one in items}


SELECTION = pytest.StashKey[Selection]()
"""Where a side keeps its own."""
