"""Stacks of losses as JSON values."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pytest_speedup.model import Counts, Loss, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def write_stacks(stacks: Sequence[Stack]) -> list[dict[str, Any]]:
    """Write stacks, with losses by name, in seconds."""
    return [
        {
            "workers": stack.workers,
            "ideal": stack.ideal,
            "losses": {loss.value: seconds for loss, seconds in stack.losses.items()},
            "counts": asdict(stack.counts),
        }
        for stack in stacks
    ]


def read_stacks(documents: Sequence[Mapping[str, Any]]) -> tuple[Stack, ...]:
    """Read what :func:`write_stacks` wrote.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    return tuple(map(_read, documents))


def _read(document: Mapping[str, Any]) -> Stack:
    losses = {Loss(name): float(seconds) for name, seconds in document["losses"].items()}
    counts = Counts(**{name: float(count) for name, count in document["counts"].items()})
    stack = Stack(int(document["workers"]), float(document["ideal"]), losses, counts)
    if not 0 < stack.ideal < math.inf or not 0 < stack.seconds < math.inf:
        message = f"{document!r} is no stack of losses"
        raise ValueError(message)
    return stack
