"""The command that puts a report on a pull request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError
from pytest_speedup.github.api import Repository
from pytest_speedup.github.comment import ROBOT, put_comment
from pytest_speedup.github.event import read_event
from pytest_speedup.github.harmless import LONGEST
from pytest_speedup.github.pull_request import PullRequest, find_pull_request
from pytest_speedup.model import MARK

if TYPE_CHECKING:
    import argparse

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
            text = file.read(LONGEST * BYTES_OF_A_LETTER + 1).decode(errors="replace")
    except OSError as error:
        message = f"{path} cannot be read: {error}"
        raise SpeedupError(message) from error
    if not text.startswith(MARK):
        message = f"{path} is no report of --speedup-report=NAME.md"
        raise SpeedupError(message)
    return text
