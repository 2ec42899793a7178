from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, without a traceback."""
    monkeypatch.setitem(sys.modules, "benchmarks.lab.peers", None)
    assert main([]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "python -m pip install --group lab" in line


def test_a_suite_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The suites come with a clone only."""
    monkeypatch.chdir(tmp_path)
    assert main(["faults"]) == 2
    assert "run this from a clone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["faults", "flood"], "flood is not a fault; there are global-lock, "),
        (["against", "slower"], "slower is not a variant; there are same, parallel-5, "),
        (["clean", "--times=0"], "0 is not a positive number"),
        (["replay", "--draws=-1"], "-1 is not a positive number"),
        (["replay", "--draws=many"], "many"),
    ],
)
def test_wrong_arguments_are_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what is valid."""
    with pytest.raises(SystemExit):
        main(arguments)
    assert said in capsys.readouterr().err
