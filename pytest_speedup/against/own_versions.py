"""Packages of the base's own: of what it declares otherwise than head, the versions it asks for."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from contextlib import suppress
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from pytest_speedup.against.environment import HAD_BY, DependenciesError, pins
from pytest_speedup.against.installer import install_into
from pytest_speedup.against.projects import normal
from pytest_speedup.against.scratch import clear, forget_oldest, made
from pytest_speedup.against.side import SideError
from pytest_speedup.model import shown

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_speedup.against.dependencies import Needed

MOST_KEPT = 10
"""Folders of packages that are kept; the oldest ones go."""


def own_versions(needed: Needed, cache: Path, root: Path) -> Path:
    """Install what the base needs into a folder that goes before the packages that are here.

    Args:
        needed: what it needs.
        cache: the folder for what is kept.
        root: the base's root directory.

    Returns:
        the folder.

    Raises:
        DependenciesError: it cannot be had, or something else was installed in its place.
    """
    clear(cache)
    said = [sys.version, sys.platform, needed.requirements, needed.constraints, needed.here, pins()]
    name = f"packages-{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:24]}"
    if not (cache / name).is_dir():
        with made("building", cache) as folder:
            _install(needed, folder, root)
            with suppress(OSError):  # somebody else was faster
                folder.rename(cache / name)
        forget_oldest(cache, "packages-*", MOST_KEPT)
    site = cache / name / "site-packages"
    _check(needed, site)
    return site


def word_versions(needed: Needed, site: Path) -> str:
    """Say which versions the base has of its own, in a line."""
    has = _versions(site)
    names = [Requirement(one).name for one in needed.requirements]
    listed = ", ".join(f"{name} {has[normal(name)]}" for name in dict.fromkeys(names))
    return shown(f"base runs with its own versions of what it declares otherwise: {listed}")


def _install(needed: Needed, folder: Path, root: Path) -> None:
    """Install it with all that it requires: like what is here, where that can be."""
    target, file = folder / "site-packages", folder / "constraints.txt"
    held = [*needed.constraints, *pins()]
    for constraints in ([*held, *needed.here], held):
        file.write_text("\n".join([*constraints, ""]), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        try:
            install_into(target, needed.requirements, file, root)
        except SideError as error:
            failed = error
        else:
            return
    raise DependenciesError(_word(needed, str(failed))) from failed


def _check(needed: Needed, site: Path) -> None:
    has = _versions(site)
    for text in needed.requirements:
        one = Requirement(text)
        version = has.get(normal(one.name), "")
        if not version or not one.specifier.contains(version, prereleases=True):
            found = f"{one.name} {version}" if version else f"no {one.name}"
            raise DependenciesError(_word(needed, f"{found} was installed for {text}"))


def _versions(site: Path) -> dict[str, str]:
    listed = metadata.distributions(path=[str(site)])
    return {normal(one.metadata["Name"] or ""): one.version for one in listed}


def _word(needed: Needed, why: str) -> str:
    return (
        f"base declares other dependencies than head, and they cannot be had: "
        f"{', '.join(needed.requirements)} (in {', '.join(needed.sources)})\n{why}\n"
        f"  {HAD_BY}; --speedup-base-env=same runs the base with head's all the same"
    )
