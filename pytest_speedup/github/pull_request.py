"""The pull request that an event is about.

See https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_speedup.errors import SpeedupError
from pytest_speedup.github.documented import as_documented

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.github.api import Repository

HOW_ELSE = "name one with --pull-request=NUMBER"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """Where a comment goes.

    Attributes:
        repository: the one that it would be merged into.
        number: its number there.
    """

    repository: Repository
    number: int


@as_documented("the event's payload, or the list of pull requests,")
def find_pull_request(repository: Repository, event: Mapping[str, Any]) -> PullRequest | None:
    """Find the pull request that an event is about.

    After another workflow's run it is the open one whose head that run was of, as GitHub says: a
    run for a fork does not name it, and nothing that the run left behind is asked.

    Args:
        repository: where the event happened.
        event: the payload of ``pull_request`` or ``workflow_run``.

    Returns:
        The pull request; None if the run's commit is no longer the head of an open one.

    Raises:
        SpeedupError: the event is about none, or may be about several.
    """
    if "pull_request" in event:
        return PullRequest(repository, int(event["pull_request"]["number"]))
    run = event.get("workflow_run", {})
    if run.get("event") != "pull_request":
        message = f"this event is about no pull request; {HOW_ELSE}"
        raise SpeedupError(message)
    found = _with_head(repository, run)
    if len(found) > 1:
        numbers = ", ".join(map(str, found))
        message = f"the run may be for any of the pull requests {numbers}; {HOW_ELSE}"
        raise SpeedupError(message)
    return PullRequest(repository, found[0]) if found else None


def _with_head(repository: Repository, run: Mapping[str, Any]) -> list[int]:
    head = run["head_repository"]
    branch = f"{head['owner']['login']}:{run['head_branch']}"
    opened = repository.get("pulls", state="open", head=branch, per_page=100)
    return [
        int(one["number"])
        for one in opened
        if one["head"]["sha"] == run["head_sha"]
        and (one["head"]["repo"] or {}).get("full_name") == head["full_name"]
    ]
