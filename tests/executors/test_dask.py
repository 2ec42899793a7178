from __future__ import annotations

import multiprocessing
import os
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import as_completed
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor, TurnExecutor
from tests.executors import tasks
from tests.posix import interrupt_group, is_alive, kill, posix_only
from workloads import consumers, counter, downloads, primes

pytest.importorskip("distributed")

from distributed import Client

from pytest_speedup.executors import dask_cluster
from pytest_speedup.executors.dask import DaskExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.executors import Executor

ROOT = Path(__file__).parents[2]
LATE = 60.0
"""Seconds after which what must happen is taken for not happening."""

WORKLOADS: dict[str, Callable[[Executor], object]] = {
    "downloads": partial(downloads.run, load=downloads.SIZES["quick"]),
    "primes": partial(primes.run, chunks=primes.SIZES["quick"]),
    # Each step asks the process that has the lock.
    "counter": partial(counter.run, load=counter.SIZES["quick"]._replace(increments=100)),
    "consumers": lambda executor: sorted(consumers.run(executor, consumers.SIZES["quick"])),
}

OLDER = """
from distributed import versions
if not hasattr(versions, "ours"):  # a process may be preloaded twice
    versions.ours = versions.get_package_info
    versions.get_package_info = lambda names: {**versions.ours(names), "dask": "2020.1.0"}
"""
"""What a process is preloaded with to say that it has another version of Dask."""


def client_of(**scheduler: str) -> Client:
    """Connect; on our own loop, since one that Dask starts has but ten seconds for that."""
    loop = dask_cluster.running_loop()
    return Client(**scheduler, set_as_default=False, timeout=LATE, loop=loop)


class Cluster:
    """A scheduler and workers, each a process of its own, on ports that the system chose."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self._stack = stack
        self._file = directory / "scheduler.json"
        self.address = ""
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start_scheduler(self) -> None:
        file = str(self._file)
        self._run(
            "scheduler",
            "--scheduler-file",
            file,
            "--port",
            "0",
            "--no-show",
            "--dashboard-address",
            ":0",
        )
        wait_for(self._file.exists)
        with client_of(scheduler_file=file) as client:
            self.address = client.scheduler.address

    def start_worker(self, *options: str) -> None:
        file = str(self._file)
        self._run("worker", "--scheduler-file", file, "--no-dashboard", "--no-nanny", *options)

    def wait_for_workers(self, count: int) -> None:
        with self.client() as client:
            client.wait_for_workers(count, timeout=LATE)

    def client(self) -> Client:
        return client_of(address=self.address)

    def _run(self, command: str, *options: str) -> None:
        # Only what the cluster runs on has its log in the file: nothing is left in a full pipe.
        with (self.directory / "log").open("a") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", f"distributed.cli.dask_{command}"),
                    *("--host", "127.0.0.1", *options),
                ],
                cwd=self.directory,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
                stdout=log,
                stderr=log,
            )
        self.processes[command] = process
        self._stack.callback(process.wait, LATE)
        self._stack.callback(process.kill)


@contextmanager
def running_cluster(directory: Path, *workers: list[str]) -> Iterator[Cluster]:
    """Run a scheduler, and a worker for each list of options."""
    with ExitStack() as stack:
        cluster = Cluster(directory, stack)
        cluster.start_scheduler()
        for options in workers:
            cluster.start_worker(*options)
        cluster.wait_for_workers(len(workers))
        yield cluster


ONE_THREAD = ["--nthreads", "1"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("dask"), ONE_THREAD, ONE_THREAD) as one:
        yield one


@pytest.fixture(scope="module")
def embedded() -> Iterator[DaskExecutor]:
    with DaskExecutor(2) as one:
        one.start()
        yield one


@pytest.fixture(scope="module")
def external(cluster: Cluster) -> Iterator[DaskExecutor]:
    with DaskExecutor(2, scheduler=cluster.address) as one:
        one.start()
        yield one


@pytest.fixture(params=["embedded", "external"])
def executor(request: pytest.FixtureRequest) -> DaskExecutor:
    one: DaskExecutor = request.getfixturevalue(request.param)
    return one


def wait_for(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + LATE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def began(directory: Path, task: str) -> str:
    """Say by a file who runs a task, and stay busy for as long as nobody ends it."""
    partly = directory / f"{task}.part"
    partly.write_text(str(os.getpid()))
    partly.rename(directory / task)
    time.sleep(600.0)
    return task


def wait_for_pids(directory: Path) -> list[int]:
    """Wait until both tasks began, and return who runs them."""
    files = [directory / "one", directory / "two"]
    wait_for(lambda: all(file.exists() for file in files))
    return [int(file.read_text()) for file in files]


def test_results_come_in_the_order_of_the_tasks(executor: DaskExecutor) -> None:
    """Whoever finishes first."""
    assert list(executor.map(tasks.double, range(50))) == [2 * n for n in range(50)]


def test_equal_tasks_all_run(executor: DaskExecutor) -> None:
    """Dask would take a function's result for all calls with the same argument."""
    assert len(set(executor.map(unique, [None] * 10))) == 10


def unique(_task: object) -> str:
    return os.urandom(8).hex()


def test_no_tasks_have_no_results(executor: DaskExecutor) -> None:
    """An empty workload is one."""
    assert list(executor.map(tasks.double, [])) == []


def test_the_error_of_a_task_reaches_the_caller(executor: DaskExecutor) -> None:
    """Results before it come first, and the executor works on afterwards."""
    results = executor.map(tasks.fail_at_three, range(10))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
    assert list(executor.map(tasks.double, [1])) == [2]


def fail_first(path: str, task: int) -> None:
    """Fail at once, or be done after a while and say so by a file."""
    if task == 0:
        raise ValueError
    time.sleep(0.2)
    Path(path).touch()


def test_an_error_comes_when_no_task_runs_any_more(executor: DaskExecutor, tmp_path: Path) -> None:
    """What is left of a round would disturb the next."""
    done = tmp_path / "done"
    with pytest.raises(ValueError):  # noqa: PT011 - it has no message
        list(executor.map(partial(fail_first, str(done)), range(2)))
    assert done.exists()


def test_futures_are_those_of_the_standard_library(executor: DaskExecutor) -> None:
    """Equal tasks all run, errors come as they are, and code may end what it takes for its own."""
    for _ in range(2):
        with TurnExecutor(executor) as turn:
            futures = [turn.submit(pow, 3, exp=2) for _ in range(4)]
            assert {one.result() for one in as_completed(futures, timeout=LATE)} == {9}
            failed = turn.submit(tasks.fail_at_three, 3)
        assert str(failed.exception()) == "three"
    assert list(executor.map(tasks.double, [1])) == [2]


def test_what_was_submitted_is_not_cancelled(executor: DaskExecutor) -> None:
    """Nobody could tell whether it runs; as a task that has begun, it goes on."""
    future = executor.submit(tasks.double, 1)
    assert not future.cancel()
    assert future.result(LATE) == 2


def test_each_reaches_every_worker_once(executor: DaskExecutor) -> None:
    """No fast worker takes the place of a slow one."""
    for _ in range(5):
        assert len({pid for pid, _ in executor.each(tasks.who)}) == 2


def test_no_increment_is_lost(executor: DaskExecutor) -> None:
    """The lock holds across all workers."""
    number = executor.counter()
    list(executor.map(partial(tasks.add, number), [25] * 4))
    assert number.value == 100


def test_a_counter_starts_at_zero(executor: DaskExecutor) -> None:
    """What another run left in it is gone."""
    list(executor.map(partial(tasks.add, executor.counter()), [1]))
    assert executor.counter().value == 0


def test_the_caller_counts_too(executor: DaskExecutor) -> None:
    """With the same lock, which tells whether it is free."""
    number = executor.counter()
    tasks.add(number, 2)
    assert number.value == 2
    with number.lock:
        assert list(executor.map(partial(is_free, number), [None])) == [False]


def is_free(number: Any, _task: object) -> bool:  # noqa: ANN401 - the lock is Dask's own
    return bool(number.lock.acquire(blocking=False))


def test_a_queue_goes_both_ways_in_order(executor: DaskExecutor) -> None:
    """Items arrive as what they were; it is empty then."""
    channel = executor.queue()
    for item in range(3):
        channel.put(item)
    assert [next(executor.map(partial(tasks.take, channel), [None])) for _ in range(3)] == [0, 1, 2]
    list(executor.map(partial(tasks.pass_on, channel), [("back", None)]))
    assert channel.get(timeout=LATE) == ("back", None)
    with pytest.raises(queue.Empty):
        channel.get(timeout=0.01)


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_workload_returns_what_serial_code_does(executor: DaskExecutor, name: str) -> None:
    """Twice, since a run must not leave anything for the next."""
    expected = WORKLOADS[name](SerialExecutor())
    assert [WORKLOADS[name](executor) for _ in range(2)] == [expected] * 2


def test_only_an_own_cluster_shares_the_clock() -> None:
    """Another's workers may be on other machines."""
    assert DaskExecutor(2).shares_clock
    assert not DaskExecutor(2, scheduler="tcp://127.0.0.1:1").shares_clock


def test_workers_import_what_the_caller_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From wherever its path leads; and they collect no garbage if they are not to."""
    (tmp_path / "only_here.py").write_text("def answer(_task):\n    return 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here  # type: ignore[import-not-found] # noqa: PLC0415 - it was made just now

    with DaskExecutor(1, collect_garbage=False) as one:
        one.start()
        assert list(one.map(only_here.answer, [None])) == [42]
        assert one.each(tasks.garbage_is_collected) == [False]


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_leaving_ends_an_own_cluster(error: type[BaseException] | None, tmp_path: Path) -> None:
    """Its workers and threads, without waiting for tasks when left by an error."""
    threads, processes = set(threading.enumerate()), set(multiprocessing.active_children())

    def use() -> None:
        with DaskExecutor(2) as one:
            one.start()
            if error is None:
                return
            work = one.map(partial(began, tmp_path), ["one", "two"])
            wait_for_pids(tmp_path)
            del work
            raise error

    if error is None:
        use()
    else:
        with pytest.raises(error):
            use()
    assert set(multiprocessing.active_children()) <= processes
    left = set(threading.enumerate()) - threads
    assert [thread.name for thread in left if thread.name == "IO loop"] == []


@posix_only
def test_an_interrupt_does_not_wait_for_tasks(tmp_path: Path) -> None:
    """Ctrl-C while results are awaited ends all processes, and nothing is printed by workers."""
    code = (
        "import signal, sys\n"
        "from functools import partial\n"
        "from pathlib import Path\n"
        "from pytest_speedup.executors.dask import DaskExecutor\n"
        # A job in the background of a shell is started with Ctrl-C ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from tests.executors.test_dask import began\n"
        "with DaskExecutor(2) as one:\n"
        "    one.start()\n"
        "    list(one.map(partial(began, Path(sys.argv[1])), ['one', 'two']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        pids = wait_for_pids(tmp_path)
        interrupt_group(process.pid)
        _, printed = process.communicate(timeout=LATE)
    assert printed.splitlines()[-1] == "KeyboardInterrupt"
    assert printed.count("Traceback") == 1
    assert not any(is_alive(pid) for pid in pids)


@posix_only
def test_workers_end_with_a_killed_caller(tmp_path: Path) -> None:
    """It cannot end them; a script needs no guard around its executor."""
    script = tmp_path / "script.py"
    script.write_text(
        "from functools import partial\n"
        "from pathlib import Path\n"
        "from pytest_speedup.executors.dask import DaskExecutor\n"
        "from tests.executors.test_dask import began\n"
        "with DaskExecutor(2) as one:\n"
        "    one.start()\n"
        "    list(one.map(partial(began, Path(__file__).parent), ['one', 'two']))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, str(script)], env=environment, stderr=subprocess.DEVNULL
    )
    pids = wait_for_pids(tmp_path)
    process.kill()
    process.wait(LATE)
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


def kill_one(executor: DaskExecutor, directory: Path) -> None:
    """Kill a worker in mid-task, and see how the round ends; another round does not begin."""
    work = executor.map(partial(began, directory), ["one", "two"])
    kill(wait_for_pids(directory)[0])
    with pytest.raises(SpeedupError, match=r"worker tcp://127.0.0.1:\d+ was lost in mid-task"):
        list(work)
    with pytest.raises(SpeedupError, match="was lost in mid-task"):
        list(executor.map(tasks.double, [1]))
    with pytest.raises(SpeedupError, match="was lost in mid-task"):
        executor.submit(tasks.double, 1).result(LATE)


@posix_only
@pytest.mark.timeout(4 * LATE)
def test_a_killed_worker_of_an_own_cluster_is_told(tmp_path: Path) -> None:
    """Its task is not run again behind the measurement's back."""
    with pytest.raises(ZeroDivisionError), DaskExecutor(2) as one:  # noqa: PT012 - not to wait
        one.start()
        kill_one(one, tmp_path)
        raise ZeroDivisionError


@posix_only
@pytest.mark.timeout(4 * LATE)
def test_a_killed_worker_of_another_cluster_is_told(tmp_path: Path) -> None:
    """Though another worker could take its task over; then there are too few for the next."""
    with running_cluster(tmp_path, ONE_THREAD, ONE_THREAD) as own:
        with DaskExecutor(2, scheduler=own.address) as one:
            one.start()
            kill_one(one, tmp_path)
        too_few = DaskExecutor(2, scheduler=own.address)
        with too_few, pytest.raises(SpeedupError, match=r"2 workers are wanted and tcp.* has 1"):
            too_few.start()


@pytest.mark.timeout(4 * LATE)
def test_a_lost_scheduler_is_told(tmp_path: Path) -> None:
    """Nobody waits for results that cannot come."""
    with ExitStack() as stack:
        own = Cluster(tmp_path, stack)
        own.start_scheduler()
        own.start_worker(*ONE_THREAD)
        own.wait_for_workers(1)
        with DaskExecutor(1, scheduler=own.address) as one:
            one.start()
            work = one.map(partial(began, tmp_path), ["one"])
            submitted = one.submit(tasks.double, 1)
            wait_for((tmp_path / "one").exists)
            own.processes["scheduler"].kill()
            with pytest.raises(SpeedupError, match=r"connection to the scheduler at tcp://.* lost"):
                submitted.result(LATE)
            with pytest.raises(SpeedupError, match=r"connection to the scheduler at tcp://.* lost"):
                list(work)


def test_another_cluster_is_left_as_it_was(cluster: Cluster) -> None:
    """No lock, number or queue stays, workers collect garbage again and none is ended."""
    with DaskExecutor(2, scheduler=cluster.address, collect_garbage=False) as one:
        one.start()
        assert one.each(tasks.garbage_is_collected) == [False, False]
        list(one.map(partial(tasks.add, one.counter()), [1] * 4))
        list(one.map(partial(tasks.pass_on, one.queue()), [1] * 4))
        name = one._shared  # noqa: SLF001 - what they are called there
    with cluster.client() as client:
        assert client.run_on_scheduler(kept, name=name) == []
        assert len(client.nthreads()) == 2
        assert set(client.run(tasks.garbage_is_collected).values()) == {True}


def kept(dask_scheduler: Any, name: str) -> list[str]:  # noqa: ANN401 - Dask's
    extensions = dask_scheduler.extensions
    tables = {
        "queue": extensions["queues"].queues,
        "variable": extensions["variables"].variables,
        "lock": extensions["semaphores"].max_leases,
    }
    return [kind for kind, table in tables.items() if name in table]


def test_tasks_keep_to_the_chosen_workers(cluster: Cluster) -> None:
    """Though the cluster has more."""
    with DaskExecutor(1, scheduler=cluster.address) as one:
        one.start()
        assert len(set(one.map(tasks_pid, range(20)))) == 1


def tasks_pid(_task: object) -> int:
    return os.getpid()


def test_fewer_workers_than_wanted_are_refused(cluster: Cluster) -> None:
    """The message says how to start more."""
    with DaskExecutor(3, scheduler=cluster.address) as one:
        with pytest.raises(SpeedupError, match=r"3 workers are wanted and tcp.* has 2") as error:
            one.start()
        assert f"dask worker {cluster.address} --nthreads 1" in str(error.value)


def test_a_scheduler_that_is_away_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to start one. Nobody listens at port 1."""
    monkeypatch.setattr("pytest_speedup.executors.dask_cluster.CONNECT_TIMEOUT", 0.5)
    one = DaskExecutor(2, scheduler="tcp://127.0.0.1:1")
    with one, pytest.raises(SpeedupError, match=r"no scheduler answers at .*:1; start"):
        one.start()


@pytest.mark.parametrize("address", ["fish://127.0.0.1:1", "tcp://127.0.0.1:port"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """The message says how one looks."""
    one = DaskExecutor(2, scheduler=address)
    with one, pytest.raises(SpeedupError, match="give it as tcp://host:port"):
        one.start()


@pytest.mark.filterwarnings("ignore::distributed.versions.VersionMismatchWarning")
def test_other_versions_and_more_threads_are_refused(tmp_path: Path) -> None:
    """The message names what differs, where, and what is there."""
    (tmp_path / "older.py").write_text(OLDER)
    older = [*ONE_THREAD, "--preload", "older.py"]
    with running_cluster(tmp_path, older) as own, DaskExecutor(1, scheduler=own.address) as one:
        with pytest.raises(SpeedupError, match=r"dask is .* here, 2020.1.0 on worker tcp://"):
            one.start()
        own.start_worker("--nthreads", "2")
        own.wait_for_workers(2)
        two = DaskExecutor(2, scheduler=own.address)
        with two, pytest.raises(SpeedupError, match=r"has 2 threads.*--nthreads 1"):
            two.start()


def test_a_loop_may_take_long_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for all, which goes on; only what takes for ever is an error, in one line."""
    assert dask_cluster.running_loop() is dask_cluster.running_loop()
    assert dask_cluster.running_loop().asyncio_loop.is_running()
    monkeypatch.setattr(dask_cluster, "START_TIMEOUT", 0.0)
    monkeypatch.setattr(dask_cluster, "Thread", Mock())
    monkeypatch.setattr(os, "getpid", lambda: 0)
    with pytest.raises(SpeedupError, match="did not start within 0 s"):
        dask_cluster.running_loop()


def test_a_client_that_cannot_read_its_address_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else Dask closes it whenever it is collected, on the thread of the loop, and warns."""
    closed: list[str] = []
    close = Client.close

    def closing(client: Client) -> None:
        close(client)
        closed.append(client.status)

    monkeypatch.setattr(Client, "close", closing)
    with pytest.raises(SpeedupError, match="give it as tcp://host:port"):
        dask_cluster.connect("nowhere:at:all")
    assert closed[:1] == ["closed"]
