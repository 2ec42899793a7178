"""Head's tests on the base's code: what is laid over the base's tree, and what never is."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.base import Base
from pytest_speedup.against.harness import LaidOver, folder_of_tests, lay_over
from pytest_speedup.against.side import SideError
from pytest_speedup.errors import SpeedupError
from tests.clone import Clone

if TYPE_CHECKING:
    from collections.abc import Mapping

TEST = "def test_work(speedup):\n    pass\n"


@pytest.fixture
def head(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "head")


@pytest.fixture
def base(tmp_path: Path) -> Base:
    top = tmp_path / "base"
    top.mkdir()
    return Base("main", "1" * 40, top, "2" * 40, top)


def write(top: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def tree(top: Path) -> dict[str, str]:
    return {
        file.relative_to(top).as_posix(): file.read_text()
        for file in sorted(top.rglob("*"))
        if file.is_file() and ".git" not in file.parts
    }


def lay(head: Clone, base: Base, *files: str, ini: str = "") -> LaidOver:
    return lay_over(head.path, base, files, head.path / ini if ini else None)


def test_a_folder_of_tests_comes_whole(head: Clone, base: Base) -> None:
    """With what is not committed yet, and without what git ignores; head's tree stays as it is."""
    write(
        head.path,
        {
            ".gitignore": "*.log\n",
            "conftest.py": "top",
            "tests/test_work.py": TEST,
            "tests/helper.py": "new",
            "tests/data/deep/numbers.txt": "1",
            "tests/a.log": "ignored",
            "pkg/work.py": "head's",
        },
    )
    head.git("add", "tests/test_work.py")
    write(base.top, {"tests/helper.py": "old", "pkg/work.py": "base's"})
    before = tree(head.path)
    laid = lay(head, base, "tests/test_work.py")
    assert tree(base.top) == {
        "conftest.py": "top",
        "pkg/work.py": "base's",
        "tests/data/deep/numbers.txt": "1",
        "tests/helper.py": "new",
        "tests/test_work.py": TEST,
    }
    assert laid.changed == ("tests/helper.py",)
    assert laid.new == ("conftest.py", "tests/data/deep/numbers.txt", "tests/test_work.py")
    assert tree(head.path) == before
    assert laid.remarks == [
        f"head's tests, laid over the base, which has not got it: {', '.join(laid.new)}",
        "head's tests, laid over the base, where it differs: tests/helper.py",
    ]


@pytest.mark.parametrize("file", ["test_work.py", "app/test_work.py", "src/app/test_work.py"])
def test_code_beside_a_test_is_never_laid_over(head: Clone, base: Base, file: str) -> None:
    """At the top, in a folder of another name: the test alone, and conftest.py."""
    beside = Path(file).with_name("work.py").as_posix()
    write(head.path, {file: TEST, beside: "head's", "conftest.py": "top"})
    write(base.top, {beside: "base's"})
    laid = lay(head, base, file)
    assert tree(base.top) == {file: TEST, beside: "base's", "conftest.py": "top"}
    assert set(laid.new) == {file, "conftest.py"}
    assert laid.changed == ()


@pytest.mark.parametrize(
    ("test", "folder"),
    [
        ("tests/unit/test_a.py", "tests"),
        ("benchmarks/bench_a.py", "benchmarks"),
        ("src/pkg/tests/test_a.py", "src/pkg/tests"),
        ("benchmark/tests/test_a.py", "benchmark/tests"),
        ("pytest_benchmark/test_a.py", None),
        ("test_a.py", None),
        ("pkg/test_a.py", None),
    ],
)
def test_a_folder_of_tests_is_one_by_its_name(
    tmp_path: Path, test: str, folder: str | None
) -> None:
    """The nearest of that name: what is around it may be the package."""
    found = folder_of_tests(tmp_path, PurePosixPath(test))
    assert found == (None if folder is None else PurePosixPath(folder))


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg", "setup.py"])
def test_a_project_is_no_folder_of_tests(tmp_path: Path, name: str) -> None:
    """Whatever it is called."""
    write(tmp_path, {f"bench/{name}": ""})
    assert folder_of_tests(tmp_path, PurePosixPath("bench/test_a.py")) is None


@pytest.mark.parametrize(("installed_from", "counts"), [("mine", False), ("other", True)])
def test_an_installed_package_is_no_folder_of_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed_from: str, counts: object
) -> None:
    """Unless it is somebody else's, who installs one called tests."""

    class Installed:
        def read_text(self, _name: str) -> str:
            return f'{{"url": "{(tmp_path / installed_from).resolve().as_uri()}"}}'

    top = tmp_path / "mine"
    top.mkdir()
    monkeypatch.setattr(metadata, "packages_distributions", lambda: {"bench": ["some"]})
    monkeypatch.setattr(metadata, "distribution", lambda _name: Installed())
    assert (folder_of_tests(top, PurePosixPath("bench/test_a.py")) is not None) is counts


def test_a_conftest_that_head_has_no_more_is_taken_away(head: Clone, base: Base) -> None:
    """The base's would act on the base alone."""
    write(head.path, {"a/tests/test_work.py": TEST})
    write(base.top, {"conftest.py": "old", "a/conftest.py": "old", "b/conftest.py": "another's"})
    laid = lay(head, base, "a/tests/test_work.py")
    assert laid.removed == ("a/conftest.py", "conftest.py")
    assert set(tree(base.top)) == {"a/tests/test_work.py", "b/conftest.py"}


@pytest.mark.parametrize("name", ["pytest.ini", "tox.ini"])
def test_configuration_of_pytest_is_laid_over(head: Clone, base: Base, name: str) -> None:
    """It says how tests are called."""
    write(head.path, {"test_work.py": TEST, name: "head's"})
    write(base.top, {name: "base's"})
    assert lay(head, base, "test_work.py", ini=name).changed == (name,)
    assert (base.top / name).read_text() == "head's"


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg"])
def test_what_says_how_the_base_is_built_stays(head: Clone, base: Base, name: str) -> None:
    """Only where the base has none it gets head's."""
    write(head.path, {"test_work.py": TEST, name: "head's"})
    assert name in lay(head, base, "test_work.py", ini=name).new
    (base.top / name).write_text("base's")
    laid = lay(head, base, "test_work.py", ini=name)
    assert laid.kept == (name,)
    assert (base.top / name).read_text() == "base's"
    assert laid.remarks[-1].endswith(f"since it says how that is built: {name}")


def test_nothing_to_lay_over_is_said(head: Clone, base: Base) -> None:
    """The base has the same tests."""
    for top in (head.path, base.top):
        write(top, {"tests/test_work.py": TEST, "conftest.py": ""})
    laid = lay(head, base, "tests/test_work.py")
    assert laid == LaidOver()
    assert laid.remarks == ["head's tests are the base's own: nothing was laid over it"]


def test_paths_are_those_of_the_root_directory(head: Clone, base: Base) -> None:
    """Which may be a folder of the repository; above it pytest reads no conftest.py."""
    write(head.path, {"conftest.py": "above", "bench/test_work.py": TEST, "bench/help.py": ""})
    (base.top / "bench").mkdir()
    inner = Base(base.ref, base.commit, base.top / "bench", base.tree, base.top)
    laid = lay_over(head.path / "bench", inner, ["test_work.py"], None)
    assert laid.new == ("bench/help.py", "bench/test_work.py")


def test_a_link_of_the_base_leads_nobody_into_the_users_tree(
    head: Clone, base: Base, tmp_path: Path
) -> None:
    """Nothing is written through it, and it is said."""
    outside = tmp_path / "outside"
    write(outside, {"test_work.py": "the user's"})
    (base.top / "tests").symlink_to(outside)
    write(head.path, {"tests/test_work.py": TEST})
    laid = lay(head, base, "tests/test_work.py")
    assert (outside / "test_work.py").read_text() == "the user's"
    assert laid.refused == ("tests/test_work.py",)


def test_a_file_of_the_base_that_is_a_link_is_replaced(
    head: Clone, base: Base, tmp_path: Path
) -> None:
    """And not what it leads to."""
    (tmp_path / "outside.py").write_text("the user's")
    (base.top / "test_work.py").symlink_to(tmp_path / "outside.py")
    write(head.path, {"test_work.py": TEST})
    lay(head, base, "test_work.py")
    assert (tmp_path / "outside.py").read_text() == "the user's"
    assert (base.top / "test_work.py").read_text() == TEST


def test_a_link_out_of_heads_tree_is_not_laid_over(head: Clone, base: Base) -> None:
    """It would lead the base to head's own code; one within the tree leads to the base's."""
    write(head.path, {"tests/test_work.py": TEST, "pkg/work.py": "head's"})
    (head.path / "tests" / "absolute.py").symlink_to(head.path / "pkg" / "work.py")
    (head.path / "tests" / "above.py").symlink_to("../../head/pkg/work.py")
    (head.path / "tests" / "inside.py").symlink_to("../pkg/work.py")
    write(base.top, {"pkg/work.py": "base's"})
    laid = lay(head, base, "tests/test_work.py")
    assert laid.refused == ("tests/above.py", "tests/absolute.py")
    assert (base.top / "tests" / "inside.py").read_text() == "base's"


def test_tests_that_head_removed_are_named(head: Clone, base: Base) -> None:
    """Laid over, the base would have them no more either, and nobody would miss them."""
    write(head.path, {"tests/test_work.py": TEST})
    more = "class TestMore:\n    def test_gone(self, speedup): ...\n"
    write(base.top, {"tests/test_work.py": f"{TEST}def test_other(tmp_path): ...\n{more}"})
    laid = lay(head, base, "tests/test_work.py")
    assert laid.gone == ("tests/test_work.py::TestMore::test_gone",)


@pytest.mark.parametrize(
    "before",
    [
        "@pytest.mark.speedup(margin=0.04)\n{}",
        "pytestmark = [pytest.mark.speedup(margin=0.04)]\n{}",
        "{}",
    ],
)
def test_a_change_does_not_choose_its_own_margin(head: Clone, base: Base, before: str) -> None:
    """The base's margin counts, which its test would no longer say."""
    write(head.path, {"test_work.py": f"@pytest.mark.speedup(margin=0.9)\n{TEST}"})
    write(base.top, {"test_work.py": before.format(TEST)})
    with pytest.raises(SpeedupError, match=r"test_work\.py::test_work by the marker that head"):
        lay(head, base, "test_work.py")


def test_a_tree_that_cannot_be_written_is_an_error(head: Clone, base: Base) -> None:
    """In one line."""
    write(head.path, {"tests/test_work.py": TEST})
    (base.top / "tests").write_text("a file")
    with pytest.raises(SideError, match="head's tests cannot be laid over the base: "):
        lay(head, base, "tests/test_work.py")
