"""A number in a file that processes and interpreters map into their memory."""

from __future__ import annotations

import mmap
import os
import tempfile
from typing import TYPE_CHECKING

from pytest_speedup.platforms.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

BYTES = 8
"""Of a signed 64-bit number."""


class FileNumber:
    """A number that is the same wherever the file is mapped; its lock is somebody else's."""

    __slots__ = ("_memory", "_numbers", "_path")

    def __init__(self, path: str) -> None:
        """Map a file that :meth:`create` made."""
        self._path = path
        with open(path, "r+b") as file:  # noqa: PTH123 - quicker to import than pathlib
            self._memory = mmap.mmap(file.fileno(), BYTES)
        self._numbers = memoryview(self._memory).cast("q")

    @classmethod
    def create(cls) -> Self:
        """Make a file for a number, which is zero."""
        descriptor, path = tempfile.mkstemp(prefix="speedup-number-")
        os.write(descriptor, bytes(BYTES))
        os.close(descriptor)
        return cls(path)

    @property
    def value(self) -> int:
        """The number."""
        return self._numbers[0]

    @value.setter
    def value(self, number: int) -> None:
        self._numbers[0] = number

    def remove(self) -> None:
        """Let go of the file and delete it; for whoever created it, once the workers have ended."""
        self._numbers.release()
        self._memory.close()
        patiently(lambda: os.remove(self._path))  # noqa: PTH107 - as above

    def __reduce__(self) -> tuple[Callable[[str], FileNumber], tuple[str]]:
        """Send the file's name."""
        return FileNumber, (self._path,)
