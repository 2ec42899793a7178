"""One reader of outside data: what it is tried with, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy

MAX_MESSAGE_LETTERS = 4_000


def use_nothing(_value: object) -> None:
    """What was read goes no further."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader.

    Attributes:
        name: its own.
        inputs: what it is tried with.
        read: reads an input, given a folder for files.
        errors: those that it documents.
        valid: inputs that must be read.
        use: what becomes of what was read; no error at all is documented for that.
    """

    name: str
    inputs: SearchStrategy[Any]
    read: Callable[[Any, Path], object]
    errors: tuple[type[Exception], ...]
    valid: tuple[Any, ...] = field(default=())
    use: Callable[[Any], object] = use_nothing

    def __str__(self) -> str:
        """Name the test."""
        return self.name

    def attempt(self, data: Any, folder: Path) -> None:  # noqa: ANN401 - as the strategy makes it
        """Read an input; whatever is no documented error goes up."""
        try:
            value = self.read(data, folder)
        except self.errors as error:
            refusal = str(error)
        else:
            self.use(value)
            return
        assert 0 < len(refusal) < MAX_MESSAGE_LETTERS
