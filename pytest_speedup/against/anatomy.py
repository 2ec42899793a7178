"""What a value is made of, found without running code of whoever made its type, where possible."""

from __future__ import annotations

import copyreg
import types
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_speedup.against.contents import SCALARS, buffer_content, digest, text_content

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_SHOWN_CHARACTERS = 40
"""Characters of a value, or of a key, that are shown."""

HEAP_TYPE = 1 << 9
"""The flag of types that are made while the process runs."""

MACHINERY = frozenset(
    """
    _asyncio _contextvars _io _multiprocessing _pytest _queue _socket _sqlite3 _ssl _thread
    _weakref _weakrefset aiohttp anyio asyncio concurrent contextvars distributed httpcore httpx
    io logging multiprocessing pluggy pytest redis requests select selectors socket sqlite3 ssl
    subprocess tempfile threading tornado trio urllib3 weakref zmq
    """.split()  # noqa: SIM905 - sixty quotes are no help
)
"""Packages whose objects are locks, threads, connections, files and the like, not data."""

WITH_URLS = frozenset(
    {"furl", "httpx", "hyperlink", "pydantic", "pydantic_core", "sqlalchemy", "starlette", "yarl"}
)
"""Packages that have a type for URLs, beside ``urllib.parse``."""

PARSED = frozenset({"ParseResult", "SplitResult", "DefragResult"})
"""Types of ``urllib.parse``; those for bytes end in ``Bytes``."""

NAMED = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a value is made of.

    Attributes:
        kind: its type, or what else it is an instance of.
        content: a digest of what is in none of its parts.
        shown: a few characters that tell a reader which value it is.
        attributes: by name; other code may give it others.
        parts: what else it holds; other parts make another value.
        labels: of the parts, without them they are numbered.
        form: how a part is written, given its label.
        plain: whether there is more to compare than the type; of a lock there is not.
    """

    kind: str
    content: bytes = b""
    shown: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    parts: Sequence[object] = ()
    labels: Sequence[object] | None = None
    form: str = "[{}]"
    plain: bool = True

    def label(self, number: int) -> object:
        """Name a part."""
        return number if self.labels is None else self.labels[number]

    def step(self, number: int) -> str:
        """Write what follows the name of the whole where a part is meant."""
        label = self.label(number)
        bare = self.form != "[{}]" or isinstance(label, Label)
        return self.form.format(brief(str(label) if bare else ascii(label)))


class Label(str):
    """A label that is shown as it is, without quotes."""

    __slots__ = ()


def mro(kind: type) -> tuple[type, ...]:
    """List a type and those it is made from, whatever its metaclass says of itself."""
    return type.__dict__["__mro__"].__get__(kind)  # type: ignore[no-any-return]


def type_name(kind: type) -> str:
    """Name a type by its module and qualified name."""
    module, name = module_of(kind), type.__dict__["__qualname__"].__get__(kind)
    return brief(name if module == "builtins" else f"{module}.{name}", 2 * MAX_SHOWN_CHARACTERS)


def module_of(kind: type) -> str:
    """Name the module of a type."""
    own = type.__dict__["__module__"].__get__(kind)
    return own if isinstance(own, str) else "unknown"


def package_of(kind: type) -> str:
    """Name the package that a type comes from."""
    return module_of(kind).partition(".")[0]


def brief(text: str, most: int = MAX_SHOWN_CHARACTERS) -> str:
    """Show a text in ASCII; a long one by its beginning and a digest of all of it."""
    text = text.encode("ascii", "backslashreplace").decode()
    if not text.isprintable():
        text = ascii(text)
    if len(text) <= most:
        return text
    return f"{text[: most - 11]}..#{digest(text.encode()).hex()[:8]}"


def scalar(value: object, kind: type) -> Anatomy:
    """Take a number, a text or one of the constants, by the ``repr`` of its basic type."""
    name = type_name(type(value))
    if kind is int:
        return Anatomy(name, f"{int.__index__(value):x}".encode(), _whole_shown(value))  # type: ignore[arg-type]
    if kind is str:
        whole = str.__len__(value)  # type: ignore[arg-type]
        beginning = str.__getitem__(value, slice(0, MAX_SHOWN_CHARACTERS))  # type: ignore[index]
        more = f" and more, {whole} characters" if whole > MAX_SHOWN_CHARACTERS else ""
        return Anatomy(name, text_content(value), brief(ascii(beginning)) + more)  # type: ignore[arg-type]
    if kind is bytes:
        return Anatomy(name, buffer_content(value), f"{bytes.__len__(value)} bytes")  # type: ignore[arg-type]
    text: str = vars(kind)["__repr__"](value)
    return Anatomy(name, text.encode(), brief(text))


def _whole_shown(value: Any) -> str:  # noqa: ANN401
    bits = int.bit_length(value)
    return int.__repr__(value) if bits < 2 * MAX_SHOWN_CHARACTERS else f"an int of {bits} bits"


def scalar_type(kind: type) -> type | None:
    """Find the basic type that a number or a text is of, itself or a subclass."""
    return next((one for one in mro(kind) if one in SCALARS), None)


def enum_member(value: Any) -> Anatomy:  # noqa: ANN401
    """Take a member of an enumeration by its name, whatever stands for it."""
    stored = stored_attributes(value)
    name = stored.get("_name_")
    text = name if isinstance(name, str) else ascii(stored.get("_value_"))
    return Anatomy(type_name(type(value)), text.encode(), brief(text))


def located(kind: type) -> Anatomy | None:
    """Take a path or a URL, which differ from run to run, by its type alone."""
    family = mro(kind)
    if any("__fspath__" in vars(one) for one in family) or any(map(_is_url, family)):
        return Anatomy(type_name(kind), shown=type_name(kind))
    return None


def machinery(kind: type) -> Anatomy | None:
    """Take a lock, a file, an iterator and the like, which are no data, by its type alone."""
    family = mro(kind)
    if any("__next__" in vars(one) or package_of(one) in MACHINERY for one in family):
        return opaque(kind)
    return None


def opaque(kind: type, how: str = "") -> Anatomy:
    """Take a value of which nothing is known but its type.

    Args:
        kind: its type.
        how: what is said before that, such as that it was to be read and could not.
    """
    name = f"{how}{type_name(kind)}"
    return Anatomy(name, shown=name, plain=False)


def _is_url(kind: type) -> bool:
    name = type_name(kind).rpartition(".")[2]
    if module_of(kind) == "urllib.parse":
        return name.removesuffix("Bytes") in PARSED
    return name.lower().endswith("url") and package_of(kind) in WITH_URLS


def named(value: Any) -> Anatomy | None:  # noqa: ANN401
    """Take a function, a class or a module by its name, never by its code."""
    kind = type(value)
    if issubclass(kind, type):
        return _named("class", type_name(value))
    if kind is types.ModuleType:
        return _named("module", str(value.__name__))
    if kind in (staticmethod, classmethod):
        return _bound(kind.__name__, {"__func__": value.__func__})
    if kind is types.MethodType:
        return _bound("method", {"__func__": value.__func__, "__self__": value.__self__})
    return _function(value) if kind in NAMED else _wrapper(value)


def _function(value: Any) -> Anatomy:  # noqa: ANN401
    """Take a function by its name; a method in C with what it is bound to."""
    owner = getattr(value, "__self__", None)
    name = f"{getattr(value, '__module__', '')}.{value.__qualname__}"
    if owner is None or isinstance(owner, types.ModuleType):
        return _named("function", name)
    return replace(_bound("method", {"__self__": owner}), content=name.encode(), shown=brief(name))


def _bound(kind: str, parts: dict[str, object]) -> Anatomy:
    return Anatomy(kind, shown=kind, parts=[*parts.values()], labels=[*parts], form=".{}")


def _wrapper(value: object) -> Anatomy | None:
    """Take what stands for a function that it wraps, as if it were the function."""
    stored = stored_attributes(value)
    if "__wrapped__" not in stored:
        return None
    name = f"{stored.get('__module__')}.{stored.get('__qualname__')}"
    kept = {one: stored[one] for one in stored if not _is_special(one)}
    return replace(_named("function", name), attributes=kept)


def _named(kind: str, name: str) -> Anatomy:
    return Anatomy(kind, name.encode(), f"{kind} {brief(name)}")


def stored_attributes(value: object) -> dict[str, object]:
    """Read what stands in an object, in its ``__dict__`` and its slots; no property is asked."""
    found: dict[str, object] = {}
    for one in reversed(mro(type(value))):
        for name, member in list(vars(one).items()):
            if isinstance(member, types.MemberDescriptorType) and one.__flags__ & HEAP_TYPE:
                try:
                    found[name] = member.__get__(value)
                except AttributeError:  # an empty slot
                    continue
    storage = dict_of(value)
    return {**found, **{str(name): one for name, one in (storage or {}).items()}}


def dict_of(value: object) -> dict[str, object] | None:
    """Find the ``__dict__`` of an object; None if it has none."""
    for one in mro(type(value)):
        getter = vars(one).get("__dict__")
        if isinstance(getter, types.GetSetDescriptorType):
            return dict(getter.__get__(value))
    return None


def any_object(value: object) -> Anatomy:
    """Take an object by its type and its attributes, or as its type is pickled."""
    kind = type(value)
    name = type_name(kind)
    family = mro(kind)
    if dict_of(value) is not None or any("__slots__" in vars(one) for one in family):
        stored = stored_attributes(value)
        kept = {one: stored[one] for one in stored if not _is_special(one)}
        return Anatomy(name, shown=name, attributes=kept)
    reduced = list(_pickled(value, family))
    if not reduced:
        return opaque(kind)
    return Anatomy(name, shown=name, parts=reduced, labels=[Label("state")] * len(reduced))


def _pickled(value: object, family: tuple[type, ...]) -> Iterator[object]:
    """Take apart a value of a type in C as pickling does; nothing if it would not be pickled."""
    if type(value) in copyreg.dispatch_table:
        reduced = copyreg.dispatch_table[type(value)](value)
    elif any("__reduce__" in vars(one) or "__reduce_ex__" in vars(one) for one in family[:-1]):
        reduced = value.__reduce_ex__(4)
    else:
        return
    yield from reduced if isinstance(reduced, tuple) else [reduced]


def _is_special(name: str) -> bool:
    """Whether an attribute belongs to the language; pydantic's are data of the model."""
    if name in {"__pydantic_extra__", "__pydantic_private__"}:
        return False
    return name.startswith("__") and name.endswith("__")
