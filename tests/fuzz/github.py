"""What GitHub says: of an event, and when it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hypothesis import strategies as st
from speedup_actions.base import base_of
from speedup_actions.job import Job

from pytest_speedup.documents import load_json
from pytest_speedup.errors import SpeedupError
from pytest_speedup.github import PullRequest, Repository, find_pull_request, put_comment
from pytest_speedup.model import MARK
from tests.fuzz.inputs import documents, dumped
from tests.fuzz.reader import Reader

if TYPE_CHECKING:
    from pathlib import Path

SHA = "0123456789abcdef0123456789abcdef01234567"
FORK = {"full_name": "else/project", "owner": {"login": "else"}}
PULL_REQUEST = {
    "number": 7,
    "head": {"sha": SHA, "repo": FORK},
    "base": {"sha": SHA},
}
RUN = {
    "workflow_run": {
        "event": "pull_request",
        "head_repository": FORK,
        "head_branch": "faster",
        "head_sha": SHA,
    }
}
PUSH = {"before": SHA, "ref": "refs/heads/main", "repository": {"default_branch": "main"}}
COMMENT = {
    "id": 1,
    "html_url": "https://github.example/1",
    "user": {"login": "github-actions[bot]"},
    "body": MARK,
}


class FakeRepository:
    """Answers every question with the same."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def get(self, _path: str, **_query: object) -> Any:  # noqa: ANN401 - JSON
        return self.answer

    def send(self, _method: str, _path: str, _body: object) -> Any:  # noqa: ANN401 - JSON
        return self.answer[0] if isinstance(self.answer, list) and self.answer else self.answer


def answering(answer: object) -> Repository:
    return cast("Repository", FakeRepository(answer))


def read_event(data: bytes, folder: Path) -> object:
    path = folder / "event.json"
    path.write_bytes(data)
    return Job({"GITHUB_EVENT_PATH": str(path)}).event


def name_base(data: bytes, _folder: Path) -> list[str]:
    event = load_json(data)
    return [base_of(name, event, [SHA, SHA]) for name in ("pull_request", "merge_group", "push")]


EVENT = {"pull_request": PULL_REQUEST, "merge_group": {"base_sha": SHA}, **PUSH}
REFUSED = (SpeedupError, ValueError)  # ValueError of load_json, where the file is not read by it

GITHUB = (
    Reader("event", documents(EVENT), read_event, (SpeedupError,), (dumped(EVENT),)),
    Reader("base_of", documents(EVENT), name_base, REFUSED, (dumped(EVENT),)),
    Reader(
        "event of a run",
        documents(RUN),
        lambda data, _: find_pull_request(answering([PULL_REQUEST]), load_json(data)),
        REFUSED,
        (dumped(RUN),),
    ),
    Reader(
        "pull requests",
        documents([PULL_REQUEST, PULL_REQUEST]),
        lambda data, _: find_pull_request(answering(load_json(data)), RUN),
        REFUSED,
        (dumped([PULL_REQUEST]), dumped([])),
    ),
    Reader(
        "comments",
        st.one_of(documents([COMMENT, COMMENT]), documents(COMMENT)),
        lambda data, _: put_comment(PullRequest(answering(load_json(data)), 7), MARK),
        REFUSED,
        (dumped([COMMENT]),),
    ),
)
