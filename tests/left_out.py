"""Plugins that processes of tests do without."""

from __future__ import annotations

LEFT_OUT = ("-pno:hypothesispytest", "-pno:anyio")
"""They belong to the environment of these tests, and take most of a second to load each time."""
