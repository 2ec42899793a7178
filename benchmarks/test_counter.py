from pytest_speedup import Speedup
from workloads import counter


def test_counter(speedup: Speedup) -> None:
    speedup(counter.run, counter.SIZES[speedup.size])
