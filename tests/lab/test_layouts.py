"""The table of layouts: what it makes, and what it takes for right."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.lab.layouts import run as running
from benchmarks.lab.layouts.__main__ import WIDTH, main
from benchmarks.lab.layouts.layout import LAYOUTS, MADE, SkippedError
from benchmarks.lab.layouts.real import REAL, Real, Rust
from benchmarks.lab.layouts.run import ROOT, Result
from benchmarks.lab.layouts.taught import EVERYTHING, PULL

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.lab.layouts.run import LayoutSource


def test_each_layout_has_its_code_and_a_project() -> None:
    """By a name of its own; and a loss is something else than the same code."""
    names = [one.name for one in (*LAYOUTS, *REAL)]
    assert len({*names}) == len(names)
    for one in MADE:
        assert one.lossless != one.lossy
        assert one.code not in one.files
        projects = {f"{folder}/pyproject.toml".removeprefix("./") for folder in one.installed}
        assert projects <= {*one.files}


@pytest.mark.parametrize(
    ("head", "code", "is_right"),
    [
        ("same", 0, True),
        ("same", 1, False),
        ("loss", 1, True),
        ("loss", 0, False),
        ("loss", 11, False),
    ],
)
def test_the_same_code_is_exactly_0_and_a_loss_exactly_1(
    head: str, code: int, *, is_right: bool
) -> None:
    """Whatever else comes out is wrong."""
    assert Result("flat", "plain", head, code, 1.0, "").is_right is is_right


def test_the_line_of_the_proof_is_shown() -> None:
    """Or what ended the run, where there is none."""
    said = "collected\nproof: base loaded 1\nspeedup gate\n"
    assert Result("flat", "plain", "same", 0, 1.0, said).proof == "proof: base loaded 1"
    assert Result("flat", "plain", "same", 4, 1.0, "ERROR: no\n\n").proof == "ERROR: no"


def test_one_that_is_wrong_fails_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named."""

    def run(layout: LayoutSource, way: str, _folder: Path) -> list[Result]:
        code = 11 if layout.name == "src" else 0
        return [Result(layout.name, way, "same", code, 1.0, "proof: it")]

    monkeypatch.setattr("benchmarks.lab.layouts.__main__.run", run)
    assert main(["--only", "flat", "--way", "plain"]) == 0
    assert main(["--only", "flat", "src"]) == 1
    said = capsys.readouterr().out
    assert f"{'src':{WIDTH}} editable same exit 11 in   1 s: WRONG: proof: it" in said
    assert "2 of 4 as they must" in said


def test_a_repository_has_both_commits(tmp_path: Path) -> None:
    """Head changes a note, too, so that the same code is not the same tree."""
    running.write(MADE[0], tmp_path, "loss")
    assert (tmp_path / MADE[0].code).read_text() == MADE[0].lossy
    assert (tmp_path / "notes.txt").exists()


def test_one_that_cannot_be_had_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And counted; a table of nothing else is none."""

    def run(_layout: LayoutSource, way: str, _folder: Path) -> list[Result]:
        message = "there is no cargo here"
        raise SkippedError(message)

    monkeypatch.setattr("benchmarks.lab.layouts.__main__.run", run)
    assert main(["--only", "src", "--way", "plain"]) == 1
    said = capsys.readouterr().out
    assert f"{'src':{WIDTH}} plain    skipped: there is no cargo here" in said
    assert "0 could not be installed; 1 skipped" in said


def published(folder: Path, name: str, files: dict[str, str]) -> Callable[..., None]:
    """Stand for pip: put a source distribution where it is to go."""

    def run(words: list[str], **_options: object) -> None:
        target = Path(words[words.index("--dest") + 1])
        target.mkdir()
        top = folder / name
        for file, text in files.items():
            (top / file).parent.mkdir(parents=True, exist_ok=True)
            (top / file).write_text(text)
        with tarfile.open(target / f"{name}.tar.gz", "w:gz") as archive:
            archive.add(top, name)

    return run


SUM = "def add(n):\n    return n\n"


def real(loss: str | tuple[str, str]) -> Real:
    return Real(("acme==1",), ("acme-backend",), "acme.py", loss, "import acme", "acme.add(n)", "x")


def test_a_project_of_others_is_as_published_and_its_loss_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Around a function of its own."""
    monkeypatch.setattr(
        subprocess, "run", published(tmp_path / "p", "acme-1", {"acme.py": SUM, "setup.py": ""})
    )
    layout = real("add").fetched(Path("python"), tmp_path)
    assert (layout.lossless, layout.files) == (SUM, {"setup.py": b""})
    names: dict[str, Any] = {}
    exec(layout.lossy.replace("0.05", "0"), names)  # noqa: S102 - it is written here
    assert names["add"](3) == 3
    assert names["add"].__name__ == "locked"
    compile(layout.test, "test_work.py", "exec")
    assert "repr(acme.add(n))" in layout.test


def test_a_loss_that_is_not_put_in_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the same code would be called a loss."""
    monkeypatch.setattr(subprocess, "run", published(tmp_path / "p", "acme-1", {"acme.py": SUM}))
    with pytest.raises(ValueError, match=r"is in acme\.py 0 times"):
        real(("sub", "nap")).fetched(Path("python"), tmp_path)


def test_one_in_rust_says_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toolchain, or its packages."""
    (one,) = [each for each in REAL if isinstance(each, Rust)]
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(SkippedError, match="no cargo"):
        one.fetched(Path("python"), tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    failed = subprocess.CompletedProcess([], 101, "", "Caused by:\n  no such host\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SkippedError, match="cannot be had: no such host"):
        one.fetched(Path("python"), tmp_path)


def test_the_job_is_the_one_that_the_page_teaches() -> None:
    """Its checkout has the whole history, and pip installs it so."""
    page = (ROOT / "docs/github.md").read_text(encoding="utf-8")
    code = (ROOT / "benchmarks/lab/layouts/taught.py").read_text(encoding="utf-8")
    assert "fetch-depth: 0" in page
    assert EVERYTHING[0].endswith("refs/remotes/origin/*")
    assert PULL.endswith("/merge")
    assert 'python -m pip install --editable . "pytest-speedup[report]"' in page
    assert '"--editable", ".", "pytest-speedup[report]"' in code
    assert "arguments: benchmarks --speedup-workers=2" in page
