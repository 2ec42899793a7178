"""Tests that get the fixture, or the marker, by a way on which they have no cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.functional.project import Project

MARK = "pytest.mark.speedup(at_least=1000)"

MARKED = {
    "function": f"@{MARK}\ndef test_a():\n    pass\n",
    "class": f"@{MARK}\nclass TestA:\n    def test_a(self):\n        pass\n",
    "module": f"pytestmark = {MARK}\n\ndef test_a():\n    pass\n",
    "another fixture": f"@{MARK}\ndef test_a(tmp_path):\n    pass\n",
    "fixture too late": f"@{MARK}\ndef test_a(request):\n    request.getfixturevalue('speedup')\n",
    "unittest": (
        f"import unittest\n\n@{MARK}\nclass A(unittest.TestCase):\n    def test_a(self):\n"
        "        pass\n"
    ),
}


@pytest.mark.parametrize("kind", MARKED)
def test_a_marker_without_the_fixture_is_an_error(project: Project, kind: str) -> None:
    """Else its floor of a thousand would pass."""
    project.pytester.makepyfile(test_work=f"import pytest\n\n{MARKED[kind]}")
    result = project.run()
    assert result.ret in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)
    said = f"{result.stdout.str()}{result.stderr.str()}"
    assert "test_a is marked speedup and measures nothing: have it take the fixture" in said
    assert "INTERNALERROR" not in said


CALL = "speedup(lambda executor: list(executor.map(abs, [1])))"


@pytest.mark.parametrize("how", ["--benchmark-enable", "--benchmark-disable"])
@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        (
            (
                "import unittest, pytest\n\nclass A(unittest.TestCase):\n"
                "    @pytest.fixture(autouse=True)\n    def _get(self, speedup):\n"
                "        self.speedup = speedup\n\n    def test_a(self):\n"
                f"        self.{CALL}\n"
            ),
            "*a unittest.TestCase, whose tests pytest does not parametrize: write a function",
        ),
        (
            f"def test_a(request):\n    speedup = request.getfixturevalue('speedup')\n    {CALL}\n",
            "*request.getfixturevalue, which comes too late: have the test take it as an argument",
        ),
    ],
    ids=["unittest", "getfixturevalue"],
)
def test_a_fixture_without_cells_is_one_line(
    project: Project, code: str, complaint: str, how: str
) -> None:
    """It says what to write instead."""
    project.pytester.makepyfile(test_work=code)
    result = project.run(how, "-rN")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([complaint])
    said = f"{result.stdout.str()}{result.stderr.str()}"
    assert "NotImplementedError" not in said
    assert "AttributeError" not in said
