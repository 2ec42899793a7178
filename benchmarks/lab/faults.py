"""Faults that ``benchmarks/lab/faulty.py`` can have: the cells that each must turn red, and why."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_speedup.losses.kinds import Loss


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        cause: the loss that it makes grow, which is to be named.
        cells: those that it hits.
        red: whether they turn red; what comes from a neighbour does not.
    """

    cause: Loss
    cells: tuple[str, ...]
    red: bool = True

    @property
    def red_cells(self) -> tuple[str, ...]:
        """The cells whose tests fail."""
        return self.cells if self.red else ()


SOUND = ""
"""No fault."""

FAULTS = {
    "global-lock": Fault(Loss.BLOCKED, ("test_fetch[thread-4]",)),
    "sleep-inside-lock": Fault(Loss.LOCK, ("test_tally[thread-4]", "test_tally[process-4]")),
    "pool-per-task": Fault(Loss.POOL, ("test_pooled[process-2]",)),
    "heavy-import": Fault(Loss.IMPORTS, ("test_imported[process-2]",)),
    "big-arguments": Fault(Loss.TRANSFER, ("test_sent[process-2]",)),
    "big-results": Fault(Loss.TRANSFER, ("test_returned[process-2]",)),
    "chunk-size-one": Fault(Loss.DISPATCH, ("test_tiny[process-2]",)),
    "giant-chunk": Fault(Loss.IMBALANCE, ("test_batch[process-4]",)),
    "serial-section": Fault(Loss.SERIAL, ("test_sectioned[thread-4]",)),
    "fewer-workers": Fault(Loss.WORKERS, ("test_narrow[thread-4]",)),
    "slow-producer": Fault(Loss.QUEUE, ("test_consumed[thread-4]",)),
    "busy-neighbour": Fault(Loss.CORE_WAIT, ("test_compute[process-2]",), red=False),
}
