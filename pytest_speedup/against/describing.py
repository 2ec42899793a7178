"""A description of a workload's arguments: the same in two processes if their values are."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from pytest_speedup.against.anatomy import Anatomy, brief, opaque
from pytest_speedup.against.arguments import MAX_DEPTH, MAX_ENTRIES, UNREADABLE
from pytest_speedup.against.containers import take_apart
from pytest_speedup.against.contents import CHUNK_TEXT, digest, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_TOLD_ONE_BY_ONE = 8
"""Items of a list that are told one by one; those of a longer one are told together."""

MAX_PARTS = 200_000
"""Values that are looked at one by one, some seconds; most stand in arrays and plain lists."""

WRITTEN_FOR_ONE = 400
"""Plain values that take as long as one that is looked at."""

KEPT_HASH_BYTES = 16
"""Bytes of the content of values that are hashed once, at how many places they may stand."""

EACH = "[*]"
"""Where what is told is the same part of all items."""


def describe(value: object, name: str = "value") -> dict[str, Any]:
    """Describe a value by what is in it; never raises.

    Args:
        value: any value.
        name: what it is called in messages.

    Returns:
        What :func:`~pytest_speedup.against.arguments.read_description` reads, for JSON: some KB.
    """
    return _describe({name: value})


def describe_call(
    size: str, args: Sequence[object], kwargs: Mapping[str, object]
) -> dict[str, Any]:
    """Describe the arguments of a call, before anything of it runs: running may change them."""
    positional = {f"args[{number}]": value for number, value in enumerate(args)}
    named = {f"kwargs[{brief(ascii(name))}]": value for name, value in kwargs.items()}
    return _describe({"size": size, **positional, **named})


def _describe(values: Mapping[str, object]) -> dict[str, Any]:
    walk = _Walk()
    root = _Entry("call", f"{len(values)} values", plain=True)
    for name, value in values.items():
        walk.part(root, name, value, name.encode(), {})
    return {"tree": root.written(), "whole": walk.left > 0}


@dataclass(slots=True)
class _Entry:
    """One line of a description, of one value or of the same part of many.

    Attributes:
        kind: the type of the first value.
        shown: what a reader sees of it.
        total: the sum of the hashes of all, whatever their order.
        plain: whether one of them is more than its type.
        attributes: entries by name.
        parts: entries by how the part is written.
    """

    kind: str = ""
    shown: str = ""
    total: int = 0
    plain: bool = False
    attributes: dict[str, _Entry] = field(default_factory=dict)
    parts: dict[str, _Entry] = field(default_factory=dict)

    def add(self, *content: bytes) -> None:
        """Count something in."""
        self.total = (self.total + int.from_bytes(digest(*content), "little")) % 2**128

    def take(self, context: bytes, found: Anatomy) -> None:
        """Count a value in, apart from its attributes and parts."""
        if not self.kind:
            self.kind, self.shown = found.kind, found.shown
        self.plain = self.plain or found.plain
        self.add(context, *_heads(found))

    def written(self) -> list[Any]:
        """Turn it into what JSON can hold."""
        below = [
            {name: one.written() for name, one in entries.items()}
            for entries in (self.attributes, self.parts)
        ]
        return [self.kind, f"{self.total:032x}", self.shown, self.plain, *below]


@dataclass(slots=True)
class _Walk:
    """A way through values.

    Attributes:
        left: how many are still looked at.
        entries: how many there are yet.
        kept: values that were hashed, by identity, and what was found; it holds them so that no
            other takes their identity.
    """

    left: int = field(default_factory=lambda: MAX_PARTS)
    entries: int = 0
    kept: dict[int, tuple[object, Anatomy]] = field(default_factory=dict)

    def enter(self, entry: _Entry, value: object, context: bytes, above: Mapping[int, int]) -> None:
        """Describe a value.

        Args:
            entry: where it goes.
            value: the value.
            context: which of the values that go there it is.
            above: depth by identity of those that it is in.
        """
        found = self._look_at(value, above)
        if found is None:
            return
        entry.take(context, found)
        above = {**above, id(value): len(above)}
        for name in sorted(found.attributes):
            below = self._below(entry.attributes, brief(name), above)
            part = found.attributes[name]
            if below is not None:
                self.enter(below, part, context, above)
            elif (content := self._fold_plain(part, above)) is not None:
                entry.add(context, name.encode("utf-8", "surrogatepass"), content)
        for step, label, item in self._told(found):
            where = digest(context, label) if step == EACH else context
            self.part(entry, step, item, where, above)

    def part(
        self, entry: _Entry, step: str, item: object, where: bytes, above: Mapping[int, int]
    ) -> None:
        """Describe a part of a value where it has an entry, or with the value it is in."""
        if type(item) is _Written:
            entry.add(where, item.text)
            return
        below = self._below(entry.parts, step, above)
        if below is not None:
            self.enter(below, item, where, above)
        else:
            entry.add(where, step.encode(), self.fold(item, above) or b"too much")

    def _below(
        self, entries: dict[str, _Entry], name: str, above: Mapping[int, int]
    ) -> _Entry | None:
        """Find or make the entry of a part; None where there are enough."""
        if name in entries:
            return entries[name]
        if len(above) > MAX_DEPTH or self.entries >= MAX_ENTRIES:
            return None
        self.entries += 1
        return entries.setdefault(name, _Entry())

    def _look_at(self, value: object, above: Mapping[int, int]) -> Anatomy | None:
        """Take a value apart; None once there were too many."""
        if self.left <= 0:
            return None
        self.left -= 1
        if id(value) in above:
            return Anatomy("cycle", str(above[id(value)]).encode(), "what it is in")
        if id(value) in self.kept:
            return self.kept[id(value)][1]
        try:
            found = take_apart(value, partial(self.fold, above=above))
        except Exception:  # noqa: BLE001 - whatever code of its type raises, there is its type
            found = opaque(type(value), UNREADABLE)
        if not found.plain:
            self.left += 1  # one side may have many locks that the other has not
        elif len(found.content) == KEPT_HASH_BYTES and not found.parts and not found.attributes:
            self.kept[id(value)] = value, found
        return found

    def _fold_plain(self, value: object, above: Mapping[int, int]) -> bytes | None:
        """Hash an attribute; None if there is no more to it than its type."""
        found = self._look_at(value, above)
        return self.fold(value, above) if found is not None and found.plain else None

    def fold(self, value: object, above: Mapping[int, int]) -> bytes | None:
        """Hash a value with all that is in it, however deep; None once there was too much."""
        hasher = blake2b(digest_size=16)
        for token in self._tokens(value, dict(above)):
            hasher.update(len(token).to_bytes(8, "little"))
            hasher.update(token)
        return hasher.digest() if self.left > 0 else None

    def _tokens(self, value: object, above: dict[int, int]) -> Iterator[bytes]:
        """Spell out a value, depth first, without recursion."""
        frames: list[tuple[int, Iterator[_Step]]] = [(0, iter([_Step(b"", value)]))]
        while frames:
            key, steps = frames[-1]
            step = next(steps, None)
            if step is None:
                frames.pop()
                above.pop(key, None)
                yield b"end"
                continue
            if type(step.item) is _Written:
                yield from (step.label, step.item.text)
                continue
            found = self._look_at(step.item, above)
            if found is None:
                return
            if found.plain or not step.is_attribute:
                yield from (step.label, *_heads(found))
                if found.parts or found.attributes:
                    above[id(step.item)] = len(above)
                    frames.append((id(step.item), self._steps(found)))

    def _told(self, found: Anatomy) -> Iterator[tuple[str, bytes, object]]:
        """List the parts of a value: how each is written, where it is, and what."""
        if len(found.parts) <= MAX_TOLD_ONE_BY_ONE:
            for number, part in enumerate(found.parts):
                yield found.step(number), b"", part
            return
        for label, item in self._grouped(found):
            yield EACH, label, item

    def _steps(self, found: Anatomy) -> Iterator[_Step]:
        for name in sorted(found.attributes):
            label = name.encode("utf-8", "surrogatepass")
            yield _Step(label, found.attributes[name], is_attribute=True)
        for label, item in self._grouped(found):
            yield _Step(label, item)

    def _grouped(self, found: Anatomy) -> Iterator[tuple[bytes, object]]:
        """Go through the parts of a value, and write out at once what is plain."""
        for start in range(0, len(found.parts), CHUNK_TEXT):
            if self.left <= 0:
                return
            end = min(start + CHUNK_TEXT, len(found.parts))
            text, looked_at = plain_text(found.parts[start:end])
            self.left -= looked_at // WRITTEN_FOR_ONE
            if text is None:
                for number in range(start, end):
                    yield _label(found.label(number)), found.parts[number]
            elif found.labels is None:
                yield str(start).encode(), _Written(text)
            else:
                labels = (_label(one) for one in found.labels[start:end])
                yield digest(*labels), _Written(text)


@dataclass(frozen=True, slots=True)
class _Written:
    """Some thousand plain values.

    Attributes:
        text: what they are.
    """

    text: bytes


@dataclass(frozen=True, slots=True)
class _Step:
    """What comes next in a value.

    Attributes:
        label: where in it.
        item: what, written out already or not.
        is_attribute: whether other code may do without it.
    """

    label: bytes
    item: object
    is_attribute: bool = False


def _heads(found: Anatomy) -> tuple[bytes, bytes, bytes]:
    return found.kind.encode(), found.content, str(len(found.parts)).encode()


def _label(label: object) -> bytes:
    return ascii(label).encode()
