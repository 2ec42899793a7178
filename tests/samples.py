"""Values that many tests need, made from plain numbers."""

from __future__ import annotations

from pytest_speedup.model import (
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    PARALLEL,
    SERIAL,
    Bound,
    Ceiling,
    Cell,
    Cpus,
    Machine,
    Round,
    Samples,
    Turn,
)

MACHINE = Machine("Test CPU", Cpus(4, 2, None), "CPython 3.12.1", gil=True, start_method="spawn")


def make_cell(executor: str = "thread", workers: int = 2, size: str = "default") -> Cell:
    return Cell(
        id=f"benchmarks/test_work.py::test_work[{executor}-{workers}]",
        workload="benchmarks/test_work.py::test_work",
        executor=executor,
        workers=workers,
        size=size,
    )


def make_round(serial: float, *parallel: float) -> Round:
    return Round((Turn(SERIAL, serial), *(Turn(PARALLEL, seconds) for seconds in parallel)))


def make_kernel_round(serial: float, parallel: float) -> Round:
    return Round((Turn(KERNEL_SERIAL, serial), Turn(KERNEL_PARALLEL, parallel)))


def make_samples(
    speedup: float = 2.0,
    cell: Cell | None = None,
    *,
    rounds: int = 8,
    serial: float = 0.08,
    oversubscribed: bool = False,
) -> Samples:
    """Samples of a waiting cell in which every round has the same speedup, of a ceiling of 4."""
    return Samples(
        cell=cell or make_cell(),
        rounds=(make_round(serial, serial / speedup),) * rounds,
        ceiling=Ceiling(Bound.WAIT, (make_kernel_round(0.008, 0.002),) * 6),
        cold_start=0.25,
        bound=Bound.WAIT,
        oversubscribed=oversubscribed,
    )
