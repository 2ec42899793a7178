"""``python -m benchmarks.lab.sweep``: draws ways, runs each with three heads, and counts."""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

from benchmarks.lab.sweep.draw import draw
from benchmarks.lab.sweep.expectation import Head
from benchmarks.lab.sweep.report import word_counts, word_drawn, word_result, word_wrong
from benchmarks.lab.sweep.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.lab.sweep.draw import Way
    from benchmarks.lab.sweep.run import Result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sweep.

    Returns:
        0 if all came out as they must, 1 otherwise.
    """
    given = _parser().parse_args(arguments)
    seed = SystemRandom().randrange(10**6) if given.seed is None else given.seed
    try:
        ways = draw(given.count, seed, given.only)
    except ValueError as error:
        print(f"sweep: {error}", file=sys.stderr)
        return 2
    if given.one is not None and not 1 <= given.one <= len(ways):
        print(f"sweep: --one is a number from 1 to {len(ways)}", file=sys.stderr)
        return 2
    print(word_drawn(ways, seed), flush=True)
    chosen = [(n, way) for n, way in enumerate(ways, 1) if given.one in (None, n)]
    results = list(_results(chosen, given))
    print()
    for number, result in results:
        if not result.is_right:
            print(word_wrong(result, number, seed, given.count))
    print(word_counts([result for _, result in results]))
    return int(not all(result.is_right for _, result in results))


def _results(
    ways: Sequence[tuple[int, Way]], given: argparse.Namespace
) -> Iterator[tuple[int, Result]]:
    work = [(number, way, head) for number, way in ways for head in Head]
    with ThreadPoolExecutor(given.jobs) as pool:
        for number, result in pool.map(
            lambda one: _result(one[0], one[1], one[2], given.keep), work
        ):
            print(word_result(result, number), flush=True)
            yield number, result


def _result(number: int, way: Way, head: Head, keep: Path | None) -> tuple[int, Result]:
    if keep is not None:
        folder = keep.resolve() / f"{number}-{head.value}"
        folder.mkdir(parents=True)
        return number, run(way, head, folder)
    with tempfile.TemporaryDirectory(prefix="sweep-", ignore_cleanup_errors=True) as folder_name:
        return number, run(way, head, Path(folder_name))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lab.sweep", description=__doc__)
    parser.add_argument("--count", type=int, default=150, help="how many ways")
    parser.add_argument("--seed", type=int, help="the same ways again")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at a time")
    parser.add_argument("--one", type=int, help="the way of this number alone")
    parser.add_argument("--keep", type=Path, help="folder that projects and outputs are kept in")
    parser.add_argument(
        "--only",
        nargs="*",
        type=_pair,
        default=[],
        metavar="AXIS=VALUE",
        help="values of every way",
    )
    return parser


def _pair(text: str) -> tuple[str, str]:
    axis, separator, name = text.partition("=")
    if not separator:
        message = f"{text!r} is not AXIS=VALUE, such as phase=-s"
        raise argparse.ArgumentTypeError(message)
    return axis, name


if __name__ == "__main__":
    sys.exit(main())
