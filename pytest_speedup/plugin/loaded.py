"""What a run had loaded, which a saved run carries: its code alone is not all that it measured."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING

from pytest_speedup.against.base_env import MEASURING
from pytest_speedup.against.projects import OURS, normal, source_of
from pytest_speedup.plugin.trees import top_of

if TYPE_CHECKING:
    from pathlib import Path

BENEATH = (
    *("pluggy", "iniconfig", "packaging", "pygments", "exceptiongroup", "py-cpuinfo", "execnet"),
    *("typing-extensions", "markdown-it-py", "mdurl"),
)
"""What the packages that measure depend on."""

PLUGIN = "pytest-"
"""How the names of packages begin that are pytest's plugins."""


def loaded_versions(root: Path) -> dict[str, str]:
    """Name the packages that this process has loaded, by version.

    What measures is left out, and so is what was installed from this repository: its code is
    compared by itself.

    Args:
        root: the root directory.
    """
    left_out = {*MEASURING, OURS, *BENEATH}
    top = top_of(root)
    modules = {name.partition(".")[0] for name in [*sys.modules]}
    installed = metadata.packages_distributions()
    loaded = {name for module in modules for name in installed.get(module, ())}
    known = {normal(name): metadata.distribution(name) for name in loaded}
    return {
        name: one.version
        for name, one in sorted(known.items())
        if name not in left_out and not name.startswith(PLUGIN) and source_of(one, top) is None
    }
