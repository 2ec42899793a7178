"""``python -m benchmarks.lab.layouts``: each layout, the same code and a loss, and the proof."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from subprocess import CalledProcessError
from typing import TYPE_CHECKING

from benchmarks.lab.layouts.layout import LAYOUTS
from benchmarks.lab.layouts.run import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.lab.layouts.run import Result

WAYS = ("editable", "plain")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the table.

    Returns:
        0 if the same code came to 0 and each loss to 1, in all layouts; 1 otherwise.
    """
    given = _parser().parse_args(arguments)
    chosen = [one for one in LAYOUTS if not given.only or one.name in given.only]
    results: list[Result] = []
    failed = 0
    for layout in chosen:
        for way in given.way or WAYS:
            with tempfile.TemporaryDirectory(prefix="layouts-") as folder:
                try:
                    several = run(layout, way, Path(folder))
                except CalledProcessError as error:
                    failed += 1
                    print(f"{layout.name:20} {way:8} cannot be installed: {error}", flush=True)
                    continue
            for one in several:
                print(_word(one), flush=True)
            results += several
    right = sum(one.is_right for one in results)
    print(f"{right} of {len(results)} as they must; {failed} could not be installed")
    return int(failed > 0 or right != len(results))


def _word(one: Result) -> str:
    word = "" if one.is_right else "WRONG: "
    place = f"{one.layout:20} {one.way:8} {one.head:4}"
    return f"{place} exit {one.code:2} in {one.seconds:3.0f} s: {word}{one.proof}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lab.layouts", description=__doc__)
    names = [one.name for one in LAYOUTS]
    parser.add_argument("--only", nargs="*", choices=names, help="layouts")
    parser.add_argument("--way", nargs="*", choices=WAYS, help="how they are installed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
