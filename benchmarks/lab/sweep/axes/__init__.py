"""The axes, by name: of each, one value makes a way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.sweep.axes.broken import BROKEN
from benchmarks.lab.sweep.axes.configuration import CONFIGURATION
from benchmarks.lab.sweep.axes.layout import LAYOUT
from benchmarks.lab.sweep.axes.marks import MARKS
from benchmarks.lab.sweep.axes.phase import PHASE
from benchmarks.lab.sweep.axes.plugin import PLUGIN
from benchmarks.lab.sweep.axes.selection import SELECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.lab.sweep.value import Value

AXES: Mapping[str, tuple[Value, ...]] = {
    "marks": MARKS,
    "selection": SELECTION,
    "phase": PHASE,
    "configuration": CONFIGURATION,
    "plugin": PLUGIN,
    "layout": LAYOUT,
    "broken": BROKEN,
}

__all__ = ["AXES"]
