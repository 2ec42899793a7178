"""Files that a side told of, held against its tree and its environment."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import TYPE_CHECKING, cast

import pytest

from pytest_speedup.against.cells import Wanted
from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.making import Made
from pytest_speedup.against.overlay import Overlay
from pytest_speedup.against.proof import OutsideError, Proof, Proven, UnprovenTrees, tell_proofs
from pytest_speedup.against.protocol import LoadedFile, Proved
from pytest_speedup.against.side import SideError
from pytest_speedup.against.touches import Seen
from pytest_speedup.against.watch import BUILT, FOREIGN, TREE, UNASKED
from pytest_speedup.against.worktree import read_worktree
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD, Touch
from tests.posix import posix_only
from tests.test_layers import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pytest_speedup.against.block import Block
    from tests.clone import Clone


def digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture
def made(clone: Clone, tmp_path: Path) -> Made:
    """A side with a file in its tree, and one that was built of it."""
    clone.commit("a = 1\n", "acme.py")
    clone.commit("stale.so\nbefore.txt\n", ".gitignore")
    (clone.path / "stale.so").write_text("")
    (clone.path / "before.txt").write_text("")
    env = tmp_path / "env"
    site = env / "site-packages"
    (info := site / "acme-1.dist-info").mkdir(parents=True)
    (env / "pyvenv.cfg").write_text("")
    (site / "built.py").write_text("b = 1\n")
    (site / "forged.py").write_text("b = 2\n")
    (info / "RECORD").write_text(
        f"built.py,{digest('b = 1' + chr(10))},6\nforged.py,{digest('other')},6\n"
    )
    kinds = {f"{clone.path}{os.sep}": TREE, f"{env}{os.sep}": BUILT}
    kinds[f"{tmp_path / 'other'}{os.sep}"] = FOREIGN
    overlay = Overlay(env, env / "bin" / "python", site)
    return Made("head", clone.path, read_worktree(clone.path), overlay, (), (), kinds, {})


def told(*paths: Path, kind: str = TREE) -> Proved:
    files = tuple(LoadedFile(kind, "acme", str(path), 7) for path in paths)
    return Proved(files, 2)


def test_what_is_as_the_tree_says_is_proven(made: Made) -> None:
    """And what was built is as its record says; a file is counted once."""
    proof = Proof("head", made)
    site = made.overlay.site
    proof.take(told(made.tree.top / "acme.py", site / "built.py", site / "speedup.pth"))
    proof.take(told(made.tree.top / "acme.py"))
    assert [*proof.sources] == ["acme.py"]
    assert [*proof.built] == ["built.py"]


@posix_only
def test_what_links_of_the_tree_lead_to_is_held_against_it_too(made: Made) -> None:
    """Git has a link, and what it leads to."""
    top = made.tree.top
    (top / "package").mkdir()
    (top / "package" / "core.py").write_text("c = 1\n")
    (top / "linked").symlink_to("package")
    (top / "one.py").symlink_to("package/core.py")
    tree = replace(made, tree=read_worktree(top))
    proof = Proof("head", tree)
    proof.take(told(top / "linked" / "core.py"))
    assert [*proof.sources] == ["package/core.py"]
    proof = Proof("head", tree)
    proof.take(told(top / "one.py"))
    assert {*proof.sources} == {"one.py", "package/core.py"}
    (top / "package" / "core.py").write_text("c = 2\n")
    with pytest.raises(OutsideError, match=r"no longer what its tree has as package/core.py"):
        Proof("head", tree).take(told(top / "one.py"))


@posix_only
def test_a_link_to_the_other_side_ends_it(made: Made, tmp_path: Path) -> None:
    """Data as well as code: an absolute link leads both sides to the same file."""
    (other := tmp_path / "other").mkdir()
    (other / "limit.json").write_text("8")
    (made.tree.top / "linked").symlink_to(other)
    with pytest.raises(OutsideError, match="which is in the base's tree"):
        Proof("head", made).take(told(made.tree.top / "linked" / "limit.json"))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("../other/acme.py", r"head loaded acme from .*other.acme.py, which is in the base's tree"),
        ("stale.so", r"stale.so, which no commit has, as git ignores it"),
        ("../env/site-packages/forged.py", r"forged.py, which is no longer what its tree has"),
    ],
)
def test_what_is_not_the_sides_ends_it(made: Made, where: str, said: str) -> None:
    """Whatever the side says of it: the other's, a stale build, a build that was changed."""
    path = (made.tree.top / where).resolve()
    with pytest.raises(OutsideError, match=said) as caught:
        Proof("head", made).take(told(made.tree.top / "acme.py", path))
    assert len(str(caught.value).splitlines()) == 2


def test_code_that_changed_since_ends_it(made: Made) -> None:
    """It is not known which of both ran; other files may change."""
    (made.tree.top / "acme.py").write_text("a = 2\n")
    with pytest.raises(OutsideError, match=r"no longer what its tree has as acme.py"):
        Proof("head", made).take(told(made.tree.top / "acme.py"))
    proof = Proof("head", made)
    (made.tree.top / ".gitignore").write_text("")
    proof.take(told(made.tree.top / ".gitignore"))
    assert [*proof.sources] == [".gitignore"]


def test_a_side_that_tells_of_no_file_ends_it(made: Made) -> None:
    """Its tests alone are files of the project: whoever saw none did not look."""
    proof = Proof("head", made)
    proof.take(told())
    with pytest.raises(OutsideError, match="no process of it was seen to load any file"):
        proof.require_any()


def test_code_that_the_run_made_is_its_own(made: Made) -> None:
    """Such as a module that a test writes after the side was made."""
    proof = Proof("head", made)
    changed = (made.overlay.folder / "pyvenv.cfg").stat().st_ctime_ns
    while (made.tree.top / "acme.py").stat().st_ctime_ns > 0:
        (new := made.tree.top / "new.py").write_text("")
        if new.stat().st_ctime_ns > changed:
            break
    proof.take(told(made.tree.top / "acme.py", new))
    assert [*proof.sources] == ["acme.py"]


def test_what_is_not_known_is_named(made: Made) -> None:
    """Data that git does not have, and interpreters that tell nothing."""
    proof = Proof("head", made)
    proof.take(told(made.tree.top / "acme.py", made.tree.top / "before.txt"))
    proof.take(told(made.tree.top / "elsewhere" / "python3", kind=UNASKED))
    said = tell_proofs({"head": proof}, {"head": "HEAD"}).remarks
    assert said[0] == "not proven: data that git does not have: before.txt"
    assert said[1].startswith("not proven: what a Python loaded that is not the side's own: ")


def test_what_is_told_counts_what_is_as_in_the_commit(clone: Clone, tmp_path: Path) -> None:
    """Of a tree that differs, each file that was loaded; of files that were built, how many."""
    clone.commit("a = 1\n", "acme.py")
    clone.commit("b = 1\n", "other.py")
    (clone.path / "other.py").write_text("b = 2\n")
    overlay = Overlay(tmp_path, tmp_path / "python", tmp_path)
    tree = read_worktree(clone.path)
    proof = Proof("head", Made("head", clone.path, tree, overlay, (), (), {}, {}))
    proof.sources |= {name: tree.blobs[name] for name in ("acme.py", "other.py")}
    proof.built["core.so"] = "digest"
    before = Proof("base", proof.made, {**proof.sources, "other.py": "older"})
    told = tell_proofs({"base": before, "head": proof}, {"base": "HEAD", "head": "HEAD"})
    head = told.sides[1]
    assert (head.tree, head.commit, head.modified) == (tree.name, "HEAD", True)
    assert (head.files, head.committed, head.built, told.differing) == (2, 1, 1, 2)
    clone.commit("b = 2\n", "other.py")
    head = tell_proofs({"head": proof}, {"head": "HEAD"}).sides[0]
    assert (head.modified, head.committed) == (False, 2)


def test_a_commit_that_cannot_be_read_is_told_nothing_of(made: Made) -> None:
    """Rather than that all was as in it."""
    with pytest.raises(SideError, match=r"head: its commit nonsense cannot be read"):
        tell_proofs({"head": Proof("head", made)}, {"head": "nonsense"})


@dataclass
class FakeProof:
    """Of a side that loaded something, or nothing."""

    loaded: bool = True
    seen: Seen = field(default_factory=Seen)

    def require_any(self) -> None:
        if not self.loaded:
            message = "no process of it was seen to load any file"
            raise OutsideError(message)


@dataclass
class FakeBlock:
    """Of sides that are asked."""

    running: tuple[str, ...] = (BASE, HEAD, BASE_AGAIN)
    asked: list[str] = field(default_factory=list)

    def prove(self, proofs: Mapping[str, object]) -> Sequence[str]:
        assert {*self.running} <= {*proofs}
        self.asked += self.running
        return self.running


def proven(*names: str, loaded: bool = True) -> Proven:
    return Proven({name: cast("Proof", FakeProof(loaded)) for name in names})


@pytest.mark.parametrize("names", [(), (BASE,), (HEAD, BASE_AGAIN), (BASE, HEAD)])
def test_no_side_can_be_left_out(names: tuple[str, ...]) -> None:
    """Nor can all of them: what is not asked would look proven."""
    with pytest.raises(SideError, match="nothing would be proven of "):
        proven(*names)


def test_every_side_is_asked_before_and_after_it_worked() -> None:
    """In the order of its name."""
    block = FakeBlock()
    evidence = proven(BASE, HEAD, BASE_AGAIN)
    evidence.ask(cast("Block", block))
    evidence.ask_after_work(cast("Block", block), "work")
    assert block.asked == [BASE, HEAD, BASE_AGAIN] * 2


def test_what_is_loaded_in_turns_is_their_workloads() -> None:
    """What was loaded before is nobody's, and each block begins with fresh processes."""
    evidence, block = proven(BASE, HEAD, BASE_AGAIN), cast("Block", FakeBlock())
    seen = evidence.proofs[HEAD].seen
    seen.take("before.py", "before")
    evidence.ask(block)
    seen.take("one.py", "one")
    seen.take_unasked("/usr/bin/server")
    evidence.ask_after_work(block, "one")
    evidence.ask(block)
    evidence.ask_after_work(block, "two")
    windows = {name: ({*one.names}, one.unasked) for name, one in seen.windows.items()}
    assert windows == {"one": ({"one.py"}, True), "two": (set(), False)}


def test_who_worked_must_have_loaded_something() -> None:
    """Before that there may be nothing yet."""
    evidence = proven(BASE, HEAD, BASE_AGAIN, loaded=False)
    evidence.ask(cast("Block", FakeBlock()))
    with pytest.raises(OutsideError, match="no process of it was seen"):
        evidence.ask_after_work(cast("Block", FakeBlock()), "work")


def test_a_base_again_that_was_not_needed_has_loaded_nothing() -> None:
    """Of one that runs the same is asked as of the others."""
    evidence = proven(BASE, HEAD, BASE_AGAIN)
    evidence.proofs[BASE_AGAIN].loaded = False  # type: ignore[attr-defined]
    evidence.ask_after_work(cast("Block", FakeBlock((BASE, HEAD))), "work")
    with pytest.raises(OutsideError, match="no process of it was seen"):
        evidence.ask_after_work(cast("Block", FakeBlock()), "work")


def test_trees_that_are_no_commits_say_so() -> None:
    """By a type of their own; a comparison has no way to be without an answer."""
    block = FakeBlock()
    UnprovenTrees().ask(cast("Block", block))
    UnprovenTrees().ask_after_work(cast("Block", block), "work")
    assert block.asked == []
    assert UnprovenTrees().touches([Wanted("a", "a", "thread", 2)]) == {"a": Touch.UNKNOWN}
    (one,) = (one for one in fields(Comparison) if one.name == "evidence")
    assert one.default is MISSING
    assert one.default_factory is MISSING


def test_only_the_laboratory_compares_trees_that_are_no_commits() -> None:
    """The product has no place where it could."""

    found = {
        file.name
        for file in (ROOT / "pytest_speedup").rglob("*.py")
        if "UnprovenTrees(" in file.read_text(encoding="utf-8")
    }
    assert found == set()
