from __future__ import annotations

from pytest_speedup.measurement import rounds
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


def test_an_arm_takes_its_turns_among_the_others() -> None:
    """It is asked whenever it is its turn, and only then: no two run at once."""
    ran: list[str] = []
    seconds = iter([1.0, 2.0])

    def serial() -> float:
        ran.append("serial")
        return 4.0

    def parallel() -> float:
        ran.append("parallel")
        return next(seconds)

    loop = rounds({"serial": serial, "parallel": parallel}, ORDERS)
    assert ran == []
    measured = [next(loop)]
    assert ran == ["serial", "parallel"]
    measured += loop
    assert ran == ["serial", "parallel", "parallel", "serial"]
    assert measured == [
        Round((Turn("serial", 4.0), Turn("parallel", 1.0))),
        Round((Turn("parallel", 2.0), Turn("serial", 4.0))),
    ]
