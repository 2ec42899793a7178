"""From samples to estimates: pure functions of numbers."""

from pytest_speedup.statistics.change import (
    BlockChange,
    Shift,
    read_block_speedup,
    read_change,
    read_shift,
    read_speedup,
)
from pytest_speedup.statistics.levels import find_levels
from pytest_speedup.statistics.readings import UNKNOWN_ERROR, read_ceiling, read_readings
from pytest_speedup.statistics.scaling import (
    Amdahl,
    Point,
    Usl,
    fit_amdahl,
    fit_usl,
    karp_flatt,
)
from pytest_speedup.statistics.signed_rank import signed_rank_estimate, walsh_averages
from pytest_speedup.statistics.speedup import (
    CONFIDENCE,
    estimate_ceiling,
    estimate_speedup,
    log_ceiling,
    log_speedup,
    mean_log,
    summarize,
)
from pytest_speedup.statistics.student import t_quantile

__all__ = [
    "CONFIDENCE",
    "UNKNOWN_ERROR",
    "Amdahl",
    "BlockChange",
    "Point",
    "Shift",
    "Usl",
    "estimate_ceiling",
    "estimate_speedup",
    "find_levels",
    "fit_amdahl",
    "fit_usl",
    "karp_flatt",
    "log_ceiling",
    "log_speedup",
    "mean_log",
    "read_block_speedup",
    "read_ceiling",
    "read_change",
    "read_readings",
    "read_shift",
    "read_speedup",
    "signed_rank_estimate",
    "summarize",
    "t_quantile",
    "walsh_averages",
]
