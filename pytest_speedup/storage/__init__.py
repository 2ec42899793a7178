"""Between the plugin's values and files: the only place that knows pytest-benchmark's keys."""

from pytest_speedup.storage.acknowledged import Acknowledged, read_acknowledged, read_entries
from pytest_speedup.storage.files import SaveError, refuse_way_out, write_new, write_over
from pytest_speedup.storage.reports import read_report, read_spent
from pytest_speedup.storage.saved import (
    KEY,
    from_extra_info,
    from_machine_info,
    load_saved,
    read_rounds,
    read_run,
    run_order,
    to_extra_info,
    to_machine_info,
    to_run_info,
    write_rounds,
)

__all__ = [
    "KEY",
    "Acknowledged",
    "SaveError",
    "from_extra_info",
    "from_machine_info",
    "load_saved",
    "read_acknowledged",
    "read_entries",
    "read_report",
    "read_rounds",
    "read_run",
    "read_spent",
    "refuse_way_out",
    "run_order",
    "to_extra_info",
    "to_machine_info",
    "to_run_info",
    "write_new",
    "write_over",
    "write_rounds",
]
