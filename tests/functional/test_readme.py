"""CI runs what the README says, and its example is timed; tests/docs has the rest."""

from __future__ import annotations

import pytest

from tests.docs.pages import ROOT, read_page

README = read_page(ROOT / "README.md")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

COMMANDS = [
    line for block in README.blocks if block.language == "sh" for line in block.text.splitlines()
]
INLINE = [
    code
    for code in README.code
    if code.startswith(("pytest ", "python ")) and not code.startswith("python -m pip install")
]
"""CI installs this tree instead."""


@pytest.mark.parametrize("command", [*COMMANDS, *INLINE])
def test_ci_runs_every_command(command: str) -> None:
    """As it stands there, on a line of its own."""
    lines = [line.strip() for line in CI.splitlines()]
    assert any(line == command or line.startswith(f"{command} ") for line in lines)


@pytest.mark.usefixtures("project")
def test_the_example_of_a_workload_runs(pytester: pytest.Pytester) -> None:
    """On threads and processes, timed."""
    (example,) = [block.text for block in README.blocks if block.language == "python"]
    pytester.makepyfile(test_compress=example)
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
