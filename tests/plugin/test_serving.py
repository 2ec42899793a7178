"""What a side's own files say changes neither what it serves nor where it writes; what it tells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import pytest

from pytest_speedup.against.serving import Line, Loaded
from pytest_speedup.plugin.options import ALL, EXECUTORS, WORKERS, Option
from pytest_speedup.plugin.serving import HARMLESS, Neutral, Place, Serving, own_place

if TYPE_CHECKING:
    from pytest_speedup.against.channel import Channel

TESTS = """
import pytest

@pytest.mark.xfail
def test_fails():
    assert False

def test_one(tmp_path, pytestconfig):
    if pytestconfig.pluginmanager.hasplugin("cacheprovider"):
        pytestconfig.cache.set("a/b", 1)

def test_two():
    pass
"""

DESELECTS = """
def pytest_collection_modifyitems(items):
    items.reverse()
    del items[1:]
"""

COVERS = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--cov", dest="cov_source", action="append", nargs="?", const=True)

@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if early_config.known_args_namespace.cov_source:
        raise RuntimeError("it started")
"""

REPEATS = """
def pytest_runtest_protocol(item, nextitem):
    raise RuntimeError("again")
"""

ADDOPTS = [
    "-k two",
    "-m slow",
    "--maxfail=1",
    "-x",
    "--deselect=test_work.py::test_two",
    "--ignore=test_work.py",
    "--ignore-glob=*work*",
    "--lf --lfnf=none",
    "--ff --nf",
    "--sw --sw-skip",
    "--sw-reset",
    "--doctest-modules",
    "--co",
    "--markers",
    "--fixtures",
    "--fixtures-per-test",
    "--cache-show",
    "--cache-clear",
    "--setup-only",
    "--setup-plan",
    "--setup-show",
    "--pdb",
    "--trace",
    "--version --version",
    "--junitxml=x.xml",
    "--debug",
    "--debug=x.log",
    "--log-file=x.log",
    "--basetemp=x",
    "-o cache_dir=x",
    "-s --tb=no",
    "--benchmark-only",
    "--benchmark-skip",
    "--benchmark-json=x.json --benchmark-autosave --benchmark-storage=./x",
    "--benchmark-histogram=x --benchmark-cprofile=tottime",
    "--benchmark-compare --benchmark-compare-fail=min:5%",
    "-n 2",
    "-d --tx=2*popen",
    "--dist=load --tx=popen",
    "-f",
    "-p no:cacheprovider",
    "--speedup-fail=10%",
    "--speedup-against=no-such-ref",
    "--speedup-report=x.json --speedup-explain=all --speedup-reset",
]


@pytest.fixture
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture
def place(pytester: pytest.Pytester, scratch: Path) -> Place:
    """The place of a side, asked for before there is an ini file."""
    return own_place(pytester.parseconfig(), scratch)


@pytest.fixture(autouse=True)
def _tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    pytester.makepyfile(test_work=TESTS)


def serve(
    pytester: pytest.Pytester,
    place: Place,
    *words: str,
    own: tuple[Option, ...] = (),
    anchors: tuple[str, ...] = (),
) -> pytest.RunResult:
    """Run tests as a side would, all that come and without a comparison."""
    settings = [f"-o{option.ini}=" for option in ALL if option not in own]
    return pytester.runpytest_inprocess(
        "-pno:hypothesispytest",
        "-pno:anyio",
        "-pno:pastebin",
        *settings,
        *place.arguments,
        *words,
        plugins=[Neutral(anchors)],
    )


def files(folder: Path) -> set[str]:
    found = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    return {name for name in found if "__pycache__" not in name}


@pytest.mark.parametrize("addopts", ADDOPTS)
def test_addopts_of_a_side_neither_select_nor_write(
    pytester: pytest.Pytester, place: Place, addopts: str
) -> None:
    """All tests run, once, in this process, and nothing is written beside the side's place."""
    pytester.makeini(f"[pytest]\naddopts = {addopts}\n")
    before = files(pytester.path)
    result = serve(pytester, place)
    result.assert_outcomes(passed=2, xfailed=1)
    assert result.ret == 0
    assert files(pytester.path) == before


def test_what_is_made_harmless_is_called_so(pytester: pytest.Pytester) -> None:
    """A name that no option has would do nothing; some are of plugins that are not here."""
    option = pytester.parseconfig().option
    absent = {name for name in HARMLESS if not hasattr(option, name)}
    newest = {"max_warnings"}
    assert absent <= {"splits", "group", "store_durations", "forked", *newest}


def test_settings_of_a_side_write_nothing(
    pytester: pytest.Pytester, place: Place, scratch: Path
) -> None:
    """The log file and the cache have settings, too."""
    pytester.makeini("[pytest]\nlog_file = x.log\ncache_dir = x\n")
    before = files(pytester.path)
    serve(pytester, place).assert_outcomes(passed=2, xfailed=1)
    assert files(pytester.path) == before
    assert (scratch / "cache" / "v" / "a" / "b").is_file()
    assert (scratch / "tmp").is_dir()


def test_options_of_the_sides_own_command_line_hold(
    pytester: pytest.Pytester, place: Place
) -> None:
    """They are the parent's, who may say of the cells that it is not for the side's own file."""
    pytester.makeini("[pytest]\naddopts = --speedup-workers=2 --speedup-size=seed\n")
    pytester.makepyfile(
        test_work="def test_it(pytestconfig):\n"
        "    option = pytestconfig.option\n"
        "    assert (option.speedup_workers, option.speedup_size) == (None, 'quick')\n"
    )
    settled = ("--speedup-size=quick", "-ospeedup_workers=1,2")
    serve(pytester, place, *settled).assert_outcomes(passed=1)


def test_a_sides_own_file_chooses_its_cells_where_nobody_else_does(
    pytester: pytest.Pytester, place: Place
) -> None:
    """By its ``addopts``, and never how large they are."""
    pytester.makeini("[pytest]\naddopts = --speedup-workers=2 --speedup-size=seed\n")
    pytester.makepyfile(
        test_work="def test_it(pytestconfig):\n"
        "    option = pytestconfig.option\n"
        "    assert (option.speedup_workers, option.speedup_size) == ((2,), None)\n"
    )
    serve(pytester, place, own=(WORKERS, EXECUTORS)).assert_outcomes(passed=1)


def test_what_a_sides_own_files_select_is_known_before_it_is_taken_away(
    pytester: pytest.Pytester, place: Place
) -> None:
    """By addopts, and by hooks: a change is held against what its base selects."""
    pytester.makeini(
        "[pytest]\naddopts = -k two -m slow --deselect=x --ignore=bench --ignore-glob=*.old\n"
    )
    pytester.makeconftest(
        f"{DESELECTS}\n"
        "def pytest_runtest_teardown(item):\n"
        "    from pytest_speedup.plugin.rules import SELECTION\n"
        "    own = item.config.stash[SELECTION]\n"
        "    assert (own.keyword, own.markexpr, own.deselect) == ('two', 'slow', ('x',))\n"
        "    assert [path.name for path in own.ignore] == ['bench']\n"
        "    assert [glob[-5:] for glob in own.ignore_glob] == ['*.old'], own.ignore_glob\n"
        "    assert len(own.dropped) == 2\n"
    )
    serve(pytester, place).assert_outcomes(passed=2, xfailed=1)


def test_what_a_plugin_deselects_is_served(pytester: pytest.Pytester, place: Place) -> None:
    """Whoever does it; nothing is there twice."""
    pytester.makeconftest(DESELECTS)
    serve(pytester, place).assert_outcomes(passed=2, xfailed=1)


def test_coverage_does_not_start(pytester: pytest.Pytester, place: Place) -> None:
    """It would, before all options are known."""
    pytester.makepyfile(covers=COVERS)
    pytester.syspathinsert()
    pytester.makeini("[pytest]\naddopts = -p covers --cov=src --cov\n")
    serve(pytester, place).assert_outcomes(passed=2, xfailed=1)


def test_nothing_is_run_again(pytester: pytest.Pytester, place: Place) -> None:
    """What repeats by a marker is no option: the plugin goes, its options stay."""
    pytester.makepyfile(rerunfailures=REPEATS)
    pytester.syspathinsert()
    pytester.makeini("[pytest]\naddopts = -p rerunfailures\n")
    serve(pytester, place).assert_outcomes(passed=2, xfailed=1)


def test_without_a_cache_nobody_is_told_of_its_setting(
    pytester: pytest.Pytester, scratch: Path
) -> None:
    """It would be an unknown setting."""
    config = pytester.parseconfig("-pno:cacheprovider")
    assert not any("cache_dir" in word for word in own_place(config, scratch).arguments)


def test_a_side_has_bytecode_of_its_own(
    pytester: pytest.Pytester, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the user writes none: each worker process would compile all that it imports."""
    monkeypatch.setenv("COVERAGE_PROCESS_START", "rc")
    place = own_place(pytester.parseconfig(), scratch)
    code = "import sys, os; print(sys.pycache_prefix, sys.dont_write_bytecode); print(os.environ)"
    environment = {**os.environ, **place.environment}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == f"{scratch / 'bytecode'} False"
    for name in ("PYTEST_ADDOPTS", "COVERAGE_PROCESS_START"):
        assert f"{name!r}: ''" in done.stdout


REGISTERS = """
def pytest_addoption(parser):
    parser.addoption("--engine")
"""


def test_a_side_reads_the_conftest_files_of_the_whole_run(
    pytester: pytest.Pytester, place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever it collects: one of them may have registered an option that it is called with."""
    (folder := pytester.mkdir("elsewhere")).joinpath("conftest.py").write_text(REGISTERS)
    nothing = tmp_path_factory.mktemp("nothing")
    words = ("--engine=real", "--", str(nothing))
    assert serve(pytester, place, *words).ret == pytest.ExitCode.USAGE_ERROR
    result = serve(pytester, place, *words, anchors=(str(folder),))
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def serving() -> Serving:
    return Serving(Line(cast("Channel", None), loaded=Loaded(Path("notes"))))


def test_files_of_tests_and_plugins_are_told_of() -> None:
    """A conftest.py is a plugin; one that is no module has no file."""
    one = serving()
    one.pytest_pycollect_makemodule(Path("/tree/test_a.py"))
    conftest = ModuleType("conftest")
    conftest.__file__ = "/tree/conftest.py"
    for plugin in (conftest, ModuleType("builtin"), object()):
        one.pytest_plugin_registered(plugin)
    assert one.line.loaded.tests == {str(Path("/tree/test_a.py"))}
    assert one.line.loaded.plugins == {"/tree/conftest.py"}


def test_tests_are_made_by_whom_they_were() -> None:
    """The first hook that returns something would make them."""
    assert serving().pytest_pycollect_makemodule(Path("/tree/test_a.py")) is None
