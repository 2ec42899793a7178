"""Environments of the base: its own, and those that the user built."""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

from pytest_speedup.against import base_env
from pytest_speedup.against.base_env import DependenciesError, given_python, installed
from pytest_speedup.against.declared import Locked
from pytest_speedup.against.side import SideError
from pytest_speedup.errors import SpeedupError
from tests.posix import posix_only

if TYPE_CHECKING:
    from collections.abc import Callable


class FakeInstaller:
    """Makes folders instead of environments, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    def __call__(self, *command: object) -> None:
        words = [str(word) for word in command]
        self.commands.append(words)
        if "venv" in words and "fail" in words[-1]:
            message = "no"
            raise SideError(message)

    @property
    def built(self) -> int:
        return sum("venv" in words for words in self.commands)


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> FakeInstaller:
    fake = FakeInstaller()
    monkeypatch.setattr(base_env, "_run", fake)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    return fake


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have a real installer say something and fail, in no environment."""
    run = base_env._run  # noqa: SLF001
    monkeypatch.setattr(
        base_env, "_run", lambda *command: None if "venv" in command else run(*command)
    )
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    def say(what: str) -> None:
        broken = (sys.executable, "-c", f"import sys; sys.exit({what!r})")
        monkeypatch.setattr(base_env, "_installer", lambda _python: broken)

    return say


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that can be installed."""
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[project]\n")
    return folder


def test_an_environment_is_built_once(installer: FakeInstaller, root: Path, tmp_path: Path) -> None:
    """It is found again by what the project declares."""
    first, second = (installed(root, tmp_path / "cache", "[test]", Locked()) for _ in range(2))
    assert first == second
    assert installer.built == 1
    (words,) = [words for words in installer.commands if "install" in words]
    assert f"{root}[test]" in words
    assert f"pytest=={pytest.__version__}" in words
    assert [path.name.partition("-")[0] for path in (tmp_path / "cache").iterdir()] == ["base"]


@pytest.mark.parametrize("place", ["Scripts/python.exe", "bin/python"])
def test_the_base_runs_on_the_python_of_its_environment(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Which lies elsewhere on Windows."""

    def run(*command: object) -> None:
        if "venv" in command:
            python = Path(str(command[-1])) / place
            python.parent.mkdir(parents=True)
            python.touch()

    monkeypatch.setattr(base_env, "_run", run)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    python = Path(installed(root, tmp_path / "cache", "", Locked()))
    assert python.relative_to(tmp_path / "cache").parts[1:] == tuple(place.split("/"))
    assert python.exists()


@pytest.mark.parametrize("file", ["pyproject.toml", "requirements-dev.txt", "uv.lock"])
def test_other_dependencies_make_another_environment(
    installer: FakeInstaller, root: Path, tmp_path: Path, file: str
) -> None:
    """And so do other extras."""
    for extras, text in (("", "a"), ("", "b"), ("[x]", "b"), ("[x]", "b")):
        (root / file).write_text(text)
        installed(root, tmp_path / "cache", extras, Locked())
    assert installer.built == 3


def test_uv_is_used_where_it_is(
    installer: FakeInstaller, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is much faster."""
    monkeypatch.setattr(shutil, "which", lambda name: name)
    installed(root, tmp_path / "cache", "", Locked())
    assert {words[0] for words in installer.commands} == {"uv"}


def test_what_could_not_be_built_is_not_kept(
    root: Path, tmp_path: Path, says: Callable[[str], None]
) -> None:
    """The next run tries again; this one says what the installer said."""
    says("one\ntwo\nthree\nfour\nfive\nsix")
    with pytest.raises(
        SideError,
        match=r"cannot be installed:\n  \| two\n  \| three\n  \| four\n  \| five\n  \| six",
    ):
        installed(root, tmp_path / "cache", "", Locked())
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_a_killed_run_was_building_goes_with_the_next(
    installer: FakeInstaller, root: Path, tmp_path: Path
) -> None:
    """Whether or not that builds anything itself."""
    cache = tmp_path / "cache"
    installed(root, cache, "", Locked())
    (cache / "speedup-building-0123abcd").mkdir()
    (cache / "speedup-building-0123abcd.owner").touch()
    installed(root, cache, "", Locked())
    assert installer.built == 1
    assert [path.name.partition("-")[0] for path in cache.iterdir()] == ["base"]


def test_what_a_build_said_goes_before_the_advice_of_pip(
    root: Path, tmp_path: Path, says: Callable[[str], None]
) -> None:
    """The advice names no reason."""
    says("Traceback\n   OSError: no README\n   [end of output]\n\nSee above for output.")
    with pytest.raises(SideError, match=r"Traceback\n  \| OSError: no README\n  let"):
        installed(root, tmp_path / "cache", "", Locked())


def locked(*texts: str) -> Locked:
    pins = {one.name: (one,) for one in map(Requirement, texts)}
    return Locked(pins, ("uv.lock",))


@pytest.fixture
def installs(installer: FakeInstaller, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have an installer install a version of a package, whatever it is asked for."""
    has: list[str] = []

    def run(*command: object) -> None:
        installer(*command)
        if "venv" in command:
            place = Path(str(command[-1]), "lib", "python3", "site-packages", f"acme-{has[-1]}")
            place = place.with_name(f"acme-{has[-1]}.dist-info")
            place.mkdir(parents=True)
            (place / "METADATA").write_text(f"Name: acme\nVersion: {has[-1]}\n")

    monkeypatch.setattr(base_env, "_run", run)
    return has.append


def test_the_versions_of_lock_files_are_what_is_asked_for(
    installs: Callable[[str], None], installer: FakeInstaller, root: Path, tmp_path: Path
) -> None:
    """And other ones make another environment."""
    for version in ("1.0", "1.0", "2.0"):
        installs(version)
        installed(root, tmp_path / "cache", "", locked(f"acme=={version}"))
    assert installer.built == 2
    held = [words[words.index("--constraint") + 1] for words in installer.commands[1::2]]
    assert [Path(one).name for one in held] == ["locked.txt", "locked.txt"]
    written = {one.read_text() for one in (tmp_path / "cache").glob("*/locked.txt")}
    assert written == {"acme==1.0\n", "acme==2.0\n"}


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        (["acme==1.0"], "acme 2.0 was installed, where ==1.0 is locked"),
        (["acme@ git+https://e.org/a@12"], "where git[+]https://e.org/a@12 is locked"),
    ],
)
def test_what_came_otherwise_than_it_is_locked_is_refused(
    installs: Callable[[str], None], root: Path, tmp_path: Path, pins: list[str], said: str
) -> None:
    """And not kept."""
    installs("2.0")
    with pytest.raises(DependenciesError, match=f"not what uv.lock has: .*{said}"):
        installed(root, tmp_path / "cache", "", locked(*pins))
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.usefixtures("installer")
def test_what_nobody_can_tell_of_is_not_what_is_locked(root: Path, tmp_path: Path) -> None:
    """An environment of no known form."""
    with pytest.raises(DependenciesError, match="nothing was installed"):
        installed(root, tmp_path / "cache", "", locked("acme==1.0"))


def test_somebody_else_may_build_the_same(
    installer: FakeInstaller, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is second takes what is there."""
    cache = tmp_path / "cache"

    def run(*command: object) -> None:
        installer(*command)
        if "venv" in command:
            place = cache / base_env.environment_name(root, "", Locked())
            place.mkdir()
            (place / "theirs").touch()

    monkeypatch.setattr(base_env, "_run", run)
    installed(root, cache, "", Locked())
    (kept,) = cache.iterdir()
    assert (kept / "theirs").exists()


def test_a_base_that_cannot_be_installed_says_so(tmp_path: Path) -> None:
    """Before anything is made."""
    with pytest.raises(SideError, match=r"neither pyproject\.toml nor setup\.py"):
        installed(tmp_path, tmp_path / "cache", "", Locked())


@posix_only
def test_what_is_declared_without_end_is_refused(tmp_path: Path) -> None:
    """A link in the base may lead to a device."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "requirements.txt")
    with pytest.raises(SideError, match=r"base: requirements.txt cannot be read: .*no regular"):
        base_env.environment_name(tmp_path, "", Locked())


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
