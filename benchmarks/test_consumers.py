from pytest_speedup import Executor, Speedup
from workloads import consumers


def in_order(executor: Executor, load: consumers.Load) -> list[str]:
    return sorted(consumers.run(executor, load))


def test_consumers(speedup: Speedup) -> None:
    speedup(in_order, consumers.SIZES[speedup.size])
