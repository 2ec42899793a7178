"""The command, on a few suites."""

from __future__ import annotations

import pytest

pytest.importorskip("scipy", reason="exact intervals need the lab's group")

from benchmarks.lab.__main__ import main
from benchmarks.lab.recording import write_run
from benchmarks.lab.simulation import sizes
from benchmarks.lab.simulation.spread_out import runner, seeds_of
from tests.lab.simulation.test_noise import run_of

SMALL = ["simulate", "sizes", "--suites=1", "--only=24 cells, -10 %"]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two runs that differ."""
    path = tmp_path_factory.mktemp("lab") / "recording.jsonl"
    path.write_text("".join(f"{write_run(run_of(last))}\n" for last in (1.01, 1.03)))
    return f"--recording={path}"


def square(seed: int) -> int:
    return seed * seed


def test_it_comes_to_the_same_with_any_number_of_jobs() -> None:
    """In the order of its seeds."""
    seeds = seeds_of(1, "any", 40)
    with runner(1) as here, runner(2) as spread:
        assert here(square, seeds) == spread(square, seeds) == [one * one for one in seeds]


def test_seeds_are_a_scenarios_own() -> None:
    """More suites of it go on where fewer stopped."""
    assert seeds_of(1, "a", 3) == seeds_of(1, "a", 5)[:3]
    assert seeds_of(1, "a", 3) != seeds_of(1, "b", 3)
    assert seeds_of(1, "a", 3) != seeds_of(2, "a", 3)


def test_a_table_is_printed(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same one for the same seed."""
    assert main([*SMALL, recording, "--jobs=1"]) == 0
    said = capsys.readouterr().out
    assert "sizes, seed 1, odd runs of the recording, noise times 0.3" in said
    assert "caught, sleeping, thread" in said
    assert "1 of 1 (2.5-100.0 %)" in said
    assert "within the interval and unsure" in said
    main([*SMALL, recording, "--jobs=2"])
    assert capsys.readouterr().out == said
    main([*SMALL, recording, "--jobs=1", "--half=even"])
    assert capsys.readouterr().out != said


def test_a_missed_target_is_an_exit_code(
    recording: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And named at the end."""
    check = sizes.takes(0.001)
    monkeypatch.setattr(sizes, "CASES", (sizes.Case(sizes.SMALL, 1, (check,)),))
    assert main(["simulate", "sizes", "--jobs=1", recording]) == 1
    assert "missed: 24 cells, time: " in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["errors", "--only=nothing"], "no scenario has 'nothing' in its name"),
        (["sizes", "--recording=nowhere"], "recording nowhere cannot be read"),
    ],
)
def test_what_cannot_be_simulated_is_said(
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In one line."""
    assert main(["simulate", "--jobs=1", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shapes"], "shapes is not a table; there are sizes, errors, designs, saved, history"),
        (["--suites=0"], "0 is not a positive number"),
        (["--noise=nan"], "nan is not a positive number"),
        (["--half=first"], "first"),
    ],
)
def test_wrong_arguments_are_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what is valid."""
    with pytest.raises(SystemExit):
        main(["simulate", *arguments])
    assert said in capsys.readouterr().err
