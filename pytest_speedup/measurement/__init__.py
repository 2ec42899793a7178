"""How speedup is measured: paired rounds in balanced order, and the machine they ran on."""

from pytest_speedup.clock import Timed, now, timed, tracer, untraced
from pytest_speedup.measurement.growth import Growing
from pytest_speedup.measurement.loop import (
    MIN_ROUNDS,
    OpenCell,
    Order,
    Plan,
    WorkloadTurn,
    balanced_orders,
    make_plan,
    measure_ceiling,
    mirrored_orders,
    opened,
    rounds,
)
from pytest_speedup.measurement.machine import (
    control_arm,
    gil_enabled,
    kernel_arm,
    kernel_arms,
    read_machine,
)
from pytest_speedup.measurement.reference import (
    AT_ONCE,
    Reference,
    WatchedExecutor,
    bound_of,
    computes_at_once,
    run_once,
    run_reference,
    warm_reference,
    warm_up,
    watch_reference,
)
from pytest_speedup.measurement.results import Compare, Expected, same
from pytest_speedup.measurement.workload import Workload

__all__ = [
    "AT_ONCE",
    "MIN_ROUNDS",
    "Compare",
    "Expected",
    "Growing",
    "OpenCell",
    "Order",
    "Plan",
    "Reference",
    "Timed",
    "WatchedExecutor",
    "Workload",
    "WorkloadTurn",
    "balanced_orders",
    "bound_of",
    "computes_at_once",
    "control_arm",
    "gil_enabled",
    "kernel_arm",
    "kernel_arms",
    "make_plan",
    "measure_ceiling",
    "mirrored_orders",
    "now",
    "opened",
    "read_machine",
    "rounds",
    "run_once",
    "run_reference",
    "same",
    "timed",
    "tracer",
    "untraced",
    "warm_reference",
    "warm_up",
    "watch_reference",
]
