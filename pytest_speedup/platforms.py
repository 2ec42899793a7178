"""What Windows and macOS lack or do otherwise, of workers, processes, files and processors.

Patience: virus scanners and indexers open a new file for some milliseconds, and a file that was
removed while it was open keeps its name until it is closed; all of that is told as a missing
permission. Source: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew

The number of workers: Windows waits for at most 64 handles at once (``MAXIMUM_WAIT_OBJECTS`` of
WaitForMultipleObjects), of which the pool needs three: ``ProcessPoolExecutor`` refuses more than 61
with a ValueError, and loky makes do with 61. Source:
https://docs.python.org/3/library/concurrent.futures.html

The CPU clock: Windows charges a thread with a whole tick of its scheduler, 1/64 s, or with nothing,
although ``time.get_clock_info`` says 100 ns. Source: https://bugs.python.org/issue37859

Locks: the system lets go of one when its process ends, however that is. POSIX has ``flock``,
Windows locks on bytes; both are on an open file, so that a second one of this process is refused as
well.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import Popen

R = TypeVar("R")

PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between attempts."""


def patiently(action: Callable[[], R]) -> R:
    """Do something with a file, on Windows again for two seconds while it is refused.

    Elsewhere a missing permission stays missing, and is told at once.

    Raises:
        PermissionError: it was refused to the end.
    """
    if sys.platform == "win32":
        for pause in PAUSES:
            with suppress(PermissionError):
                return action()
            time.sleep(pause)
    return action()


PARENT_LOOK_SECONDS = 1.0
"""How often a worker looks whether its parent is still there."""


def wait_for_end_of(parent: int) -> None:
    """Wait until the parent has ended, for those that multiprocessing gives no handle to it.

    POSIX gives an orphan another parent. On Windows an orphan keeps the number of its parent, which
    says nothing; there a handle to the parent tells.

    Args:
        parent: its process id.
    """
    if sys.platform == "win32":
        import _winapi  # noqa: PLC0415 - there is none elsewhere

        try:
            handle = _winapi.OpenProcess(_winapi.SYNCHRONIZE, False, parent)  # noqa: FBT003
        except OSError:  # it is gone already
            return
        _winapi.WaitForSingleObject(handle, _winapi.INFINITE)
        _winapi.CloseHandle(handle)
    else:
        while os.getppid() == parent:
            time.sleep(PARENT_LOOK_SECONDS)


MAX_WORKERS_ON_WINDOWS = 61


def refuse_too_many(executor: str, workers: int) -> None:
    """Refuse a pool of more processes than this platform can wait for.

    Raises:
        SpeedupError: there are too many.
    """
    if sys.platform == "win32" and workers > MAX_WORKERS_ON_WINDOWS:
        message = (
            f"{executor} executor: Windows waits for at most "
            f"{MAX_WORKERS_ON_WINDOWS} processes, and {workers} "
            "workers were asked for: choose fewer with --speedup-workers or the marker"
        )
        raise SpeedupError(message)


TICK = 1 / 64


def cpu_clock_step() -> float:
    """Return the seconds that CPU time goes up by at once; 0 where that is negligible."""
    return TICK if sys.platform == "win32" else 0.0


CPUINFO = Path("/proc/cpuinfo")
"""Linux; its line "model name" is missing on most ARM machines."""

SYSCTL = ("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")
"""macOS, such as "Apple M2"; ``platform.processor`` says "arm"."""

REGISTRY = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
"""Windows; ``platform.processor`` says family, model and stepping in numbers."""

PATIENCE = 5.0
"""Seconds that sysctl may take."""


def read_cpu_model() -> str:
    """Read what the CPU calls itself; where the system does not tell, its architecture."""
    import platform  # noqa: PLC0415 - workers import this file, and never ask

    if sys.platform == "darwin":
        name = _from_sysctl()
    elif sys.platform == "win32":
        name = _from_registry()
    else:
        name = _from_cpuinfo()
    return name or platform.processor() or platform.machine()


def _from_cpuinfo() -> str:
    try:
        lines = CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "")


def _from_sysctl() -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            SYSCTL, capture_output=True, timeout=PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


def _from_registry() -> str:
    name = ""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - there is none elsewhere

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, REGISTRY) as key:
                name = str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
        except OSError:
            return ""
    return name


if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed, without waiting.

    Returns:
        Whether it is locked now; false where somebody else holds it.

    Raises:
        OSError: this file system has no locks.
    """
    if sys.platform == "win32":
        return _try_lock_byte(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_lock_byte(descriptor: int) -> bool:
    if sys.platform == "win32":
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
    return True


def remove_tree(folder: Path) -> None:
    """Remove a folder; what is in use stays.

    git's own files are read-only, which on Windows keeps them from being removed; elsewhere a
    folder that may not be written to keeps what is in it.
    """
    shutil.rmtree(folder, onerror=_retry_writable)
    if folder.is_dir() and not folder.is_symlink():
        _open_folders(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _retry_writable(function: Callable[..., Any], path: str, _error: object) -> None:
    if function in (os.unlink, os.rmdir):
        with suppress(OSError):
            seen = os.lstat(path)
            # The mode is that of all links to a file, of which others may lie elsewhere.
            if seen.st_nlink == 1 and not stat.S_ISLNK(seen.st_mode):
                os.chmod(path, stat.S_IWRITE)  # noqa: PTH101 - as rmtree names it
                function(path)


def _open_folders(folder: Path) -> None:
    """Let the user into every folder, from the outermost one on, and through no link."""
    with suppress(OSError):
        folder.chmod(stat.S_IRWXU)
    for place, names, _ in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)  # noqa: PTH118 - as walk names it
            if not os.path.islink(path):  # noqa: PTH114
                with suppress(OSError):
                    os.chmod(path, stat.S_IRWXU)  # noqa: PTH101


ENDING_SECONDS = 2.0
"""How long a process may take to end when it is asked to, and as long again what it started."""

LOOKS = 200
"""How often it is looked whether they have, in that time."""


class Apart(TypedDict, total=False):
    """Arguments of ``subprocess.Popen``, see :func:`apart`."""

    start_new_session: bool
    creationflags: int


def apart() -> Apart:
    """Say how a process is started that Ctrl-C does not reach, and that leads a group.

    Returns:
        What to give ``subprocess.Popen`` for it.
    """
    options: Apart = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return options


def end_tree(process: Popen[bytes]) -> None:
    """End a process that was started :func:`apart`, and what it started.

    On POSIX that is its group, even when the process itself is gone. Windows knows no such group:
    ``taskkill`` follows from parents to children, which takes a parent that still runs. Workers
    of this package end with their parent anyway.
    """
    if sys.platform == "win32":
        if process.poll() is None:
            _taskkill(process.pid)
        process.kill()
    else:
        try:
            if process.poll() != 0:  # it has not ended by itself, after it tidied up
                _tell_group_to_end(process)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _tell_group_to_end(process: Popen[bytes]) -> None:
    """Ask a process and its workers to end, and wait for who tidies up after them.

    That is multiprocessing's resource tracker: it ignores the signal, and frees the semaphores of
    processes that are gone. If it were killed with them, they would be left until the next boot.
    """
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(ENDING_SECONDS)
            for _ in range(LOOKS):
                os.killpg(process.pid, 0)  # fails when none is left
                time.sleep(ENDING_SECONDS / LOOKS)


def _taskkill(pid: int) -> None:
    """Source: https://learn.microsoft.com/windows-server/administration/windows-commands/taskkill."""
    command = ["taskkill", "/F", "/T", "/PID", str(pid)]
    with suppress(OSError):  # there is no taskkill: the process alone is ended, by the caller
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
