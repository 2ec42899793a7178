"""Reports as JSON, read again: those of shards, to be merged, and what workloads took.

They may come from a pull request: each field is taken for no more than it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.documents import (
    MAX_SECONDS,
    brief,
    load_json,
    number,
    read_file,
    refuse,
    switch,
    text,
    workers,
)
from pytest_speedup.errors import SpeedupError
from pytest_speedup.losses.explanation import Cause, Explanation
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.losses.stack import read_stacks
from pytest_speedup.model import (
    SCHEMA_VERSION,
    Cell,
    CellReport,
    ComparedCode,
    CounterChange,
    Cpus,
    Estimate,
    Kind,
    Machine,
    Outcome,
    ProvedRun,
    ProvedSide,
    RunReport,
    Shard,
    ShardEnd,
    Standing,
    Verdict,
)
from pytest_speedup.storage.saved import read_scaling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pytest_speedup.losses.stack import Stack

T = TypeVar("T")

MAX_SHARDS = 1_000
"""Of one suite: more jobs than any runner starts at once."""

MAX_ITEMS = 100_000
"""Of any list of a report."""

OUTCOMES = {one.value: one for one in Outcome}
"""By the word that reports have for each."""

MAX_CODE = 255
MAX_FILES = 10**9
MAX_CPUS = 1e6
LEAST_CPUS = 1e-3
LEAST_RATIO, MAX_RATIO = 1e-12, 1e12
MAX_COUNT = 1e18


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say of whatever is wrong with a report which one it is.

    Raises:
        SpeedupError: something is.
    """
    try:
        yield
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise SpeedupError(message) from error
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        message = f"{path} is no report as --speedup-report=NAME.json writes it: {brief(error)}"
        raise SpeedupError(message) from error


def read_report(path: Path) -> RunReport:
    """Read the report of a comparison; measurements and saved runs are none of it.

    Raises:
        SpeedupError: there is none, it is of another schema, or damaged.
    """
    with _readable(path):
        document = load_json(read_file(path))
        _refuse_other_schema(path, document)
        return _report(document)


def read_spent(path: Path) -> dict[str, float]:
    """Read how many seconds each workload of a report took.

    Raises:
        SpeedupError: there is none, it is of another schema, or damaged.
    """
    with _readable(path):
        document = load_json(read_file(path))
        _refuse_other_schema(path, document)
        return dict(_spent(document))


def _refuse_other_schema(path: Path, document: Any) -> None:  # noqa: ANN401 - any JSON
    version = document["schema_version"]
    if version != SCHEMA_VERSION or type(version) is not int:
        message = (
            f"{path} has schema {brief(version)}, and this pytest-speedup reads {SCHEMA_VERSION}: "
            "write it with the same version of the plugin"
        )
        raise SpeedupError(message)


def _report(document: Any) -> RunReport:  # noqa: ANN401 - any JSON
    gate, size = document["gate"], text(document["size"])
    return RunReport(
        created=text(document["created"]),
        version=text(document["plugin_version"]),
        commit=_or_none(text, document["commit"]),
        against=_or_none(text, document["against"]),
        machine=_machine(document["machine"]),
        size=size,
        gated=switch(gate["compared"]),
        complaints=_texts(gate["complaints"]),
        cells=tuple(_cell(one, size) for one in _list(document["cells"])),
        standing=Standing(Kind(text(gate["kind"]))),
        base_commit=_or_none(text, document["base_commit"]),
        exit_code=_or_none(_code, gate["exit_code"]),
        proof=_or_none(_proof, document["proof"]),
        moved=_texts(gate["moved_rules"]),
        notes=_texts(gate["notes"]),
        spent=tuple(_spent(document)),
        shard=_or_none(_shard, document["shard"]),
    )


def _spent(document: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401 - any JSON
    for one in _list(document["workloads"]):
        yield text(one["name"]), number(one["seconds"], 0, MAX_SECONDS)


def _machine(document: Any) -> Machine:  # noqa: ANN401 - any JSON
    return Machine(
        cpu_model=text(document["cpu_model"]),
        cpus=Cpus(
            int(number(document["logical_cpus"], 1, MAX_CPUS)),
            None,
            number(document["effective_cpus"], LEAST_CPUS, MAX_CPUS),
        ),
        python=text(document["python"]),
        gil=switch(document["gil"]),
        start_method=text(document["start_method"]),
    )


def _shard(document: Any) -> Shard:  # noqa: ANN401 - any JSON
    count = _whole(document["count"], 1, MAX_SHARDS)
    return Shard(
        number=_whole(document["number"], 1, count),
        count=count,
        cells=_texts(document["cells"]),
        selection=text(document["selection"]),
        split=text(document["split"]),
        rules=text(document["rules"]),
        code=_or_none(_compared_code, document["code"]),
        dividing=_whole(document["dividing"], 0, MAX_FILES),
        end=_or_none(_shard_end, document["end"]),
    )


def _compared_code(document: Any) -> ComparedCode:  # noqa: ANN401 - any JSON
    return ComparedCode(
        base_commit=text(document["base_commit"]),
        base_tree=text(document["base_tree"]),
        head_commit=text(document["head_commit"]),
        head_tree=text(document["head_tree"]),
        modified=switch(document["modified"]),
    )


def _shard_end(document: Any) -> ShardEnd:  # noqa: ANN401 - any JSON
    return ShardEnd(
        code=_code(document["code"]),
        interrupted=switch(document["interrupted"]),
        uncollected=switch(document["uncollected"]),
        unsaved=switch(document["unsaved"]),
        allowed=frozenset(OUTCOMES[one] for one in _texts(document["allowed"])),
    )


def _proof(document: Any) -> ProvedRun:  # noqa: ANN401 - any JSON
    sides = tuple(map(_side, _list(document["sides"])))
    names = [one.name for one in sides]
    refuse(sorted({*names}) != sorted(names), f"{brief(names)} has a side twice")
    return ProvedRun(sides, _files(document["differing"]), _texts(document["remarks"]))


def _side(document: Any) -> ProvedSide:  # noqa: ANN401 - any JSON
    return ProvedSide(
        name=text(document["name"]),
        commit=text(document["commit"]),
        tree=text(document["tree"]),
        modified=switch(document["modified"]),
        files=_files(document["files"]),
        committed=_files(document["committed"]),
        built=_files(document["built"]),
        installed=_files(document["installed"]),
        how=text(document["how"]),
    )


def _cell(document: Any, size: str) -> CellReport:  # noqa: ANN401 - any JSON
    cell_id = text(document["id"])
    stacks = {
        text(name): read_stacks([one])[0] for name, one in _object(document["stacks"]).items()
    }
    verdict = _or_none(lambda one: _verdict(cell_id, one, stacks), document["verdict"])
    return CellReport(
        id=cell_id,
        cell=None
        if document["workload"] is None
        else Cell(
            cell_id,
            text(document["workload"]),
            text(document["executor"]),
            workers(document["workers"]),
            size,
            read_scaling(document["scaling"]),
        ),
        verdict=verdict,
        stacks=tuple(stacks.items()),
        poor=_or_none(text, document["shortfall"]) or "",
    )


def _verdict(cell_id: str, document: Any, stacks: Mapping[str, Stack]) -> Verdict:  # noqa: ANN401
    explanation = document["explanation"]
    return Verdict(
        cell=cell_id,
        outcome=OUTCOMES[text(document["outcome"])],
        change=_or_none(_estimate, document["change"]),
        detectable=_or_none(_share, document["detectable_loss"]),
        ruled_out=_or_none(_share, document["ruled_out_loss"]),
        ruled_out_of_all=_or_none(_share, document["ruled_out_loss_of_all"]),
        watches=switch(document["watches"]),
        reason=text(document["reason"]),
        speedup=_or_none(_ratio, document["speedup"]),
        before=_or_none(_ratio, document["before"]),
        margin=_or_none(_share, document["margin"]),
        parallel_change=_or_none(_ratio, document["parallel_change"]),
        serial_change=_or_none(_ratio, document["serial_change"]),
        counters=tuple(map(_counter, _list(document["counters"]))),
        explanation=None if explanation is None else _explanation(explanation, stacks),
        acknowledged=_or_none(text, document["acknowledged"]),
    )


def _explanation(document: Any, stacks: Mapping[str, Stack]) -> Explanation:  # noqa: ANN401
    causes = tuple(
        Cause(
            Loss.named(text(one["loss"])),
            _estimate(one["change"], -MAX_RATIO),
            number(one["seconds"], -MAX_SECONDS, MAX_SECONDS),
        )
        for one in _list(document["causes"])
    )
    change = number(document["change"], -MAX_RATIO, MAX_RATIO)
    name = _or_none(text, document["named"])
    named = next((one for one in causes if one.loss.value == name), None)
    refuse(name is not None and (named is None or not change), f"{brief(name)} explains nothing")
    before, after = (stacks[side] for side in ("base", "head"))
    return Explanation(change, causes, named, before, after)


def _counter(document: Any) -> CounterChange:  # noqa: ANN401 - any JSON
    return CounterChange(
        text(document["name"]),
        number(document["base"], 0, MAX_COUNT),
        number(document["head"], 0, MAX_COUNT),
        switch(document["worse"]),
    )


def _estimate(document: Any, least: float = 0.0) -> Estimate:  # noqa: ANN401 - any JSON
    value, low, high = (number(document[one], least, MAX_RATIO) for one in ("value", "low", "high"))
    return Estimate(value, low, high, number(document["confidence"], 0, 1))


def _share(value: object) -> float:
    return number(value, 0, 1)


def _ratio(value: object) -> float:
    return number(value, LEAST_RATIO, MAX_RATIO)


def _code(value: object) -> int:
    return _whole(value, 0, MAX_CODE)


def _files(value: object) -> int:
    return _whole(value, 0, MAX_FILES)


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        message = f"{brief(value)} is no whole number from {least} to {most}"
        raise ValueError(message)
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(text, _list(value)))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_ITEMS:
        message = f"{brief(value)} is no list of at most {MAX_ITEMS}"
        raise ValueError(message)
    return value


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        message = f"{brief(value)} is no object"
        raise ValueError(message)  # noqa: TRY004 - of all fields
    return value


def _or_none(read: Callable[[Any], T], value: object) -> T | None:
    return None if value is None else read(value)
