"""Settings: options, ini twins and the marker, read into frozen objects."""

from pytest_speedup.settings.asked import is_asked
from pytest_speedup.settings.frozen import Settings, cell_ids, read_settings
from pytest_speedup.settings.marker import Marks, read_marker
from pytest_speedup.settings.options import ALL, Option

__all__ = [
    "ALL",
    "Marks",
    "Option",
    "Settings",
    "cell_ids",
    "is_asked",
    "read_marker",
    "read_settings",
]
