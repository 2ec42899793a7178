from __future__ import annotations

from pytest_speedup.measurement import rounds, rounds_around
from pytest_speedup.model import Round, Turn

ORDERS = [("serial", "parallel"), ("parallel", "serial")]


def test_arms_take_turns_in_the_given_order() -> None:
    """A round holds its turns as they ran, with the seconds that each arm told."""
    ran: list[str] = []

    def arm(name: str, seconds: float) -> float:
        ran.append(name)
        return seconds

    arms = {"serial": lambda: arm("serial", 4.0), "parallel": lambda: arm("parallel", 1.0)}
    measured = list(rounds(arms, ORDERS))
    assert ran == ["serial", "parallel", "parallel", "serial"]
    assert measured == [
        Round((Turn("serial", 4.0), Turn("parallel", 1.0))),
        Round((Turn("parallel", 1.0), Turn("serial", 4.0))),
    ]


def test_rounds_come_as_they_are_measured() -> None:
    """Whoever drives the loop can stop it after any of them."""
    ran: list[int] = []

    def serial() -> float:
        ran.append(len(ran))
        return 1.0

    next(rounds({"serial": serial}, [("serial",)] * 5))
    assert ran == [0]


def test_a_guest_takes_its_turns_among_the_others() -> None:
    """The driver is asked whenever it is the guest's turn, and only then."""
    ran: list[str] = []

    def serial() -> float:
        ran.append("serial")
        return 4.0

    loop = rounds_around("parallel", {"serial": serial}, ORDERS)
    next(loop)
    assert ran == ["serial"]
    loop.send(1.0)
    assert ran == ["serial"]
    try:
        loop.send(2.0)
    except StopIteration as end:
        measured = end.value
    assert ran == ["serial", "serial"]
    assert measured == (
        Round((Turn("serial", 4.0), Turn("parallel", 1.0))),
        Round((Turn("parallel", 2.0), Turn("serial", 4.0))),
    )
