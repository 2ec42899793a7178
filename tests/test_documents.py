from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

import pytest

from pytest_speedup import documents
from pytest_speedup.documents import MAX_DOCUMENT_DEPTH, load_json, load_toml, read_file
from tests.posix import posix_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def nested(depth: int) -> bytes:
    return b'{"a":[' * (depth // 2) + b"[" * (depth % 2) + b"]" * (depth % 2) + b"]}" * (depth // 2)


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (b'{"a": [1, -2.5e3, true, null, "\xc3\xa4"]}', {"a": [1, -2500.0, True, None, "ä"]}),
        (b'"' + b"[" * 200 + b'"', "[" * 200),
        (b'["\\"[[", "\\\\", "{"]', ['"[[', "\\", "{"]),
        (b" [] ", []),
    ],
)
def test_json_is_read(document: bytes, value: object) -> None:
    """Brackets and quotes within strings count for nothing."""
    assert load_json(document) == value


@pytest.mark.parametrize("depth", [1, 7, MAX_DOCUMENT_DEPTH - 1, MAX_DOCUMENT_DEPTH])
def test_depth_up_to_the_bound_is_read(depth: int) -> None:
    """Exactly as far as is documented."""
    load_json(nested(depth))


@pytest.mark.parametrize(
    "document",
    [
        nested(MAX_DOCUMENT_DEPTH + 1),
        b"[1, " + nested(MAX_DOCUMENT_DEPTH) + b"]",
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        nested(MAX_DOCUMENT_DEPTH) + b"[" * (MAX_DOCUMENT_DEPTH + 1),
    ],
)
def test_what_is_deeper_is_refused(document: bytes) -> None:
    """Before the parser's stack comes to it."""
    with pytest.raises(ValueError, match=f"nested more than {MAX_DOCUMENT_DEPTH} deep"):
        load_json(document)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (b"", "Expecting value"),
        (b"[1", "delimiter"),
        (b"\xef\xbb\xbf[]", "BOM"),
        (b'"\xff"', "utf-8"),
        (b'"\xed\xa0\x80"', "utf-8"),
        ("[]".encode("utf-16"), "utf-8"),
        (b"[NaN]", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"[1e999]", "1e999 is too large"),
        (b"[%s]" % (b"9" * 401), "a number has 401 characters"),
        (b"[0.%s]" % (b"1" * 400), "a number has 402 characters"),
        (b'{"a": 1, "b": 2, "a": 1}', "'a' stands twice"),
    ],
)
def test_what_is_no_json_is_refused(document: bytes, complaint: str) -> None:
    """As its standard has it, where Python's parser would take it."""
    with pytest.raises(ValueError, match=complaint):
        load_json(document)


def test_json_is_bounded_in_bytes_and_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value of two bytes takes seventy in memory."""
    with pytest.raises(ValueError, match="it has 4 bytes, at most 3 are read"):
        load_json(b"[11]", most=3)
    monkeypatch.setattr(documents, "MAX_DOCUMENT_VALUES", 3)
    load_json(b"[1,2,3]")
    with pytest.raises(ValueError, match="more than 3 values"):
        load_json(b"[1,2,3,4]")
    with pytest.raises(ValueError, match="more than 3 values"):
        load_json(b"[[{},[]]]")


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (b"a = ", "Invalid value"),
        (b"a = '\xff'", "utf-8"),
        (b"a = 1\na = 2", "overwrite"),
        (b"a = [\n" + b"[\n" * 50_000, "nested too deep|Invalid value|nested arrays"),
        (b"a." * 1_000 + b"b = 1", "line of 2005 bytes, at most 2000"),
        (b"#\n" * 70_000, "it has 140000 bytes, at most 131072"),
    ],
)
def test_toml_is_bounded(document: bytes, complaint: str) -> None:
    """Its parser takes a time that grows with the square of a key's length."""
    with pytest.raises(ValueError, match=complaint):
        load_toml(document)


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    """And no further."""
    path = tmp_path / "file"
    path.write_bytes(b"1234")
    assert read_file(path, 4) == b"1234"
    with pytest.raises(ValueError, match="more than 3 bytes"):
        read_file(path, 3)


@posix_only
def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    """A link in a repository may lead anywhere; a pipe would be waited for."""
    with pytest.raises(ValueError, match="no regular file"):
        read_file(_pipe(tmp_path))


def _pipe(folder: Path) -> Path:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def test_fields_are_what_they_are_read_as() -> None:
    """And nothing is rounded or turned into something else."""
    assert documents.text("ä, 😀") == "ä, 😀"
    assert documents.workers(65_536) == 65_536
    assert documents.number(1, 0, 1) == 1.0
    assert documents.seconds(1e-9) == 1e-9
    assert documents.switch(value=False) is False


@pytest.mark.parametrize(
    ("read", "value", "complaint"),
    [
        (documents.text, None, "None is no text"),
        (documents.text, "\ud800", "is no text"),
        (documents.text, "x" * 1_000_001, r"x\.\.\. is no text of at most 1000000"),
        (documents.workers, True, "True is no number of workers"),
        (documents.workers, 0, "a whole one from 1 to 65536"),
        (documents.workers, 65_537, "no number of workers"),
        (documents.workers, 2.0, "no number of workers"),
        (documents.seconds, 0, "0 is no number from 1e-09 to 1e.09"),
        (documents.seconds, True, "True is no number"),
        (documents.seconds, "1", "'1' is no number"),
        (documents.seconds, math.nan, "nan is no number"),
        (documents.seconds, math.inf, "inf is no number"),
        (documents.seconds, 10**400, "0... is no number"),
        (documents.switch, 1, "1 is neither true nor false"),
        (documents.switch, {"a": ["x"] * 99}, r"\{'a': \['x', .*\.\.\. is neither"),
    ],
)
def test_anything_else_is_refused(
    read: Callable[[object], object], value: object, complaint: str
) -> None:
    """With what it was, however long that is, in a short line."""
    with pytest.raises(ValueError, match=complaint) as error:
        read(value)
    assert len(str(error.value)) < 200
