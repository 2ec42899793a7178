from pytest_speedup import Speedup
from workloads import downloads


def test_downloads(speedup: Speedup) -> None:
    speedup(downloads.run, downloads.SIZES[speedup.size])
