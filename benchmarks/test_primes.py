from pytest_speedup import Speedup
from workloads import primes


def test_primes(speedup: Speedup) -> None:
    speedup(primes.run, primes.SIZES[speedup.size])
