"""Whether base and head run a workload with the same arguments, from what each said of its own.

Both descriptions are data: the base's may be of whoever wants to fool or stop the gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import brief, switch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_ENTRIES = 300
"""Of a description."""

MAX_DEPTH = 6
"""Entries within each other; what is deeper is part of the deepest."""

MAX_TEXT_CHARACTERS = 200
"""Characters of a name, of a type, or of what is shown of a value."""

DIGEST_CHARACTERS = 32

UNREADABLE = "unreadable "
"""What the type of a value begins with that should have been read, and could not."""

MAX_NAMED_DIFFERENCES = 3
"""Differences that a reason names."""

RANDOM = (
    "differs from run to run on the base itself: seed it, or pass what is a path or a URL as an "
    "object (pathlib.Path, httpx.URL)"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one value, or of the same part of many.

    Attributes:
        kind: its type.
        digest: of what it is apart from its attributes and parts.
        shown: what a reader sees of it.
        plain: whether there is more to compare than its type.
        attributes: entries by name; only those that both sides have are compared.
        parts: entries by how they are written after the name of the whole.
    """

    kind: str
    digest: str
    shown: str
    plain: bool
    attributes: Mapping[str, Entry]
    parts: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Description:
    """What a side says of the arguments of a workload.

    Attributes:
        values: entries by what is written of each, such as ``args[0]``.
        whole: whether all of it was looked at.
    """

    values: Mapping[str, Entry]
    whole: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two descriptions differ.

    Attributes:
        path: the place, such as ``args[0].level``.
        how: what stood there and stands there now.
    """

    path: str
    how: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.path}: {self.how}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the arguments of base and head differ.

    Attributes:
        differing: places where both have something, and something else.
        only_one: what one side has alone, or has no value that could be compared.
    """

    differing: tuple[Difference, ...]
    only_one: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether both are the same workload."""
        return not self.differing


@dataclass(frozen=True, slots=True)
class ArgumentsJudged:
    """Whether a workload can be compared.

    Attributes:
        same: whether it runs with the same arguments on base and head.
        reason: why not; empty if it does.
        notice: what was left out of that; empty if nothing was.
    """

    same: bool
    reason: str
    notice: str


def read_description(data: Mapping[str, Any]) -> Description:
    """Read what :func:`~pytest_speedup.against.describing.describe` returned.

    Raises:
        KeyError, TypeError, ValueError: it is something else, or more than is ever described.
    """
    tree, whole = data["tree"], switch(data["whole"])
    entries = iter(range(MAX_ENTRIES + 1))
    return Description(_entry(tree, entries, MAX_DEPTH + 1).parts, whole)


def _entry(data: object, entries: Iterator[int], depth: int) -> Entry:
    if not isinstance(data, list) or depth < 0 or next(entries, None) is None:
        message = f"{brief(data)} is no description of a value, or there are too many"
        raise ValueError(message)
    kind, content, shown, plain, attributes, parts = data
    return Entry(
        _text(kind),
        _digest(content),
        _text(shown),
        switch(plain),
        _entries(attributes, entries, depth - 1),
        _entries(parts, entries, depth - 1),
    )


def _entries(data: object, entries: Iterator[int], depth: int) -> dict[str, Entry]:
    if not isinstance(data, dict):
        message = f"{brief(data)} is no set of descriptions by name"
        raise TypeError(message)
    return {_text(name): _entry(one, entries, depth) for name, one in data.items()}


def _text(value: object) -> str:
    short = isinstance(value, str) and len(value) <= MAX_TEXT_CHARACTERS
    if isinstance(value, str) and short and value.isascii() and value.isprintable():
        return value
    message = (
        f"{brief(value)} is no text of at most {MAX_TEXT_CHARACTERS} printable ASCII characters"
    )
    raise ValueError(message)


def _digest(value: object) -> str:
    text = _text(value)
    if len(text) != DIGEST_CHARACTERS or set(text) - set("0123456789abcdef"):
        message = f"{brief(value)} is no digest of {DIGEST_CHARACTERS} hexadecimal digits"
        raise ValueError(message)
    return text


def compare(base: Description, head: Description) -> Comparison:
    """Find where two descriptions differ.

    Args:
        base: of the base.
        head: of the head.
    """
    found = list(_compare_parts(base.values, head.values, ""))
    differing = tuple(one for one in found if isinstance(one, Difference))
    only_one = tuple(one for one in found if isinstance(one, str))
    return Comparison(differing, only_one)


def _compare_entries(base: Entry, head: Entry, path: str) -> Iterator[Difference | str]:
    if (base.kind, base.digest) != (head.kind, head.digest):
        yield Difference(path, _changed(base, head))
        return
    for name in sorted({**base.attributes, **head.attributes}):
        yield from _compare_attribute(base, head, name, path)
    yield from _compare_parts(base.parts, head.parts, path)


def _compare_attribute(
    base: Entry, head: Entry, name: str, path: str
) -> Iterator[Difference | str]:
    one, other = base.attributes.get(name), head.attributes.get(name)
    if one is None or other is None:
        has, lacks = ("head", "base") if one is None else ("base", "head")
        yield f"{path}: {has}'s {base.kind} has `{name}`, {lacks}'s has not"
    elif one.plain and other.plain:
        yield from _compare_entries(one, other, f"{path}.{name}")
    elif one.kind != other.kind:  # such as None and a lock
        yield f"{path}.{name}: {one.kind} then, {other.kind} now"
    elif one.kind.startswith(UNREADABLE):
        yield f"{path}.{name}: {one.kind}, its type alone"


def _compare_parts(
    base: Mapping[str, Entry], head: Mapping[str, Entry], path: str
) -> Iterator[Difference | str]:
    for step in {**base, **head}:
        one, other = base.get(step), head.get(step)
        if one is not None and other is not None:
            yield from _compare_entries(one, other, f"{path}{step}")
            if not one.plain and one == other:
                yield f"{path}{step}: {one.kind}, its type alone"
        else:
            yield Difference(
                f"{path}{step}", "only head has it" if one is None else "only base has it"
            )


def _changed(base: Entry, head: Entry) -> str:
    if base.shown != head.shown:
        return f"{base.shown} then, {head.shown} now"
    if base.kind != head.kind:
        return f"{base.kind} then, {head.kind} now"
    return f"{base.shown}, but with other content now"


def judge_arguments(
    base: Description, again: Description | None, head: Description
) -> ArgumentsJudged:
    """Judge whether a workload runs with the same arguments on base and head.

    Args:
        base: of a process of the base.
        again: of another process of the base; None if it was not asked, where nothing is said to
            be random.
        head: of a process of head.
    """
    compared = compare(base, head)
    random = () if again is None else compare(base, again).differing
    changed = [
        one for one in compared.differing if not any(_touch(one.path, two.path) for two in random)
    ]
    whole = base.whole and head.whole
    notes = [*compared.only_one, *([] if whole else ["its arguments were too many to look at all"])]
    notice = _listed("not compared", notes) if notes else ""
    reason = ""
    if changed:
        reason = _listed("its arguments or its size changed", changed)
    elif random:
        reason = f"{', '.join(one.path for one in random[:MAX_NAMED_DIFFERENCES])} {RANDOM}"
    return ArgumentsJudged(not reason, reason, notice)


def _listed(what: str, found: list[Any]) -> str:
    more = len(found) - MAX_NAMED_DIFFERENCES
    named = "; ".join(map(str, found[:MAX_NAMED_DIFFERENCES]))
    return f"{what}: {named}{f'; and {more} more' if more > 0 else ''}"


def _touch(path: str, other: str) -> bool:
    """Whether two places are the same, or one is in the other."""
    short, long = sorted((path, other), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in ("", ".", "[")
