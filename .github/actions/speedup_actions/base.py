"""Which commit an event is to be compared with.

See https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytest_speedup.errors import SpeedupError
from pytest_speedup.github import as_documented

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""The full name of a commit."""

OF_A_MERGE = 2
"""Parents of a commit that merges one branch into another."""


@as_documented("the event's payload")
def base_of(event_name: str, event: Mapping[str, Any], parents: Sequence[str]) -> str:
    """Name the commit that was there before the change.

    Args:
        event_name: as in ``GITHUB_EVENT_NAME``.
        event: its payload.
        parents: full names of the parents of the commit that is checked out.

    Returns:
        The full name of a commit, or ``merge-base:`` and a commit, as ``--speedup-against`` takes.

    Raises:
        SpeedupError: the event has no such commit, or must not run what it is about.
    """
    if event_name == "pull_request":
        return _before_pull_request(event["pull_request"], parents)
    if event_name == "merge_group":
        return _commit(event["merge_group"]["base_sha"])
    if event_name == "push":
        return _before_push(event)
    if event_name == "pull_request_target":
        message = "pull_request_target would run code of forks with your token: use pull_request"
        raise SpeedupError(message)
    message = f"the event {event_name!r} has no commit to compare with: give the input 'base'"
    raise SpeedupError(message)


def _before_pull_request(pull_request: Mapping[str, Any], parents: Sequence[str]) -> str:
    """Choose what GitHub merged the head into, which may be newer than the event's base."""
    if len(parents) == OF_A_MERGE and parents[1] == pull_request["head"]["sha"]:
        return parents[0]
    return f"merge-base:{_commit(pull_request['base']['sha'])}"


def _before_push(event: Mapping[str, Any]) -> str:
    before = _commit(event["before"])
    if before.strip("0"):
        return before
    default = event["repository"]["default_branch"]
    if event["ref"] == f"refs/heads/{default}":
        message = f"nothing was on {default} before this push: give the input 'base'"
        raise SpeedupError(message)
    return f"merge-base:origin/{default}"


def _commit(text: object) -> str:
    if isinstance(text, str) and COMMIT.fullmatch(text):
        return text
    message = f"the event should name a commit in full; got {text!r}"
    raise SpeedupError(message)
