"""Saved runs of pytest-benchmark's storage, read strictly, and what of a cell is in them.

Rounds are one line of text, short enough for thousands of saved runs. They are separated by a
space. Each turn is a letter for its arm and its duration in microseconds, in the order in which
they ran: ``p4808.765s1288.022 s1258.437p4840.455``. The letters are ``s`` and ``p`` for the
workload's serial and parallel turns, ``k`` and ``c`` for the kernel's.

What is saved of a cell stands under :data:`KEY` and is plain JSON: no NaN, no infinity, strings for
names. Its durations are in seconds, but for those of the rounds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_benchmark.logger import Logger
from pytest_benchmark.utils import get_machine_id, load_storage

from pytest_speedup.documents import (
    LEAST_FLOOR,
    MAX_FLOOR,
    MAX_LOG,
    MAX_PEAK,
    MAX_SECONDS,
    brief,
    is_number,
    load_json,
    number,
    read_file,
    switch,
    text,
    workers,
)
from pytest_speedup.errors import SpeedupError
from pytest_speedup.losses.stack import read_stacks, write_stacks
from pytest_speedup.model import (
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    NO_RULES,
    PARALLEL,
    SERIAL,
    STRONG,
    WEAK,
    Bound,
    Ceiling,
    Cell,
    CellRules,
    Floors,
    Machine,
    Reading,
    Readings,
    Round,
    Samples,
    SavedCell,
    Turn,
)
from pytest_speedup.statistics import read_readings
from pytest_speedup.storage.run_info import (
    RUN_KEY,
    UNKNOWN_ORIGIN,
    Origin,
    from_machine_info,
    origin_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from pytest_benchmark.storage.file import FileStorage

    from pytest_speedup.model import Estimate, Summary

_NUMBERED = re.compile(r"([0-9]{4,})_")

ALL_NUMBERED = "[0-9][0-9][0-9][0-9]*_"
"""Pattern of the names of saved runs, beside whatever else begins with four digits."""


def numbered(paths: Iterable[Path]) -> list[Path]:
    """Choose the saved runs among files, oldest first."""
    return in_order(path for path in paths if _NUMBERED.match(path.name))


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Sort saved runs by their numbers, which as text would put 10000 before 9999."""
    return sorted(paths, key=lambda path: (*run_order(path.name), path.parent))


def run_order(name: str) -> tuple[int, str]:
    """Say where a saved run stands among others, by the name of its file."""
    found = _NUMBERED.match(name)
    return (0 if found is None else int(found[1]), name)


def last_number(folder: Path) -> int:
    """Return the highest number in a folder, 0 where there is none."""
    return max((run_order(path.name)[0] for path in folder.glob(f"{ALL_NUMBERED}*")), default=0)


_ARMS = {"s": SERIAL, "p": PARALLEL, "k": KERNEL_SERIAL, "c": KERNEL_PARALLEL}
_LETTERS = {arm: letter for letter, arm in _ARMS.items()}
_ROUND = re.compile(r"(?:[spkc][0-9]{1,15}\.[0-9]{3})+")
_TURN = re.compile(r"([spkc])([0-9.]+)")


def write_rounds(rounds: Iterable[Round]) -> str:
    """Write rounds of the workload's and the kernel's arms."""
    return " ".join(
        "".join(f"{_LETTERS[turn.arm]}{turn.seconds * 1e6:.3f}" for turn in one.turns)
        for one in rounds
    )


def read_rounds(text: str, arms: AbstractSet[str]) -> tuple[Round, ...]:
    """Read what :func:`write_rounds` wrote.

    Args:
        text: the rounds.
        arms: the arms that every round must have.

    Raises:
        ValueError: the text is not of that form, a turn took no time, or an arm is missing.
    """
    return tuple(_round(word, arms) for word in text.split(" "))


def _round(word: str, arms: AbstractSet[str]) -> Round:
    if not _ROUND.fullmatch(word):
        message = f"{word[:40]!r} is no round"
        raise ValueError(message)
    one = Round(tuple(Turn(_ARMS[arm], float(number) / 1e6) for arm, number in _TURN.findall(word)))
    if not arms <= {turn.arm for turn in one.turns}:
        message = f"the round {word[:40]!r} lacks a turn of {' or '.join(sorted(arms))}"
        raise ValueError(message)
    if min(turn.seconds for turn in one.turns) <= 0:
        message = f"a turn of {word[:40]!r} took no time"
        raise ValueError(message)
    return one


KEY = "speedup"
VERSION = 1

MAX_CELLS_KEPT = 10_000
"""Cells whose names are checked once."""


def to_extra_info(
    summary: Summary, *, begins: bool = False, rules: CellRules = NO_RULES
) -> dict[str, Any]:
    """Write one cell's samples, and what they say, as JSON values.

    Args:
        summary: the cell.
        begins: whether it begins a new baseline.
        rules: what its test says of how it is judged.
    """
    samples, cell = summary.samples, summary.samples.cell
    return {
        "version": VERSION,
        "begins_baseline": begins,
        "rules": {"margin": rules.margin, **asdict(rules.floors)},
        "workload": cell.workload,
        "executor": cell.executor,
        "workers": cell.workers,
        "size": cell.size,
        "scaling": cell.scaling,
        "bound": samples.bound.value,
        "oversubscribed": samples.oversubscribed,
        "cold_start": samples.cold_start,
        "speedup": _estimate(summary.speedup),
        "ceiling": None if summary.ceiling is None else _estimate(summary.ceiling),
        "efficiency": summary.efficiency,
        "readings": _readings(read_readings(samples.rounds)),
        "stacks": write_stacks(samples.stacks),
        "rounds": write_rounds(samples.rounds),
        "ceiling_rounds": _separate_kernel(samples),
    }


def from_extra_info(cell_id: str, document: Mapping[str, Any]) -> Samples:
    """Read the samples that :func:`to_extra_info` wrote.

    Raises:
        SpeedupError: they cannot be read.
    """
    with readable(cell_id):
        return _samples(cell_id, document)


def read_saved_cell(
    run: str,
    machine: Machine,
    cell_id: str,
    document: Mapping[str, Any],
    *,
    origin: Origin = UNKNOWN_ORIGIN,
) -> SavedCell:
    """Read what a saved cell is compared by, and leave its rounds alone.

    Args:
        run: name of the saved run.
        machine: where it was measured.
        cell_id: the cell.
        document: what :func:`to_extra_info` wrote.
        origin: what its run says of itself.

    Raises:
        SpeedupError: it cannot be read.
    """
    with readable(cell_id):
        readings = document["readings"]
        return SavedCell(
            run,
            _cell(cell_id, document),
            switch(document["begins_baseline"]),
            Bound(document["bound"]),
            machine,
            Readings(
                _reading(readings["speedup"]),
                None if readings["ceiling"] is None else _reading(readings["ceiling"]),
                _reading(readings["parallel"]),
            ),
            read_stacks(document["stacks"]),
            origin.commit,
            origin.created,
            origin.dirty,
            origin.loaded,
            origin.rules,
            _rules(document["rules"]),
        )


def _rules(document: Mapping[str, Any]) -> CellRules:
    """Read what a test said of how its cell is judged: most say nothing."""
    known = {name: value for name, value in document.items() if value is not None}
    if not known:
        return NO_RULES
    margin = known.pop("margin", None)
    peak = known.pop("peak", None)
    floors = {name: number(value, LEAST_FLOOR, MAX_FLOOR) for name, value in known.items()}
    return CellRules(
        None if margin is None else number(margin, 0, 1),
        Floors(peak=None if peak is None else int(number(peak, 1, MAX_PEAK)), **floors),
    )


@contextmanager
def readable(cell_id: str) -> Iterator[None]:
    """Turn what goes wrong in a damaged document into one clear line."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        message = f"the speedup data of {cell_id} cannot be read: {reason}"
        raise SpeedupError(message) from error


def _cell(cell_id: str, document: Mapping[str, Any]) -> Cell:
    if document["version"] != VERSION:
        message = f"it has version {brief(document['version'])}, this plugin reads {VERSION}"
        raise ValueError(message)
    names = document["workload"], document["executor"], document["workers"], document["size"]
    return _named(cell_id, *names, document["scaling"])


@lru_cache(maxsize=MAX_CELLS_KEPT, typed=True)  # true would be taken for 1, which is a number
def _named(  # noqa: PLR0917 - as they are saved
    cell_id: str, workload: object, executor: object, count: object, size: object, scaling: object
) -> Cell:
    """Check what names a cell: of a thousand saved runs once, and all of them share it."""
    names = text(workload), text(executor), workers(count), text(size)
    return Cell(cell_id, *names, weak=read_scaling(scaling))


def read_scaling(document: object) -> bool:
    """Read whether scaling is weak.

    Raises:
        ValueError: it is no kind of scaling.
    """
    if document not in (STRONG, WEAK):
        message = f"{brief(document)} is no kind of scaling, {STRONG} or {WEAK}"
        raise ValueError(message)
    return document == WEAK


def _samples(cell_id: str, document: Mapping[str, Any]) -> Samples:
    cell, bound = _cell(cell_id, document), Bound(document["bound"])
    rounds = read_rounds(document["rounds"], {SERIAL, PARALLEL})
    return Samples(
        cell=cell,
        rounds=rounds,
        ceiling=_ceiling(document["ceiling_rounds"], bound, rounds),
        cold_start=number(document["cold_start"], 0, MAX_SECONDS),
        bound=bound,
        oversubscribed=switch(document["oversubscribed"]),
        stacks=read_stacks(document["stacks"]),
    )


def _separate_kernel(samples: Samples) -> str | None:
    """Write the kernel's rounds, unless they are the cell's own or there are none."""
    if samples.ceiling is None or samples.ceiling.rounds == samples.rounds:
        return None
    return write_rounds(samples.ceiling.rounds)


def _ceiling(separate: str | None, bound: Bound, rounds: tuple[Round, ...]) -> Ceiling | None:
    if separate is not None:
        return Ceiling(bound, read_rounds(separate, {KERNEL_SERIAL, KERNEL_PARALLEL}))
    return Ceiling(bound, rounds) if rounds[0].seconds(KERNEL_SERIAL) else None


def _readings(readings: Readings) -> dict[str, list[float] | None]:
    ceiling = readings.ceiling
    return {
        "speedup": [readings.speedup.value, readings.speedup.error],
        "ceiling": None if ceiling is None else [ceiling.value, ceiling.error],
        "parallel": [readings.parallel.value, readings.parallel.error],
    }


def _reading(document: Sequence[float]) -> Reading:
    value, error = document
    known = is_number(value) and is_number(error)
    if not known or abs(value) > MAX_LOG or not 0 <= error <= MAX_LOG:
        message = f"{brief(document)} is no reading"
        raise ValueError(message)
    return Reading(value, error)


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "confidence": estimate.confidence,
    }


MEND = "restore it from version control, or remove it and save a new baseline"


def read_run(path: Path) -> list[SavedCell]:
    """Read the speedup cells of one saved run; a run of other benchmarks has none.

    A file that cannot be understood is an error, never an empty run: what cannot be compared
    must not look like something that passed.

    Raises:
        SpeedupError: the file cannot be read, or is damaged.
    """
    return cells_of(path.name, f"baseline {path}", read_document(path))


def read_document(path: Path) -> Any:  # noqa: ANN401 - any JSON
    """Read what a file holds, whatever that is.

    Raises:
        SpeedupError: the file cannot be read, or is no JSON.
    """
    try:
        return load_json(read_file(path))
    except OSError as error:
        message = f"baseline {path} cannot be read: {error.strerror}; check its permissions"
        raise SpeedupError(message) from error
    except ValueError as error:
        message = f"baseline {path} is damaged ({error}): {MEND}"
        raise SpeedupError(message) from error


def cells_of(run: str, what: str, document: Any) -> list[SavedCell]:  # noqa: ANN401 - any JSON
    """Read the speedup cells of the document that a saved run is.

    Args:
        run: the name of the run.
        what: the document, as messages name it.
        document: as pytest-benchmark saves it.

    Raises:
        SpeedupError: it is damaged, or something else.
    """
    with understood(what):
        return list(_cells(run, document))


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Say of whatever is wrong with a saved run which one it is.

    Raises:
        SpeedupError: something is.
    """
    try:
        yield
    except SpeedupError as error:
        message = f"{what} is damaged ({error}): {MEND}"
        raise SpeedupError(message) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"{what} is not a file of pytest-benchmark ({error!r}): {MEND}"
        raise SpeedupError(message) from error


def _cells(run: str, document: dict[str, Any]) -> Iterator[SavedCell]:
    cells = [one for one in document["benchmarks"] if KEY in one["extra_info"]]
    if not cells:
        return
    machine = from_machine_info(document["machine_info"][RUN_KEY])
    origin = origin_of(document)
    for one in cells:
        name, info = text(one["fullname"]), one["extra_info"][KEY]
        yield read_saved_cell(run, machine, name, info, origin=origin)


_NUMBER = re.compile(r"[0-9]{4,}")

SAVED_RUNS = f"*/{ALL_NUMBERED}"
"""Saved runs of every platform: one from another is incomparable, which is not nothing."""


def load_saved(folder: str, choice: str | None = None) -> dict[str, list[SavedCell]]:
    """Read saved runs.

    Args:
        folder: as in ``--benchmark-storage``.
        choice: as in ``--benchmark-compare``; None for all.

    Returns:
        The saved cells by id, oldest first.

    Raises:
        SpeedupError: a file cannot be read, or is damaged, or the storage is no folder.
    """
    if "://" in folder and not folder.startswith("file://"):
        message = (
            f"saved runs are compared with where they are files; {brief(folder)} is something "
            "else: give --benchmark-storage a folder, or leave it out"
        )
        raise SpeedupError(message)
    storage = load_storage(
        folder,
        logger=Logger(Logger.QUIET),
        default_machine_id=get_machine_id(),
        netrc="",
    )
    cells: dict[str, list[SavedCell]] = defaultdict(list)
    for path in paths_of(storage, choice):
        for one in read_run(path):
            cells[one.cell.id].append(one)
    return dict(cells)


def paths_of(storage: FileStorage, choice: str | None) -> list[Path]:
    """Find the saved runs of a choice, oldest first; a whole number means that run alone.

    Args:
        storage: pytest-benchmark's.
        choice: as in ``--benchmark-compare``; None for all that pytest-benchmark numbered.

    Raises:
        SpeedupError: no saved run can be called that.
    """
    if choice is None:
        return numbered(storage.query(SAVED_RUNS))
    is_number = _NUMBER.fullmatch(choice) and not Path(choice).is_file()
    try:
        return in_order(storage.query(f"{choice}_" if is_number else choice))
    except (ValueError, NotImplementedError, OSError) as error:
        message = (
            f"{brief(choice)} is no saved run: name a number such as 0001, a file that is there, "
            "or NAME or PLATFORM/NAME with wildcards"
        )
        raise SpeedupError(message) from error
