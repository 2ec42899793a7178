"""One comment on a pull request, updated by each push.

See https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Iterator

A_PAGE = 100
MOST_PAGES = 30
"""Comments that are looked through: 3,000 are more than anybody reads."""

TIMEOUT = 30.0
"""Seconds for one request."""

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """Where a comment goes.

    Attributes:
        api: address of the interface, such as ``https://api.github.com``.
        repository: owner and name.
        number: of the pull request.
        token: what may write comments there.
    """

    api: str
    repository: str
    number: int
    token: str

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
        if not REPOSITORY.fullmatch(self.repository):
            message = f"a repository is OWNER/NAME; got {self.repository!r}"
            raise SpeedupError(message)

    @property
    def comments(self) -> str:
        """Address of the repository's comments."""
        return f"{self.api}/repos/{self.repository}/issues"


def put_comment(where: PullRequest, body: str, mark: str) -> str:
    """Write a comment, in place of the one that an earlier run wrote.

    Args:
        where: the pull request.
        body: the comment, as Markdown, which begins with the mark.
        mark: by which the comment of an earlier run is found.

    Returns:
        The comment's address.

    Raises:
        SpeedupError: GitHub refused, or cannot be reached.
    """
    for comment in _comments(where):
        if str(comment.get("body", "")).startswith(mark):
            address = f"{where.comments}/comments/{int(comment['id'])}"
            return str(_ask(where, "PATCH", address, {"body": body})["html_url"])
    address = f"{where.comments}/{where.number}/comments"
    return str(_ask(where, "POST", address, {"body": body})["html_url"])


def _comments(where: PullRequest) -> Iterator[dict[str, Any]]:
    for page in range(1, MOST_PAGES + 1):
        address = f"{where.comments}/{where.number}/comments?per_page={A_PAGE}&page={page}"
        comments = _ask(where, "GET", address)
        yield from comments
        if len(comments) < A_PAGE:
            return


def _ask(where: PullRequest, method: str, address: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    request = Request(  # noqa: S310 - http and https alone, as the pull request checks
        address,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {where.token}",
            "Content-Type": "application/json",
        },
    )
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - as above
            return json.loads(answer.read())
    except HTTPError as error:
        error.close()  # it is an answer, too
        hint = "; does the token have 'pull-requests: write'?" if error.code in (401, 403) else ""
        message = f"GitHub refused the comment: {error.code} {error.reason}{hint}"
        raise SpeedupError(message) from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        message = f"GitHub cannot be reached for the comment: {error}"
        raise SpeedupError(message) from error
