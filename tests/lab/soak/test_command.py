from __future__ import annotations

import argparse
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.__main__ import main
from benchmarks.lab.soak import command, place, soaking
from benchmarks.lab.soak.holding import Broken, Rule
from benchmarks.lab.soak.soaking import Checked
from pytest_speedup.errors import SpeedupError
from tests.lab.soak.runs import BURNER, place_in, ran

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.lab.soak.place import Place

FINE = Checked(1, ran(BURNER), ())
WRONG = Checked(2, ran(BURNER, exit_code=None), (Broken(Rule.HANG, "not over"),))


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    """Have a soak on a made-up place."""

    @contextmanager
    def opened_place() -> Iterator[Place]:
        yield place_in(tmp_path)

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(place, "opened_place", opened_place)
    monkeypatch.setattr(soaking.Soak, "calm", lambda _soak, _say: {})
    return argparse.Namespace(minutes=1.0, seed=7, logs=tmp_path / "logs")


@pytest.mark.parametrize(("runs", "code"), [([FINE], 0), ([FINE, WRONG], 1)])
def test_anything_that_does_not_hold_fails_the_soak(
    options: argparse.Namespace,
    monkeypatch: pytest.MonkeyPatch,
    runs: list[Checked],
    code: int,
) -> None:
    """The seed is said, and what each run printed is kept."""
    monkeypatch.setattr(soaking.Soak, "runs", lambda _soak, _seconds, _calm: iter(runs))
    said: list[str] = []
    assert command.run_soak(options, said.append) == code
    assert said[0] == "seed 7; undisturbed:"
    assert "seed 7, 1 minutes; shared memory was not looked at: may not mount" in said[-1]
    assert "burner" in (options.logs / "1.txt").read_text()
    assert len(list(options.logs.iterdir())) == len(runs)


def test_a_soak_that_is_stopped_says_what_it_has(
    options: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By Ctrl-C, for instance."""

    def runs(_soak: object, _seconds: float, _calm: object) -> Iterator[Checked]:
        yield WRONG
        raise KeyboardInterrupt

    monkeypatch.setattr(soaking.Soak, "runs", runs)
    said: list[str] = []
    assert command.run_soak(options, said.append) == 1
    assert "stopped" in said
    assert any("what must not be" in line for line in said)


def test_other_systems_are_refused(
    options: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their processes cannot be seen."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SpeedupError, match="this is darwin"):
        command.run_soak(options, lambda _line: None)


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "long"])
def test_wrong_minutes_are_named(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the option's name."""
    with pytest.raises(SystemExit):
        main(["soak", f"--minutes={minutes}"])
    assert f"--minutes: {minutes} is not a positive number" in capsys.readouterr().err
