"""What a side tells of the files that its processes noted."""

from __future__ import annotations

import os
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_speedup.against.protocol import Failed, LoadedFile, Proved
from pytest_speedup.against.serving import Loaded, OpenWorkload, answer_proof
from pytest_speedup.against.watch import (
    FOLDER,
    FOREIGN,
    PROGRAM,
    STARTED,
    TREE,
    UNASKED,
    Places,
)
from pytest_speedup.clock import Timed as Measured
from pytest_speedup.executors import OwnWorkers
from pytest_speedup.measurement import Expected, Reference, Workload
from pytest_speedup.model import Bound

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_speedup.against.serving import Arm, Opening
    from pytest_speedup.executors import Executor
    from pytest_speedup.measurement.own import OwnWork


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a process that is watched."""
    (folder := tmp_path / "notes").mkdir()
    places = Places({f"{tmp_path / 'other'}{os.sep}": FOREIGN})
    started = ModuleType(STARTED)
    (fallback := tmp_path / "fallback").mkdir()
    started.__dict__["WATCH"] = SimpleNamespace(places=places, fallback=str(fallback))
    monkeypatch.setitem(sys.modules, STARTED, started)
    monkeypatch.setenv(FOLDER, str(folder))
    return folder


def write(notes: Path, process: int, *lines: str) -> None:
    with (notes / str(process)).open("a") as file:
        file.writelines(lines)


def told(answer: Proved | Failed) -> list[tuple[str, str, str]]:
    assert isinstance(answer, Proved)
    return [(one.kind, one.module, one.path) for one in answer.files]


def test_files_are_told_once_whichever_process_loaded_them(notes: Path) -> None:
    """What is written while it is asked for is told the next time."""
    write(notes, 7, "begin\t''\t'python'\n", f"{TREE}\t'acme'\t'/tree/acme.py'\n")
    write(notes, 8, f"{TREE}\t'acme'\t'/tree/acme.py'\n", f"{FOREIGN}\t''\t'/ot")
    loaded = Loaded(notes)
    answer = answer_proof(loaded)
    assert told(answer) == [(TREE, "acme", "/tree/acme.py")]
    assert isinstance(answer, Proved)
    assert answer.processes == 2
    write(notes, 8, "her/a.txt'\n")
    assert told(answer_proof(loaded)) == [(FOREIGN, "", "/other/a.txt")]
    assert told(answer_proof(loaded)) == []


def test_processes_without_variables_are_told_of(notes: Path, tmp_path: Path) -> None:
    """They note in the folder that their environment names."""
    write(notes, 7, "begin\t''\t'python'\n")
    write(tmp_path / "fallback", 7, f"{FOREIGN}\t''\t'/other/a.txt'\n")
    loaded = Loaded(notes)
    answer = answer_proof(loaded)
    assert told(answer) == [(FOREIGN, "", "/other/a.txt")]
    assert isinstance(answer, Proved)
    assert answer.processes == 2
    write(tmp_path / "fallback", 7, f"{FOREIGN}\t''\t'/other/b.txt'\n")
    assert told(answer_proof(loaded)) == [(FOREIGN, "", "/other/b.txt")]


def test_a_file_is_told_again_that_another_process_notes(notes: Path) -> None:
    """A worker that starts later may have it for another workload."""
    line = f"{TREE}\t'acme'\t'/tree/acme.py'\n"
    write(notes, 7, line)
    loaded = Loaded(notes)
    assert len(told(answer_proof(loaded))) == 1
    write(notes, 8, line)
    assert told(answer_proof(loaded)) == [(TREE, "acme", "/tree/acme.py")]
    assert told(answer_proof(loaded)) == []


def test_each_start_of_a_program_is_told(notes: Path) -> None:
    """Also of one whose file was opened, and that another workload started before."""
    line = f"{PROGRAM}\t''\t'/tree/tool'\n"
    write(notes, 7, f"{TREE}\t''\t'/tree/tool'\n", line, line)
    loaded = Loaded(notes)
    found = [(PROGRAM, "", "/tree/tool"), (TREE, "", "/tree/tool")]
    assert sorted(told(answer_proof(loaded))) == found
    write(notes, 7, line)
    assert told(answer_proof(loaded)) == found[:1]


def test_tests_and_plugins_are_told_once(notes: Path) -> None:
    """With names that are no text as text."""
    loaded = Loaded(notes)
    loaded.tests |= {"/tree/test_b.py", "/tree/test_\udcff.py"}
    loaded.plugins.add("/tree/conftest.py")
    answer = [answer_proof(loaded) for _ in range(2)]
    assert [(one.tests, one.plugins) for one in answer if isinstance(one, Proved)] == [
        (("/tree/test_b.py", "/tree/test_\\xff.py"), ("/tree/conftest.py",)),
        ((), ()),
    ]


def test_modules_are_told_that_no_note_tells_of(
    notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may have come by a way that opens no file here."""
    write(notes, 7, "begin\t''\t'python'\n")
    module = ModuleType("acme_of_it")
    module.__file__ = str(tmp_path / "other" / "acme_of_it.py")
    monkeypatch.setitem(sys.modules, "acme_of_it", module)
    assert told(answer_proof(Loaded(notes))) == [(FOREIGN, "acme_of_it", module.__file__)]


def test_another_python_for_workers_is_named(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not tell what it loads."""
    write(notes, 7, "begin\t''\t'python'\n")
    monkeypatch.setattr("multiprocessing.spawn.get_executable", lambda: b"/elsewhere/python")
    loaded = Loaded(notes)
    for _ in range(2):  # each workload may start it
        assert told(answer_proof(loaded)) == [(UNASKED, "", "/elsewhere/python")]


@pytest.mark.parametrize("missing", ["the watch", "the variable", "the folder", "a line"])
def test_who_cannot_tell_says_so(
    notes: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """It is no proof that nothing was found."""
    write(notes, 7, "begin\t''\t'python'\n")
    loaded = Loaded(notes)
    if missing == "the watch":
        monkeypatch.delitem(sys.modules, STARTED)
    elif missing == "the variable":
        monkeypatch.delenv(FOLDER)
    elif missing == "the folder":
        loaded = Loaded(notes / "none")
    else:
        write(notes, 7, "nonsense\n")
    answer = answer_proof(loaded)
    assert isinstance(answer, Failed)
    assert answer.reason.startswith("what it loaded is not known: ")


def test_a_name_that_is_no_text_is_told_as_text(notes: Path) -> None:
    """It is only shown."""
    write(notes, 7, f"{FOREIGN}\t''\t'/other/\\udcff.txt'\n")
    answer = answer_proof(Loaded(notes))
    assert isinstance(answer, Proved)
    assert answer.files == (LoadedFile(FOREIGN, "", "/other/\\xff.txt", 7),)


class Asking:
    """Code with workers of its own, of which it is noted what is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, float]] = []

    def question(self, count: int, speedup: float) -> str:
        self.asked.append((count, speedup))
        return "is it used?"


def always(_executor: Executor) -> int:
    return 0


ALONE: Reference[Any] = Reference(Measured(0, 4.0, 0.0), Expected(0), runs_its_own=True)


class Timed(OpenWorkload):
    """Turns that take known seconds."""

    def _arm(self, turn: str) -> Arm:
        return lambda: {"serial-1": 4.0, "own-2": 2.0}[turn]

    def _executor(self, cell: str) -> Executor:
        return OwnWorkers(int(cell[-1]))


def test_a_side_asks_by_the_turns_that_it_took() -> None:
    """Of cells alone, and of code with workers of its own; without turns it knows nothing."""
    own = Asking()
    timed = Timed(cast("Opening", None), Workload(always), ALONE, Bound.WAIT, cast("OwnWork", own))
    assert timed.question("own-2") == ""
    for turn in ("serial-1", "own-2", "own-2"):
        timed.run(turn)
    assert (timed.question("own-2"), timed.question("serial-1")) == ("is it used?", "")
    assert own.asked == [(2, 2.0)]
    other = Timed(cast("Opening", None), Workload(always), ALONE, Bound.WAIT)
    for turn in ("serial-1", "own-2"):
        other.run(turn)
    assert other.question("own-2") == ""
