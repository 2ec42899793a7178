"""What a side of a comparison is called with."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.plugin.given import given_options, owners_of
from pytest_speedup.plugin.passing import (
    KNOWN,
    PYTEST_RULE,
    anchors_of_side,
    passed_options,
    paths_of_side,
)
from pytest_speedup.plugin.start import begin

if TYPE_CHECKING:
    from pytest_speedup.plugin.passing import Passed

CONFTEST = """
def pytest_addoption(parser):
    parser.addoption("--engine", choices=["real", "fake"], default="fake")
    parser.addoption("--fast", "--quick", action="store_true")
    parser.addoption("--level", action="append")
    parser.addoption("--pair", nargs=2)
    parser.addoption("--many", nargs="+")
    parser.addoption("--maybe", nargs="?", const="yes")
    parser.addoption("--data")
    parser.addoption("-X", dest="cross")
    parser.addoption("--tail", nargs="...")
"""
"""Options of a repository, of each form that takes its values another way."""

PYTESTERS = (*("-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:unraisableexception"),)
"""What each run is called with, so that it starts soon."""

ENGINES = "engine = {engine!r}\ndef pytest_addoption(parser):\n    parser.addoption('--turbo')\n"


@pytest.fixture
def side(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a side, deeper down than the head's."""
    root = tmp_path_factory.mktemp("sides") / "one" / "side"
    root.mkdir(parents=True)
    return root


@pytest.fixture(autouse=True)
def _repository(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository with options of its own; nothing is in the environment."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.mkdir(".git")
    pytester.makeconftest(CONFTEST)


def configured(pytester: pytest.Pytester, *words: str) -> pytest.Config:
    """A run that was called with these words; pytester adds its own before them."""
    config = pytester.parseconfigure(*PYTESTERS, *words)
    begin(config)
    return config


def passed(pytester: pytest.Pytester, side: Path, *words: str) -> Passed:
    return passed_options(configured(pytester, *words), side)


def own_words(given: Passed) -> list[str]:
    """The words before what this run settled."""
    assert given.arguments[: len(PYTESTERS)] == PYTESTERS
    words = given.arguments[len(PYTESTERS) :]
    return list(words[: words.index("-q")])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), []),
        (("--engine=real",), ["--engine=real"]),
        (("--engine", "real"), ["--engine=real"]),
        (("--fast",), ["--fast"]),
        (("--quick",), ["--quick"]),
        (("--level=1", "--level", "2"), ["--level=1", "--level=2"]),
        (("--pair", "a", "b"), ["--pair", "a", "b"]),
        (("--many", "a", "b", "-q"), ["--many", "a", "b"]),
        (("--many=a",), ["--many=a"]),
        (("--maybe", "-v"), ["--maybe"]),
        (("--maybe=no",), ["--maybe=no"]),
        (("--maybe=",), ["--maybe="]),
        (("--data=-x",), ["--data=-x"]),
        (("--data=@file",), ["--data=@file"]),
        (("-Xa",), ["-X", "a"]),
        (("-X", "a"), ["-X", "a"]),
        (("-X-a",), ["-X-a"]),
        (("-X", ""), ["-X", ""]),
        (("-qqkfoo", "--engine=real"), ["--engine=real"]),
        (("-qx", "-X", "a"), ["-X", "a"]),
        (("--engine=real", "--"), ["--engine=real"]),
    ],
)
def test_options_of_the_repository_are_passed_as_given(
    pytester: pytest.Pytester, side: Path, words: tuple[str, ...], expected: list[str]
) -> None:
    """Whatever form an option has: nothing is measured that was not asked for."""
    given = passed(pytester, side, *words)
    assert (own_words(given), given.unknown) == (expected, ())


def test_what_takes_the_rest_of_the_line_is_refused(pytester: pytest.Pytester, side: Path) -> None:
    """It would take the paths of a side as well."""
    with pytest.raises(pytest.UsageError, match="cannot pass --tail"):
        passed(pytester, side, "--tail", "a", "-k", "b")


def test_words_of_the_environment_come_first(
    pytester: pytest.Pytester, side: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The side does not get the variable, and the last of two values wins."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "--engine=fake -k 'a b' --data='c d'")
    words = passed(pytester, side, "--engine=real").arguments
    expected = ("--engine=fake", "--data=c d", *PYTESTERS, "--engine=real", "-q")
    assert words[: len(expected)] == expected


def test_words_of_a_file_are_read_where_pytest_read_them(
    pytester: pytest.Pytester, side: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process can have changed its directory since."""
    Path("words.txt").write_text("--engine=real\n-kfoo\n--pair\n1\n2\n", encoding="utf-8")
    config = configured(pytester, "@words.txt")
    monkeypatch.chdir(side)
    assert own_words(passed_options(config, side)) == ["--engine=real", "--pair", "1", "2"]


def test_words_of_the_ini_file_are_the_sides_own(pytester: pytest.Pytester, side: Path) -> None:
    """It reads its own file."""
    pytester.makeini("[pytest]\naddopts = --engine=real")
    assert own_words(passed(pytester, side)) == []


@pytest.mark.parametrize(
    "words",
    [
        ("-Werror",),
        ("-W", "error"),
        ("--pythonwarnings=error",),
        ("--import-mode=importlib",),
        ("--noconftest",),
        ("--strict-markers",),
        ("--assert=plain",),
        ("--runxfail",),
        ("--keep-duplicates",),
        ("--keepduplicates",),
        ("--collect-in-virtualenv",),
        ("-opython_files=bench_*.py",),
        ("--override-ini=addopts=",),
        ("-pno:doctest",),
        ("--log-level=INFO",),
        ("--benchmark-disable-gc",),
    ],
)
def test_what_changes_the_code_that_runs_is_passed(
    pytester: pytest.Pytester, side: Path, words: tuple[str, ...]
) -> None:
    """Of pytest and pytest-benchmark, a table says what does."""
    given = own_words(passed(pytester, side, *words))
    assert "".join(given) == "".join(words)


@pytest.mark.parametrize(
    "words",
    [
        ("-kfoo",),
        ("-m", "not slow"),
        ("--lf", "--ff", "--nf"),
        ("--sw",),
        ("--deselect=a", "--ignore=b", "--ignore-glob=c"),
        ("-x",),
        ("--maxfail=3",),
        ("--co",),
        ("--setup-only",),
        ("--junitxml=x.xml",),
        ("--junit-xml=x.xml",),
        ("-vvv", "-s", "-rA", "-l"),
        ("--tb=short", "--color=yes", "--durations=3"),
        ("--basetemp=x", "--rootdir=."),
        ("--log-file=x", "--log-cli-level=INFO"),
        ("--doctest-modules",),
        ("-ospeedup_budget=10",),
        ("--override-ini", "cache_dir=x"),
        ("-pno:terminal",),
        ("-p", "no:capture"),
        ("--benchmark-disable", "--benchmark-sort=name", "--benchmark-columns=min"),
        ("--speedup-budget=10", "--speedup-report=x.json"),
        ("-n0", "--dist=no", "--timeout=10"),
    ],
)
def test_what_selects_or_reports_is_not_passed(
    pytester: pytest.Pytester, side: Path, words: tuple[str, ...]
) -> None:
    """The parent chooses by ids, and reports."""
    given = passed(pytester, side, *words)
    assert (own_words(given), given.unknown) == ([], ())


def test_every_option_of_pytest_is_in_the_table(pytester: pytest.Pytester) -> None:
    """One that a new pytest brings is looked at by a person before a side gets it, or does not."""
    config = configured(pytester)
    implementations = config.hook.pytest_addoption.get_hookimpls()
    names = [
        tuple(option.names())
        for each in implementations
        if getattr(each.plugin, "__name__", "").startswith("_pytest.")
        for option in options_of(each.function)
    ]
    assert len(names) > 90
    assert [one for one in names if not PYTEST_RULE.knows(one)] == []
    both = PYTEST_RULE.passed & (PYTEST_RULE.left or frozenset())
    assert both == frozenset()


class Names:
    """The names of one option."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def names(self) -> tuple[str, ...]:
        return self._names


class Parser:
    """Keeps what a plugin of pytest registers."""

    def __init__(self) -> None:
        self.options: list[Names] = []

    def getgroup(self, *_args: object, **_kwargs: object) -> Parser:
        return self

    def addoption(self, *names: str, **_kwargs: object) -> None:
        self.options.append(Names(names))

    _addoption = addoption

    def addini(self, *_args: object, **_kwargs: object) -> None:
        pass


def options_of(register: object) -> list[Names]:
    parser = Parser()
    assert callable(register)
    register(parser)
    return parser.options


def test_an_option_of_pytest_that_is_not_in_the_table_is_unknown(
    pytester: pytest.Pytester, side: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither passed nor dropped without a word."""
    left = (PYTEST_RULE.left or frozenset()) - {"--durations"}
    monkeypatch.setitem(KNOWN, "_pytest", type(PYTEST_RULE)(PYTEST_RULE.passed, left))
    given = passed(pytester, side, "--durations=3")
    assert (own_words(given), given.unknown) == ([], ("--durations of pytest",))


def installed_plugin(pytester: pytest.Pytester, folder: str) -> None:
    """A plugin in some folder, named on the command line."""
    place = pytester.path / folder
    place.mkdir(parents=True, exist_ok=True)
    (place / "its_turbo.py").write_text(ENGINES.format(engine=folder), encoding="utf-8")
    pytester.syspathinsert(place)
    sys.modules.pop("its_turbo", None)


@pytest.mark.parametrize(
    ("folder", "files", "is_own"),
    [
        ("tools", (), True),
        ("", (), True),
        (".venv/lib/python3/site-packages", (), False),
        ("env/own", ("env/pyvenv.cfg",), False),
        ("../elsewhere", (), False),
    ],
)
def test_options_of_installed_plugins_that_nobody_knows_are_named(
    pytester: pytest.Pytester, side: Path, folder: str, files: tuple[str, ...], *, is_own: bool
) -> None:
    """A plugin that lies in the repository is the repository's, unless it was installed there."""
    installed_plugin(pytester, folder)
    for file in files:
        (pytester.path / file).touch()
    given = passed(pytester, side, "-pits_turbo", "--turbo=1", "--turbo", "2")
    rest = ["-p", "its_turbo", *(["--turbo=1", "--turbo=2"] if is_own else [])]
    assert own_words(given) == rest
    assert given.unknown == (() if is_own else ("--turbo of its_turbo",))


def test_who_fails_when_asked_again_keeps_what_was_registered_before(
    pytester: pytest.Pytester, side: Path
) -> None:
    """And what nobody owns is named."""
    pytester.makeconftest(
        "times = []\n"
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--first')\n"
        "    times.append(1)\n"
        "    if len(times) > 1:\n"
        "        raise RuntimeError\n"
        "    parser.addoption('--second')\n"
    )
    given = passed(pytester, side, "--first=1", "--second=2")
    assert own_words(given) == ["--first=1"]
    assert given.unknown == ("--second of an unknown plugin",)


def test_a_conftest_is_the_repositorys_in_whatever_folder(
    pytester: pytest.Pytester, side: Path
) -> None:
    """A package of the user's may have the name of a plugin."""
    package = pytester.mkpydir("xprocess")
    (package / "conftest.py").write_text(
        "def pytest_addoption(parser): parser.addoption('--inner')", encoding="utf-8"
    )
    given = passed(pytester, side, "--inner=1", str(package))
    assert (own_words(given), given.unknown) == (["--inner=1"], ())


def test_who_adds_hooks_and_plugins_with_its_options_can_be_asked_again(
    pytester: pytest.Pytester, side: Path
) -> None:
    """Both work once only, and neither is done a second time."""
    pytester.makeconftest(
        "class Hooks:\n"
        "    def pytest_of_ours(self): pass\n"
        "class Plugin: pass\n"
        "def pytest_addoption(parser, pluginmanager):\n"
        "    pluginmanager.add_hookspecs(Hooks)\n"
        "    pluginmanager.register(Plugin())\n"
        "    parser.addoption('--engine')\n"
    )
    config = configured(pytester, "--engine=real")
    before = len(config.pluginmanager.get_plugins())
    given = passed_options(config, side)
    assert (own_words(given), given.unknown) == (["--engine=real"], ())
    assert len(config.pluginmanager.get_plugins()) == before


def test_conftest_is_not_run_again_for_options_of_others(pytester: pytest.Pytester) -> None:
    """Its code may do more than registering."""
    pytester.makeconftest(
        "def pytest_addoption(parser):\n"
        "    with open('times', 'a') as file: file.write('x')\n"
        "    parser.addoption('--engine')\n"
    )
    config = configured(pytester, "-kfoo", "-Werror")
    owners_of(config, given_options(config))
    assert Path("times").read_text(encoding="utf-8") == "x"


def test_the_settled_cells_hold_for_both_sides(pytester: pytest.Pytester, side: Path) -> None:
    """Whatever their own ini files say, and none starts a comparison or fails by a margin.

    But how many workers there are is for each side's own files, as nobody else says it.
    """
    pytester.makeini("[pytest]\nspeedup_workers = 1,2\nspeedup_start_method = spawn\n")
    words = passed(pytester, side, "--speedup-executors=thread", "--speedup-size=quick").arguments
    assert {"--speedup-size=quick", "--speedup-start-method=spawn"} <= {*words}
    assert {"--speedup-executors=thread", "-ospeedup_executors=thread"} <= {*words}
    assert {"-ospeedup_against=", "-ospeedup_fail=", "-ospeedup_report="} <= {*words}
    assert not any("speedup-workers" in word or "speedup_workers" in word for word in words)
    assert words[-1] == f"--rootdir={side}"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--speedup-workers=2",), {"-ospeedup_workers=2", "--speedup-workers=2"}),
        (("-ospeedup_workers=4",), {"-ospeedup_workers=4"}),
        (("--speedup-allow=rules",), {"-ospeedup_workers=1,2", "-ospeedup_executors=thread"}),
    ],
)
def test_cells_that_somebody_chose_are_those_of_both_sides(
    words: tuple[str, ...], expected: set[str], pytester: pytest.Pytester, side: Path
) -> None:
    """Who calls pytest chooses for both, or accepts what head's files choose."""
    pytester.makeini("[pytest]\nspeedup_workers = 1,2\nspeedup_executors = thread\n")
    given = passed(pytester, side, *words).arguments
    assert {word for word in given if "speedup_workers" in word} <= expected
    assert expected <= {*given}


def test_cells_that_addopts_choose_are_for_each_sides_own_files(
    pytester: pytest.Pytester, side: Path
) -> None:
    """A change could narrow them for its base as well."""
    pytester.makeini("[pytest]\naddopts = --speedup-workers=1 --speedup-executors=serial\n")
    words = passed(pytester, side).arguments
    assert not any("workers" in word or "executors" in word for word in words)


def test_a_seed_that_was_drawn_is_that_of_both_sides(pytester: pytest.Pytester, side: Path) -> None:
    """Each would draw its own, and their arguments would differ."""
    config = configured(pytester)
    config.pluginmanager.register(object(), "randomly")
    config.option.randomly_seed = 5
    assert "--randomly-seed=5" in passed_options(config, side).arguments


def test_paths_become_those_of_the_side(pytester: pytest.Pytester, side: Path) -> None:
    """Absolute ones below the top of the tree, wherever they stand in a value."""
    root = pytester.path
    other = Path(os.sep, "elsewhere", "x")
    cases = {
        f"{root / 'a.json'}": f"{side / 'a.json'}",
        f"in={root / 'a'},{other}": f"in={side / 'a'},{other}",
        f"{root}{os.pathsep}{other}": f"{side}{os.pathsep}{other}",
        f"{other}": f"{other}",
        f"{root}-2": f"{root}-2",
        "a.json": "a.json",
        "two\nlines\0": "two\nlines\0",
    }
    for value, expected in cases.items():
        given = passed(pytester, side, f"--data={value}")
        assert own_words(given) == [f"--data={expected}"]


def test_head_itself_gets_paths_as_they_are(pytester: pytest.Pytester) -> None:
    """It is where the user is."""
    value = f"--data={pytester.path / 'a'}"
    (pytester.path / "other.ini").write_text("[pytest]\n", encoding="utf-8")
    given = passed(pytester, pytester.path, value, "-c", "other.ini")
    assert own_words(given) == [value, "-c", "other.ini"]
    assert given.folder == pytester.path


def test_relative_paths_mean_the_same_in_the_folder_of_the_side(
    pytester: pytest.Pytester, side: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the side has no such folder, or the path leads out of the tree, they are absolute."""
    inner = pytester.mkdir("inner")
    (inner / "data").mkdir()
    (inner / "real").mkdir()  # the name of a folder, and of an engine
    (pytester.path / "real").touch()
    (pytester.path.parent / "outside.txt").touch()
    words = ("--data=./data", "--data=../real", "--data=../../outside.txt", "--engine=real")
    monkeypatch.chdir(inner)
    config = configured(pytester, f"--rootdir={pytester.path}", *words)
    there = passed_options(config, side)
    assert there.folder == side
    outside = pytester.path.parent / "outside.txt"
    assert own_words(there) == [
        f"--data={side / 'inner/data'}",
        f"--data={side / 'real'}",
        f"--data={outside}",
        "--engine=real",
    ]
    (side / "inner").mkdir()
    there = passed_options(config, side)
    assert there.folder == side / "inner"
    assert own_words(there) == [
        "--data=./data",
        "--data=../real",
        f"--data={outside}",
        "--engine=real",
    ]


def test_paths_of_a_repository_around_the_root_move_with_it(
    pytester: pytest.Pytester, side: Path
) -> None:
    """The root directory may be a part of the repository."""
    root = pytester.mkdir("part")
    (root / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    config = configured(pytester, f"--rootdir={root}", f"--data={pytester.path / 'a'}", str(root))
    side_root = side / "part"
    side_root.mkdir()
    assert own_words(passed_options(config, side_root)) == [f"--data={side / 'a'}"]
    assert own_words(passed_options(config, side)) == [f"--data={pytester.path / 'a'}"]


@pytest.mark.parametrize("flag", ["-c", "--config-file"])
def test_the_ini_file_that_was_named_is_the_sides(
    pytester: pytest.Pytester, side: Path, flag: str
) -> None:
    """As given where that means the same, and below the side's root where it does not."""
    (pytester.path / "other.ini").write_text("[pytest]\n", encoding="utf-8")
    attached = "" if flag == "-c" else "="
    relative = passed(pytester, side, flag, "other.ini")
    assert "".join(own_words(relative)) == f"{flag}{attached}other.ini"
    absolute = passed(pytester, side, flag, str(pytester.path / "other.ini"))
    assert "".join(own_words(absolute)) == f"{flag}{attached}{side / 'other.ini'}"
    assert not any("--config-file" in word for word in absolute.arguments[-3:])


def test_the_ini_file_that_was_found_is_looked_for_in_the_same_folder(
    pytester: pytest.Pytester, side: Path
) -> None:
    """From its paths a side would find another one, and each has it by its own name."""
    pytester.makeini("[pytest]\n")
    assert "config-file" not in " ".join(passed(pytester, side).arguments)
    (side / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (side / "benchmarks").mkdir()
    (side / "benchmarks" / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    assert f"--config-file={side / 'pytest.ini'}" in passed(pytester, side).arguments


def test_the_paths_of_a_side_are_those_that_it_has(pytester: pytest.Pytester, side: Path) -> None:
    """Without ids, which are asked for later; once each."""
    for root in (pytester.path, side):
        (root / "tests").mkdir()
        (root / "tests" / "test_a.py").touch()
    (pytester.path / "tests" / "test_new.py").touch()
    words = ("tests/test_a.py::test_x[a::b/c]", "tests/test_new.py", str(pytester.path / "tests"))
    config = configured(pytester, *words)
    found = paths_of_side(config, side, ["tests/test_a.py", "tests/test_new.py"])
    assert found == [str(side / "tests" / "test_a.py"), str(side / "tests")]


def test_a_side_begins_with_what_is_around_tests_that_it_lacks(
    pytester: pytest.Pytester, side: Path
) -> None:
    """A conftest.py there may register options that this run was given."""
    (pytester.path / "tests" / "new").mkdir(parents=True)
    (pytester.path / "tests" / "new" / "test_new.py").touch()
    words = ("tests/new/test_new.py::test_x", "tests")
    assert anchors_of_side(configured(pytester, *words), side) == [str(side)]
    (side / "tests").mkdir()
    assert anchors_of_side(configured(pytester, *words), side) == [str(side / "tests")]
    assert paths_of_side(configured(pytester, words[0]), side, []) == []


def test_without_paths_a_side_gets_what_this_run_collected(
    pytester: pytest.Pytester, side: Path
) -> None:
    """The test paths of the ini file, or where the user is."""
    assert paths_of_side(configured(pytester), side, []) == [str(side)]
    for root in (pytester.path, side):
        (root / "bench").mkdir()
    for root in (pytester.path, side):
        (root / "tox.ini").write_text("[pytest]\ntestpaths = bench\n")
    assert paths_of_side(configured(pytester), side, []) == [str(side / "bench")]
    (side / "more").mkdir()
    (side / "tox.ini").write_text("[pytest]\ntestpaths = bench m*\n")
    found = [str(side / "bench"), str(side / "more")]
    assert paths_of_side(configured(pytester), side, []) == found
    (side / "tox.ini").write_text("[pytest]\n")
    assert paths_of_side(configured(pytester), side, []) == [found[0], str(side)]
    accepted = configured(pytester, "--speedup-allow=rules")
    assert paths_of_side(accepted, side, []) == [found[0]]
    assert paths_of_side(configured(pytester, "bench"), side, []) == [found[0]]


def test_paths_outside_of_the_root_are_refused(
    pytester: pytest.Pytester, side: Path, tmp_path: Path
) -> None:
    """No side has them."""
    config = configured(pytester, f"--rootdir={pytester.path}", str(tmp_path))
    with pytest.raises(pytest.UsageError, match="--speedup-against compares what lies in"):
        paths_of_side(config, side, [])


def test_names_of_packages_are_kept(pytester: pytest.Pytester, side: Path) -> None:
    """Each side finds its own; the others are paths."""
    (side / "tests").mkdir()
    pytester.mkdir("tests")
    config = configured(pytester, "--pyargs", "json.tool", "tests", "no.such.package")
    assert paths_of_side(config, side, []) == ["json.tool", str(side / "tests")]


def test_links_in_the_tree_stay_links(pytester: pytest.Pytester, side: Path) -> None:
    """Ids have the path by which a test was named."""
    for root in (pytester.path, side):
        (root / "real").mkdir()
        try:
            (root / "link").symlink_to(root / "real", target_is_directory=True)
        except OSError:
            pytest.skip("this user may not make links here")
    assert paths_of_side(configured(pytester, "link"), side, []) == [str(side / "link")]
