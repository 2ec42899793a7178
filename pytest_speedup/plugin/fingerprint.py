"""A fingerprint of a workload's arguments: the same in two processes if their values are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass

PLAIN = (str, bytes, int, float, complex, bool, range, type(None))
"""Types whose ``repr`` says all, whatever the process."""


def fingerprint(value: object) -> str:
    """Digest a value by its parts; of one that hides what it is made of, only the type counts."""
    return hashlib.sha256(_describe(value).encode()).hexdigest()[:16]


def _describe(value: object) -> str:
    kind = type(value).__qualname__
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, Mapping):
        parts = sorted(f"{_describe(key)}: {_describe(item)}" for key, item in value.items())
    elif isinstance(value, AbstractSet):
        parts = sorted(map(_describe, value))
    elif isinstance(value, Sequence):
        parts = [_describe(item) for item in value]
    elif is_dataclass(value) and not isinstance(value, type):
        parts = [f"{field.name}={_describe(getattr(value, field.name))}" for field in fields(value)]
    else:
        parts = [str(getattr(value, "__qualname__", ""))]
    return f"{kind}({', '.join(parts)})"
