"""The verdict: values in, outcomes out. No pytest, no clock, no file."""

from pytest_speedup.verdict.accounting import UNFINISHED, Ending, How, account
from pytest_speedup.verdict.causes import (
    explain_groups,
    explain_pairs,
    explain_shortfall,
    mean_stack,
)
from pytest_speedup.verdict.change import (
    Change,
    adjusted,
    adjusted_error,
    is_contended,
    measure_change,
)
from pytest_speedup.verdict.comparable import differences
from pytest_speedup.verdict.compare import RECENT, Baseline, Measured, compare
from pytest_speedup.verdict.controls import CONTROL_DEVIATIONS, Control, downgrade, word_moved
from pytest_speedup.verdict.counters import changed_counters, decide_by_counters
from pytest_speedup.verdict.difference import (
    DifferencePolicy,
    Spread,
    is_unconfirmed_loss,
    judge_difference,
    leans_red,
    spread_of,
)
from pytest_speedup.verdict.error_rate import ErrorBudget
from pytest_speedup.verdict.floor import judge_floor, log_efficiency
from pytest_speedup.verdict.history import read_history
from pytest_speedup.verdict.judge import judge
from pytest_speedup.verdict.looks import can_be_decided, look, must_be_confirmed
from pytest_speedup.verdict.missing import missing_cells
from pytest_speedup.verdict.policy import DEFAULT_MARGIN, DEVIATIONS, Deviation, Policy
from pytest_speedup.verdict.spread import Typical, typical_of

__all__ = [
    "CONTROL_DEVIATIONS",
    "DEFAULT_MARGIN",
    "DEVIATIONS",
    "RECENT",
    "UNFINISHED",
    "Baseline",
    "Change",
    "Control",
    "Deviation",
    "DifferencePolicy",
    "Ending",
    "ErrorBudget",
    "How",
    "Measured",
    "Policy",
    "Spread",
    "Typical",
    "account",
    "adjusted",
    "adjusted_error",
    "can_be_decided",
    "changed_counters",
    "compare",
    "decide_by_counters",
    "differences",
    "downgrade",
    "explain_groups",
    "explain_pairs",
    "explain_shortfall",
    "is_contended",
    "is_unconfirmed_loss",
    "judge",
    "judge_difference",
    "judge_floor",
    "leans_red",
    "log_efficiency",
    "look",
    "mean_stack",
    "measure_change",
    "missing_cells",
    "must_be_confirmed",
    "read_history",
    "spread_of",
    "typical_of",
    "word_moved",
]
