"""Which modules a worker has, or would import: asked of workers that nobody started for this."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_FOUND = 20
"""Modules that a worker names: one is enough to refuse it."""


def modules_there(names: Sequence[str]) -> list[tuple[str, str]]:
    """Find modules by their names, in whichever process this runs.

    Args:
        names: of modules and packages, in full.

    Returns:
        Names of those that are loaded, or would be found, each with its file or folder. What
        belongs to Python itself is none of them.
    """
    found = {name: _file_of(name) for name in names if name not in sys.stdlib_module_names}
    for name, module in list(sys.modules.items()):
        parts = name.split(".")
        if any(".".join(parts[:end]) in found for end in range(1, len(parts) + 1)):
            found[name] = str(getattr(module, "__file__", None) or found.get(name, ""))
    return [(name, file) for name, file in sorted(found.items()) if file][:MAX_FOUND]


def _file_of(name: str) -> str:
    """Name the file that a module would come from; empty where there is none."""
    try:
        spec = find_spec(name)
    except Exception:  # noqa: BLE001 - of a package above it, which runs: then it cannot come in
        return ""
    if spec is None:
        return ""
    folders = [*(spec.submodule_search_locations or ())]
    return spec.origin or (str(folders[0]) if folders else "")
