"""Which cells of saved runs are missing, and which nobody asked for."""

from __future__ import annotations

import pytest

from pytest_speedup.model import Cell
from pytest_speedup.plugin.scope import SavedScope, read_scope
from pytest_speedup.plugin.settings import read_settings

FILES = ("bench/test_work.py", "bench/test_other.py")

TEST = """
import pytest

@pytest.mark.parametrize("cell", ["serial-1", "thread-2", "thread-4"])
def test_{name}(cell):
    pass
"""


def cell(node: str, executor: str = "thread", workers: int = 2) -> Cell:
    return Cell(f"{node}[{executor}-{workers}]", node, executor, workers, "default")


WORK = cell("bench/test_work.py::test_work")


def make_scope(pytester: pytest.Pytester, *args: str, ini: str = "") -> SavedScope:
    for file in FILES:
        path = pytester.path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(TEST.format(name=path.stem.removeprefix("test_")), "utf-8")
    collected, _ = pytester.inline_genitems()
    if ini:
        pytester.makeini(f"[pytest]\n{ini}")
    config = pytester.parseconfig(*args)
    found = {one.nodeid: one for one in collected}
    return read_scope(config, read_settings(config, timing=True), found)


@pytest.mark.parametrize(
    ("args", "inside"),
    [
        ((), True),
        (("bench",), True),
        (("bench/",), True),
        (("bench/test_work.py",), True),
        (("bench/test_work.py::test_work",), True),
        (("bench/test_work.py::test_work[thread-2]",), True),
        (("bench/test_work.py::test_work[thread-4]",), False),
        (("bench/test_work.py::test_wor",), False),
        (("bench/test_other.py",), False),
        (("bench/test_other.py", "bench/test_work.py"), True),
        (("--speedup-executors=thread",), True),
        (("--speedup-executors=process",), False),
        (("--speedup-workers=2,4",), True),
        (("--speedup-workers=4",), False),
        (("-k", "thread-2"), True),
        (("-k", "thread-4"), False),
        (("-k", "not work"), False),
        (("-k", "other"), False),
        (("-m", "not slow"), True),
        (("-m", "slow"), False),
        (("--deselect=bench/test_work.py",), False),
        (("--deselect=bench/test_work.py::test_work[thread-4]",), True),
        (("--deselect", "bench/test_other.py"), True),
        (("--ignore=bench/test_work.py",), False),
    ],
)
def test_the_selection_limits_what_is_missing(
    pytester: pytest.Pytester, args: tuple[str, ...], *, inside: bool
) -> None:
    """A cell that nobody asked for is not missing."""
    assert make_scope(pytester, *args).takes_in(WORK) is inside


@pytest.mark.parametrize(
    "ini",
    [
        "addopts = -k other",
        "addopts = -m slow",
        "addopts = --deselect=bench/test_work.py",
        "addopts = --ignore=bench/test_work.py",
        "addopts = bench/test_other.py",
        "testpaths = elsewhere",
    ],
)
def test_files_of_a_change_limit_nothing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ini: str
) -> None:
    """What they leave out is missing; the same words of who calls pytest are a selection."""
    (pytester.path / "elsewhere").mkdir()
    assert make_scope(pytester, ini=ini).takes_in(WORK)
    name, _, words = ini.partition(" = ")
    monkeypatch.setenv("PYTEST_ADDOPTS", words if name == "addopts" else "elsewhere")
    assert not make_scope(pytester).takes_in(WORK)


def test_names_of_packages_limit_nothing(pytester: pytest.Pytester) -> None:
    """They are names of no files, of which none would be below them."""
    assert make_scope(pytester, "--pyargs", "json").takes_in(WORK)


def test_a_folder_that_pytest_is_called_in_is_a_selection(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a part of a repository whose other parts have suites of their own."""
    (pytester.path / "other").mkdir()
    monkeypatch.chdir(pytester.path / "other")
    pytester.makeini("[pytest]")
    scope = make_scope(pytester, f"--rootdir={pytester.path}")
    assert scope.paths == ("other",)


def test_a_root_has_many_names(pytester: pytest.Pytester) -> None:
    """By links, and on Windows by short names; files are found below it by any of them."""
    link = pytester.path.with_name(f"{pytester.path.name}-link")
    try:
        link.symlink_to(pytester.path, target_is_directory=True)
    except OSError:
        pytest.skip("this user may not make links here")
    scope = make_scope(pytester, f"--rootdir={link}", "bench/test_work.py")
    assert scope.paths == ("bench/test_work.py",)
    assert scope.takes_in(WORK)


def test_a_serial_cell_has_no_worker_count_to_deselect(pytester: pytest.Pytester) -> None:
    """It is measured whatever worker counts are chosen."""
    serial = cell("bench/test_work.py::test_work", "serial", 1)
    assert make_scope(pytester, "--speedup-workers=4").takes_in(serial)


def test_a_filter_takes_in_tests_of_which_it_keeps_a_cell(pytester: pytest.Pytester) -> None:
    """What -k would say of a cell that is gone cannot be known."""
    scope = make_scope(pytester, "-kwork")
    assert scope.takes_in(cell("bench/test_work.py::test_work", "process"))
    assert not scope.takes_in(cell("bench/test_other.py::test_other", "process"))
