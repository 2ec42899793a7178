"""What a side answers, taken for no more than it is.

The base of a pull request from a fork may be a commit of whoever wants to fool or stop the gate.
Its process is asked; what it answers is data, and what makes no sense ends the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.against.arguments import read_description
from pytest_speedup.against.traces import read_trace
from pytest_speedup.documents.fields import number, seconds, text, workers
from pytest_speedup.model import Bound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.against.arguments import Description
    from pytest_speedup.against.channel import Message
    from pytest_speedup.model import Trace


@dataclass(frozen=True, slots=True)
class OpenedSide:
    """A workload that one side stands ready to run.

    Attributes:
        bound: what the workload spends its time on.
        arguments: what it says of them.
        unsuitable: why it does not run in some cells, by turn.
    """

    bound: Bound
    arguments: Description
    unsuitable: Mapping[str, str]


# All of these raise AttributeError, KeyError, TypeError or ValueError when it is another answer.


def read_workloads(message: Message) -> dict[str, list[list[object]]]:
    """Read the cells of each workload: id, executor, workers, and margin or None."""
    return {
        text(workload): [_described(*one) for one in cells]
        for workload, cells in message["workloads"].items()
    }


def _described(cell: object, executor: object, count: object, margin: object) -> list[object]:
    accepted = None if margin is None else number(margin, 1e-6, 1 - 1e-6)
    return [text(cell), text(executor), workers(count), accepted]


def read_opened(message: Message) -> OpenedSide:
    """Read what is said of a workload that was opened."""
    opened = message["opened"]
    unsuitable = {text(turn): text(why) for turn, why in opened["unsuitable"].items()}
    return OpenedSide(Bound(opened["bound"]), read_description(opened["arguments"]), unsuitable)


def read_seconds(message: Message) -> float:
    """Read how long a turn took."""
    return seconds(message["seconds"])


def read_recorded(message: Message) -> Trace:
    """Read what a recorded turn did."""
    return read_trace(message["trace"])


def read_closed(message: Message) -> None:
    """Read that a workload was closed."""
    if "closed" not in message:
        answer = "another answer than to its close"
        raise ValueError(answer)
