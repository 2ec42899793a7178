"""``python -m benchmarks.lab.layouts``: each layout, the same code and a loss, and the proof."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired
from typing import TYPE_CHECKING

from benchmarks.lab.layouts.layout import EDITABLE, LAYOUTS, PLAIN, TAUGHT, SkippedError
from benchmarks.lab.layouts.real import REAL
from benchmarks.lab.layouts.run import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.lab.layouts.run import LayoutSource, Result

WAYS = (EDITABLE, PLAIN, TAUGHT)
WIDTH = 32
"""Of the column with the names."""

ALL: tuple[LayoutSource, ...] = (*LAYOUTS, *REAL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the table.

    Returns:
        0 if the same code came to 0 and each loss to 1, in all layouts; 1 otherwise.
    """
    given = _parser().parse_args(arguments)
    chosen = [one for one in ALL if not given.only or one.name in given.only]
    results: list[Result] = []
    failed = skipped = 0
    for one, way in ((each, way) for each in chosen for way in each.ways):
        if given.way and way not in given.way:
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="layouts-") as folder:
                several = run(one, way, Path(folder))
        except SkippedError as error:
            skipped += 1
            print(f"{one.name:{WIDTH}} {way:8} skipped: {error}", flush=True)
            continue
        except (CalledProcessError, TimeoutExpired, ValueError) as error:
            failed += 1
            print(f"{one.name:{WIDTH}} {way:8} cannot be installed: {error}", flush=True)
            continue
        for result in several:
            print(_word(result), flush=True)
        results += several
    right = sum(one.is_right for one in results)
    end = f"{failed} could not be installed; {skipped} skipped"
    print(f"{right} of {len(results)} as they must; {end}")
    return int(failed > 0 or right != len(results) or not results)


def _word(one: Result) -> str:
    word = "" if one.is_right else "WRONG: "
    place = f"{one.layout:{WIDTH}} {one.way:8} {one.head:4}"
    return f"{place} exit {one.code:2} in {one.seconds:3.0f} s: {word}{one.proof}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lab.layouts", description=__doc__)
    names = [one.name for one in ALL]
    parser.add_argument("--only", nargs="*", choices=names, help="layouts")
    parser.add_argument("--way", nargs="*", choices=WAYS, help="how they are installed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
