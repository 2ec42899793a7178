"""``python -m pytest_speedup``: what is not a run of pytest."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from typing import TYPE_CHECKING

from pytest_speedup.comparing import add_compare
from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import GREEN, history_code, judge_history, read_history
from pytest_speedup.github import add_comment
from pytest_speedup.merging import WRONG_USAGE, add_merge
from pytest_speedup.parsing import parse_margin
from pytest_speedup.reports import (
    encodable,
    render_commits,
    render_descents,
    render_history,
    render_history_json,
)
from pytest_speedup.storage import load_saved

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands.

    Returns:
        0; 2 when a command could not do its work; of ``compare`` and ``merge`` those of pytest, of
        ``history`` those of its verdict.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        options = _parser().parse_args(words)
    except SystemExit as refused:
        if refused.code and [*words[:1]] in (["compare"], ["merge"]):
            return WRONG_USAGE  # their exit codes are those of pytest
        raise
    try:
        return int(options.run(options))
    except SpeedupError as error:
        print(error, file=sys.stderr)
        return 2


def show_history(options: argparse.Namespace) -> int:
    """Show how the speedup of each cell went over the saved runs, and where it moved.

    Returns:
        0; with ``--fail`` 1 where a level fell too far, and 10 where no cell could be judged.
    """
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
    asked = options.fail is not None
    count = len(histories)
    descents = [judge_history(one, options.fail, cells=count) for one in histories if asked]
    code = history_code(descents) if asked else GREEN
    if options.json:
        print(render_history_json(histories, descents), end="")
        return code
    text = render_history(
        histories,
        width=shutil.get_terminal_size().columns,
        colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ,
        encoding=sys.stdout.encoding,
    )
    more = [*render_commits(histories), *(render_descents(descents, options.fail) if asked else [])]
    print(encodable("\n".join([text, *more]), sys.stdout.encoding))
    return code


def _loss(text: str) -> float:
    """Read a loss, as an argument."""
    try:
        return parse_margin(text)
    except SpeedupError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _named(name: str) -> str:
    return f" with {name!r} in their names" if name else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pytest_speedup", description=__doc__)
    commands = parser.add_subparsers(metavar="command", required=True)
    history = commands.add_parser("history", help=(show_history.__doc__ or "").partition("\n")[0])
    history.add_argument(
        "--storage", default="file://./.benchmarks", help="as in pytest's --benchmark-storage"
    )
    history.add_argument("-k", dest="name", default="", help="a part of the cells' names")
    history.add_argument("--json", action="store_true", help="all figures, as JSON")
    history.add_argument(
        "--fail",
        type=_loss,
        metavar="LOSS",
        help="end with 1 where a cell fell by so much from its best level, such as 10%%",
    )
    history.set_defaults(run=show_history)

    add_compare(commands)
    add_comment(commands)
    add_merge(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
