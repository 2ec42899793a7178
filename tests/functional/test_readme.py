"""What the README says is so: its examples run, and its tables are complete."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Outcome
from pytest_speedup.plugin.against import EXIT_NO_BASE
from pytest_speedup.plugin.gating import EXIT_NOT_COMPARED
from pytest_speedup.settings import ALL
from pytest_speedup.storage import read_acknowledged

if TYPE_CHECKING:
    from pytest_speedup.settings.options import Option

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = FENCED.findall(README)
COMMANDS = [
    line
    for language, block in BLOCKS
    if not language
    for line in block.splitlines()
    if line.startswith(("python ", "pytest "))
]
PROSE = FENCED.sub("", README).replace("\n", " ")
INLINE = [
    command
    for command in re.findall(r"`((?:python|pytest) [^`]+)`", PROSE)
    if not command.startswith(("python -m pip install", "python -m pytest_speedup comment"))
]
"""CI installs this tree instead, and tests/github runs the command against a server of its own."""


def block(language: str, start: str) -> str:
    (found,) = [text for name, text in BLOCKS if name == language and text.startswith(start)]
    return str(found)


def row(first: str) -> list[str]:
    """Find the only table row whose first column is this, its columns without marks."""
    rows = [line.strip("| ").split("|") for line in README.splitlines() if line.startswith("|")]
    (found,) = [each for each in rows if each[0].strip(" `*") == first]
    return [column.strip(" `*") for column in found]


@pytest.mark.parametrize("command", [*COMMANDS, *INLINE])
def test_ci_runs_every_command(command: str) -> None:
    """As it stands there, on a line of its own."""
    lines = [line.strip() for line in CI.splitlines()]
    assert any(line == command or line.startswith(f"{command} ") for line in lines)


@pytest.mark.usefixtures("project")
def test_the_example_of_a_workload_runs(pytester: pytest.Pytester) -> None:
    """On threads and processes, timed."""
    pytester.makepyfile(test_compress=block("python", "import zlib"))
    result = pytester.runpytest_subprocess(
        "-pno:hypothesispytest",
        "test_compress.py",
        "--benchmark-only",
        "--speedup-workers=2",
        "--benchmark-max-time=0.1",
        "--benchmark-min-rounds=3",
    )
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["compress (*, size default)"])


@pytest.mark.usefixtures("project")
def test_the_example_of_a_marker_is_valid(pytester: pytest.Pytester) -> None:
    """It chooses the cells that it names."""
    example = block("python", "@pytest.mark.speedup")
    pytester.makepyfile(test_marked=f"import pytest\n{example}def test_work(speedup): pass")
    result = pytester.runpytest_inprocess(
        "--collect-only", "-q", "-pno:hypothesispytest", "test_marked.py"
    )
    cells = [line for line in result.outlines if "::" in line]
    assert [cell.partition("[")[2] for cell in cells] == [
        "thread-2]",
        "thread-4]",
        "process-2]",
        "process-4]",
    ]


def test_the_example_of_an_acknowledged_loss_is_valid(tmp_path: Path) -> None:
    """Until the date in it has passed."""
    path = tmp_path / "speedup-acknowledged.toml"
    path.write_text(block("toml", "[[acknowledged]]"))
    (accepted,) = read_acknowledged(path, dt.date(2026, 1, 1)).values()
    assert accepted.reason.startswith("results are validated")


@pytest.mark.parametrize("option", ALL, ids=lambda option: option.name)
def test_the_table_of_options_is_complete(option: Option) -> None:
    """Each with its value and its default."""
    name = option.flag if option.bare is not None else f"{option.flag}={option.metavar}"
    default = row(name)[1]
    if option.bare is None and option.default is not None:
        assert default == option.default


def test_the_table_of_options_names_no_other() -> None:
    """Nothing that the plugin does not take."""
    assert set(re.findall(r"--speedup-[\w-]+", README)) == {option.flag for option in ALL}


@pytest.mark.parametrize("outcome", Outcome, ids=lambda outcome: outcome.value)
def test_the_table_of_outcomes_is_complete(outcome: Outcome) -> None:
    """Each with what it means to the gate."""
    assert len(row(outcome.value)) == 3


@pytest.mark.parametrize(
    "code",
    [
        pytest.ExitCode.OK,
        pytest.ExitCode.TESTS_FAILED,
        pytest.ExitCode.INTERRUPTED,
        pytest.ExitCode.USAGE_ERROR,
        EXIT_NOT_COMPARED,
        EXIT_NO_BASE,
    ],
)
def test_the_table_of_exit_codes_is_complete(code: int) -> None:
    """Each with what it means."""
    assert row(str(int(code)))[1]
