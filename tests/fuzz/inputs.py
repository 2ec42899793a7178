"""Inputs: anything at all, and real documents with something wrong in them."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy

NASTY: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2.5,
    -0.0,
    1e-320,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    2**63,
    10**30,
    10**399,
    "",
    "x" * 3_000,
    "1",
    "nan",
    "thread-2",
    "\ud800",
    "\x1b[2J\n::error::x",
    "<script>",
    [],
    [[]],
    [0, 0],
    [1e308, 1e308],
    {},
    {"": None},
    {"a": [1]},
)
"""What stands where something else belongs."""

SEEDS = st.integers(0, 2**64 - 1)
"""One draw for a whole input: ten thousand of them are to take seconds."""

LETTERS = 'a1[]{}",:.- \\\n\x00\x1b\u202e\ud800ä😀'


def any_text(random: Random, longest: int = 12) -> str:
    """Make a text of odd letters."""
    return "".join(random.choices(LETTERS, k=random.randint(0, longest)))


def any_value(random: Random, depth: int = 3) -> Any:  # noqa: ANN401 - any JSON
    """Make a value of any kind."""
    match random.randrange(7 if depth else 5):
        case 0:
            return random.randint(-(2**70), 2**70)
        case 1:
            return random.uniform(-2, 2) * 10.0 ** random.randint(-300, 300)
        case 2:
            return any_text(random)
        case 3 | 4:
            return deepcopy(random.choice(NASTY))
        case 5:
            return [any_value(random, depth - 1) for _ in range(random.randint(0, 4))]
        case _:
            return {any_text(random): any_value(random, depth - 1) for _ in range(3)}


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - any JSON
    """All places in a document, each as what it stands in and its index or name there."""
    children = enumerate(value) if isinstance(value, list) else value.items()
    for key, child in list(children):
        yield value, key
        if isinstance(child, list | dict):
            yield from nodes(child)


def damage(document: Any, random: Random) -> Any:  # noqa: ANN401 - any JSON
    """Replace, delete, swap or add nodes of a document at some places."""
    changed = deepcopy(document)
    for _ in range(random.randint(1, 4)):
        places = list(nodes(changed))
        if not places:
            break
        where, key = random.choice(places)
        match random.choice(("replace", "replace", "replace", "delete", "swap", "more")):
            case "replace":
                where[key] = any_value(random, 1)
            case "delete":
                del where[key]
            case "swap":
                other, name = random.choice(places)
                where[key] = deepcopy(other.get(name) if isinstance(other, dict) else None)
            case _ if isinstance(where, dict):
                where[any_text(random)] = any_value(random, 1)
            case _:
                where.append(any_value(random, 1))
    return changed


def cut(data: bytes) -> SearchStrategy[bytes]:
    """Take out, put in or change bytes."""

    def change(seed: int) -> bytes:
        random = Random(seed)
        start, length = random.randint(0, len(data)), random.randint(0, 12)
        put_in = random.choice((b"", random.randbytes(random.randint(0, 6)), b"[" * 70, b"9" * 500))
        return data[:start] + put_in + data[start + length :]

    return SEEDS.map(change)


def dumped(value: object) -> bytes:
    """Write a value as Python writes JSON, NaN and halves of characters among it."""
    return json.dumps(value).encode()


def documents(
    valid: Any,  # noqa: ANN401 - any JSON
    dump: Callable[[Any], bytes] = dumped,
) -> SearchStrategy[bytes]:
    """Bytes that are anything, JSON of any kind, or nearly the document."""
    damaged = SEEDS.map(lambda seed: dump(damage(valid, Random(seed))))
    return st.one_of(
        damaged,
        damaged,
        cut(dump(valid)),
        SEEDS.map(lambda seed: dumped(any_value(Random(seed)))),
        st.binary(max_size=60),
    )
