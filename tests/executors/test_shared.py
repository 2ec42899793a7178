"""What workers share, and what they say of modules that they have, or would import."""

from __future__ import annotations

import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from pytest_speedup.executors import shared
from pytest_speedup.executors.shared import FileNumber, SemaphoreBarrier, modules_there
from tests.executors.waiting import PATIENCE


class Arrived:
    """A number of one process."""

    value = 0


def make_barrier(parties: int) -> SemaphoreBarrier:
    return SemaphoreBarrier(parties, Arrived(), Door(1), Door(0))


class Door(threading.Semaphore):
    """As multiprocessing's: its first argument goes by another name, which nobody uses."""


def test_nobody_leaves_before_the_last_one_is_there() -> None:
    """And they may wait again."""
    barrier = make_barrier(3)
    left: list[int] = []

    def attend(number: int) -> None:
        barrier.wait(PATIENCE)
        left.append(number)

    for _ in range(3):
        left.clear()
        with ThreadPoolExecutor(3) as pool:
            first = [pool.submit(attend, number) for number in range(2)]
            while barrier.arrived.value < 2:
                assert not any(one.done() for one in first)
            assert left == []
            pool.submit(attend, 2).result(PATIENCE)
        assert sorted(left) == [0, 1, 2]


def test_who_waits_in_vain_is_told() -> None:
    """As by a barrier."""
    with pytest.raises(threading.BrokenBarrierError):
        make_barrier(2).wait(0.01)


def test_an_open_barrier_keeps_nobody() -> None:
    """Those who never come are not waited for."""
    barrier = make_barrier(2)
    barrier.open()
    barrier.wait(0.0)


def test_a_number_in_a_file_is_the_same_for_all_who_have_it() -> None:
    """Until its creator removes the file."""
    number = FileNumber.create()
    copy = pickle.loads(pickle.dumps(number))  # noqa: S301 - our own bytes
    assert (number.value, copy.value) == (0, 0)
    copy.value = -(2**40)
    assert number.value == -(2**40)
    path = Path(number._path)  # noqa: SLF001
    assert path.exists()
    number.remove()
    assert not path.exists()


def test_what_is_not_there_is_not_named() -> None:
    """Nor is what Python itself has, or what lies below a package that cannot be imported."""
    assert modules_there(["nobody_has_this", "json", "nobody_has_this.deep"]) == []


def test_what_would_be_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules, packages, and folders without a file of their own."""
    (tmp_path / "acme_module.py").write_text("raise RuntimeError\n")
    (tmp_path / "acme_package").mkdir()
    (tmp_path / "acme_package" / "__init__.py").write_text("raise RuntimeError\n")
    (tmp_path / "acme_space").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    files = ["acme_module.py", "acme_package/__init__.py", "acme_space"]
    names = ["acme_module", "acme_package", "acme_space"]
    found = [(name, str(tmp_path / file)) for name, file in zip(names, files, strict=True)]
    assert modules_there(names) == found
    assert not {*names} & {*sys.modules}


def test_what_is_loaded_is_named_though_it_would_not_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With all that is below a name, and no more than a few."""
    for name in ("acme_gone", "acme_gone.deep", "acme_gone_too"):
        loaded = ModuleType(name)
        loaded.__file__ = f"/elsewhere/{name}.py"
        monkeypatch.setitem(sys.modules, name, loaded)
    found = [(name, f"/elsewhere/{name}.py") for name in ("acme_gone", "acme_gone.deep")]
    assert modules_there(["acme_gone"]) == found
    monkeypatch.setattr(shared, "MAX_MODULES_NAMED", 1)
    assert modules_there(["acme_gone"]) == found[:1]
