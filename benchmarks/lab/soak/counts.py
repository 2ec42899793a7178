"""What was counted over all runs of a soak, by disturbance."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.lab.soak.holding import Rule
    from benchmarks.lab.soak.ran import Ran
    from benchmarks.lab.soak.soaking import Checked

FAILED = re.compile(r"^=*.*?\b(\d+) failed\b.* in [\d.]+s", re.MULTILINE)
"""pytest's own last line."""

HUNG = "hung"


@dataclass(slots=True)
class Counts:
    """What came of some runs.

    Attributes:
        times: how often the disturbance was applied.
        runs: how many runs it was applied to.
        codes: runs by exit code.
        verdicts: cells by outcome.
        failed: tests that failed otherwise than by a red verdict.
        broken: what did not hold, by rule.
    """

    times: int = 0
    runs: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    broken: Counter[Rule] = field(default_factory=Counter)

    def add(self, checked: Checked, times: int) -> None:
        """Count a run."""
        ran = checked.ran
        self.times += times
        self.runs += 1
        self.codes[HUNG if ran.exit_code is None else str(ran.exit_code)] += 1
        self.verdicts.update(ran.verdicts)
        self.failed += failed_tests(ran)
        self.broken.update(one.rule for one in checked.broken)


def count_runs(
    checked: Iterable[Checked], names: Iterable[str]
) -> tuple[Counts, dict[str, Counts]]:
    """Count runs, all together and by disturbance; one with two of them counts for both.

    Args:
        checked: the runs.
        names: the disturbances.
    """
    together = Counts()
    by_name = {name: Counts() for name in names}
    for one in checked:
        done = Counter(blow.name for blow in one.ran.blows)
        together.add(one, done.total())
        for name, times in done.items():
            by_name[name].add(one, times)
    return together, by_name


def failed_tests(ran: Ran) -> int:
    """Count the tests that failed, but for those whose cell turned red."""
    found = FAILED.findall(ran.stdout)
    return max(0, int(found[-1]) - ran.verdicts.get("regressed", 0)) if found else 0
