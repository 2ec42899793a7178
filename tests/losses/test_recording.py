from __future__ import annotations

import operator
import os
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import (
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.clock import LeftOut
from pytest_speedup.errors import WrongResultError
from pytest_speedup.executors import (
    OwnWorkers,
    ProcessExecutor,
    SerialExecutor,
    ThreadExecutor,
    TurnExecutor,
)
from pytest_speedup.losses.recorded_task import Ran
from pytest_speedup.losses.recording import (
    OwnPools,
    Recording,
    RecordingExecutor,
    Sent,
    record_run,
    recording,
)
from pytest_speedup.losses.trace import count_trace
from pytest_speedup.losses.wire import PIPE_BYTES, Wire, wire
from pytest_speedup.measurement import Expected, Workload, gil_enabled
from pytest_speedup.measurement.own import OwnWork
from pytest_speedup.measurement.own.target import Target
from tests.executors.tasks import double
from tests.executors.waiting import PATIENCE
from tests.stacks import metered

if TYPE_CHECKING:
    from pytest_speedup.executors import Counter, Queue


@pytest.mark.parametrize(("told", "expected"), [({}, None), ({"1": 0.5}, 0.0)])
def test_a_system_that_does_not_tell_of_waiting_for_cores_leaves_it_out(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, float], expected: float | None
) -> None:
    """It is unknown, and not zero."""
    module = sys.modules[recording.__module__]
    monkeypatch.setattr(module, "core_waits", lambda: told)
    with recording(SerialExecutor()) as recorded:
        pass
    assert recorded.trace().core_wait == expected


def test_results_are_those_of_the_executor() -> None:
    """Whatever is noted beside them."""
    with recording(SerialExecutor()) as recorded:
        executor = recorded.executor
        assert list(executor.map(double, range(3))) == [0, 2, 4]
        assert (executor.name, executor.workers) == ("serial", 1)
        assert list(executor.each(int)) == [0]
    trace = recorded.trace()
    assert (len(trace.tasks), trace.workers, trace.pools) == (3, 1, ())


def test_times_of_a_task_are_in_their_order() -> None:
    """On one clock, in threads and in processes."""
    for executor in (ThreadExecutor(2), ProcessExecutor(2)):
        with executor, recording(executor) as recorded:
            executor.start()
            list(recorded.executor.map(double, range(5)))
        trace = recorded.trace()
        for task in trace.tasks:
            assert trace.begin <= task.submitted <= task.start <= task.end <= trace.end
        assert {task.worker for task in trace.tasks} <= {0, 1}


@pytest.mark.parametrize("make", [ThreadExecutor, ProcessExecutor])
def test_submitted_tasks_are_recorded_as_mapped_ones_are(
    make: type[ThreadExecutor | ProcessExecutor],
) -> None:
    """With their times, their workers and what was sent; errors are no tasks of the trace."""
    with make(2) as executor, recording(executor) as recorded:
        executor.start()
        turn = TurnExecutor(recorded.executor)
        futures = [turn.submit(double, number) for number in range(5)]
        assert sorted(one.result() for one in as_completed(futures)) == [0, 2, 4, 6, 8]
        failed = turn.submit(fail, 1)
        assert not wait([failed], timeout=PATIENCE).not_done
        turn.finish()
        assert [type(error) for error in turn.errors()] == [ZeroDivisionError]
    trace = recorded.trace()
    assert len(trace.tasks) == 5
    for task in trace.tasks:
        assert trace.begin <= task.submitted <= task.start <= task.end <= trace.end
        assert (task.pickled > 0) is executor.pickles
    assert {task.worker for task in trace.tasks} <= {0, 1}


def meet(barrier: threading.Barrier) -> int:
    return barrier.wait(PATIENCE)


def test_submitted_tasks_count_as_in_flight() -> None:
    """As many as meet each other were at work at once."""
    barrier = threading.Barrier(3)
    with ThreadExecutor(3) as executor, recording(executor) as recorded:
        executor.start()
        with TurnExecutor(recorded.executor) as turn:
            for _ in range(3):
                turn.submit(meet, barrier)
    counts = count_trace(recorded.trace())
    assert (counts.in_flight, counts.tasks, counts.workers, counts.pools) == (3, 3, 3, 1)


@pytest.mark.parametrize("timeout", [None, PATIENCE])
def test_each_task_of_a_chunk_is_recorded(timeout: float | None) -> None:
    """Serial code has as many, and both are compared task by task."""
    with ProcessExecutor(1) as executor, recording(executor) as recorded:
        executor.start()
        turn = TurnExecutor(recorded.executor)
        results = turn.map(operator.sub, range(5, 10), range(5), chunksize=2, timeout=timeout)
        assert list(results) == [5] * 5
    tasks = recorded.trace().tasks
    assert len(tasks) == 5
    assert all(task.submitted <= task.start <= task.end for task in tasks)


def double_by(executor: TurnExecutor, number: int) -> int:
    return executor.submit(double, number).result()


def test_a_task_that_a_task_submits_is_a_part_of_it() -> None:
    """It would count twice; serial code runs it there, too."""
    with ThreadExecutor(2) as inner:
        inner.start()
        for executor in (SerialExecutor(), inner):
            with recording(executor) as recorded:
                turn = TurnExecutor(recorded.executor)
                assert turn.submit(double_by, turn, 2).result() == 4
            assert len(recorded.trace().tasks) == 1


def test_a_recorded_run_is_set_up_and_compared_as_others_are() -> None:
    """Nothing of that is in the trace, and a wrong result is found."""
    made: list[float] = []

    def make() -> list[int]:
        made.append(time.perf_counter())
        return [3, 1]

    def work(executor: TurnExecutor, numbers: list[int]) -> list[int]:
        numbers.sort()
        return list(executor.map(double, numbers))

    workload = Workload(work, setup=make)
    for _ in range(2):
        trace = record_run("work", workload, SerialExecutor(), Expected([2, 6]))
        assert made[-1] <= trace.begin
    assert len(made) == 2
    with pytest.raises(WrongResultError):
        record_run("work", workload, SerialExecutor(), Expected([2, 7]))
    unseen = Workload(lambda executor: [executor.submit(fail, 1).done()])
    with pytest.raises(WrongResultError, match="1 of the tasks that it submitted"):
        record_run("work", unseen, SerialExecutor(), Expected([True]))


def wait_for_lock(counter: Counter, began: threading.Event, _task: int) -> None:
    began.set()
    with counter.lock:
        counter.value += 1


def test_a_task_that_waits_for_the_lock_says_how_long() -> None:
    """And one that finds it free has not waited."""
    began = threading.Event()
    with ThreadExecutor(1) as executor, recording(executor) as recorded:
        executor.start()
        counter = recorded.executor.counter()
        task = partial(wait_for_lock, counter, began)
        with counter.lock:
            results = recorded.executor.map(task, [0, 1])
            assert began.wait(PATIENCE)
            time.sleep(0.05)  # the worker cannot go on before
        list(results)
    first, second = recorded.trace().tasks
    assert 0.04 < first.waits["lock wait"] <= first.seconds
    assert second.waits["lock wait"] < 0.04
    assert counter.value == 2


def compute(seconds: float) -> float:
    """Take CPU time, however long that takes."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass
    return seconds


def test_the_caller_s_cpu_time_is_that_outside_of_tasks() -> None:
    """Those in threads are in its process, and count for themselves."""
    for executor in (ThreadExecutor(2), ProcessExecutor(2)):
        with executor, recording(executor) as recorded:
            executor.start()
            list(recorded.executor.map(compute, [0.02, 0.02]))
            compute(0.01)
        trace = recorded.trace()
        here = sum(task.cpu for task in trace.tasks) if executor.name == "thread" else 0.0
        assert 0.01 <= trace.caller_cpu == pytest.approx(recorded.cpu - here)


def take(queue: Queue, _task: int) -> object:
    return queue.get(timeout=PATIENCE)


def test_a_task_that_waits_for_the_queue_says_how_long() -> None:
    """The counter and queue of a process executor go to its workers in their wrapping."""
    with ProcessExecutor(1) as executor, recording(executor) as recorded:
        executor.start()
        queue = recorded.executor.queue()
        results = recorded.executor.map(partial(take, queue), [0])
        time.sleep(0.05)  # the worker cannot go on before
        queue.put("item")
        assert list(results) == ["item"]
    (task,) = recorded.trace().tasks
    assert 0 < task.waits["queue wait"] <= task.seconds


def test_pickled_bytes_go_both_ways() -> None:
    """A task of a thousand bytes, and it comes back."""
    with ProcessExecutor(1) as executor, recording(executor) as recorded:
        executor.start()
        assert list(recorded.executor.map(bytes, [b"x" * 1000])) == [b"x" * 1000]
    (task,) = recorded.trace().tasks
    assert 2000 < task.pickled < 2300
    assert task.transfer > 0


def test_pools_of_the_workload_itself_are_noticed() -> None:
    """With how long they take to start and end, and only while it runs."""
    with recording(SerialExecutor()) as recorded:
        for _ in range(3):
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(double, 2).result() == 4
        ThreadPoolExecutor(1).shutdown()
    ThreadPoolExecutor(1).shutdown()
    starts = recorded.trace().pools
    assert len(starts) == 4
    assert all(start > 0 for start in starts[:3])
    assert starts[3] >= 0


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_tasks_of_the_workload_s_own_pools_are_recorded(
    pool: type[ThreadPoolExecutor | ProcessPoolExecutor],
) -> None:
    """By submit and by map; workers are numbered in each pool."""
    with recording(SerialExecutor()) as recorded:
        for _ in range(2):
            with pool(1) as own:
                assert own.submit(double, 2).result() == 4
                assert list(own.map(double, range(3))) == [0, 2, 4]
    trace = recorded.trace()
    assert [task.worker for task in trace.tasks] == [0] * 8
    assert all(task.submitted <= task.start <= task.end for task in trace.tasks)
    assert all((task.pickled > 0) is (pool is ProcessPoolExecutor) for task in trace.tasks)
    assert trace.gil is (pool is ThreadPoolExecutor and gil_enabled())


def double_in_a_pool(number: int) -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(double, number).result()


def test_a_pool_inside_a_task_is_a_part_of_it() -> None:
    """Its tasks would count twice."""
    with recording(SerialExecutor()) as recorded:
        assert list(recorded.executor.map(double_in_a_pool, [1])) == [2]
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(double, 1).result() == 2
    trace = recorded.trace()
    assert (len(trace.tasks), len(trace.pools)) == (2, 2)


def fail(_task: int) -> None:
    raise ZeroDivisionError


def test_errors_and_cancelled_tasks_of_own_pools_are_those_of_a_pool() -> None:
    """They are no tasks of the trace."""
    hold = threading.Event()
    with recording(SerialExecutor()) as recorded, ThreadPoolExecutor(1) as pool:
        with pytest.raises(ZeroDivisionError):
            pool.submit(fail, 1).result()
        first = pool.submit(hold.wait, PATIENCE)
        second = pool.submit(hold.wait, PATIENCE)
        assert second.cancel()
        assert not wait([second], timeout=PATIENCE).not_done
        hold.set()
        assert first.result()
        assert not first.cancel()
    assert len(recorded.trace().tasks) == 1


def test_a_worker_says_how_long_it_took_to_import_a_task(tmp_path: Path) -> None:
    """The first task alone."""
    (tmp_path / "slow_to_import.py").write_text(
        "import time\ntime.sleep(0.5)\ndef same(task): return task\n"
    )
    script = tmp_path / "main.py"
    script.write_text(SLOW_IMPORT)
    done = subprocess.run(
        [sys.executable, str(script)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    first, second = map(float, done.stdout.split())
    assert first >= 0.5
    assert second < first


SLOW_IMPORT = """
import sys
sys.path.insert(0, ".")
from pytest_speedup.executors import ProcessExecutor
from pytest_speedup.losses.recording import recording

if __name__ == "__main__":
    import slow_to_import
    with ProcessExecutor(1) as executor, recording(executor) as recorded:
        executor.start()
        list(recorded.executor.map(slow_to_import.same, range(2)))
    print(*(task.loading for task in recorded.trace().tasks))
"""
ROOT = Path(__file__).parents[2]


def test_large_messages_are_sent_once_more() -> None:
    """What only a worker can unpickle is sent all the same."""
    with wire() as line:
        count, seconds = line.send(bytes(1_000_000))
        assert count > 1_000_000
        assert seconds > 0
        assert line.send(b"")[0] < 100
        assert line.send(Unloadable())[0] > 0


class FakePipe:
    """Both ends of a pipe, which remembers what went through."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self._arrived: queue.Queue[bytes] = queue.Queue()

    def send_bytes(self, message: bytes) -> None:
        self.messages.append(message)
        self._arrived.put(message)

    def recv_bytes(self) -> bytes:
        return self._arrived.get(timeout=PATIENCE)


def test_only_what_is_large_goes_through_the_pipe() -> None:
    """The rest fits into it, and would be slowed by the thread at its end."""
    pipe: Any = FakePipe()
    with ThreadPoolExecutor(1) as thread:
        line = Wire(pipe, pipe, thread)
        line.send(bytes(PIPE_BYTES // 2))
        assert pipe.messages == []
        line.send(bytes(PIPE_BYTES))
    assert [len(message) > PIPE_BYTES for message in pipe.messages] == [True]


def test_what_tasks_waited_in_this_process_is_not_the_caller_s() -> None:
    """Of each it is known already; what tasks waited elsewhere is no part of it."""
    sent = Sent(pickles=False)
    for process in (os.getpid(), 1):
        index = sent.note(None)
        sent.ran[index] = Ran(None, 1.0, 2.0, 0.5, metered(core=0.25), (process, 1), 0.0)
    executor = RecordingExecutor(SerialExecutor(), sent)
    recorded = Recording(executor, OwnPools(), 0.0, 3.0, core_wait=1.0)
    assert recorded.trace().core_wait == 0.75


class Unloadable:
    """Can be sent, but not be received here."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("no number",)


def test_an_error_comes_through() -> None:
    """As it does without a recording, and pools are no longer watched."""
    create = ThreadPoolExecutor.__init__
    with pytest.raises(ZeroDivisionError), recording(SerialExecutor()) as recorded:
        list(recorded.executor.map(partial(divmod, 1), [0]))
    assert ThreadPoolExecutor.__init__ is create


def test_no_task_waits_for_a_core_while_it_computes() -> None:
    """Whatever the system's count says, which may be late."""
    sent = Sent(pickles=False)
    for cpu in (0.75, 1.25):
        index = sent.note("task")
        sent.ran[index] = Ran(None, 1.0, 2.0, cpu, metered(core=0.5), (1, 1), 0.0)
    with wire() as line:
        assert [task.waits["core wait"] for task in sent.read(line)] == [0.25, 0.0]


@pytest.mark.parametrize(
    ("left_out", "expected"),
    [
        (LeftOut(), (10.0, 20.0, 5.0)),
        (LeftOut(2.0, 1.0, [(10.5, 12.5)]), (12.5, 20.0, 4.0)),
        (LeftOut(3.0, 1.0, [(10.5, 12.5), (18.0, 19.0)]), (12.5, 18.0, 4.0)),
        (LeftOut(4.0, -2.0), (10.0, 16.0, 7.0)),
        (LeftOut(100.0, 0.0), (10.0, 10.0, 5.0)),
    ],
)
def test_what_is_set_up_for_a_run_is_no_part_of_it(
    left_out: LeftOut, expected: tuple[float, float, float]
) -> None:
    """Nor is what sending it to another process took, which has CPU time of its own."""
    executor = RecordingExecutor(SerialExecutor(), Sent(pickles=False))
    one = Recording(executor, OwnPools(), 10.0, 20.0, cpu=5.0)
    one.trim(left_out)
    assert (one.begin, one.end, one.cpu) == expected


def test_a_pool_that_is_set_up_costs_a_run_what_it_takes_of_it() -> None:
    """From when the run begins until a worker is ready, and nothing after its end."""
    pools, ready, pool = OwnPools(), Future[float](), object()
    ready.set_result(3.0)
    pools.created[pool], pools.first[pool], pools.closed[pool] = 1.0, ready, (8.0, 12.0)
    assert pools.seconds(2.0, 9.0) == (2.0,)
    assert pools.seconds(4.0, 7.0) == (0.0,)


def test_pools_that_were_there_before_are_watched_for_own_workers() -> None:
    """Of any other executor such a pool may be its own, whose tasks would count twice."""
    with ThreadPoolExecutor(2) as pool:
        for executor, tasks in ((OwnWorkers(2), 3), (SerialExecutor(), 0)):
            with recording(executor) as recorded:
                assert list(pool.map(double, range(3))) == [0, 2, 4]
            trace = recorded.trace()
            assert (len(trace.tasks), trace.pools) == (tasks, ())


def read_count(_count: int) -> str:
    return os.environ["OUR_COUNT"]


def test_the_process_that_has_the_variables_is_no_pool_of_the_code() -> None:
    """Neither is what carries a turn there a task, whether it stood ready before or not."""
    executor = OwnWorkers(2)
    with OwnWork(Target(read_count, parameter="_count", environ=("OUR_COUNT",))) as work:
        for _ in range(2):
            with recording(executor) as recorded:
                assert work(executor) == "2"
            assert (recorded.trace().pools, recorded.trace().tasks) == ((), ())
