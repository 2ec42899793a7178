"""What GitHub says is of the shape that it documents, or an error."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_speedup.documents.fields import brief
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def as_documented(what: str) -> Iterator[None]:
    """Read something of another shape as an error; also as a decorator.

    Args:
        what: which of GitHub's words, for the message.

    Raises:
        SpeedupError: a part is missing or of the wrong kind.
    """
    try:
        yield
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        message = f"{what} is not as GitHub documents it ({brief(error)})"
        raise SpeedupError(message) from error
