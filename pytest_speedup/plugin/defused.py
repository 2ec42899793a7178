"""What pytest-benchmark prints of saved runs, made harmless.

Whoever can commit a file can name it, and a name may hold lines that a runner of CI takes for
commands.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import pytest
from pytest_benchmark.logger import Logger
from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import get_machine_id, load_storage

from pytest_speedup.model import shown
from pytest_speedup.reports import uncommanding

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.session import BenchmarkSession

P = ParamSpec("P")
R = TypeVar("R")

EVERY_RUN = "*/*"


def refuse_unprintable(config: pytest.Config) -> None:
    """Refuse saved runs with such names before pytest-benchmark lists them in its tables.

    Raises:
        pytest.UsageError: there is one where runs are to be compared with.
    """
    if not config.getoption("benchmark_compare", None):
        return
    storage = load_storage(
        config.getoption("benchmark_storage"),
        logger=Logger(Logger.QUIET),
        default_machine_id=get_machine_id(),
        netrc="",
    )
    if not isinstance(storage, FileStorage):
        return
    for path in storage.query(EVERY_RUN):
        if not f"{path.parent.name}{path.name}".isprintable():
            message = (
                f"saved runs have printable names; got {path.name!r} in {path.parent.name!r}: "
                "rename it as pytest-benchmark would, such as 0001_name.json"
            )
            raise pytest.UsageError(message)


def defuse(session: BenchmarkSession) -> None:
    """Have a session say names of files as they are shown."""
    logger = session.logger
    logger.info = _harmless(logger.info)
    logger.warning = _harmless(logger.warning)
    logger.error = _harmless(logger.error)


def _harmless(say: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
    @wraps(say)
    def say_harmlessly(text: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        lines = map(shown, str(text).split("\n"))
        return say("\n".join(map(uncommanding, lines)), *args, **kwargs)

    return say_harmlessly
