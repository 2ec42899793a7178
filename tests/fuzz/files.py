"""Readers of files that may come with a pull request."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from hypothesis import strategies as st

from benchmarks.lab.escalated import read_log as read_escalated
from benchmarks.lab.recording import RecordedCell, read_recording, write_run
from benchmarks.lab.sidebyside import read_log
from pytest_speedup.against.base_env import NEEDED, read_told
from pytest_speedup.against.base_env import _declared as declared
from pytest_speedup.against.channel import last_lines, quote
from pytest_speedup.against.declared import Declared, declared_in_files
from pytest_speedup.against.declared import _commit_of as commit_of
from pytest_speedup.against.projects import project_name, source_of
from pytest_speedup.against.side import SideError
from pytest_speedup.against.worktree import WorkTree
from pytest_speedup.documents import load_json, load_toml
from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import (
    Baseline,
    Measured,
    compare,
    expected_costs,
    merge_shards,
    read_history,
    refuse_shards,
    split,
)
from pytest_speedup.losses.explanation import explain_groups, explain_pairs
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.losses.stack import write_stacks
from pytest_speedup.model import Bound, CounterChange, Outcome, Round, RunReport, SavedCell
from pytest_speedup.reports import (
    render_differences,
    render_history,
    render_history_json,
    render_json,
    render_markdown,
    render_stacks,
    word_complaints,
    word_remarks,
    word_verdict,
)
from pytest_speedup.statistics import read_readings, summarize
from pytest_speedup.storage import (
    from_extra_info,
    read_acknowledged,
    read_report,
    read_rounds,
    read_run,
    read_spent,
    to_extra_info,
    to_machine_info,
)
from tests.fuzz.inputs import cut, documents
from tests.fuzz.reader import Reader
from tests.gate.builders import POLICY
from tests.samples import MACHINE, make_cell, make_kernel_round, make_round, make_samples
from tests.shards import ids, make_shards, make_verdict
from tests.stacks import make_stack

STACK = make_stack({Loss.GIL: 0.5, Loss.DISPATCH: 0.25, Loss.SERIAL: -0.1})
ROUNDS = tuple(
    Round((*make_round(0.2 + n / 100, 0.1, 0.11).turns, *make_kernel_round(0.004, 0.002).turns))
    for n in range(4)
)


def written(value: Any, folder: Path) -> Path:  # noqa: ANN401 - as the strategy makes it
    path = folder / "0001_run.json"
    path.write_bytes(value)
    return path


def saved_run() -> dict[str, Any]:
    """A file as pytest-benchmark saves it."""
    info = to_extra_info(summarize(make_samples()))
    info["readings"]["ceiling"] = [0.6, 0.01]
    info["stacks"] = write_stacks([STACK, STACK])
    document = {
        "machine_info": {"node": "x", "speedup": to_machine_info(MACHINE)},
        "commit_info": {"id": "0123456789abcdef", "dirty": False},
        "benchmarks": [
            {"fullname": make_cell().id, "extra_info": {"speedup": info}},
            {"fullname": "test_other.py::test_other", "extra_info": {}},
        ],
        "datetime": "2026-11-24T01:02:03+00:00",
        "version": "5.3.1",
    }
    copied: dict[str, Any] = json.loads(json.dumps(document))
    return copied


def judge(cells: list[SavedCell]) -> None:
    """Judge a cell by what is saved of it, explain that and show its history."""
    readings = read_readings(make_samples().rounds)
    for one in cells:
        measured = Measured(make_cell(), Bound.WAIT, one.machine, [readings])
        baseline = Baseline([one, one], cells)
        verdict = compare(measured, baseline, margin=0.1, error=1e-4, policy=POLICY)
        assert verdict.outcome in Outcome
        word_verdict(verdict).encode()
        change = readings.speedup.value - one.readings.speedup.value
        explain_groups([*one.stacks, *one.stacks], [STACK, STACK], change)
        if one.stacks:
            "".join(render_stacks([("saved", one.stacks[0]), ("now", STACK)])).encode()
        history = read_history([one] * 3)
        render_history([history], width=100, colour=False, encoding="utf-8").encode()
        render_history_json([history])


def shard() -> dict[str, Any]:
    """The report of a suite's only shard, with a loss that is explained."""
    cell = ids(1, 1)[0]
    ((_, report),) = make_shards({cell: Outcome.REGRESSED}, 1)
    stacks = [make_stack({Loss.GIL: 0.1}), make_stack({Loss.GIL: 0.5})]
    pairs = [(stacks[0], stacks[1])] * 3
    explanation = explain_pairs(pairs, -0.5)
    assert explanation is not None
    verdict = replace(
        make_verdict(cell, Outcome.REGRESSED),
        speedup=1.2,
        before=1.9,
        parallel_change=1.5,
        serial_change=1.0,
        counters=(CounterChange("pools created", 1, 9, worse=True),),
        explanation=explanation,
    )
    told = (("base", explanation.before), ("head", explanation.after))
    cells = (replace(report.cells[0], verdict=verdict, stacks=told),)
    document: dict[str, Any] = json.loads(render_json(replace(report, cells=cells)))
    return document


def merge(report: RunReport) -> None:
    """Put a suite together of it alone, and show what comes of that."""
    if refuse_shards([("a.json", report)]):
        return
    merged = merge_shards([("a.json", report)]).report
    for render in (render_json, render_markdown):
        render(merged).encode()
    verdicts = [one.verdict for one in merged.cells if one.verdict is not None]
    render_differences(verdicts, width=80, colour=False).encode()
    "".join([*map(word_remarks, verdicts), *word_complaints(merged.standing)]).encode()


def recording() -> bytes:
    run = {"primes process-2": RecordedCell(Bound.CPU, (ROUNDS, ROUNDS))}
    return f"{write_run(run)}\n{write_run(run)}\n".encode()


def recorded(document: Any) -> bytes:  # noqa: ANN401 - any JSON
    return json.dumps(document).encode() + b"\n"


DIRECT_URL = {"url": "file:///home/user/acme", "dir_info": {"editable": True}}


def named(data: bytes, folder: Path) -> str:
    """Read the name of a project from whatever file of it has these bytes."""
    for file in ("pyproject.toml", "setup.cfg", "setup.py"):
        (folder / file).write_bytes(data)
    return project_name(folder)


def installed_from(data: bytes, folder: Path) -> object:
    """Find where a distribution was installed from that says so in these bytes."""
    (folder / "direct_url.json").write_bytes(data)
    commit_of(metadata.PathDistribution(folder))  # of which it reads something else
    return source_of(metadata.PathDistribution(folder), folder)


def declaring(data: bytes, folder: Path) -> dict[str, Declared]:
    """Read what files of each kind declare that have these bytes."""
    names = ("requirements.txt", "uv.lock")
    for name in names:
        (folder / name).write_bytes(data)
    tree = WorkTree(folder, "d" * 40, dict.fromkeys(names, "b" * 40))
    return declared_in_files(tree, PurePosixPath())


TOLD = {
    "python": ["cpython", "3.11.7", ""],
    "prefixes": ["/env", "/usr"],
    "has": dict.fromkeys(NEEDED, "1.0"),
}
"""What an interpreter says of itself."""

ESCALATED = ["lost-in-primes", 12.5, 1, {"passed": 4, "regressed": 2}, ["test_primes[thread-2]"]]
LOGGED = ["same", 12.5, {"a[thread-2]": ["cpu", "passed", [0.1, 0.2], [0.1, 0.2], "why"]}]

ACKNOWLEDGED = b"""
[[acknowledged]]
cell = "test_work.py::test_work[thread-4]"
reason = "checked in review"
until = 2026-12-31
"""
TODAY = dt.date(2026, 10, 1)

TOML_WORDS = (
    *(
        "[[acknowledged]]\n",
        "[acknowledged]\n",
        "acknowledged = ",
        'cell = "x"\n',
        "reason = 'y'\n",
    ),
    *(
        "until = 2026-12-31\n",
        "until = 0001-01-01\n",
        "until = 2026-12-31T00:00:00\n",
        "a.b.c = 1\n",
    ),
    *(
        "[" * 50,
        "]" * 50,
        "{",
        "}",
        "= 1e999\n",
        "= nan\n",
        '"\\u0000"',
        '"""',
        "'''",
        "\n",
        "#",
        ",",
    ),
)
TOML = st.one_of(
    cut(ACKNOWLEDGED),
    st.lists(st.sampled_from(TOML_WORDS), max_size=12).map(lambda words: "".join(words).encode()),
    st.text(max_size=60).map(lambda text: text.encode(errors="surrogatepass")),
    st.binary(max_size=60),
)
WORDS = st.text("spkc0123456789. x\n-", max_size=40)

FILES = (
    Reader("load_json", documents(saved_run()), lambda data, _: load_json(data), (ValueError,)),
    Reader("load_toml", TOML, lambda data, _: load_toml(data), (ValueError,), (ACKNOWLEDGED,)),
    Reader(
        "read_run",
        documents(saved_run()),
        lambda data, folder: read_run(written(data, folder)),
        (SpeedupError,),
        (recorded(saved_run()),),
        judge,
    ),
    Reader(
        "read_report",
        documents(shard()),
        lambda data, folder: read_report(written(data, folder)),
        (SpeedupError,),
        (recorded(shard()),),
        merge,
    ),
    Reader(
        "read_spent",
        documents(shard()),
        lambda data, folder: read_spent(written(data, folder)),
        (SpeedupError,),
        (recorded(shard()),),
        lambda spent: split(expected_costs({"a": 1, **dict.fromkeys(spent, 2)}, spent), 3),
    ),
    Reader(
        "from_extra_info",
        documents(saved_run()["benchmarks"][0]["extra_info"]["speedup"]),
        lambda data, _: from_extra_info("cell", load_json(data)),
        (SpeedupError, ValueError),
        (recorded(saved_run()["benchmarks"][0]["extra_info"]["speedup"]),),
        summarize,
    ),
    Reader(
        "read_rounds",
        st.one_of(
            WORDS, cut(b"s1.000p2.000 s1.500p2.500").map(lambda data: data.decode("latin-1"))
        ),
        lambda text, _: read_rounds(text, {"serial", "parallel"}),
        (ValueError,),
        ("s1.000p2.000 s1.500p2.500",),
        read_readings,
    ),
    Reader(
        "read_acknowledged",
        TOML,
        lambda data, folder: read_acknowledged(written(data, folder), TODAY),
        (SpeedupError,),
        (ACKNOWLEDGED,),
    ),
    Reader(
        "read_recording",
        st.one_of(documents(json.loads(recording().splitlines()[0]), recorded), cut(recording())),
        lambda data, folder: read_recording(written(data, folder)),
        (SpeedupError,),
        (recording(),),
    ),
    Reader(
        "read_escalated",
        documents(ESCALATED, recorded),
        lambda data, folder: read_escalated(written(data, folder)),
        (SpeedupError,),
        (recorded(ESCALATED), b""),
    ),
    Reader(
        "read_log",
        documents(LOGGED, recorded),
        lambda data, folder: read_log(written(data, folder)),
        (SpeedupError,),
        (recorded(LOGGED), b""),
    ),
    Reader(
        "last_lines",
        st.binary(max_size=200),
        lambda data, folder: "\n".join(quote(last_lines(written(data, folder), 3))).encode(),
        (),
        (b"said\n",),
    ),
    Reader(
        "project_name",
        st.binary(max_size=200),
        lambda data, folder: named(data, folder).encode(),
        (),
        (b"[project]\nname = 'acme'\n", b"[metadata]\nname = acme\n", b"setup(name='acme')\n"),
    ),
    Reader(
        "source_of",
        st.one_of(st.binary(max_size=200), documents(DIRECT_URL, recorded)),
        lambda data, folder: str(installed_from(data, folder)).encode(),
        (),
        (recorded(DIRECT_URL),),
    ),
    Reader(
        "declared_in_files",
        st.binary(max_size=200),
        lambda data, folder: len(declaring(data, folder)),
        (),
        (b"acme>=1 ; extra == 'a'\n-r other.txt\n", b"[[package]]\nname='a'\nversion='1'\n"),
    ),
    Reader(
        "read_told",
        st.one_of(st.binary(max_size=200), documents(TOLD, recorded)),
        lambda data, _folder: read_told(data),
        (ValueError,),
        (recorded(TOLD),),
    ),
    Reader(
        "environment_name",
        st.binary(max_size=200),
        lambda data, folder: declared(written(data, folder)),
        (SideError,),
        (b"[project]\n",),
    ),
)
