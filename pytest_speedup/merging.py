"""``python -m pytest_speedup merge``: the reports of all shards of a suite, made one verdict."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import BROKEN, NOT_GREEN, merge_shards, refuse_shards
from pytest_speedup.model import shown
from pytest_speedup.reports import (
    BASE_AND_HEAD,
    RENDERERS,
    SAVED_AND_NOW,
    count_outcomes,
    encodable,
    notable,
    refuse_missing,
    render_changes,
    render_differences,
    uncommanding,
    word_complaints,
    word_next,
    word_proof,
    word_remarks,
    word_report,
    word_unchanged,
)
from pytest_speedup.storage import read_report, refuse_way_out, write_over

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from pytest_speedup.model import RunReport, SavedChange, Verdict

WRONG_USAGE = 4
"""As pytest has it."""

MAX_REPORTS = 1_000
"""Reports that are read: as many as a suite has shards."""


def add_merge(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command that merges the reports of shards."""
    merge = commands.add_parser("merge", help=merge_reports.__doc__)
    merge.add_argument(
        "shards",
        nargs="*",
        type=Path,
        metavar="SHARD.json",
        help="the report in JSON of each shard",
    )
    merge.add_argument(
        "--report",
        default="",
        metavar="PATH,PATH",
        help="where the merged report goes; the suffix says of which format: .html, .md or .json",
    )
    merge.set_defaults(run=merge_reports)


def merge_reports(options: argparse.Namespace) -> int:
    """Make one verdict of the reports of all shards of a suite; exit codes are those of pytest."""
    try:
        targets = read_targets(options.report)
        _refuse_usage(options.shards, targets)
    except SpeedupError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the answer
        return WRONG_USAGE
    reports, unread = _read(options.shards)
    refusals = unread or refuse_shards(reports)
    for line in refusals:
        print(f"speedup merge: {shown(line)}", file=sys.stderr)  # noqa: T201 - the answer
    if refusals:
        return BROKEN
    merged = merge_shards(reports)
    report = replace(merged.report, complaints=tuple(word_complaints(merged.report.standing)))
    for line in lines_of(report):
        say(line)
    return conclude(report, merged.exit_code, targets)


def conclude(
    report: RunReport, code: int, targets: Sequence[Path], to: TextIO | None = None
) -> int:
    """Write a report where it was asked for, and say what to do next.

    Args:
        report: the report.
        code: the exit code that it comes to.
        targets: where it goes.
        to: where that is said; None for where all else is.

    Returns:
        That exit code, and none of green where the report could not be written.
    """
    unsaved = [*_write(report, targets, to)]
    last = (code or NOT_GREEN) if unsaved else code
    for line in filter(None, [*unsaved, word_next(last, report.standing)]):
        say(line, to)
    return last


def read_targets(text: str) -> list[Path]:
    """Read where the merged report goes.

    Raises:
        SpeedupError: a file is of no format that there is.
    """
    paths = [Path(part.strip()) for part in text.split(",") if part.strip()]
    wrong = [shown(str(one)) for one in paths if one.suffix not in RENDERERS]
    if wrong:
        message = f"reports are files that end in {', '.join(RENDERERS)}; got {', '.join(wrong)}"
        raise SpeedupError(message)
    return paths


def _refuse_usage(shards: Sequence[Path], targets: Sequence[Path]) -> None:
    """Refuse to merge nothing, or over what is merged.

    Raises:
        SpeedupError: that was asked for, or a report cannot be rendered.
    """
    if not 1 <= len(shards) <= MAX_REPORTS:
        message = (
            f"name the report of each shard, from 1 to {MAX_REPORTS} files, such as "
            f"shard-1.json shard-2.json; got {len(shards)}"
        )
        raise SpeedupError(message)
    over = {one.resolve() for one in targets} & {one.resolve() for one in shards}
    if over:
        message = f"{over.pop()} is the report of a shard: give the merged one another name"
        raise SpeedupError(message)
    refuse_missing(targets)


def _read(paths: Sequence[Path]) -> tuple[list[tuple[str, RunReport]], list[str]]:
    """Read reports, and say which cannot be read."""
    reports, unread = [], []
    for path in paths:
        try:
            reports.append((str(path), read_report(path)))
        except SpeedupError as error:  # noqa: PERF203 - few
            unread.append(str(error))
    return reports, unread


def lines_of(report: RunReport) -> Iterator[str]:
    """Say what the whole came to, as a run that compared all of it would."""
    verdicts = [one.verdict for one in report.cells if one.verdict is not None]
    changes = [one.change for one in report.cells if one.change is not None]
    proof = [] if report.proof is None else word_proof(report.proof)
    for line in [*report.moved, *proof, *report.notes]:
        yield shown(line)
    yield shown(word_report(report))
    if report.baseline:
        yield shown(f"compared with {report.baseline}")
    yield from filter(None, _tables(report, verdicts, changes))
    remarks = [*map(word_remarks, notable(verdicts, ())), *map(word_unchanged, changes)]
    yield from map(shown, filter(None, remarks))
    yield from map(shown, report.complaints)
    if verdicts:
        yield f"speedup gate: {count_outcomes(verdicts)}"


def _tables(
    report: RunReport, verdicts: Sequence[Verdict], changes: Sequence[SavedChange]
) -> Iterator[str]:
    """Render a row for each cell that was judged, or else is shown."""
    width = shutil.get_terminal_size().columns
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    sides = BASE_AND_HEAD if report.against else SAVED_AND_NOW
    table = render_differences(verdicts, width=width, colour=colour, sides=sides)
    yield from table.split("\n")
    yield from render_changes(changes, width=width, colour=colour).split("\n")


def _write(report: RunReport, targets: Sequence[Path], to: TextIO | None) -> Iterator[str]:
    """Write a report, and say what could not be written."""
    for path in targets:
        try:
            refuse_way_out(path, (Path.cwd(),))
            write_over(path, RENDERERS[path.suffix](report).encode())
            say(f"speedup report: {path}", to)
        except SpeedupError as error:  # noqa: PERF203 - few
            yield f"speedup report: {error}"


def say(line: str, to: TextIO | None = None) -> None:
    """Print a line, so that a runner of CI takes it for no command.

    Args:
        line: what is said.
        to: where; None for standard output.
    """
    stream = sys.stdout if to is None else to
    print(encodable(uncommanding(line), stream.encoding or "ascii"), file=stream)
