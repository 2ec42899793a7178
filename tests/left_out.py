"""Plugins that processes of tests do without."""

from __future__ import annotations

LEFT_OUT = ("-pno:hypothesispytest", "-pno:anyio", "-pno:unraisableexception")
"""Two belong to the environment of these tests, and take most of a second to load each time; the
third collects garbage five times at the end of each run, in all that these tests have made: theirs
does that for all."""
