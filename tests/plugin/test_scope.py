from __future__ import annotations

import pytest

from pytest_speedup.model import Cell
from pytest_speedup.plugin.cells import Scope, read_scope
from pytest_speedup.plugin.settings import read_settings


def cell(node: str, executor: str = "thread", workers: int = 2) -> Cell:
    return Cell(f"{node}[{executor}-{workers}]", node, executor, workers, "default")


WORK = cell("bench/test_work.py::test_work")


def make_scope(pytester: pytest.Pytester, *args: str, selected: tuple[str, ...] = ()) -> Scope:
    for name in ("bench/test_work.py", "bench/test_other.py"):
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    config = pytester.parseconfig(*args)
    return read_scope(config, read_settings(config, timing=True), selected)


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
    ],
)
def test_the_selection_limits_what_is_missing(
    pytester: pytest.Pytester, args: tuple[str, ...], *, inside: bool
) -> None:
    """A cell that nobody asked for is not missing."""
    assert make_scope(pytester, *args).takes_in(WORK) is inside


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


@pytest.mark.parametrize("option", ["-kwork", "-mslow"])
def test_a_filter_takes_in_tests_of_which_it_selected_a_cell(
    pytester: pytest.Pytester, option: str
) -> None:
    """What -k would say of a test that is gone cannot be known."""
    selected = ("bench/test_work.py::test_work[serial-1]",)
    scope = make_scope(pytester, option, selected=selected)
    assert scope.takes_in(WORK)
    assert not scope.takes_in(cell("bench/test_other.py::test_other"))
