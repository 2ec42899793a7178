"""How far pytest goes, what it shows, and how it ends."""

from __future__ import annotations

from benchmarks.lab.sweep.value import Value

STATUS = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    session.exitstatus = 0
"""
OUTCOMES = """
import pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.outcome = "passed"
    return report
"""
MAIN = """
import pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    yield
    return 0
"""
SUMMARY = """
def pytest_terminal_summary(terminalreporter):
    terminalreporter.stats.pop("failed", None)
"""
NO_FAILURES = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    pass

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    session.testsfailed = 0
    session.exitstatus = 0
"""


def _args(name: str, *arguments: str) -> Value:
    return Value(name, arguments=arguments)


def _hook(name: str, conftest: str) -> Value:
    return Value(name, conftest=conftest, hides=True)


def _test(name: str, body: str, top: str = "") -> Value:
    text = f"{top}\ndef test_before(monkeypatch, tmp_path):\n    {body}\n"
    return Value(name, files=(("@TESTS@test_before.py", text),))


def _exits(name: str, call: str, adds: int, why: str) -> Value:
    text = f"import pytest\n\ndef test_exit():\n    {call}\n"
    return Value(name, files=(("@TESTS@test_exit.py", text),), adds=adds, why=why)


PHASE = (
    Value("to the end"),
    Value("--setup-only", arguments=("--setup-only",), without_tests=True),
    Value("--setup-plan", arguments=("--setup-plan",), without_tests=True),
    _args("--setup-show", "--setup-show"),
    _args("-s", "-s"),
    _args("--capture=sys", "--capture=sys"),
    _args("--capture=tee-sys", "--capture=tee-sys"),
    _args("--tb=no", "--tb=no"),
    _args("-q", "-q"),
    _args("-qq", "-qq"),
    _args("-v", "-v", "-ra"),
    Value("--no-summary", arguments=("--no-header", "--no-summary"), silent=True),
    Value("without a terminal", arguments=("-p", "no:terminal"), silent=True),
    _args("without a cache", "-p", "no:cacheprovider"),
    Value(
        "--co",
        arguments=("--co",),
        collects_only=True,
        why="nothing is to run: 0, or 2 if that cannot even be collected",
    ),
    _exits("pytest.exit with 0", 'pytest.exit("enough", returncode=0)', 0, ""),
    _exits("pytest.exit", 'pytest.exit("enough")', 10, "pytest ended early: nobody can vouch, 10"),
    _hook("a status set in a hook", STATUS),
    _hook("outcomes rewritten in a hook", OUTCOMES),
    _hook("a main of its own", MAIN),
    _hook("failures counted away", NO_FAILURES),
    Value("a summary of its own", conftest=SUMMARY, excludes=("without a terminal",)),
    _test("another folder", "os.chdir(tmp_path)", "import os"),
    _test("another path of modules", "sys.path.insert(0, str(tmp_path))", "import sys"),
    _test("a patched sleep", 'monkeypatch.setattr("time.sleep", print)'),
    _test("a sleep patched for good", "time.sleep = lambda seconds: None", "import time"),
    _test("another environment", 'os.environ["PYTEST_ADDOPTS"] = "--co"', "import os"),
    _test("warnings turned off", 'warnings.simplefilter("ignore")', "import warnings"),
    _test("signals ignored", "signal.signal(signal.SIGTERM, signal.SIG_IGN)", "import signal"),
    Value("an exit handler", conftest="import atexit\n\natexit.register(print)\n"),
    _args("--log-file", "--log-file=run.log", "--log-level=DEBUG"),
    _args("--junitxml", "--junitxml=junit.xml"),
    _args("--basetemp", "--basetemp=scratch"),
    _args("--durations", "--durations=3", "-vv"),
    _args("--benchmark-only", "--benchmark-only"),
    _args("--runxfail", "--runxfail"),
    _args("no capture of warnings", "-p", "no:warnings"),
    _args("--assert=plain", "--assert=plain"),
)
