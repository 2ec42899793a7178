"""Between the plugin's values and pytest-benchmark's JSON: the only place that knows its keys."""

from pytest_speedup.storage.extra_info import KEY, from_benchmark, to_extra_info
from pytest_speedup.storage.machine_info import to_machine_info

__all__ = ["KEY", "from_benchmark", "to_extra_info", "to_machine_info"]
