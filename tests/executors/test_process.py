"""What is special about processes: how they begin and end, and what they inherit."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import ProcessExecutor, process, start_methods
from tests.executors import tasks, waiting
from tests.executors.orphans import orphans_of
from tests.posix import kill, posix_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

METHODS = start_methods()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork beside threads
@pytest.mark.parametrize("method", METHODS)
def test_every_start_method_of_the_platform_works(method: str) -> None:
    """Work is done by processes other than this one."""
    with ProcessExecutor(2, start_method=method, import_main=False) as executor:
        executor.start()
        pids = {pid for pid, _ in executor.each(tasks.who)}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_an_unknown_start_method_is_refused() -> None:
    """The message says which this platform has."""
    with pytest.raises(SpeedupError, match=f"'teleport' does not exist.*{METHODS[0]}"):
        ProcessExecutor(2, start_method="teleport")


def local_function() -> Callable[[int], int]:
    more = 2

    def closure(number: int) -> int:
        return number + more

    return closure


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessExecutor]:
    with ProcessExecutor(1, import_main=False) as executor:
        executor.start()
        yield executor


WAY_OUT = (
    r"move lambdas, closures and local functions to the top of a module, or use threads, "
    r'@pytest.mark.speedup\(executors=\["thread"\]\)$'
)


@pytest.mark.parametrize(
    ("function", "task", "said"),
    [
        (lambda number: number, 1, r"cannot send a task .*<lambda>"),
        (local_function(), 1, r"cannot send a task .*local_function\.<locals>\.closure"),
        (partial(local_function()), 1, r"cannot send a task .*closure"),
        (tasks.double, lambda: 1, r"cannot send a task .*<lambda>"),
        (tasks.double, threading.Lock(), r"cannot send a task .*lock"),
        (tasks.give_lambda, 1, r"cannot take a result .*give_lambda\.<locals>\.<lambda>"),
    ],
    ids=["lambda", "closure", "partial", "task", "lock", "result"],
)
def test_what_cannot_be_pickled_is_told_in_a_line(
    pool: ProcessExecutor, function: Callable[[Any], object], task: object, said: str
) -> None:
    """What it was, and the way out; the pool goes on."""
    with pytest.raises(SpeedupError, match=rf"^process executor: {said}.*{WAY_OUT}") as refusal:
        list(pool.map(function, [task]))
    assert "\n" not in str(refusal.value)
    assert list(pool.map(tasks.double, [4])) == [8]


def test_an_error_of_a_task_is_not_taken_for_one_of_pickling(pool: ProcessExecutor) -> None:
    """Whatever it says, and of whatever type it is."""
    with pytest.raises(TypeError, match=r"^cannot pickle my lunch$"):
        list(pool.map(tasks.fail_to_pickle, [1]))


@pytest.mark.parametrize("collect", [True, False])
def test_workers_collect_garbage_as_the_caller_does(*, collect: bool) -> None:
    """Both sides of a pair run under equal conditions."""
    with ProcessExecutor(1, collect_garbage=collect, import_main=False) as executor:
        executor.start()
        assert executor.each(tasks.garbage_is_collected) == [collect]


def test_a_counter_outside_its_pool_is_refused() -> None:
    """It would count somewhere else."""
    with ProcessExecutor(1, import_main=False) as executor:
        sent = pickle.dumps(executor.counter())
        with pytest.raises(SpeedupError, match="sent to a worker outside its pool"):
            pickle.loads(sent)  # noqa: S301 - our own bytes


def run_script(folder: Path, text: str, *, interactive: bool = False) -> str:
    """Run a script in a process of its own, and return what it says of errors."""
    script = folder / "script.py"
    script.write_text(text)
    arguments = ["-"] if interactive else [str(script)]
    result = subprocess.run(
        [sys.executable, *arguments],
        input=text if interactive else None,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=120,
    )
    return result.stderr


UNGUARDED = """
from pytest_speedup.executors import ProcessExecutor, start_methods

with ProcessExecutor(1) as executor:
    executor.start()
"""


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    """Its workers would start workers, on Windows and under spawn."""
    errors = run_script(tmp_path, UNGUARDED)
    assert "a worker died while it started" in errors
    assert "needs 'if __name__ == \"__main__\":' around it" in errors


INTERACTIVE = """
from pytest_speedup.executors import ProcessExecutor, start_methods

def double(number):
    return 2 * number

with ProcessExecutor(1) as executor:
    executor.start()
    list(executor.map(double, [1]))
"""


def test_a_function_from_an_interactive_session_is_refused(tmp_path: Path) -> None:
    """Workers cannot import it; the message says to put it into a module."""
    errors = run_script(tmp_path, INTERACTIVE, interactive=True)
    assert "double is defined in an interactive session" in errors
    assert "put it into a module" in errors


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_workers_are_ended_at_once_only_by_an_exception(error: type[BaseException] | None) -> None:
    """Politely they exit with code 0; killed in the middle of a task they cannot."""
    before = set(multiprocessing.active_children())
    children: set[Any] = set()

    def use() -> None:
        with ProcessExecutor(2, import_main=False) as executor:
            executor.start()
            children.update(set(multiprocessing.active_children()) - before)
            if error is not None:
                channel = executor.queue()
                executor.map(partial(waiting.stay_busy, channel), [None])
                assert channel.get(timeout=waiting.PATIENCE) == "began"
                raise error

    if error is None:
        use()
    else:
        with pytest.raises(error):
            use()
    assert len(children) == 2
    assert {child.exitcode == 0 for child in children} == {error is None}


def test_leaving_drops_what_has_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that wait for their turn are cancelled, which is what releases the first here."""
    submitted: list[Future[Any]] = []
    submit = ProcessPoolExecutor.submit

    def spy(pool: ProcessPoolExecutor, *arguments: Any) -> Future[Any]:  # noqa: ANN401 - passed on
        submitted.append(submit(pool, *arguments))
        return submitted[-1]

    with ProcessExecutor(1, import_main=False) as executor:
        executor.start()
        monkeypatch.setattr(ProcessPoolExecutor, "submit", spy)
        channel = executor.queue()
        executor.map(partial(waiting.first_waits, channel), range(8))

        submitted[-1].add_done_callback(lambda _: channel.put("go"))
    assert submitted[-1].cancelled()


def test_leaving_before_the_start_releases_workers_that_wait_for_others() -> None:
    """Interrupted while it starts, the executor would wait for them, and they for it."""
    with pytest.raises(KeyboardInterrupt), ProcessExecutor(2) as executor:
        raise KeyboardInterrupt
    assert executor._barrier.broken  # noqa: SLF001 - without it this could only hang


def test_leaving_ends_the_thread_that_feeds_the_queue() -> None:
    """Executors come and go by the dozen in one run."""
    before = set(threading.enumerate())
    with ProcessExecutor(1, import_main=False) as executor:
        executor.start()
        executor.queue().put("item")
        assert executor.queue().get(timeout=waiting.PATIENCE) == "item"
        feeders = [one for one in set(threading.enumerate()) - before if "QueueFeeder" in one.name]
        assert feeders
    for feeder in feeders:
        feeder.join(waiting.PATIENCE)
        assert not feeder.is_alive()


def test_workers_leave_ctrl_c_to_the_caller() -> None:
    """It reaches the whole group, and the parent ends them."""
    with ProcessExecutor(2, import_main=False) as executor:
        executor.start()
        answers = executor.each(partial(signal.getsignal, signal.SIGINT))
    assert answers == [signal.SIG_IGN] * 2


def run_python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=120,
    )


FULL_QUEUE = """
from pytest_speedup.executors import ProcessExecutor

with ProcessExecutor(1) as executor:
    executor.queue().put(b"x" * 10_000_000)
print("left")
"""


def test_what_nobody_took_from_the_queue_holds_nobody_up(tmp_path: Path) -> None:
    """The process ends though its pipe is full."""
    result = run_python("-c", FULL_QUEUE, folder=tmp_path)
    assert (result.returncode, result.stdout) == (0, "left\n")


NAMED = """
from pytest_speedup.executors import ProcessExecutor

print("main is", __name__, flush=True)

if __name__ == "__main__":
    with ProcessExecutor(1, import_main={import_main}) as executor:
        executor.start()
"""


@pytest.mark.parametrize("import_main", [True, False])
def test_the_main_module_is_imported_where_asked_for(tmp_path: Path, *, import_main: bool) -> None:
    """By the worker, under the name that multiprocessing gives it."""
    script = tmp_path / "script.py"
    script.write_text(NAMED.format(import_main=import_main))
    result = run_python(str(script), folder=tmp_path)
    imports = ["main is __main__", *["main is __mp_main__"] * import_main]
    assert (result.returncode, result.stdout.splitlines()) == (0, imports)


@pytest.fixture
def main_file(monkeypatch: pytest.MonkeyPatch) -> str:
    """The main module has a file, under xdist too."""
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
    return __file__


def test_the_main_module_is_itself_again_after_the_start(main_file: str) -> None:
    """It is hidden from the workers only."""
    with ProcessExecutor(1, import_main=False) as executor:
        executor.start()
        assert sys.modules["__main__"].__file__ == main_file


def test_workers_that_do_not_answer_are_reported(
    monkeypatch: pytest.MonkeyPatch, main_file: str
) -> None:
    """How many, how long, and what to do; the main module is itself again."""

    def each(_executor: ProcessExecutor, _function: object) -> list[int]:
        assert not hasattr(sys.modules["__main__"], "__file__")
        raise threading.BrokenBarrierError

    monkeypatch.setattr(ProcessExecutor, "each", each)
    expected = "not all 2 workers answered within 120 s; use fewer workers"
    with (
        ProcessExecutor(2, import_main=False) as executor,
        pytest.raises(SpeedupError, match=expected),
    ):
        executor.start()
    assert sys.modules["__main__"].__file__ == main_file


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An interactive session's main module, with a function typed into it."""
    main = ModuleType("__main__")
    exec("def double(number):\n    return 2 * number\n", vars(main))  # noqa: S102 - as typed
    monkeypatch.setitem(sys.modules, "__main__", main)
    return main


def test_a_function_from_an_interactive_session_is_refused_inside_partials(
    session: ModuleType,
) -> None:
    """However deep; functions of modules pass."""
    with ProcessExecutor(1) as executor:
        for function in (session.double, partial(partial(session.double))):
            with pytest.raises(SpeedupError, match="double is defined in an interactive session"):
                executor.map(function, [1])
        executor.start()
        assert list(executor.map(partial(tasks.double), [4])) == [8]


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="fork is POSIX's")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork beside threads
def test_forked_workers_know_the_functions_of_a_session(session: ModuleType) -> None:
    """They need not import anything."""
    with ProcessExecutor(1, start_method="fork") as executor:
        executor.start()
        assert list(executor.map(session.double, [4])) == [8]


WAITING = """
import os, sys
from pytest_speedup.executors import ProcessExecutor

with ProcessExecutor(2) as executor:
    executor.start()
    print(*executor.each(os.getpid), flush=True)
    sys.stdin.read()
"""


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """A killed parent cannot close its pool."""
    assert orphans_of(WAITING, tmp_path) == []


def die(_task: object) -> None:
    kill(os.getpid())


def test_leaving_does_not_wait_for_a_worker_that_was_killed_beside_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It never says that it noticed; nobody else is to hang for it."""
    monkeypatch.setattr(process, "LETTING_GO", 0.1)
    never = threading.Event()
    executor = ProcessExecutor(1, import_main=False)
    monkeypatch.setattr(executor, "_barrier", SimpleNamespace(abort=never.wait))
    leaving = threading.Thread(target=executor.__exit__, args=(None, None, None))
    leaving.start()
    leaving.join(waiting.PATIENCE)
    alive = leaving.is_alive()
    never.set()
    assert not alive


@posix_only
def test_a_worker_that_dies_is_told_in_a_line() -> None:
    """Whenever it is noticed; and to a workload it is the error of the standard library."""
    with ProcessExecutor(1, import_main=False) as executor:
        executor.start()
        results = executor.map(die, [None])
        for noticed in (lambda: list(results), lambda: executor.map(die, [None])):
            with pytest.raises(BrokenProcessPool) as caught:
                noticed()
            assert isinstance(caught.value, SpeedupError)
            assert str(caught.value).startswith("process executor: a worker died while it had")
