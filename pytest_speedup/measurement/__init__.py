"""How speedup is measured: paired rounds in balanced order, and the machine they ran on."""

from pytest_speedup.measurement.bound import bound_of
from pytest_speedup.measurement.ceiling import kernel_arms, measure_ceiling
from pytest_speedup.measurement.control import control_arm, kernel_arm
from pytest_speedup.measurement.equality import same
from pytest_speedup.measurement.loop import rounds
from pytest_speedup.measurement.machine import gil_enabled, read_machine
from pytest_speedup.measurement.open_cell import OpenCell
from pytest_speedup.measurement.opening import opened
from pytest_speedup.measurement.order import Order, balanced_orders, mirrored_orders
from pytest_speedup.measurement.plan import MIN_ROUNDS, Plan, make_plan
from pytest_speedup.measurement.reference import run_reference, warm_reference
from pytest_speedup.measurement.results import refuse_wrong
from pytest_speedup.measurement.turn import WorkloadTurn
from pytest_speedup.measurement.warmup import warm_up
from pytest_speedup.measurement.watching import Reference, WatchedExecutor, watch_reference
from pytest_speedup.worker.clock import Timed, now, timed, tracer, untraced

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
