"""``python -m pytest_speedup``: what is not a run of pytest."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError
from pytest_speedup.github import PullRequest, put_comment
from pytest_speedup.reports import MARK, encodable, render_history, render_history_json
from pytest_speedup.storage import load_saved
from pytest_speedup.verdict import read_history

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands.

    Returns:
        0; 2 when a command could not do its work.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except SpeedupError as error:
        print(error, file=sys.stderr)
        return 2


def show_history(options: argparse.Namespace) -> int:
    """Show how the speedup of each cell went over the saved runs, and where it moved."""
    saved = {
        cell: runs for cell, runs in load_saved(options.storage).items() if options.name in cell
    }
    if not saved:
        message = (
            f"{options.storage} has no saved cells{_named(options.name)}; "
            "save runs with pytest --benchmark-only --benchmark-autosave"
        )
        raise SpeedupError(message)
    histories = [read_history(runs) for runs in saved.values()]
    if options.json:
        print(render_history_json(histories), end="")
        return 0
    text = render_history(
        histories,
        width=shutil.get_terminal_size().columns,
        colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ,
        encoding=sys.stdout.encoding,
    )
    print(encodable(text, sys.stdout.encoding))
    return 0


def write_comment(options: argparse.Namespace) -> int:
    """Write a report as the comment on a pull request, in place of that of the last push."""
    try:
        body = options.report.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        message = f"{options.report} cannot be read: {error}"
        raise SpeedupError(message) from error
    if not body.startswith(MARK):
        message = f"{options.report} is no report of --speedup-report=NAME.md"
        raise SpeedupError(message)
    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        message = "set GITHUB_TOKEN to a token that may write comments on pull requests"
        raise SpeedupError(message)
    where = PullRequest(options.api, options.repository, options.pull_request, token)
    print(put_comment(where, body, MARK))
    return 0


def _named(name: str) -> str:
    return f" with {name!r} in their names" if name else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pytest_speedup", description=__doc__)
    commands = parser.add_subparsers(metavar="command", required=True)
    history = commands.add_parser("history", help=show_history.__doc__)
    history.add_argument(
        "--storage", default="file://./.benchmarks", help="as in pytest's --benchmark-storage"
    )
    history.add_argument("-k", dest="name", default="", help="a part of the cells' names")
    history.add_argument("--json", action="store_true", help="all figures, as JSON")
    history.set_defaults(run=show_history)

    comment = commands.add_parser("comment", help=write_comment.__doc__)
    comment.add_argument("report", type=Path, help="what --speedup-report=NAME.md wrote")
    comment.add_argument("--pull-request", type=int, required=True, metavar="NUMBER")
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
    comment.set_defaults(run=write_comment)
    return parser


if __name__ == "__main__":
    sys.exit(main())
