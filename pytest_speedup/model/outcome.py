"""What a comparison can come to."""

from __future__ import annotations

import enum


class Outcome(enum.Enum):
    """The outcome of one cell, with its wording in reports."""

    PASSED = "passed"
    REGRESSED = "regressed"
    IMPROVED = "improved"
    SERIAL_IMPROVED = "serial improved"
    UNCONFIRMED = "unconfirmed"
    INCONCLUSIVE = "inconclusive"
    NEW = "new"
    MISSING = "missing"
    INCOMPARABLE = "incomparable"
    DEPENDENCIES = "dependencies"
    SKIPPED = "skipped"
    BROKEN = "broken"
