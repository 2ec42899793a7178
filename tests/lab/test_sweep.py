"""The sweep draws what it says, expects what the first law says, and writes what it drew."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.sweep.axes import AXES
from benchmarks.lab.sweep.draw import Way, draw, is_possible
from benchmarks.lab.sweep.expectation import NOT_COMPARED, NOT_SELECTED, Expected, Head, expectation
from benchmarks.lab.sweep.project import Place, files_of, write
from benchmarks.lab.sweep.report import word_counts, word_wrong
from benchmarks.lab.sweep.run import NO_CODE, Result, command
from benchmarks.lab.sweep.settings import TABLES, written

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.lab.sweep.value import Value

EVERY = {value.name: value for values in AXES.values() for value in values}


def way(**chosen: str) -> Way:
    """A way with these values, and of other axes the first."""
    return Way(tuple(EVERY[chosen.get(axis, values[0].name)] for axis, values in AXES.items()))


def codes(drawn: Way) -> list[int]:
    return [expectation(drawn, head).code for head in Head]


def test_names_are_unique() -> None:
    """Values exclude one another by name, whatever their axis."""
    assert len(EVERY) == sum(map(len, AXES.values()))
    assert {name for value in EVERY.values() for name in value.excludes} <= EVERY.keys()


@pytest.mark.parametrize("seed", range(3))
def test_every_value_is_drawn(seed: int) -> None:
    """In as many ways as the sweep has to have, each another one, each possible."""
    ways = draw(150, seed)
    assert {value.name for one in ways for value in one.values} == EVERY.keys()
    assert len({one.name for one in ways}) == 150
    assert all(is_possible(one.values) for one in ways)


def test_a_seed_says_what_is_drawn() -> None:
    """And fewer ways are the first of more, so that one of them can be run again."""
    assert draw(5, 7) == draw(9, 7)[:5]
    assert draw(5, 7) != draw(5, 8)


def test_pairs_follow_values() -> None:
    """Twice as many ways have many more pairs, not the same again."""
    few, many = ({pair for one in draw(count, 1) for pair in one.pairs} for count in (45, 90))
    assert len(many) > 1.8 * len(few)


def test_only_what_is_asked_for_is_drawn() -> None:
    drawn = draw(10, 1, [("marks", "xfail"), ("layout", "src")])
    assert all({"xfail", "src"} <= {value.name for value in one.values} for one in drawn)


@pytest.mark.parametrize(
    ("only", "message"),
    [([("mark", "xfail")], "no axis 'mark'"), ([("marks", "nothing")], "no value 'nothing'")],
)
def test_what_is_unknown_is_refused(only: list[tuple[str, str]], message: str) -> None:
    """A sweep of everything else would look like one of what was asked for."""
    with pytest.raises(ValueError, match=message):
        draw(1, 1, only)


def test_more_ways_than_there_are_are_refused() -> None:
    with pytest.raises(ValueError, match="no more than 1"):
        draw(2, 1, [(axis, values[0].name) for axis, values in AXES.items()])


def test_two_values_that_hide_one_another_are_not_drawn() -> None:
    assert not is_possible(way(marks="strict xfail", phase="pytest.exit").values)
    assert not is_possible(way(selection="--lf", phase="without a cache").values)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, [1, 0, 11]),
        ({"marks": "xfail", "phase": "--setup-only", "plugin": "--reruns"}, [1, 0, 11]),
        ({"marks": "strict xfail"}, [1, 1, 11]),
        ({"marks": "strict xfail", "phase": "--setup-only"}, [1, 0, 11]),
        ({"marks": "strict xfail", "broken": "the test is gone"}, [1, 1, 10]),
        ({"marks": "xfail that does not run"}, [10, 10, 10]),
        ({"broken": "the test is skipped"}, [1, 0, 10]),
        ({"broken": "the test is skipped", "selection": "--maxfail behind a failure"}, [1, 1, 1]),
        ({"selection": "-k that takes nothing"}, [10, 10, 10]),
        (
            {"selection": "-k that takes nothing", "broken": "a syntax error in the test"},
            [10, 10, 11],
        ),
        ({"selection": "another file", "broken": "a syntax error in the test"}, [10, 10, 10]),
        ({"selection": "--lf of another", "broken": "a name is gone"}, [10, 10, 11]),
        ({"phase": "--co"}, [0, 0, 0]),
        ({"phase": "--co", "broken": "the code cannot be imported"}, [0, 0, 2]),
        ({"phase": "pytest.exit"}, [1, 10, 11]),
        ({"phase": "pytest.exit with 0"}, [1, 0, 11]),
    ],
)
def test_expectations(chosen: dict[str, str], expected: list[int]) -> None:
    """Lossy, unchanged and broken: the first law, and each exception."""
    assert codes(way(**chosen)) == expected


@pytest.mark.parametrize("name", [name for name, one in EVERY.items() if not one.why])
def test_what_has_no_reason_changes_no_expectation(name: str) -> None:
    """Each exception is there in words."""
    axis = next(axis for axis, values in AXES.items() if EVERY[name] in values)
    assert codes(way(**{axis: name})) == [1, 0, 11]


@pytest.mark.parametrize("value", EVERY.values(), ids=EVERY)
def test_each_value_changes_something(value: Value) -> None:
    """A value that is like the first of its axis would be a way that was not tried."""
    axis, values = next((axis, values) for axis, values in AXES.items() if value in values)
    if value is values[0]:
        return
    one, plain = way(**{axis: value.name}), way()
    assert _all_of(one) != _all_of(plain)


def _all_of(one: Way) -> object:
    files = [files_of(one, head) for head in Head]
    rest = [
        (value.left, value.environment, value.folder, value.service, value.uncommitted)
        for value in one.values
    ]
    return files, command(one), rest


def test_a_cell_with_others_beside_it_is_not_left_out_alone() -> None:
    """Those would be selected still."""
    several = [name for name, value in EVERY.items() if value.case]
    assert several
    for name in several:
        assert not is_possible(way(marks=name, selection="--deselect of the cell").values)


def test_a_test_beside_is_drawn_where_it_runs() -> None:
    """Else a way would be counted that tries nothing, or an exit would be expected that is not."""
    beside = [name for name, value in EVERY.items() if value.is_beside]
    assert {"pytest.exit", "another environment", "--maxfail behind a failure"} <= {*beside}
    assert not is_possible(way(selection="the file", phase="pytest.exit").values)
    assert not is_possible(way(selection="--lf", phase="another environment").values)
    assert is_possible(way(selection="-x", phase="pytest.exit").values)


@pytest.mark.parametrize("drawn", draw(60, 3), ids=range(60))
def test_files_are_python(drawn: Way) -> None:
    """Base and lossy head always; what is broken on purpose is not."""
    for head in (Head.UNCHANGED, Head.LOSSY):
        for path, text in files_of(drawn, head).items():
            if path.endswith(".py"):
                ast.parse(text)


def test_heads_differ_as_they_say() -> None:
    """The loss is a lock around each task, and breaking it adds a line."""
    plain = way()
    unchanged, lossy, broken = (
        files_of(plain, head)["acme.py"] for head in (Head.UNCHANGED, Head.LOSSY, Head.BROKEN)
    )
    assert "with contextlib.nullcontext():" in unchanged
    assert "with LOCK if" in lossy
    assert broken == unchanged.replace(
        "    pass\n    return list", '    raise RuntimeError("broken")\n    return list'
    )


@pytest.mark.parametrize(
    ("layout", "committed"), [("flat", True), ("flat, uncommitted", False), ("src", True)]
)
def test_the_repository(layout: str, committed: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """With a base that has no loss, and a tree that has."""
    drawn = way(layout=layout)
    root = write(drawn, Head.LOSSY, tmp_path)
    code = next(value.code for value in drawn.values if value.code)
    assert "with LOCK" in (root / code).read_text()
    assert "with LOCK" not in _git(root, "show", f"base:{code}")
    assert ("with LOCK" in _git(root, "show", f"HEAD:{code}")) is committed


def test_a_service_stands_below_the_top(tmp_path: Path) -> None:
    root = write(way(layout="a service of many"), Head.UNCHANGED, tmp_path)
    assert root == tmp_path / "services" / "one"
    assert (tmp_path / ".git").is_dir()


def test_places_are_named() -> None:
    drawn = way(
        marks="in a class", layout="src", selection="the cell", configuration="in other.ini"
    )
    assert Place(drawn).cell == "tests/test_work.py::TestWork::test_work[thread-2]"
    assert command(drawn)[-3:] == [Place(drawn).cell, "-c", "other.ini"]


def test_what_stands_in_the_ini_file_is_not_given() -> None:
    """Else the flag would be what is tried."""
    drawn = way(configuration="everything in the ini file")
    assert not [one for one in command(drawn) if one.startswith("--speedup")]
    assert "speedup_against = base" in files_of(drawn, Head.LOSSY)["pytest.ini"]


@pytest.mark.parametrize("kind", TABLES)
def test_settings_of_two_values_are_joined(kind: str) -> None:
    """As lines, and options as words."""
    text = written(kind, {"addopts": "-x -k 'a or b'", "pythonpath": ".\nsrc"})
    assert "a or b" in text
    assert "src" in text


def result(drawn: Way, head: Head, code: int, output: str = "") -> Result:
    return Result(drawn, head, expectation(drawn, head), code, output, 1.0)


def test_what_is_wrong_with_a_result() -> None:
    """Each in a phrase: a code, silence on a cell that was left out, a crash, no end."""
    plain, left_out = way(), way(selection="-k that takes nothing")
    said = f"{Place(left_out).filled(''.join(NOT_COMPARED))}\n{NOT_SELECTED}"
    assert result(plain, Head.LOSSY, 1).is_right
    assert result(plain, Head.LOSSY, 0).wrongs == ["exit code 0 instead of 1"]
    assert result(plain, Head.LOSSY, 1, "INTERNALERROR> x").wrongs == ["INTERNALERROR"]
    assert result(plain, Head.LOSSY, NO_CODE).wrongs[0].startswith("killed")
    assert result(left_out, Head.LOSSY, 10, said).is_right
    assert len(result(left_out, Head.LOSSY, 10).wrongs) == 3
    assert expectation(left_out, Head.LOSSY) == Expected(10, (*NOT_COMPARED, NOT_SELECTED))


def test_what_head_has_no_more_cannot_be_named() -> None:
    """It is said that nothing was selected."""
    gone = way(selection="-k that takes nothing", broken="the test is gone")
    assert expectation(gone, Head.LOSSY) == Expected(10, (*NOT_COMPARED, NOT_SELECTED))
    assert expectation(gone, Head.BROKEN) == Expected(10, (NOT_SELECTED,))


def test_the_report_counts_and_says_how_to_see_it_again() -> None:
    right, wrong = result(way(), Head.UNCHANGED, 0), result(way(), Head.LOSSY, 0, "a\nb")
    counted = word_counts([right, wrong])
    assert "lossy:     0 of 1 as they must; 1 with 0" in counted
    assert "all:       1 of 2 as they must" in counted
    assert "--seed 5 --count 20 --one 3 --keep DIR" in word_wrong(wrong, 3, 5, 20)
    assert "expected so" in word_wrong(replace(wrong, way=way(marks="strict xfail")), 3, 5, 20)


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607 - whichever git there is
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
