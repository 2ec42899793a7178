"""What of a side tells whom a change touches: built files, versions, data that no commit has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import touches
from pytest_speedup.against.proof import Proven
from pytest_speedup.against.protocol import LoadedFile, Proved
from pytest_speedup.against.touched import is_made_of
from pytest_speedup.against.touches import Seen, do_versions_differ
from pytest_speedup.against.watch import BUILT, INSTALLED
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD
from tests.against.test_touched import EXTRA, LIB, WANTED, F, T, U, proven

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_speedup.against.making import Made
    from pytest_speedup.against.proof import Proof

NATIVE = "acme/_core.cpython-311-x86_64-linux-gnu.so"
SOURCE = "src/acme/_core.c"


def touch(evidence: Proven) -> tuple[object, ...]:
    return tuple(evidence.touches(WANTED).values())


def install(proof: Proof, name: str, content: str, *, module: str, kind: str = BUILT) -> None:
    """Have a side have loaded a file that was built of its tree, or installed."""
    site = proof.made.overlay.site
    (file := site / name).parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    into = proof.built if kind == BUILT else proof.installed
    into[name] = content
    proof.seen.take(name, module)
    proof.seen.end("")


def built(
    tmp_path: Path,
    changed: Mapping[str, str],
    contents: tuple[str, str] = ("\0 base", "\0 head"),
    name: str = NATIVE,
    kind: str = BUILT,
) -> Proven:
    """Make sides with a compiled module that one of two workloads imports."""
    base = {SOURCE: "int size = 4;\n", "src/acme/one.py": "from acme import _core\n"}
    evidence = proven(tmp_path, base, dict(changed))
    for side, content in zip((BASE, HEAD), contents, strict=True):
        module = name.partition(".")[0].replace("/", ".")
        install(evidence.proofs[side], name, content, module=module, kind=kind)
    return evidence


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, (F, F)),
        ({"README.md": "other\n"}, (F, F)),
        ({SOURCE: "int size = 1;\n"}, (T, F)),
        ({"setup.py": "other\n"}, (T, F)),
        ({"src/acme/_core.py": "SIZE = 1\n"}, (T, F)),
    ],
)
def test_what_is_compiled_differs_where_its_sources_do(
    tmp_path: Path, changed: Mapping[str, str], expected: tuple[object, ...]
) -> None:
    """The same sources give other bytes in another folder, which say nothing."""
    evidence = built(tmp_path, {})
    for name, text in changed.items():  # what no process loads
        blobs = {**evidence.proofs[HEAD].made.tree.blobs, name: text}
        tree = replace(evidence.proofs[HEAD].made.tree, blobs=blobs)
        evidence.proofs[HEAD].made = replace(evidence.proofs[HEAD].made, tree=tree)
    assert touch(evidence) == expected


def test_who_reaches_compiled_code_may_reach_anything(tmp_path: Path) -> None:
    """Nobody can tell what that imports."""
    assert touch(built(tmp_path, {"src/acme/two.py": "SIZE = 1\n"})) == (T, T)


def test_what_the_user_compiled_differs_by_its_bytes(tmp_path: Path) -> None:
    """From which source it is, nobody can tell."""
    same, other = ("\0", "\0"), ("\0 base", "\0 head")
    assert touch(built(tmp_path, {}, same, kind=INSTALLED)) == (F, F)
    assert touch(built(tmp_path, {}, other, kind=INSTALLED)) == (T, F)


@pytest.mark.parametrize(
    ("compiled", "changed", "expected"),
    [
        (NATIVE, "src/acme/_core.pyx", True),
        (NATIVE, "rust/src/lib.rs", True),
        (NATIVE, "fortran/step.F90", True),
        (NATIVE, "include/step.h", True),
        (NATIVE, "pyproject.toml", True),
        (NATIVE, "CMakeLists.txt", True),
        (NATIVE, "src/acme/other.py", False),
        ("acme__mypyc.cpython-311-x86_64-linux-gnu.so", "src/acme/other.py", True),
        (NATIVE, "README.md", False),
        (NATIVE, "docs/index.rst", False),
    ],
)
def test_what_compiled_code_is_made_of(compiled: str, changed: str, *, expected: bool) -> None:
    """Sources of any language, files that say how it is built, and Python where that is one."""
    assert is_made_of(compiled, ["docs/a.md", changed]) is expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("version = '1.dev3+gabc'\n", "version = '1.dev4+gdef'\n"), (F, F)),
        (("version = '1'\n", "version = '1'\nsize = 1\n"), (T, T)),
        (("version = '1'\n", "version =\n"), (T, T)),
    ],
)
def test_a_version_that_a_build_generates_is_no_difference(
    tmp_path: Path, texts: tuple[str, str], expected: tuple[object, ...]
) -> None:
    """Each commit has another; more than that in it is one."""
    evidence = proven(tmp_path, {"src/acme/__init__.py": "from acme import _version\n"}, {})
    for side, text in zip((BASE, HEAD), texts, strict=True):
        install(evidence.proofs[side], "acme/_version.py", text, module="acme._version")
    assert touch(evidence) == expected


def test_a_version_that_stands_in_the_tree_is_one(tmp_path: Path) -> None:
    """It is as any other file."""
    base = {
        "src/acme/__init__.py": "from acme import _version\n",
        "src/acme/_version.py": "v = 1\n",
    }
    assert touch(proven(tmp_path, base, {"src/acme/_version.py": "v = 2\n"})) == (T, T)


@pytest.mark.parametrize(
    ("of_base", "of_head", "expected"),
    [
        ("4", "4", (F, F)),
        ("4", "1", (U, U)),
        ("4", None, (U, U)),
        (None, None, (F, F)),
        ("4" * 5_000_000, "4" * 5_000_000, (U, U)),
    ],
    ids=["alike", "others", "of one", "gone", "large"],
)
def test_data_that_git_does_not_have_is_unknown_unless_it_is_alike(
    tmp_path: Path, of_base: str | None, of_head: str | None, expected: tuple[object, ...]
) -> None:
    """No commit says whether it differs."""
    evidence = proven(tmp_path, {}, {})
    for side, text in ((BASE, of_base), (HEAD, of_head)):
        if text is not None:
            (evidence.proofs[side].made.tree.top / "limit.bin").write_text(text)
    evidence.proofs[HEAD].unknown.add("limit.bin")
    assert touch(evidence) == expected


def put_package(site: Path, name: str, version: str) -> None:
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ((("dep", "1"), ("dep", "1")), (F, F)),
        ((("dep", "1"), ("dep", "2")), (T, T)),
        ((("dep", "1"), ("other", "1")), (T, T)),
        ((("acme", "1"), ("acme", "2")), (F, F)),
    ],
)
def test_another_version_of_a_dependency_touches_all(
    tmp_path: Path, packages: tuple[tuple[str, str], ...], expected: tuple[object, ...]
) -> None:
    """Of the project itself it is no difference: its files say whether it differs."""
    project = {"pyproject.toml": "[project]\nname = 'acme'\n"}
    evidence = proven(tmp_path, project, {})
    for side, (name, version) in zip((BASE, HEAD), packages, strict=True):
        put_package(site := tmp_path / f"site-{side}", name, version)
        evidence.proofs[side].made = replace(evidence.proofs[side].made, sites=(site,))
    assert touch(evidence) == expected


def test_another_python_is_another_version(tmp_path: Path) -> None:
    """Of an environment that was given for the base."""
    evidence = proven(tmp_path, {}, {})

    def made(side: str) -> Made:
        return evidence.proofs[side].made

    assert not do_versions_differ(made(BASE), made(HEAD))
    (made(HEAD).overlay.folder / "pyvenv.cfg").write_text("version = 3.12.1\n")
    assert do_versions_differ(made(BASE), made(HEAD))
    assert touch(evidence) == (T, T)


def test_what_is_known_only_grows(tmp_path: Path) -> None:
    """In a later block more may be loaded; nothing of it is forgotten."""
    base = {EXTRA: "SIZE = 4\n", "src/acme/two.py": "import acme.extra\n"}
    evidence = proven(tmp_path, base, {EXTRA: "SIZE = 1\n"})
    assert touch(evidence) == (F, T)
    for side in (BASE, HEAD):
        proof = evidence.proofs[side]
        file = LoadedFile("tree", "acme.extra", str(proof.made.tree.top / EXTRA), 8)
        proof.take(Proved((file,), 2))
        proof.seen.end("one")
        proof.take(Proved((), 2))
        proof.seen.end("one")
    assert touch(evidence) == (T, T)


def test_what_was_told_before_any_workload_is_of_none() -> None:
    """Nor is it of the first one afterwards."""
    seen = Seen()
    seen.take("a.py", "a")
    seen.end("")
    seen.take("b.py", "")
    seen.end("one")
    assert seen.windows["one"].names == {"b.py"}
    assert seen.modules == {"a.py": "a"}


@pytest.mark.parametrize(
    ("program", "workload", "unasked"),
    [
        ("/usr/bin/git", "", False),
        ("/usr/bin/file", "", False),  # by which Python tells the architecture
        ("/usr/bin/git", "one", True),
        ("/usr/bin/server", "", True),
        ("/elsewhere/python3", "", True),
    ],
)
def test_a_program_serves_what_comes_after_it_unless_it_is_a_probe(
    program: str, workload: str, *, unasked: bool
) -> None:
    """Until the processes are fresh ones."""
    seen = Seen()
    seen.begin()
    seen.take_unasked(program)
    seen.end(workload)
    seen.end("two")
    assert seen.windows["two"].unasked is unasked
    seen.begin()
    seen.end("")
    seen.end("three")
    assert not seen.windows["three"].unasked


def test_each_side_needs_a_proof_of_its_own(tmp_path: Path) -> None:
    """The second process runs the base's code, and says nothing of a change."""
    evidence = proven(tmp_path, {}, {LIB: "SIZE = 1\n"})
    again = Proven({**evidence.proofs, BASE_AGAIN: evidence.proofs[HEAD]})
    assert touch(again) == (T, F)


def test_where_nothing_differs_nothing_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a file that both sides have is read once."""
    read: list[bytes] = []
    monkeypatch.setattr(touches, "read_imports", read.append)
    assert touch(proven(tmp_path, {}, {})) == (F, F)
    assert read == []
    evidence = proven(tmp_path, {}, {LIB: "SIZE = 1\n"})
    assert touch(evidence) == touch(evidence) == (T, T)
    assert len(read) == len({*read})
