"""Wheels that no backend built: a folder that an installer finds packages in, without a network."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pytest


def write_wheel(
    folder: Path, name: str, version: str, files: Mapping[str, str], *requires: str
) -> Path:
    """Write a wheel of some modules, with the requirements that it declares."""
    stem = f"{name.replace('-', '_')}-{version}"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    info = f"{stem}.dist-info"
    whole = {
        **files,
        f"{info}/METADATA": "\n".join([*lines, "", ""]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_digest(text)},\n" for path, text in whole.items())
    folder.mkdir(exist_ok=True)
    file = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        for path, text in {**whole, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(path, text)
    return file


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def only_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let installers find packages in a folder, and nowhere else."""
    for name in ("PIP_NO_INDEX", "UV_NO_INDEX"):
        monkeypatch.setenv(name, "1")
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.setenv(name, str(folder))
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)


def repack(folder: Path, names: Iterable[str]) -> None:
    """Write wheels of what is installed here, and of all that it requires."""
    left, done = [*names], set[str]()
    while left:
        name = left.pop()
        if name in done:
            continue
        done.add(name)
        try:
            one = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # what only some machines need
            continue
        _repack(folder, one)
        listed = map(Requirement, one.requires or ())
        left += [each.name for each in listed if not each.marker or each.marker.evaluate()]


def _repack(folder: Path, one: metadata.Distribution) -> None:
    stem = f"{one.metadata['Name'].replace('-', '_')}-{one.version}"
    info = next(str(file.parent) for file in one.files or () if file.name == "METADATA")
    inside = [file for file in one.files or () if file.parts[0] != ".." and file.suffix != ".pyc"]
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        for file in inside:
            if file.name not in {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}:
                wheel.write(str(file.locate()), file.as_posix())
        wheel.writestr(f"{info}/RECORD", "".join(f"{file.as_posix()},,\n" for file in inside))
