"""What a process notes of the files that it loads, and whose modules it finds."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from pytest_speedup.against import watch
from pytest_speedup.against.watch import (
    BUILT,
    FOREIGN,
    PROGRAM,
    SPARED,
    TREE,
    UNASKED,
    Owner,
    Places,
    Watch,
)
from tests.posix import posix_only


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """The side's tree, the other's with an environment in it, and one for notes."""
    made = {name: tmp_path / name for name in ("own", "other", "notes")}
    made["venv"] = made["other"] / "venv"
    for folder in made.values():
        folder.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture
def places(folders: dict[str, Path]) -> Places:
    kinds = {"own": TREE, "other": FOREIGN, "venv": SPARED}
    return Places({f"{folders[name]}{os.sep}": kind for name, kind in kinds.items()})


@pytest.fixture
def watched(places: Places, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.setenv(watch.FOLDER, str(folders["notes"]))
    return Watch(places, "nowhere")


def notes(folders: dict[str, Path]) -> list[tuple[str, str]]:
    """Read what this process noted."""
    file = folders["notes"] / str(os.getpid())
    lines = file.read_text().splitlines() if file.exists() else []
    return [(line.split("\t")[0], Path(line.split("\t")[2].strip("'")).name) for line in lines]


def put(folder: Path, name: str, text: str = "") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_innermost_place_says_whose_a_file_is(places: Places, folders: dict[str, Path]) -> None:
    """An environment may lie within a tree, and is nobody's code."""
    assert places.kind_of(str(folders["own"] / "a.py")) == TREE
    assert places.kind_of(str(folders["other"] / "a.py")) == FOREIGN
    assert places.kind_of(str(folders["venv"] / "a.py")) == SPARED
    assert places.kind_of(f"{folders['own']}-more/a.py") == SPARED


def test_files_are_noted_once_where_they_are_somebodys(
    watched: Watch, folders: dict[str, Path]
) -> None:
    """Whatever opens them; neither folders nor what is not there."""
    own, other = put(folders["own"], "a.py"), put(folders["other"], "b.txt")
    elsewhere = put(folders["venv"], "c.py")
    for file in (own, str(own), bytes(other), elsewhere, folders["own"], folders["own"] / "none"):
        watched.hear("open", (file, "r", 0))
    watched.hear("open", (3, "r", 0))
    watched.hear("import", ("acme", None, None))
    watched.hear("time.sleep", (1,))
    assert notes(folders) == [(TREE, "a.py"), (FOREIGN, "b.txt")]


def test_what_comes_to_be_there_is_noted_then(watched: Watch, folders: dict[str, Path]) -> None:
    """A file that was looked for in vain is no file that was loaded."""
    path = folders["other"] / "late.py"
    watched.hear("open", (str(path), "r", 0))
    put(folders["other"], "late.py")
    watched.hear("open", (str(path), "r", 0))
    assert notes(folders) == [(FOREIGN, "late.py")]


def test_a_link_is_what_it_leads_to(watched: Watch, folders: dict[str, Path]) -> None:
    """In the side's own tree one may lead into the other's."""
    target = put(folders["other"], "b.txt")
    link = folders["own"] / "link"
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("this system has no links")
    watched.hear("open", (str(link), "r", 0))
    assert notes(folders) == [(TREE, "link"), (FOREIGN, "b.txt")]


def test_a_relative_name_is_another_file_in_another_folder(
    watched: Watch, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may change its folder."""
    for name in ("own", "other"):
        put(folders[name], "a.txt")
        monkeypatch.chdir(folders[name])
        watched.hear("open", ("a.txt", "r", 0))
    assert [kind for kind, _ in notes(folders)] == [TREE, FOREIGN]


def test_bytecode_is_its_source(
    watched: Watch, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that was compiled before is loaded without a look into its source."""
    source = put(folders["other"], "core.py")
    prefix = folders["notes"].parent / "bytecode"
    monkeypatch.setattr(sys, "pycache_prefix", str(prefix))
    compiled = f"{prefix}{source.parent}{os.sep}core.cpython-311.pyc"
    assert watch.source_of(compiled) == str(source)
    beside = source.parent / "__pycache__" / "core.cpython-311.pyc"
    assert watch.source_of(str(beside)) == str(source)
    watched.hear("open", (compiled, "r", 0))
    assert notes(folders) == [(FOREIGN, "core.py")]


@pytest.mark.parametrize(
    ("program", "arguments", "noted"),
    [
        ("/elsewhere/bin/python3", ["python3", "-c", "1"], [(UNASKED, "python3")]),
        (sys.executable, ["python", "-c", "1 - S"], []),
        (sys.executable, ["python", "-IS", "-c", "1"], [(UNASKED, Path(sys.executable).name)]),
        ("/bin/ls", ["ls"], [(PROGRAM, "ls")]),
        ("nowhere-to-be-found", ["nowhere"], [(PROGRAM, "nowhere-to-be-found")]),
    ],
)
def test_a_python_that_tells_nothing_is_named(
    watched: Watch,
    folders: dict[str, Path],
    program: str,
    arguments: list[str],
    noted: list[tuple[str, str]],
) -> None:
    """Another one, or one that does not read what its environment begins with."""
    watched.hear("subprocess.Popen", (program, arguments, None, None))
    assert notes(folders) == noted


def test_a_command_of_an_installed_copy_is_foreign(
    watched: Watch, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found as the system finds it."""
    put(folders["other"], "acme").chmod(0o755)
    monkeypatch.setenv("PATH", str(folders["other"]))
    watched.hear("subprocess.Popen", ("acme", ["acme"], None, None))
    assert notes(folders) == [(FOREIGN, "acme")]


def test_a_module_of_the_project_is_the_sides_own(
    places: Places, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although another one goes before it on the path."""
    for name in ("other", "own"):
        put(folders[name], "acme_of_it/__init__.py")
    monkeypatch.setattr(sys, "path", [str(folders["other"]), str(folders["own"])])
    spec = Owner("base", places, ["acme_of_it"], []).find_spec("acme_of_it")
    assert spec is not None
    assert str(spec.origin).startswith(str(folders["own"]))


def test_what_was_built_goes_before_the_tree(
    places: Places, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which pytest puts first, for the tests in it."""
    built = folders["own"].parent / "env"
    put(built, "acme_of_it.py")
    put(folders["own"], "acme_of_it.py")
    kinds = {**places.kinds, f"{built}{os.sep}": BUILT}
    monkeypatch.setattr(sys, "path", [str(folders["own"])])
    spec = Owner("base", Places(kinds), ["acme_of_it"], [str(built)]).find_spec("acme_of_it")
    assert spec is not None
    assert spec.origin == str(built / "acme_of_it.py")


def test_a_module_that_the_side_has_not_is_not_found_elsewhere(
    places: Places, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says where it would come from; what is nowhere is left to other finders."""
    put(folders["other"], "acme_of_it.py")
    monkeypatch.setattr(sys, "path", [str(folders["other"])])
    owner = Owner("base", places, ["acme_of_it", "acme.core"], [])
    with pytest.raises(ModuleNotFoundError, match=r"acme_of_it is not in the code of base, and "):
        owner.find_spec("acme_of_it")
    assert owner.find_spec("acme.core.six.moves", []) is None
    assert owner.find_spec("json") is None
    assert not owner.owns("acme")


def test_what_a_build_left_out_of_a_package_is_found_in_the_tree(tmp_path: Path) -> None:
    """As tests in it are; what is there is what was built, and no compiled file of the tree is."""
    built, tree = tmp_path / "built", tmp_path / "tree"
    for folder, names in ((built, ("__init__.py", "one.py")), (tree, ("one.py", "two.py"))):
        (folder / "acme_of_it").mkdir(parents=True)
        for name in names:
            (folder / "acme_of_it" / name).touch()
    (tree / "acme_of_it" / f"three{EXTENSION_SUFFIXES[0]}").touch()
    places = Places({f"{built}{os.sep}": BUILT, f"{tree}{os.sep}": TREE})
    owner = Owner("base", places, ["acme_of_it"], [str(built)])
    path = [str(built / "acme_of_it")]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tree)
        found = [owner.find_spec(f"acme_of_it.{name}", path) for name in ("one", "two", "three")]
    origins = [None if spec is None else spec.origin for spec in found]
    assert origins == [
        str(built / "acme_of_it" / "one.py"),
        str(tree / "acme_of_it" / "two.py"),
        None,
    ]


@posix_only
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#!{elsewhere}/python3\n", [UNASKED]),
        ("#!/bin/sh\n'''exec' \"{elsewhere}/a b/python3\" \"$0\" \"$@\"\n' '''\n", [UNASKED]),
        ("#!{here}\n", []),
        ("#!/bin/sh\necho\n", [PROGRAM]),
        ("\x7fELF", [PROGRAM]),
    ],
)
def test_a_script_of_another_python_is_told(tmp_path: Path, text: str, told: list[str]) -> None:
    """What that loads, nobody sees; one of this environment is watched."""
    script, notes = tmp_path / "acme", tmp_path / "notes"
    script.write_text(text.format(elsewhere="/opt/other", here=sys.executable))
    notes.mkdir()
    Watch(Places({}), str(notes)).started(str(script), [str(script)])
    lines = [line for file in notes.iterdir() for line in file.read_text().splitlines()]
    assert [line.partition("\t")[0] for line in lines] == told


def test_a_command_of_a_shell_is_noted(watched: Watch, folders: dict[str, Path]) -> None:
    """What it reads, nobody can tell."""
    watched.hear("os.system", (b"true",))
    assert [kind for kind, _ in notes(folders)] == [PROGRAM]


def test_what_cannot_be_noted_cannot_be_opened_the_next_time_either(
    watched: Watch, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program may catch the error, and try again."""
    file = put(folders["other"], "a.txt")
    monkeypatch.setattr(watched, "folder", str(folders["notes"] / "none"))
    for _ in range(2):
        with pytest.raises(OSError, match="none"):
            watched.hear("open", (str(file), "r", 0))
    monkeypatch.setattr(watched, "folder", str(folders["notes"]))
    watched.hear("open", (str(file), "r", 0))
    assert notes(folders) == [(FOREIGN, "a.txt")]


def test_watching_imports_nothing_that_python_has_not(tmp_path: Path) -> None:
    """Each worker of each side pays for it."""
    source = Path(watch.__file__).read_text(encoding="utf-8")
    (tmp_path / "watching.py").write_text(source, encoding="utf-8")
    program = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); before = {*sys.modules}; "
        "import watching; "
        "print(sorted({*sys.modules} - before - {'watching'}))"
    )
    words = [sys.executable, "-S", "-E", "-c", program, str(tmp_path)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said.strip() in {"[]", "['__future__']"}
