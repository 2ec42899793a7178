"""The MPI executor: ``mpi4py.futures.MPIPoolExecutor`` on the processes that mpiexec started.

Source: https://mpi4py.readthedocs.io/en/stable/mpi4py.futures.html#command-line
"""

from __future__ import annotations

import multiprocessing
import pickle
import socket
from multiprocessing.managers import SyncManager
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.executors.shared import Shared, SharedPool, keep

if TYPE_CHECKING:
    from types import TracebackType


COMMAND = "mpiexec -n {processes} python -m mpi4py.futures -m pytest"
"""How a run with so many processes is started: one of them is pytest, the others are workers."""


class MPIExecutor(SharedPool):
    """Runs tasks on the workers of an MPI job.

    MPI ends the whole job, pytest with it, when one of its processes dies. What runs there cannot
    be killed alone: leaving the executor waits for it.
    """

    name = "mpi"
    shares_clock = False

    def __init__(self, workers: int, *, collect_garbage: bool = True) -> None:
        """Use the job's workers, of which there must be ``workers``.

        Raises:
            SpeedupError: there are others, or none, or no MPI library.
        """
        _refuse_other_count(workers)
        from mpi4py.futures import MPIPoolExecutor  # noqa: PLC0415 - initializes MPI

        # By this name the other machines of the job know this one.
        self._manager = SyncManager((socket.gethostname(), 0))
        self._manager.start(_leave_interrupts_to_caller)
        self._barrier = self._manager.Barrier(workers)
        shared = Shared(
            self._barrier,
            self._manager.Lock(),
            self._manager.Value("q", 0),
            self._manager.Queue(),
        )
        key = bytes(multiprocessing.current_process().authkey)
        pool = MPIPoolExecutor(
            initializer=_begin, initargs=(key, pickle.dumps(shared), collect_garbage)
        )
        super().__init__(workers, pool, shared)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Drop what has not begun, wait for what has, and leave the workers to the next one."""
        if not self._pids:  # nobody is to wait for those who never come
            self._barrier.abort()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._manager.shutdown()


def _refuse_other_count(workers: int) -> None:
    try:
        from mpi4py import MPI  # noqa: PLC0415 - the library may be missing
    except (ImportError, RuntimeError) as error:
        message = (
            f"executor 'mpi' found mpi4py but no MPI library ({first_line(error)}): install MPICH "
            "or Open MPI, such as with apt-get install mpich"
        )
        raise SpeedupError(message) from error
    there = MPI.COMM_WORLD.Get_size() - 1
    if there == workers:
        return
    command = COMMAND.format(processes=workers + 1)
    started = f"this job has {there}" if there else "this was not started by mpiexec"
    message = (
        f"mpi executor: {workers} workers were asked for, and {started}: run {command} "
        f"--speedup-workers={workers}"
    )
    raise SpeedupError(message)


def _leave_interrupts_to_caller() -> None:
    """Ctrl-C reaches the whole process group: the caller answers it, and ends the manager."""
    import signal  # noqa: PLC0415 - in the manager's process

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _begin(key: bytes, shared: bytes, collect_garbage: bool) -> None:  # noqa: FBT001 - by position
    """Prepare a worker; it needs the manager's key before it can read what the manager has."""
    multiprocessing.current_process().authkey = key
    keep(pickle.loads(shared), collect_garbage)  # noqa: S301 - from the caller
