"""What a side of a comparison answers."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hypothesis import strategies as st

from pytest_speedup.against.arguments import judge_arguments, read_description
from pytest_speedup.against.cells import Wanted, match_cells
from pytest_speedup.against.channel import Channel, Mailbox
from pytest_speedup.against.describing import describe_call
from pytest_speedup.against.harness import _tests_in
from pytest_speedup.against.imports import read_imports
from pytest_speedup.against.making import Made
from pytest_speedup.against.overlay import Overlay
from pytest_speedup.against.proof import OutsideError, Proof
from pytest_speedup.against.protocol import (
    Closed,
    Described,
    DescribedCell,
    Failed,
    Failure,
    LoadedFile,
    Open,
    Opened,
    Proved,
    Recorded,
    Took,
    Unsuited,
    decode_request,
    encode,
)
from pytest_speedup.against.side import Code, Side, SideError
from pytest_speedup.against.touched import Asked, OneFile, OneSide, touch_cells
from pytest_speedup.against.touches import Touches
from pytest_speedup.against.watch import BUILT, FOREIGN, INSTALLED, PROGRAM, TREE, UNASKED
from pytest_speedup.against.worktree import WorkTree
from pytest_speedup.documents import load_json
from pytest_speedup.errors import UnsuitableError
from pytest_speedup.losses.explanation import explain_pairs
from pytest_speedup.losses.stack import stack_losses
from pytest_speedup.losses.trace import Task, Trace
from pytest_speedup.model import BASE, HEAD, PARALLEL, SERIAL, Bound, Floors, Round, Touch, Turn
from pytest_speedup.reports import render_stacks, word_verdict
from pytest_speedup.statistics import read_readings
from tests.against.test_side import FakeProcess
from tests.fuzz.inputs import cut, documents
from tests.fuzz.reader import Reader, use_nothing

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from pytest_speedup.against.arguments import Description
    from pytest_speedup.against.imports import Imports

WAITS = {"core wait": 0.1, "lock wait": 0.1, "queue wait": 0.0}
TASKS = tuple(Task(0.5, 1.0 + n, 1.5 + n, 0.4, n % 2, WAITS, 0.01, 50, 0.01) for n in range(3))
SERIAL_TRACE = Trace(0.0, 4.0, 1, TASKS, caller_cpu=0.5)
TRACE = Trace(0.25, 4.0, 2, TASKS, (0.125, 0.5), gil=True, core_wait=0.75, caller_cpu=0.5)

CELLS = (
    DescribedCell("test_a.py::test_a[serial-1]", "serial", 1, None, chosen=True),
    DescribedCell("test_a.py::test_a[thread-2]", "thread", 2, 0.1, chosen=True, floors=Floors(2.0)),
)
DESCRIBED = Described(CELLS, {"test_b.py": "ImportError"})
WANTED = [Wanted(one.id, "a", one.executor, one.workers) for one in CELLS]
ARGUMENTS = describe_call("quick", [[1, 2], Code(Path("base")), b"bytes"], {"level": 3})


def line(message: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Write a message as a side does."""
    return json.dumps(message).encode() + b"\n"


def hearing(kind: type) -> Callable[[bytes, Path], object]:
    """Hear what a side wrote."""

    def hear(answer: bytes, folder: Path) -> object:
        log = folder / "base.log"
        log.touch()
        process = cast("subprocess.Popen[bytes]", FakeProcess())
        channel = Channel(BytesIO(answer), BytesIO())
        return Side(BASE, process, channel, Mailbox(channel), log).hear(kind)

    return hear


def match(described: Described) -> None:
    """Match what the base has with what head has, and say what is missing."""
    for base, head in ((described, DESCRIBED), (DESCRIBED, described)):
        matched = match_cells(WANTED, base, head, lambda _cell: True, 0.04)
        for verdict in matched.verdicts.values():
            word_verdict(verdict).encode()


def judge(opened: Opened) -> None:
    """Judge whether head has such arguments."""
    judge_one(read_description(opened.arguments))


def judge_one(said: Description) -> None:
    """Judge arguments as each of the three sides', and say why they differ."""
    ours = read_description(ARGUMENTS)
    for three in ((said, ours, ours), (ours, said, ours), (ours, ours, said), (said, said, said)):
        judged = judge_arguments(*three)
        assert judged.same == (not judged.reason)
        assert f"{judged.reason}{judged.notice}".isprintable()
        f"{judged.reason}{judged.notice}".encode("ascii")


def explain(recorded: Recorded) -> None:
    """Find where the time went, as far as the times do not contradict each other."""
    trace = recorded.trace
    stacks = [stack_losses(SERIAL_TRACE, trace, 1.5), stack_losses(trace, TRACE)]
    good = stack_losses(SERIAL_TRACE, TRACE)
    for stack in stacks:
        if stack.seconds > 0:
            "".join(render_stacks([("base", stack), ("head", good)])).encode()
            explain_pairs([(stack, good), (stack, good)], -0.3)


def measure(took: Took) -> None:
    """Estimate from rounds with such a turn."""
    turns = Round((Turn(SERIAL, 0.5), Turn(PARALLEL, took.seconds)))
    read_readings([turns, turns, Round((Turn(SERIAL, 0.5), Turn(PARALLEL, 0.3)))])


def answers(
    answer: Described | Opened | Took | Recorded | Proved | Closed | Failed | Unsuited,
    use: Callable[[Any], object] = use_nothing,
) -> Reader:
    """Make a reader of one kind of answers."""
    kind, valid = type(answer), json.loads(json.dumps(encode(answer)))
    whole = documents(valid, line)
    inputs = st.one_of(whole, whole.map(lambda data: data.rstrip(b"\n") + b"\n"), cut(line(valid)))
    read = () if kind in {Failed, Unsuited} else (line(valid),)
    errors = (SideError, UnsuitableError)
    return Reader(f"hear {kind.__name__}", inputs, hearing(kind), errors, read, use)


def document(name: str, valid: object, read: Callable[[Any], object]) -> Reader:
    """Make a reader of a document that stands in a message."""
    errors = (AttributeError, KeyError, TypeError, ValueError)
    return Reader(
        name,
        documents(json.loads(json.dumps(valid))),
        lambda data, _folder: read(load_json(data)),
        errors,
        (json.dumps(valid).encode(),),
    )


MADE = Made(
    HEAD,
    Path("/tree"),
    WorkTree(Path("/tree"), "tree", {}),
    Overlay(Path("/env"), Path("/env/python"), Path("/env/site")),
    (),
    (),
    {"/tree/": TREE, "/env/": BUILT, "/site/": INSTALLED, "/other/": FOREIGN},
    {},
    sites=(Path("/site"),),
)
LOADED = tuple(
    LoadedFile(kind, "acme", f"/{place}/acme.py", 7)
    for kind, place in ((TREE, "tree"), (BUILT, "env/site"), (UNASKED, "bin"), (PROGRAM, "bin"))
)
PROVED = Proved(LOADED, 3, ("/tree/test_a.py",), ("/tree/conftest.py", "/env/site/plugin.py"))


def prove(proved: Proved) -> None:
    """Hold what a side told against a tree that has none of it, and ask whom a change touches."""
    proof = Proof(HEAD, MADE)
    with suppress(OutsideError):
        proof.take(proved)
    proof.seen.end("a")
    wanted = [Wanted("test_a.py::test_a[thread-2]", "a", "thread", 2)]
    assert [*Touches(proof, proof).of(wanted)] == [wanted[0].id]


def touch(imports: Imports | None) -> None:
    """Say whom a change touches where such a file is among those that were loaded."""
    names = ("test_a.py", "src/acme/__init__.py", "src/acme/core.py", "other/conftest.py")
    files = {name: OneFile("same", imports=imports, module="acme") for name in names}
    base = OneSide(files, ["test_a.py"], ["other/conftest.py"])
    head = replace(base, files={**files, "test_a.py": OneFile("other", imports=imports)})
    asked = [Asked("a", "a", "test_a.py"), Asked("b", "b", "test_b.py")]
    found = touch_cells(asked, base, head, everything=False, unknown=False)
    assert found == {"a": Touch.TOUCHED, "b": Touch.TOUCHED}


def tests_of(data: bytes, folder: Path) -> object:
    """Look for the tests of a file of the base, which may be anything."""
    file = folder / "test_a.py"
    file.write_bytes(data)
    return _tests_in(file)


IMPORTING = b"""
import acme.core as core, sys
from . import a
from ...b.c import *
from acme import core
@core.register
class A(core.B):
    @property
    def c(self): return sys.modules["acme.core"]
    @c.setter
    def c(self, d): import json; exec(d)
core.SIZE, core.SIZES[1] = 1, 2
if TYPE_CHECKING: import other
match 1:
    case [*_]: del core.SIZE
def pytest_setup(): pass
"""
SOURCE = b"def test_a(speedup):\n    speedup(str)\n"

IMPORTS = Reader(
    "imports of a file",
    cut(IMPORTING),
    lambda data, _folder: read_imports(data),
    (),
    (IMPORTING,),
    touch,
)
ANSWERS = (
    answers(DESCRIBED, match),
    answers(Opened(Bound.CPU, ARGUMENTS, own_work=False), judge),
    answers(Took(0.25), measure),
    answers(Recorded(TRACE), explain),
    answers(Closed()),
    answers(Failed(Failure.SKIPPED, "why")),
    answers(Unsuited("why")),
    document("decode_request", encode(Open(("a[thread-2]",), "b")), decode_request),
    document("read_description", ARGUMENTS, read_description),
    Reader("tests of a file", cut(SOURCE), tests_of, (SideError,), (SOURCE,)),
    answers(PROVED, prove),
    IMPORTS,
)
