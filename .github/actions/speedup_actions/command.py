"""The commands of the actions."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError
from pytest_speedup.github import add_comment
from speedup_actions.gate import run_gate
from speedup_actions.job import Job
from speedup_actions.merging import run_merge
from speedup_actions.nightly import run_night

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of an action.

    Returns:
        Its exit code; 2 when it could not do its work.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except SpeedupError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the log
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    commands = parser.add_subparsers(metavar="command", required=True)
    for name, run in (("gate", run_gate), ("merge", run_merge), ("nightly", run_night)):
        command = commands.add_parser(name, help=run.__doc__)
        command.set_defaults(run=lambda _options, run=run: run(Job(os.environ)))
    add_comment(commands)
    return parser
