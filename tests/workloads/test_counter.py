from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from workloads import counter


@given(st.integers(0, 10**6), st.integers(1, 64))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_increments_are_shared_out_equally(increments: int, workers: int) -> None:
    """All of them, and no worker has more than one above another."""
    shares = counter.shares(increments, workers)
    assert len(shares) == workers
    assert sum(shares) == increments
    assert max(shares) - min(shares) <= 1


class Lock:
    """Notes what is done under it."""

    def __init__(self, events: list[str]) -> None:
        self.events = events

    def __enter__(self) -> None:
        self.events.append("take")

    def __exit__(self, *_error: object) -> None:
        self.events.append("give")


class Watched:
    """A counter that notes each read and write."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.lock = Lock(self.events)
        self._value = 0

    @property
    def value(self) -> int:
        self.events.append("read")
        return self._value

    @value.setter
    def value(self, number: int) -> None:
        self.events.append("write")
        self._value = number


def test_each_step_is_under_the_lock() -> None:
    """Read and written between taking it and giving it back."""
    watched = Watched()
    counter.add(watched, 10, 3)
    assert watched.events == ["take", "read", "write", "give"] * 3
    assert watched.value == 3
