"""Between the plugin's values and files: the only place that knows pytest-benchmark's keys."""

from pytest_speedup.storage.acknowledged import Acknowledged, read_acknowledged, read_entries
from pytest_speedup.storage.atomic import SaveError, write_new, write_over
from pytest_speedup.storage.extra_info import KEY, from_extra_info, to_extra_info
from pytest_speedup.storage.machine_info import from_machine_info, to_machine_info
from pytest_speedup.storage.numbers import run_order
from pytest_speedup.storage.rounds_text import read_rounds, write_rounds
from pytest_speedup.storage.saved_cells import load_saved
from pytest_speedup.storage.saved_runs import read_run
from pytest_speedup.storage.way_out import refuse_way_out

__all__ = [
    "KEY",
    "Acknowledged",
    "SaveError",
    "from_extra_info",
    "from_machine_info",
    "load_saved",
    "read_acknowledged",
    "read_entries",
    "read_rounds",
    "read_run",
    "refuse_way_out",
    "run_order",
    "to_extra_info",
    "to_machine_info",
    "write_new",
    "write_over",
    "write_rounds",
]
