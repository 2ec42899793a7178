"""Stacks of losses as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents.fields import MOST_SECONDS, brief, number, seconds, workers
from pytest_speedup.model import Counts, Loss, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


MOST = 1e18
"""Of whatever is counted, bytes among it."""


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
        AttributeError, KeyError, TypeError, ValueError: it is something else.
    """
    return tuple(map(_read, documents))


def _read(document: Mapping[str, Any]) -> Stack:
    losses = {
        Loss(name): number(lost, -MOST_SECONDS, MOST_SECONDS)
        for name, lost in document["losses"].items()
    }
    counts = Counts(**{name: number(one, 0, MOST) for name, one in document["counts"].items()})
    stack = Stack(workers(document["workers"]), seconds(document["ideal"]), losses, counts)
    if stack.seconds <= 0:
        message = f"{brief(document)} is no stack of losses"
        raise ValueError(message)
    return stack
