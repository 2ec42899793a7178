"""The verdict: values in, outcomes out. No pytest, no clock, no file."""

from pytest_speedup.verdict.accounting import UNFINISHED, Ending, How, account
from pytest_speedup.verdict.change import (
    Change,
    adjusted,
    adjusted_error,
    is_contended,
    measure_change,
)
from pytest_speedup.verdict.comparable import differences
from pytest_speedup.verdict.compare import RECENT, Baseline, Measured, compare
from pytest_speedup.verdict.controls import (
    CONTROL_DEVIATIONS,
    Control,
    Excuse,
    downgrade,
    read_excuse,
)
from pytest_speedup.verdict.counters import BY_COUNTERS, changed_counters, decide_by_counters
from pytest_speedup.verdict.difference import (
    DifferencePolicy,
    Evidence,
    Spread,
    at_the_end_of_time,
    is_unconfirmed_loss,
    judge_difference,
    may_have_lost,
    spread_of,
    weigh,
)
from pytest_speedup.verdict.error_rate import ErrorBudget
from pytest_speedup.verdict.exit_code import BROKEN, NOT_GREEN, RunEnd, exit_code
from pytest_speedup.verdict.floor import BY_FLOOR, OF_CEILING, judge_floor, log_efficiency
from pytest_speedup.verdict.floors import (
    FloorBlock,
    floor_is_open,
    hold_against_floor,
    judge_floors,
    seems_below_floor,
)
from pytest_speedup.verdict.history import read_history
from pytest_speedup.verdict.judge import judge
from pytest_speedup.verdict.looks import at_the_end, can_be_decided, look, must_be_confirmed
from pytest_speedup.verdict.missing import missing_cells
from pytest_speedup.verdict.policy import DEFAULT_MARGIN, DEVIATIONS, Deviation, Policy
from pytest_speedup.verdict.spread import Typical, typical_of, weighted_mean
from pytest_speedup.verdict.standing import is_slower_alike, take_stock
from pytest_speedup.verdict.worse import worse_of

__all__ = [
    "BROKEN",
    "BY_COUNTERS",
    "BY_FLOOR",
    "CONTROL_DEVIATIONS",
    "DEFAULT_MARGIN",
    "DEVIATIONS",
    "NOT_GREEN",
    "OF_CEILING",
    "RECENT",
    "UNFINISHED",
    "Baseline",
    "Change",
    "Control",
    "Deviation",
    "DifferencePolicy",
    "Ending",
    "ErrorBudget",
    "Evidence",
    "Excuse",
    "FloorBlock",
    "How",
    "Measured",
    "Policy",
    "RunEnd",
    "Spread",
    "Typical",
    "account",
    "adjusted",
    "adjusted_error",
    "at_the_end",
    "at_the_end_of_time",
    "can_be_decided",
    "changed_counters",
    "compare",
    "decide_by_counters",
    "differences",
    "downgrade",
    "exit_code",
    "floor_is_open",
    "hold_against_floor",
    "is_contended",
    "is_slower_alike",
    "is_unconfirmed_loss",
    "judge",
    "judge_difference",
    "judge_floor",
    "judge_floors",
    "log_efficiency",
    "look",
    "may_have_lost",
    "measure_change",
    "missing_cells",
    "must_be_confirmed",
    "read_excuse",
    "read_history",
    "seems_below_floor",
    "spread_of",
    "take_stock",
    "typical_of",
    "weigh",
    "weighted_mean",
    "worse_of",
]
