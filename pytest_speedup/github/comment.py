"""One comment on a pull request, updated by each push.

See https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_speedup.errors import SpeedupError
from pytest_speedup.github.documented import as_documented
from pytest_speedup.github.harmless import harmless
from pytest_speedup.model import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup.github.pull_request import PullRequest

ROBOT = "github-actions[bot]"
"""Who writes with the token of a workflow."""

A_PAGE = 100
MOST_PAGES = 30
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
    for page in range(1, MOST_PAGES + 1):
        path = f"issues/{where.number}/comments"
        comments = where.repository.get(path, per_page=A_PAGE, page=page)
        yield from comments
        if len(comments) < A_PAGE:
            return
