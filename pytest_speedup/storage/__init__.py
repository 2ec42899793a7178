"""Between the plugin's values and files: the only place that knows pytest-benchmark's keys."""

from pytest_speedup.storage.acknowledged import Acknowledged, read_acknowledged, read_entries
from pytest_speedup.storage.choosing import Chosen, ReadRun, choose_runs
from pytest_speedup.storage.files import SaveError, refuse_way_out, write_new, write_over
from pytest_speedup.storage.places import (
    DATABASE,
    SavedRun,
    SavedRuns,
    is_database,
    load_documents,
    load_history,
    open_runs,
    refuse_storage,
    without_password,
)
from pytest_speedup.storage.reports import read_report, read_spent
from pytest_speedup.storage.run_info import (
    from_machine_info,
    plugin_version,
    to_machine_info,
    to_run_info,
)
from pytest_speedup.storage.saved import (
    KEY,
    from_extra_info,
    load_saved,
    paths_of,
    read_rounds,
    read_run,
    run_order,
    to_extra_info,
    write_rounds,
)

__all__ = [
    "DATABASE",
    "KEY",
    "Acknowledged",
    "Chosen",
    "ReadRun",
    "SaveError",
    "SavedRun",
    "SavedRuns",
    "choose_runs",
    "from_extra_info",
    "from_machine_info",
    "is_database",
    "load_documents",
    "load_history",
    "load_saved",
    "open_runs",
    "paths_of",
    "plugin_version",
    "read_acknowledged",
    "read_entries",
    "read_report",
    "read_rounds",
    "read_run",
    "read_spent",
    "refuse_storage",
    "refuse_way_out",
    "run_order",
    "to_extra_info",
    "to_machine_info",
    "to_run_info",
    "without_password",
    "write_new",
    "write_over",
    "write_rounds",
]
