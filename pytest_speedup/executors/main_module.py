"""The main module, which worker processes cannot always import."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def main_is_a_file() -> bool:
    """Whether other processes can import the main module: an interactive session has no file."""
    path = getattr(sys.modules["__main__"], "__file__", None)
    return path is not None and os.path.exists(path)  # noqa: PTH110 - '<stdin>' is no path


def refuse_interactive(function: Callable[..., object]) -> None:
    """Refuse what was typed into an interactive session.

    Raises:
        SpeedupError: workers cannot import it from there.
    """
    innermost: Any = function
    while isinstance(innermost, partial):
        innermost = innermost.func
    if getattr(innermost, "__module__", None) != "__main__" or main_is_a_file():
        return
    message = (
        f"process executor: {innermost.__qualname__} is defined in an interactive session, "
        "where worker processes cannot import it from; put it into a module"
    )
    raise SpeedupError(message)


@contextmanager
def main_module_hidden() -> Iterator[None]:
    """Keep multiprocessing from having the children import the main module.

    It takes the module's file from ``__main__.__file__`` while it starts a process
    (``multiprocessing.spawn.get_preparation_data``), and leaves the import out without one; it
    would also try to import ``<stdin>``.
    """
    namespace = vars(sys.modules["__main__"])
    if "__file__" not in namespace:
        yield
        return
    path = namespace.pop("__file__")
    try:
        yield
    finally:
        namespace["__file__"] = path
