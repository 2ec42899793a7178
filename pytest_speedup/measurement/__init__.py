"""How speedup is measured: paired rounds in balanced order, and the machine they ran on."""

from pytest_speedup.clock import Timed, now, timed, tracer, untraced
from pytest_speedup.measurement.loop import (
    MIN_ROUNDS,
    Order,
    Plan,
    WorkloadTurn,
    balanced_orders,
    make_plan,
    mirrored_orders,
    opened,
    rounds,
)
from pytest_speedup.measurement.machine import (
    control_arm,
    gil_enabled,
    kernel_arm,
    kernel_arms,
    measure_ceiling,
    read_machine,
)
from pytest_speedup.measurement.open_cell import OpenCell
from pytest_speedup.measurement.reference import (
    Reference,
    WatchedExecutor,
    bound_of,
    refuse_wrong,
    run_reference,
    same,
    warm_reference,
    warm_up,
    watch_reference,
)

__all__ = [
    "MIN_ROUNDS",
    "OpenCell",
    "Order",
    "Plan",
    "Reference",
    "Timed",
    "WatchedExecutor",
    "WorkloadTurn",
    "balanced_orders",
    "bound_of",
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
    "refuse_wrong",
    "rounds",
    "run_reference",
    "same",
    "timed",
    "tracer",
    "untraced",
    "warm_reference",
    "warm_up",
    "watch_reference",
]
