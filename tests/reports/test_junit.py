from __future__ import annotations

from pytest_speedup.model import Outcome, Verdict
from pytest_speedup.reports import junit_properties
from pytest_speedup.statistics import summarize
from tests.reports.builders import CHANGE
from tests.samples import make_samples


def test_what_was_measured_and_judged_becomes_properties() -> None:
    """With the ends of the intervals."""
    verdict = Verdict("x", Outcome.PASSED, CHANGE, 0.05, before=1.9, margin=0.1)
    found = dict(junit_properties(summarize(make_samples(2.0)), verdict))
    assert found["speedup"] == found["speedup_low"] == "2"
    assert found["speedup_ceiling"] == "4"
    assert found["speedup_outcome"] == "passed"
    assert (found["speedup_change"], found["speedup_change_high"]) == ("0.7", "0.73")
    assert found["speedup_detectable_loss"] == "0.05"
    assert (found["speedup_before"], found["speedup_margin"]) == ("1.9", "0.1")


def test_what_is_not_known_has_no_property() -> None:
    """A comparison with a commit measures no cell by itself; a new cell has no change."""
    assert dict(junit_properties(None, None)) == {}
    assert dict(junit_properties(None, Verdict("x", Outcome.NEW))) == {"speedup_outcome": "new"}
