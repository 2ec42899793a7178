from __future__ import annotations

import array
import collections
import enum
import functools
import io
import json
import mmap
import operator
import os
import random
import re
import subprocess
import sys
import threading
import tracemalloc
import types
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_speedup.against import containers, describing
from pytest_speedup.against.arguments import MAX_ENTRIES, compare, read_description
from pytest_speedup.against.describing import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.against.anatomy import Anatomy
    from pytest_speedup.against.arguments import Comparison
    from pytest_speedup.against.contents import Fold

MEGABYTE = 1_000_000


class Load(NamedTuple):
    items: int
    seconds: float = 0.1


@dataclass
class Job:
    name: str
    parts: list[int]


@dataclass(frozen=True)
class Key:
    number: int
    lock: object = field(default_factory=threading.Lock, compare=False)


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Opaque:
    pass


class Slotted:
    __slots__ = ("level", "unset")

    def __init__(self, level: int) -> None:
        self.level = level


class Codec:
    def __init__(self, level: int = 3, **more: object) -> None:
        self.level = level
        vars(self).update(more)

    def run(self) -> None:
        pass


class Retry:
    """A decorator that is a class."""

    def __init__(self, function: Callable[..., object]) -> None:
        functools.update_wrapper(self, function)

    def __call__(self) -> None:
        pass


class Hostile:
    """Nothing that is asked of it works."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)

    def __fail(self, *_: object) -> Any:  # noqa: ANN401 - as each of them
        raise RuntimeError

    __eq__ = __hash__ = __repr__ = __len__ = __iter__ = __bool__ = __fail
    __reduce_ex__ = __getstate__ = __buffer__ = __fail


class HostileType(type):
    def __getattribute__(cls, name: str) -> object:
        raise RuntimeError(name)

    def __hash__(cls) -> int:
        raise RuntimeError


class OfHostileType(metaclass=HostileType):
    pass


class Counted:
    """Code of its own runs in a property, and is counted."""

    asked = 0

    @property
    def parts(self) -> int:
        Counted.asked += 1
        return Counted.asked


def work(*_: object, **__: object) -> None:
    pass


def other_work(*_: object, **__: object) -> None:
    pass


def differences(one: object, other: object) -> Comparison:
    """Compare two values as the parent does."""
    return compare(*(read_description(json.loads(json.dumps(describe(v)))) for v in (one, other)))


def nested(depth: int, end: object) -> object:
    value = end
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        ("1", 1),
        ("1", b"1"),
        (None, ...),
        ([10**5_000], [10**5_000 + 1]),
        (Decimal("1.0"), Decimal("1.00")),
        (Fraction(1, 2), Fraction(1, 3)),
        ([1, 2], [2, 1]),
        ([1], (1,)),
        ([[1], [2]], [[1, 2], []]),
        (list(range(100)), list(range(101))),
        ([*range(10_000), "a"], [*range(10_000), "b"]),
        ([Codec(one) for one in range(100)], [Codec(one) for one in range(99, -1, -1)]),
        ([nested(30, 1)], [nested(30, 2)]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({1: 2}, {1: 2, 3: 4}),
        ({n: n for n in range(100)}, {n: n % 99 for n in range(100)}),
        ({(1, 2): Codec(1)}, {(1, 3): Codec(1)}),
        ({1, 2}, {1, 3}),
        ({1, "1"}, {1, "2"}),
        ({Key(1), Key(2)}, {Key(1), Key(3)}),
        (range(3), range(4)),
        (slice(3), slice(4)),
        (Load(3), Load(4)),
        (Job("x", [1]), Job("x", [2])),
        (Slotted(1), Slotted(2)),
        (Opaque(), Codec()),
        (Level.LOW, Level.HIGH),
        (Level.LOW, 1),
        (sorted, max),
        (work, other_work),
        (Opaque, Codec),
        (Codec(1).run, Codec(2).run),
        (Codec(1).run, Codec(1).__init__),  # type: ignore[misc]
        ([1].append, [2].append),
        (functools.partial(work, 1), functools.partial(work, 2)),
        (functools.partial(work, one=1), functools.partial(other_work, one=1)),
        (operator.itemgetter(1), operator.itemgetter(2)),
        (array.array("d", [1.0]), array.array("d", [2.0])),
        (array.array("i", [1]), array.array("I", [1])),
        (bytearray(b"a"), bytearray(b"b")),
        (memoryview(b"abcd")[::2], memoryview(b"abcd")[1::2]),
        (collections.deque([1], 2), collections.deque([1], 3)),
        (collections.defaultdict(list), collections.defaultdict(dict)),
        (types.MappingProxyType({1: 2}), types.MappingProxyType({1: 3})),
        (datetime(2020, 1, 1, tzinfo=timezone.utc), datetime(2020, 1, 2, tzinfo=timezone.utc)),
        (timedelta(1), timedelta(2)),
        (uuid.UUID(int=1), uuid.UUID(int=2)),
        (re.compile("a"), re.compile("a", re.IGNORECASE)),
        (random.Random(1), random.Random(2)),
        (io.BytesIO(b"a"), io.BytesIO(b"b")),
        (ValueError("a"), ValueError("b")),
        (json, re),
        ("\ud800", "\ud801"),
    ],
)
def test_other_values_differ(one: object, other: object) -> None:
    """In any of their parts, by themselves and in others."""
    assert not differences(one, other).same
    assert not differences([one], [other]).same
    assert not differences(Codec(it=one), Codec(it=other)).same
    assert not differences([one] * 20, [one] * 19 + [other]).same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Path("a"), Path("b")),
        (httpx.URL("http://a"), httpx.URL("http://b")),
        (urlsplit("http://a"), urlsplit("http://b")),
        (iter([1]), iter([2])),
        (threading.Lock(), threading.Lock()),
        (Opaque(), Opaque()),
        (work, functools.wraps(work)(lambda: None)),
        (work, functools.lru_cache(work)),
        (work, Retry(work)),
        (lambda: 1, lambda: 1),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        ({(1,): 1, "a": 2}, {"a": 2, (1,): 1}),
        ({Key(1): 1}, {Key(1): 1}),
        (memoryview(b"abcd")[::2], memoryview(b"axcx")[::2]),
        (random.random, random.random),
        (Codec(), Codec()),
    ],
)
def test_what_is_told_from_nothing_else_is_the_same(one: object, other: object) -> None:
    """What differs from run to run, and what hides its parts, is compared by its type or name."""
    if isinstance(one, types.LambdaType) and isinstance(other, types.LambdaType):
        other.__qualname__ = one.__qualname__
    assert differences(one, other).same


def test_an_object_is_compared_by_what_both_sides_have() -> None:
    """A lock that head adds is the very loss to be found; it is named."""
    compared = differences([Codec()], [Codec(lock=threading.Lock(), size=4)])
    assert compared.same
    assert compared.only_one == (
        f"value[0]: head's {__name__}.Codec has `lock`, base's has not",
        f"value[0]: head's {__name__}.Codec has `size`, base's has not",
    )
    assert differences([Codec()] * 50, [Codec(lock=threading.Lock())] * 50).same
    assert not differences([Codec(3)] * 50, [Codec(4, lock=threading.Lock())] * 50).same
    assert differences({Codec(3)}, {Codec(3, lock=threading.Lock())}).same
    for depth in range(10):
        locked = nested(depth, Codec(3, lock=threading.Lock()))
        assert differences(nested(depth, Codec(3)), locked).same
    assert differences(Codec(lock=None), Codec(lock=threading.Lock())).only_one == (
        "value.lock: NoneType then, _thread.lock now",
    )


def test_a_difference_says_where_and_what() -> None:
    """As the test's author wrote it."""
    base = {"codec": Codec(3), "rows": [[1, 2]] * 9, "load": Load(3)}
    head = {"codec": Codec(5), "rows": [[1, 2]] * 8 + [[1, 3]], "load": Load(4), "more": 1}
    assert [str(one) for one in differences(base, head).differing] == [
        "value: dict of 3 then, dict of 4 now"
    ]
    del head["more"]
    assert [str(one) for one in differences(base, head).differing] == [
        "value['codec'].level: 3 then, 5 now",
        "value['load'].items: 3 then, 4 now",
        "value['rows']: list of 9, but with other content now",
    ]


def test_what_is_known_by_its_type_alone_is_named() -> None:
    """Nobody is to take it for compared."""
    assert differences([threading.Lock()], [threading.Lock()]).only_one == (
        "value[0]: _thread.lock, its type alone",
    )


def lying() -> object:
    kind = type("Lying", (list,), {"__len__": lambda _: 10**9, "__iter__": lambda _: iter(int, 1)})
    return kind([1, 2])


@pytest.mark.parametrize(
    "make",
    [
        Hostile,
        lambda: [Hostile()] * 20,
        lambda: Codec(it=Hostile()),
        lambda: [OfHostileType()],
        lambda: [OfHostileType(), OfHostileType],
        lambda: {1: Hostile()},
        lying,
    ],
)
def test_it_never_raises(make: Callable[[], object]) -> None:
    """A value that cannot be read is known by its type."""
    assert differences(make(), make()).same


def test_no_code_of_the_value_runs() -> None:
    """A property may do anything."""
    describe(Counted())
    assert Counted.asked == 0


def test_values_that_are_in_themselves_end() -> None:
    """Lists, dicts and objects."""

    def endless(last: object) -> list[object]:
        row: list[object] = [1]
        codec = Codec(row=row)
        row += [row, {"row": row}, codec, last]
        return row

    assert differences(endless(1), endless(1)).same
    assert not differences(endless(1), endless(2)).same


@pytest.mark.parametrize("depth", [7, 50, 5_000])
def test_depth_is_no_matter(depth: int) -> None:
    """What is deeper than is told is hashed, without recursion."""
    assert differences(nested(depth, Codec(1)), nested(depth, Codec(1))).same
    assert not differences(nested(depth, Codec(1)), nested(depth, Codec(2))).same


def test_a_description_is_small() -> None:
    """However much there is to say."""
    many = {f"name {n}": Codec(3, **{f"attribute {m}": [m] for m in range(30)}) for n in range(8)}
    for value in (many, [many] * 100, [many, many, many], "x" * 10**6, {"k" * 10**5: 1}):
        text = json.dumps(describe(value))
        assert len(text) < 300 * MAX_ENTRIES
        read_description(json.loads(text))
    assert not differences(many, {**many, "name 7": Codec()}).same


def test_too_much_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values without end by sharing, in bounded steps."""
    monkeypatch.setattr(describing, "MAX_PARTS", 1_000)
    value: object = [Codec()]
    for _ in range(60):
        value = [value, value]
    assert describe([Codec()])["whole"]
    assert not describe(value)["whole"]
    assert not describe([[*range(4_000)]] * 500)["whole"]
    assert not describe({Key(n) for n in range(2_000)})["whole"]
    assert differences({Key(n) for n in range(2_000)}, {Key(n) for n in range(2_000)}).same


@pytest.mark.parametrize(
    "make",
    [
        lambda: bytearray(64 * MEGABYTE),
        lambda: memoryview(bytes(64 * MEGABYTE))[::2],
        lambda: array.array("d", bytes(64 * MEGABYTE)),
        lambda: mmap.mmap(-1, 64 * MEGABYTE),
        lambda: "x" * (64 * MEGABYTE),
        lambda: [bytes(8 * MEGABYTE)] * 1_000,
        lambda: [1.5] * MEGABYTE,
    ],
    ids=["bytearray", "strided", "array", "mmap", "text", "shared", "list"],
)
def test_what_is_large_is_streamed(make: Callable[[], object]) -> None:
    """No copy of it is made; of a long list, one of its references."""
    value = make()
    tracemalloc.start()
    try:
        describe(value)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * MEGABYTE


def test_a_value_at_many_places_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hundred megabytes for each of a thousand tasks."""
    asked: list[object] = []

    def take_apart(value: object, fold: Fold) -> Anatomy:
        asked.append(value)
        return containers.take_apart(value, fold)

    monkeypatch.setattr(describing, "take_apart", take_apart)
    payload = bytearray(10)
    describe([payload] * 1_000)
    assert sum(1 for one in asked if one is payload) == 1


WORKER = """
import json, sys
from pytest_speedup.against.describing import describe
for line in sys.stdin:
    print(json.dumps(describe(eval(line, {"nan": float("nan"), "inf": float("inf")}))), flush=True)
"""

LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.tuples(st.text()), inner)
        | st.frozensets(st.text() | st.integers() | st.tuples(st.text(), st.integers()))
    ),
    max_leaves=30,
)


@pytest.fixture(scope="module")
def two_processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Two with different hash seeds, which describe what they are told."""
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for seed in ("1", "2")
    ]
    yield pair
    for one in pair:
        one.communicate()
        assert one.returncode == 0


@settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(value=LITERALS, other=LITERALS)
def test_processes_agree(
    two_processes: list[subprocess.Popen[str]], value: object, other: object
) -> None:
    """On a value, in whatever order its parts are kept there; and other values are others."""
    first, second = asked(two_processes, repr(value))
    assert first == second == json.loads(json.dumps(describe(value)))
    assert differences(value, other).same == (repr_of(value) == repr_of(other))


@pytest.mark.parametrize(
    "text",
    [
        "set('abcdefgh')",
        "{frozenset('abcdefgh'): 1}",
        "[set('abcdefgh')] * 20",
        "{(one, 1) for one in 'abcdefgh'}",
        "dict.fromkeys(set('abcdefgh'), 1)",
        "dict.fromkeys({(one,) for one in 'abcdefghijkl'}, 1)",
        "object()",
        "[len, str.upper, [].append, lambda: 1]",
    ],
)
def test_hash_seeds_and_addresses_do_not_count(
    two_processes: list[subprocess.Popen[str]], text: str
) -> None:
    """Sets have another order in each process."""
    first, second = asked(two_processes, text)
    assert first == second


def asked(processes: list[subprocess.Popen[str]], text: str) -> list[object]:
    """Have each process describe the value of an expression."""
    answers = []
    for process in processes:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{ascii_only(text)}\n")
        process.stdin.flush()
        answers.append(json.loads(process.stdout.readline()))
    return answers


def ascii_only(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


def repr_of(value: object) -> str:
    """Write a value out with its dicts and sets in order."""
    if isinstance(value, dict):
        return str(sorted((repr_of(key), repr_of(one)) for key, one in value.items()))
    if isinstance(value, frozenset):
        return f"set {sorted(map(repr_of, value))}"
    if isinstance(value, list | tuple):
        return f"{type(value)} {[repr_of(one) for one in value]}"
    return repr(value)
