"""Executors: the same verbs on serial code, threads and processes.

Every worker process imports this package before it answers, so what it imports is part of every
cold start. Values are NamedTuples here, since dataclasses would cost each worker a fifth of it.
"""

from pytest_speedup.executors.choice import NAMES, Conditions, create
from pytest_speedup.executors.process import DEFAULT_START_METHOD, ProcessExecutor
from pytest_speedup.executors.protocol import Counter, Executor, Queue
from pytest_speedup.executors.serial import SerialExecutor
from pytest_speedup.executors.thread import ThreadExecutor

__all__ = [
    "DEFAULT_START_METHOD",
    "NAMES",
    "Conditions",
    "Counter",
    "Executor",
    "ProcessExecutor",
    "Queue",
    "SerialExecutor",
    "ThreadExecutor",
    "create",
]
