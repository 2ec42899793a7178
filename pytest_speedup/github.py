"""One comment on a pull request, updated by each push, by the interface of GitHub.

The interface: https://docs.github.com/en/rest and https://docs.github.com/en/rest/issues/comments.
What an event says: https://docs.github.com/en/webhooks/webhook-events-and-payloads.

A comment on a pull request from a fork was written by that fork's code. It may say what it likes,
but calls nobody, leads nowhere, and shows no picture.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pytest_speedup.documents import brief, load_json, read_file
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import MARK

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping


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


TIMEOUT = 30.0
"""Seconds for one request."""

MAX_ANSWER_BYTES = 32 * 2**20
"""Bytes of an answer: a page of comments is at most a fifth of it."""

UNAUTHORIZED = (401, 403)
HINT = "; does the token have 'pull-requests: write'?"

NAME = re.compile(r"(?!\.{1,2}/)[\w.-]+/(?!\.{1,2}$)[\w.-]+", re.ASCII)
"""Owner and name, neither of which is a step to another folder."""


class _Stay(HTTPRedirectHandler):
    """Follow no one: the token is for the address that was named."""

    def redirect_request(self, *_args: object, **_options: object) -> None:
        """Leave the answer as it is, which makes it an error."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, by its address.

    Attributes:
        api: address of the interface, such as ``https://api.github.com``.
        name: owner and name.
        token: what may be done there; shown to nobody.
    """

    api: str
    name: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what would be another address.

        Raises:
            SpeedupError: the interface or the repository is none.
        """
        if not self.api.startswith(("https://", "http://")):
            message = (
                f"GitHub's API is at an address such as https://api.github.com; got {self.api!r}"
            )
            raise SpeedupError(message)
        if not NAME.fullmatch(self.name):
            message = f"a repository is OWNER/NAME; got {self.name!r}"
            raise SpeedupError(message)

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        """Ask for what is at a path below the repository.

        Raises:
            SpeedupError: GitHub refused, or cannot be reached.
        """
        return self._ask("GET", f"{path}?{urlencode(query)}")

    def send(self, method: str, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        """Have something made or changed, and return what it is now.

        Raises:
            SpeedupError: GitHub refused, or cannot be reached.
        """
        return self._ask(method, path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, data: bytes | None = None) -> Any:  # noqa: ANN401 - JSON
        request = Request(  # noqa: S310 - http and https alone, as checked above
            f"{self.api.rstrip('/')}/repos/{self.name}/{path}",
            method=method,
            data=data,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with build_opener(_Stay).open(request, timeout=TIMEOUT) as answer:
                return load_json(answer.read(MAX_ANSWER_BYTES + 1), MAX_ANSWER_BYTES)
        except HTTPError as error:
            error.close()  # it is an answer, too
            hint = HINT if error.code in UNAUTHORIZED else ""
            message = f"GitHub refused the comment: {error.code} {error.reason}{hint}"
            raise SpeedupError(message) from error
        except (URLError, HTTPException, OSError, ValueError) as error:
            message = f"GitHub cannot be reached for the comment: {error}"
            raise SpeedupError(message) from error


MAX_COMMENT_CHARACTERS = 65_536
"""Letters that GitHub takes in a comment."""

NOTHING = "<!-- -->"
"""What is shown as nothing, and keeps two letters apart."""

LEADING = re.compile(
    r"(?<=\])(?=[(:\[])"  # the target of a link or picture
    r"|(?<=:)(?=//)|(?<=\bwww)(?=\.)"  # an address, which becomes a link by itself
    r"|(?<=[@#])(?=\w)|(?<=\bGH)(?=-\d)",  # somebody, or another issue
    re.IGNORECASE,
)

ENTITY = re.compile(r"&(?!(?:lt|gt|amp);)(?=#?\w+;)")
"""Another spelling of a letter, which GitHub reads before it looks for somebody to call."""

FOREIGN_TAG = re.compile(
    r"<(?!/?(?:details|summary|span|sub)>|!-- -->|!-- pytest-speedup -->)(?=[!/?a-z])",
    re.IGNORECASE,
)
"""The beginning of a tag that no report has."""


def harmless(text: str) -> str:
    """Return the text with whatever would act on others shown as letters.

    A report of this project looks as it did, but that addresses in it are no links.

    Raises:
        SpeedupError: it is longer than GitHub takes.
    """
    shown = LEADING.sub(NOTHING, FOREIGN_TAG.sub("&lt;", ENTITY.sub("&amp;", text)))
    if len(shown) > MAX_COMMENT_CHARACTERS:
        message = (
            f"GitHub takes {MAX_COMMENT_CHARACTERS:,} letters in a comment; the report has "
            f"{len(shown):,}: choose fewer cells with -k, or link to the artifact instead"
        )
        raise SpeedupError(message)
    return shown


def read_event(variables: Mapping[str, str]) -> dict[str, Any]:
    """Read it from where GitHub has put it.

    See https://docs.github.com/en/actions/reference/workflows-and-actions/variables

    Args:
        variables: as in ``os.environ``.

    Raises:
        SpeedupError: there is none.
    """
    path = variables.get("GITHUB_EVENT_PATH", "")
    try:
        payload: dict[str, Any] = load_json(read_file(Path(path)))
    except (OSError, ValueError) as error:
        message = f"GITHUB_EVENT_PATH is the payload of an event; {path!r} is not: {error}"
        raise SpeedupError(message) from error
    return payload


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


ROBOT = "github-actions[bot]"
"""Who writes with the token of a workflow."""

A_PAGE = 100
MAX_PAGES = 30
"""Comments that are looked through: 3,000 are more than anybody reads."""


@as_documented("what was said of comments")
def put_comment(where: PullRequest, body: str, author: str = ROBOT) -> str:
    """Write a comment, in place of the one that an earlier run wrote.

    Args:
        where: the pull request.
        body: the comment, as Markdown, which begins with the mark.
        author: who writes it; what others wrote is left alone, whatever it begins with.

    Returns:
        The comment's address.

    Raises:
        SpeedupError: it is no report, or too long; GitHub refused, or cannot be reached.
    """
    if not body.startswith(MARK):
        message = f"a comment begins with {MARK}, as the reports of --speedup-report=NAME.md do"
        raise SpeedupError(message)
    comment = {"body": harmless(body)}
    for one in _comments(where):
        if _is_own(one, author):
            path = f"issues/comments/{int(one['id'])}"
            return str(where.repository.send("PATCH", path, comment)["html_url"])
    path = f"issues/{where.number}/comments"
    return str(where.repository.send("POST", path, comment)["html_url"])


def _is_own(comment: dict[str, Any], author: str) -> bool:
    wrote = (comment.get("user") or {}).get("login")  # null for who left GitHub
    return wrote == author and str(comment.get("body", "")).startswith(MARK)


def _comments(where: PullRequest) -> Iterator[dict[str, Any]]:
    for page in range(1, MAX_PAGES + 1):
        path = f"issues/{where.number}/comments"
        comments = where.repository.get(path, per_page=A_PAGE, page=page)
        yield from comments
        if len(comments) < A_PAGE:
            return


BYTES_OF_A_LETTER = 4
"""At most, in UTF-8."""


def add_comment(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command that comments on a pull request."""
    comment = commands.add_parser("comment", help=write_comment.__doc__)
    comment.add_argument("report", type=Path, help="what --speedup-report=NAME.md wrote")
    comment.add_argument(
        "--pull-request",
        type=int,
        metavar="NUMBER",
        help="default: that of the event in $GITHUB_EVENT_PATH",
    )
    comment.add_argument(
        "--repository",
        default=os.environ.get("GITHUB_REPOSITORY", ""),
        metavar="OWNER/NAME",
        help="default: $GITHUB_REPOSITORY",
    )
    comment.add_argument(
        "--api",
        default=os.environ.get("GITHUB_API_URL", "https://api.github.com"),
        metavar="URL",
        help="default: $GITHUB_API_URL, or GitHub's own",
    )
    comment.add_argument(
        "--author",
        default=ROBOT,
        metavar="LOGIN",
        help="whose comment is updated, which is who the token belongs to; default: %(default)s",
    )
    comment.set_defaults(run=write_comment)


def write_comment(options: argparse.Namespace) -> int:
    """Write a report as the comment on a pull request, in place of that of the last push."""
    body = _report(options.report)
    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        message = "set GITHUB_TOKEN to a token that may write comments on pull requests"
        raise SpeedupError(message)
    where = _where(Repository(options.api, options.repository, token), options.pull_request)
    if where is None:
        print("the run is not of the head of an open pull request: no comment")  # noqa: T201
        return 0
    print(put_comment(where, body, options.author))  # noqa: T201 - the answer
    return 0


def _where(repository: Repository, number: int | None) -> PullRequest | None:
    if number is not None:
        return PullRequest(repository, number)
    return find_pull_request(repository, read_event(os.environ))


def _report(path: Path) -> str:
    """Read what somebody else may have written: a file, of bounded size."""
    try:
        if path.is_symlink():
            message = f"{path} leads elsewhere"
            raise SpeedupError(message)
        with path.open("rb") as file:
            text = file.read(MAX_COMMENT_CHARACTERS * BYTES_OF_A_LETTER + 1).decode(
                errors="replace"
            )
    except OSError as error:
        message = f"{path} cannot be read: {error}"
        raise SpeedupError(message) from error
    if not text.startswith(MARK):
        message = f"{path} is no report of --speedup-report=NAME.md"
        raise SpeedupError(message)
    return text
