"""Which tests are to run."""

from __future__ import annotations

import json
from dataclasses import replace

from benchmarks.lab.sweep.value import Value

UNSELECTED = "the cell is not selected: nobody vouches for it, it is named as such, 10"
OTHER = "@TESTS@test_other.py"
FAILED = ".pytest_cache/v/cache/lastfailed"


def _args(name: str, *arguments: str) -> Value:
    return Value(name, arguments=arguments)


def _alone(name: str, *arguments: str) -> Value:
    return Value(name, arguments=arguments, alone=True)


def _failed(test: str) -> tuple[tuple[str, str], ...]:
    return ((FAILED, json.dumps({test: True})),)


def _other(name: str, *arguments: str) -> Value:
    return Value(name, why=UNSELECTED, arguments=arguments, unselected=True)


NO_CACHE = ("without a cache",)
WITH_MORE_CELLS = (
    "objects of one text",
    "functions",
    "ids",
    "None, a float and a lambda",
    "indirect",
    "stacked parameters",
    "parameters in the call",
)
"""Marks that leave others selected beside the cell that is not."""

SELECTION = (
    Value("everything"),
    _alone("the file", "@FILE@"),
    _alone("the test", "@NODE@"),
    _alone("the cell", "@CELL@"),
    _alone("the cell twice", "@CELL@", "@CELL@"),
    _args("the folder", "."),
    _alone("-k", "-k", "work"),
    _args("-k not", "-k", "not other"),
    _alone("-k thread", "-k", "thread"),
    _args("-m", "-m", "not slow"),
    _args("--deselect of another", f"--deselect={OTHER}"),
    _args("--ignore of another", f"--ignore={OTHER}"),
    _args("--ignore-glob of another", "--ignore-glob=*other*"),
    Value(
        "--deselect of the cell",
        why=UNSELECTED,
        arguments=("--deselect=@CELL@",),
        unselected=True,
        excludes=WITH_MORE_CELLS,
    ),
    _other("--deselect of the file", "--deselect=@FILE@"),
    replace(_other("-k that takes nothing", "-k", "nothing"), alone=True),
    replace(_other("-m that takes nothing", "-m", "slow"), alone=True),
    replace(_other("another file", OTHER), uncollected=True, alone=True),
    replace(_other("--ignore of the file", "--ignore=@FILE@"), uncollected=True),
    Value("--lf", arguments=("--lf",), left=_failed("@CELL@"), alone=True, excludes=NO_CACHE),
    Value(
        "--lf of another",
        arguments=("--lf",),
        left=_failed(f"{OTHER}::test_plain"),
        why=UNSELECTED,
        unselected=True,
        uncollected=True,
        alone=True,
        excludes=NO_CACHE,
    ),
    Value("--lf without a failure", arguments=("--lf",), excludes=NO_CACHE),
    Value(
        "--ff", arguments=("--ff",), left=_failed("@CELL@"), excludes=(*NO_CACHE, "addopts --lf")
    ),
    Value("--nf", arguments=("--nf",), excludes=NO_CACHE),
    Value("--sw", arguments=("--sw",), excludes=NO_CACHE),
    _args("-x", "-x"),
    Value(
        "--maxfail behind a failure",
        arguments=("--maxfail=1",),
        files=(("@TESTS@test_a_failure.py", "def test_failure():\n    assert False\n"),),
        adds=1,
        why="another test fails, which is 1, unless a side is broken",
    ),
    _alone("--keep-duplicates", "--keep-duplicates", "@FILE@", "@FILE@"),
    Value(
        "two files with a test of one name",
        files=(
            (
                "@TESTS@more/test_more_work.py",
                "from acme import run\n\ndef test_work(speedup):\n    speedup(run, 4)\n",
            ),
        ),
    ),
    Value("testpaths", settings=(("testpaths", "@TESTS@."),)),
    Value(
        "from a folder below",
        alone=True,
        arguments=("../@FILE@",),
        folder="below",
        excludes=("in other.ini",),
    ),
    Value(
        "--pyargs",
        arguments=("--pyargs", "@FILE@"),
        alone=True,
        excludes=("a syntax error in the test",),  # pytest itself imports it, unprepared for that
    ),
    Value(
        "--continue-on-collection-errors",
        arguments=("--continue-on-collection-errors",),
        excludes=("--co",),  # together they make pytest end with 1 where it ends with 2
    ),
)
