"""What Windows and macOS lack or do otherwise; they are simulated."""

from __future__ import annotations

import os
import platform
import signal
import stat
import subprocess
import sys
import time
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_speedup import platforms
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Conditions, create
from pytest_speedup.platforms import (
    MAX_WORKERS_ON_WINDOWS,
    PAUSES,
    apart,
    end_tree,
    read_cpu_model,
    refuse_too_many,
    remove_tree,
    wait_for_end_of,
)
from pytest_speedup.storage import SaveError, write_new, write_over
from tests.functional.test_processes import wait_for
from tests.posix import is_alive, posix_only

if TYPE_CHECKING:
    from collections.abc import Callable

IN_USE = "The process cannot access the file because it is being used by another process"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Of a Windows on which no time passes."""
    slept: list[float] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def refuse(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, times: int) -> None:  # noqa: ANN401
    """Have a function fail so often, as while a virus scanner looks."""
    real: Callable[..., Any] = getattr(owner, name)
    left = [times]

    def refused(*args: object, **kwargs: object) -> object:
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, IN_USE)
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, refused)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_report_that_somebody_reads_is_replaced_when_it_is_free(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pauses: list[float]
) -> None:
    """Within two seconds."""
    report = tmp_path / "speedup.md"
    report.write_text("old")
    refuse(monkeypatch, Path, "replace", 3)
    write_over(report, b"new")
    assert report.read_bytes() == b"new"
    assert len(pauses) == 3
    assert names(tmp_path) == ["speedup.md"]


def test_a_report_that_stays_open_is_an_error_that_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pauses: list[float]
) -> None:
    """What was there before is untouched, and nothing lies beside it."""
    report = tmp_path / "speedup.md"
    report.write_text("old")
    refuse(monkeypatch, Path, "replace", 1000)
    with pytest.raises(SaveError, match=r"speedup\.md could not be saved: .*used by another"):
        write_over(report, b"new")
    assert report.read_bytes() == b"old"
    assert pauses == list(PAUSES)
    assert 1 < sum(PAUSES) < 3
    assert names(tmp_path) == ["speedup.md"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [(os, "open"), (Path, "rename"), (Path, "unlink")],
    ids=["a claim that goes", "a scanner that looks", "a claim that is looked at"],
)
def test_a_run_is_saved_although_its_files_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pauses: list[float], owner: object, name: str
) -> None:
    """Under the next number, with no claim left behind."""
    (tmp_path / "0001_run.json").touch()
    refuse(monkeypatch, owner, name, 2)
    write_new(tmp_path, "_run.json", b"{}")
    assert names(tmp_path) == ["0001_run.json", "0002_run.json"]
    assert len(pauses) == 2


def test_elsewhere_a_missing_permission_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pauses: list[float]
) -> None:
    """It would stay missing."""
    monkeypatch.setattr(sys, "platform", "linux")
    refuse(monkeypatch, Path, "replace", 1)
    with pytest.raises(SaveError):
        write_over(tmp_path / "speedup.md", b"new")
    assert pauses == []


def test_read_only_files_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As git makes them, and Windows keeps them."""
    monkeypatch.setattr(sys, "platform", "win32")
    tree = tmp_path / "base"
    (tree / "objects").mkdir(parents=True)
    read_only = tree / "objects" / "pack"
    read_only.touch()
    read_only.chmod(stat.S_IREAD)
    unlink = os.unlink

    def unlink_as_windows(path: Any, *, dir_fd: int | None = None) -> None:  # noqa: ANN401 - str or Path
        if not os.stat(path, dir_fd=dir_fd).st_mode & stat.S_IWRITE:
            raise PermissionError(13, "Access is denied")
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", unlink_as_windows)
    remove_tree(tree)
    assert not tree.exists()


def test_what_is_in_use_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Cleaning up is no reason to fail; all else goes, and what is not there is no error."""
    tree = tmp_path / "base"
    tree.mkdir()
    for name in ("free", "in use"):
        (tree / name).touch()
    unlink = os.unlink

    def unlink_as_windows(path: Any, *, dir_fd: int | None = None) -> None:  # noqa: ANN401 - str or Path
        if str(path).endswith("in use"):
            raise PermissionError(13, IN_USE)
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", unlink_as_windows)
    remove_tree(tree)
    assert names(tree) == ["in use"]
    remove_tree(tmp_path / "nowhere")


def test_a_folder_goes_with_files_that_may_only_be_read(tmp_path: Path) -> None:
    """As git's own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").touch(0o400)
    remove_tree(folder)
    assert not folder.exists()


@posix_only
def test_folders_that_keep_everybody_out_go_too(tmp_path: Path) -> None:
    """A test of the base may have made one; what a link leads to stays as it is."""
    closed = tmp_path / "folder" / "closed"
    closed.mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o500)
    (closed / "file").touch()
    (closed / "link").symlink_to(outside)
    closed.chmod(0o000)
    remove_tree(tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
    assert outside.stat().st_mode & 0o777 == 0o500


@posix_only
def test_other_links_to_a_file_keep_their_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installers link files of their caches, and trees have links to anywhere."""
    precious = tmp_path / "precious"
    precious.touch(0o640)
    folder = tmp_path / "folder"
    folder.mkdir()
    os.link(precious, folder / "hard")
    (folder / "soft").symlink_to(precious)

    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise PermissionError

    monkeypatch.setattr(os, "unlink", refuse)
    remove_tree(folder)
    assert precious.stat().st_mode & 0o777 == 0o640


def test_what_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    """Somebody else may have removed it."""
    remove_tree(tmp_path / "nothing")


def test_an_orphan_gets_another_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which it sees at the next look."""
    parents = iter([17, 17, 1])
    slept: list[float] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    monkeypatch.setattr(time, "sleep", slept.append)
    wait_for_end_of(17)
    assert len(slept) == 2


class WinApi:
    """What Windows has for it."""

    SYNCHRONIZE, INFINITE = 0x100000, 0xFFFFFFFF

    def __init__(self, processes: set[int]) -> None:
        self.processes = processes
        self.calls: list[tuple[object, ...]] = []

    def OpenProcess(self, access: int, inherit: bool, pid: int) -> str:  # noqa: FBT001, N802
        assert (access, inherit) == (self.SYNCHRONIZE, False)
        if pid not in self.processes:
            raise OSError
        return f"handle of {pid}"

    def WaitForSingleObject(self, handle: str, milliseconds: int) -> None:  # noqa: N802
        self.calls.append(("wait", handle, milliseconds == self.INFINITE))

    def CloseHandle(self, handle: str) -> None:  # noqa: N802
        self.calls.append(("close", handle))


@pytest.mark.parametrize(
    ("processes", "calls"),
    [({17}, [("wait", "handle of 17", True), ("close", "handle of 17")]), (set(), [])],
    ids=["there", "gone"],
)
def test_windows_has_a_handle_to_wait_for(
    monkeypatch: pytest.MonkeyPatch, processes: set[int], calls: list[tuple[object, ...]]
) -> None:
    """The number of its parent never changes there, and a look at it would go on for ever."""
    api = WinApi(processes)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "getppid", lambda: pytest.fail("its number says nothing"))
    monkeypatch.setitem(sys.modules, "_winapi", api)
    wait_for_end_of(17)
    assert api.calls == calls


@pytest.mark.parametrize("name", ["process", "loky"])
def test_windows_refuses_more_processes_than_it_can_wait_for(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """In a line that says how many and what to do, before anything is started."""
    import_module(f"pytest_speedup.executors.{name}")  # as this system has it
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SpeedupError) as error:
        create(name, MAX_WORKERS_ON_WINDOWS + 1, Conditions())
    assert str(error.value) == (
        f"{name} executor: Windows waits for at most 61 processes, and 62 workers were asked for: "
        "choose fewer with --speedup-workers or the marker"
    )


@pytest.mark.parametrize(("system", "workers"), [("win32", 61), ("darwin", 62), ("linux", 512)])
def test_what_can_be_waited_for_is_allowed(
    monkeypatch: pytest.MonkeyPatch, system: str, workers: int
) -> None:
    """Other systems have no such limit."""
    monkeypatch.setattr(sys, "platform", system)
    refuse_too_many("process", workers)


def test_it_is_the_standard_librarys_limit() -> None:
    """Which is written there."""
    from concurrent.futures import process  # noqa: PLC0415 - a private name of it

    assert vars(process)["_MAX_WINDOWS_WORKERS"] == MAX_WORKERS_ON_WINDOWS


def on(monkeypatch: pytest.MonkeyPatch, system: str, processor: str = "numbers") -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "processor", lambda: processor)
    monkeypatch.setattr(platform, "machine", lambda: "wood64")


@pytest.mark.parametrize(
    ("cpuinfo", "processor", "expected"),
    [
        ("model name\t: Abacus 9000\nmodel name\t: other\n", "numbers", "Abacus 9000"),
        ("BogoMIPS : 50.00\n", "numbers", "numbers"),
        ("BogoMIPS : 50.00\n", "", "wood64"),
        (None, "", "wood64"),
    ],
    ids=["a model", "ARM", "its architecture", "no /proc"],
)
def test_linux_names_it_in_cpuinfo(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    cpuinfo: str | None,
    processor: str,
    expected: str,
) -> None:
    """Or its architecture stands in."""
    on(monkeypatch, "linux", processor)
    monkeypatch.setattr(platforms, "CPUINFO", tmp_path / "cpuinfo")
    if cpuinfo is not None:
        (tmp_path / "cpuinfo").write_text(cpuinfo)
    assert read_cpu_model() == expected


def test_macos_asks_sysctl(monkeypatch: pytest.MonkeyPatch) -> None:
    """``platform.processor`` would say "arm" of all."""
    on(monkeypatch, "darwin", "arm")
    asked: list[tuple[str, ...]] = []

    def run(command: tuple[str, ...], **_options: object) -> SimpleNamespace:
        asked.append(command)
        return SimpleNamespace(stdout=b"Apple M9 Pro\n")

    monkeypatch.setattr(subprocess, "run", run)
    assert read_cpu_model() == "Apple M9 Pro"
    assert asked == [("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")]


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(),
        subprocess.CalledProcessError(1, "sysctl"),
        subprocess.TimeoutExpired("sysctl", 5.0),
    ],
    ids=["no sysctl", "unknown name", "hangs"],
)
def test_a_sysctl_that_fails_is_no_error(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """As in a sandbox."""
    on(monkeypatch, "darwin", "arm")

    def run(*_command: object, **_options: object) -> object:
        raise error

    monkeypatch.setattr(subprocess, "run", run)
    assert read_cpu_model() == "arm"


class Registry:
    """Windows' registry with one value, or none."""

    HKEY_LOCAL_MACHINE = "machine"

    def __init__(self, name: str | None) -> None:
        self.name = name

    def OpenKey(self, root: str, path: str) -> object:  # noqa: N802 - Windows' name
        if self.name is None:
            raise FileNotFoundError
        return nullcontext((root, path))

    def QueryValueEx(self, key: object, name: str) -> tuple[str, int]:  # noqa: N802 - Windows' name
        assert key == ("machine", r"HARDWARE\DESCRIPTION\System\CentralProcessor\0")
        assert name == "ProcessorNameString"
        return f"{self.name}  ", 1


@pytest.mark.parametrize(("name", "expected"), [("Abacus 9000", "Abacus 9000"), (None, "numbers")])
def test_windows_names_it_in_the_registry(
    monkeypatch: pytest.MonkeyPatch, name: str | None, expected: str
) -> None:
    """``platform.processor`` has numbers for family, model and stepping."""
    on(monkeypatch, "win32")
    monkeypatch.setitem(sys.modules, "winreg", Registry(name))
    assert read_cpu_model() == expected


PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
child.wait()
"""


@posix_only
def test_children_end_too() -> None:
    """All of the group, which is not this process's."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, **apart()
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        end_tree(parent)
    assert parent.returncode == -signal.SIGTERM
    assert wait_for(lambda: not is_alive(child))


@posix_only
def test_a_process_that_is_gone_is_no_error() -> None:
    """Nor is a group that is gone with it."""
    with subprocess.Popen([sys.executable, "-c", ""], **apart()) as process:
        process.wait()
        end_tree(process)
    assert process.returncode == 0


class Process:
    """A process on Windows."""

    pid = 4711

    def __init__(self, code: int | None) -> None:
        self.code = code
        self.killed = False

    def poll(self) -> int | None:
        return self.code

    def kill(self) -> None:
        self.killed = True


@pytest.mark.parametrize(("code", "asked"), [(None, True), (0, False)], ids=["runs", "ended"])
@pytest.mark.parametrize("there_is_taskkill", [True, False])
def test_windows_follows_from_parents_to_children(
    monkeypatch: pytest.MonkeyPatch, code: int | None, *, asked: bool, there_is_taskkill: bool
) -> None:
    """With taskkill, as long as the parent runs; there is no killpg and no SIGKILL."""
    commands = []

    def run(command: list[str], **_options: object) -> None:
        commands.append(command)
        if not there_is_taskkill:
            raise FileNotFoundError

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(os, "killpg", raising=False)
    monkeypatch.delattr("signal.SIGKILL", raising=False)
    monkeypatch.setattr(subprocess, "run", run)
    process: Any = Process(code)
    end_tree(process)
    assert commands == [["taskkill", "/F", "/T", "/PID", "4711"]] * asked
    assert process.killed


def test_windows_keeps_ctrl_c_from_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a group of its own; sessions are POSIX's."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    assert apart() == {"creationflags": 0x200}
