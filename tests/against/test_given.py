"""Environments that the user built, and those that do not do."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.against import base_env, given_python
from pytest_speedup.errors import SpeedupError
from tests.posix import posix_only

if TYPE_CHECKING:
    from pathlib import Path

HAS = {name: metadata.version(name) for name in base_env.NEEDED}
HERE = {
    "python": [sys.implementation.name, *map(str, sys.version_info[:3]), ""],
    "has": HAS,
}


def environment(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - of JSON
    """Make an environment whose interpreter tells what it is told to."""
    said = {**HERE, "prefixes": [str(folder), "/usr"], **changes}
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(said)}\nEND\n")
    python.chmod(0o700)
    return folder


@posix_only
def test_its_folder_or_its_python_is_named(tmp_path: Path) -> None:
    """Both mean the interpreter in it, which is no link that is followed."""
    python = tmp_path / "env" / "bin" / "python"
    environment(tmp_path / "env")
    assert given_python(tmp_path / "env") == str(python)
    assert given_python(python) == str(python)


@posix_only
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"prefixes": ["/usr", "/usr"]}, "is in no environment"),
        ({"prefixes": [sys.prefix, "/usr"]}, "pytest runs in it"),
        ({"python": ["cpython", "3", "9", "1", ""]}, "it has cpython 3 9 1, and head runs on"),
        ({"has": {**HAS, "pytest": ""}}, "it has no pytest: install"),
        ({"has": {**HAS, "pytest-speedup": ""}}, "it has no pytest-speedup"),
        ({"has": {**HAS, "pytest-speedup": "0.0.0"}}, "pytest-speedup 0.0.0, and head"),
        ({"has": {}}, "does not say what it is"),
        ({"prefixes": []}, "does not say what it is"),
    ],
)
def test_what_does_not_do_is_refused_in_a_line(
    tmp_path: Path, changes: dict[str, object], why: str
) -> None:
    """It says what was given, and what to do."""
    folder = environment(tmp_path / "env", **changes)
    with pytest.raises(SpeedupError, match=why) as refused:
        given_python(folder)
    assert str(refused.value).startswith(f"--speedup-base-env={folder}: ")
    assert "\n" not in str(refused.value)
