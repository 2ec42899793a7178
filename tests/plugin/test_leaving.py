"""Nobody ends a gate's process with 0 before the gate has spoken."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

from pytest_speedup.gate import BROKEN as GATES_OWN
from pytest_speedup.plugin.leaving import BROKEN, Leaving

AGAINST = "--speedup-against=HEAD"


class EndedError(Exception):
    """Stands for the end of the process."""


def end(status: int) -> NoReturn:
    raise EndedError(status)


def status_of(leaving: Leaving, status: int) -> int:
    """What the process would end with."""
    with pytest.raises(EndedError) as ended:
        leaving(status)
    return int(ended.value.args[0])


def test_leaving_with_0_is_broken_until_the_gate_has_spoken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Then it is what the gate came to; the line says who did it."""
    assert BROKEN == GATES_OWN
    assert status_of(Leaving(end=end), 0) == BROKEN
    assert "ended the process with 0" in capsys.readouterr().err
    assert status_of(Leaving(10, end), 0) == 10


def test_green_may_leave_and_so_may_what_is_broken_anyway() -> None:
    """As an exit handler does after a green run, or a crash."""
    assert status_of(Leaving(0, end), 0) == 0
    assert status_of(Leaving(end=end), 3) == 3


def test_a_child_may_end_as_it_likes() -> None:
    """A forked worker ends with 0 by the same function."""
    assert status_of(Leaving(end=end, process=os.getpid() + 1), 0) == 0


@pytest.mark.parametrize(
    ("conftest", "code"),
    [
        ("import os\nos._exit(0)\n", 11),
        ("import sys\nsys.exit(0)\n", 4),
        ("import os\n\ndef pytest_unconfigure():\n    os._exit(0)\n", 11),
        ("import atexit, os\n\natexit.register(os._exit, 0)\n", 11),
    ],
    ids=["at once", "SystemExit", "at the end", "an exit handler"],
)
def test_a_conftest_that_leaves_makes_nothing_green(
    pytester: pytest.Pytester, conftest: str, code: int
) -> None:
    """Here there is no repository, so that pytest by itself refuses to go on."""
    pytester.makeconftest(conftest)
    pytester.makepyfile("def test_nothing():\n    pass\n")
    result = pytester.runpytest_subprocess(AGAINST, "-pno:cacheprovider", "-n0")
    assert result.ret == code


def test_a_run_that_is_no_gate_may_leave(pytester: pytest.Pytester) -> None:
    """Nobody asked for more than pytest does."""
    pytester.makeconftest("import os\n\ndef pytest_sessionstart():\n    os._exit(0)\n")
    assert pytester.runpytest_subprocess("-pno:cacheprovider", "-n0").ret == 0
