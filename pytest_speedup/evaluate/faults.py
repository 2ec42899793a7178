"""Faults that ``benchmarks/faulty.py`` can have, and the cells that each must turn red."""

from __future__ import annotations

FAULTS = {
    "global-lock": ("test_fetch[thread-4]",),
    "one-worker": ("test_batch[process-4]",),
    "pool-per-task": ("test_pooled[process-2]",),
    "chunk-size-one": ("test_tiny[process-2]",),
    "sleep-inside-lock": ("test_tally[thread-4]", "test_tally[process-4]"),
}
