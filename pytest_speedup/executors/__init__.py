"""Executors: the same verbs on serial code, threads, processes and what else runs tasks.

Every worker process imports this package before it answers, so what it imports is part of every
cold start. Values are NamedTuples here, since dataclasses would cost each worker a fifth of it.
"""

from pytest_speedup.executors.choice import USUAL, Conditions, Factory, create, find
from pytest_speedup.executors.in_process import SerialExecutor, ThreadExecutor
from pytest_speedup.executors.own import OWN, OwnWorkers, Scaling
from pytest_speedup.executors.process import (
    DEFAULT_START_METHOD,
    Carrier,
    ProcessExecutor,
    check_start_method,
    start_methods,
    told_unsendable,
)
from pytest_speedup.executors.protocol import (
    AwaitableExecutor,
    AwaitableQueue,
    Counter,
    Executor,
    LockedCounter,
    Queue,
    Speedup,
    coroutine_of,
    is_coroutine_function,
    plain,
    with_coroutine,
)
from pytest_speedup.executors.shared import DIED, WorkerDiedError
from pytest_speedup.executors.turn import Chunk, TurnExecutor

__all__ = [
    "DEFAULT_START_METHOD",
    "DIED",
    "OWN",
    "USUAL",
    "AwaitableExecutor",
    "AwaitableQueue",
    "Carrier",
    "Chunk",
    "Conditions",
    "Counter",
    "Executor",
    "Factory",
    "LockedCounter",
    "OwnWorkers",
    "ProcessExecutor",
    "Queue",
    "Scaling",
    "SerialExecutor",
    "Speedup",
    "ThreadExecutor",
    "TurnExecutor",
    "WorkerDiedError",
    "check_start_method",
    "coroutine_of",
    "create",
    "find",
    "is_coroutine_function",
    "plain",
    "start_methods",
    "told_unsendable",
    "with_coroutine",
]
