"""Whoever ends the process of a gate with 0 before the gate has spoken did not make it green."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.plugin.options import AGAINST, FAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BROKEN = 11
"""As ``gate.BROKEN``, which most runs need not import."""

MESSAGE = "a test or a conftest.py ended the process with 0 before anything was judged"


@dataclass(slots=True)
class Leaving:
    """What :func:`os._exit` does meanwhile.

    Attributes:
        code: the exit code that the gate chose; None where it has not spoken yet.
        end: what really ends the process.
        process: this one; children of it may end as they like.
    """

    code: int | None = None
    end: Callable[[int], NoReturn] = field(default=os._exit)
    process: int = field(default_factory=os.getpid)

    def __call__(self, status: int) -> NoReturn:
        """End the process, with the gate's own code in place of 0."""
        if status == 0 and self.code != 0 and os.getpid() == self.process:
            status = BROKEN if self.code is None else self.code
            print(f"speedup: exit code {status}: {MESSAGE}", file=sys.stderr, flush=True)  # noqa: T201
        self.end(status)


LEAVING = pytest.StashKey[Leaving]()


@contextmanager
def watched(config: pytest.Config) -> Iterator[None]:
    """Have a conftest.py that leaves with 0 refused, and every later end of the process watched."""
    if not _is_gate(config):
        yield
        return
    leaving = config.stash[LEAVING] = Leaving()
    os._exit = leaving
    try:
        yield
    except SystemExit as error:
        if error.code not in (None, 0):
            raise
        raise pytest.UsageError(MESSAGE) from None


def left(config: pytest.Config, code: object) -> None:
    """Note what the gate came to, and let others end the process again."""
    leaving = config.stash.get(LEAVING, None)
    if leaving is not None:
        leaving.code = code if isinstance(code, int) else None
        os._exit = leaving.end  # type: ignore[assignment]


def _is_gate(config: pytest.Config) -> bool:
    given = config.known_args_namespace
    if any(getattr(given, one.ini, None) is not None for one in (AGAINST, FAIL)):
        return True
    try:
        return AGAINST.is_configured(config)
    except SpeedupError:  # whoever reads the setting refuses it by name
        return True
