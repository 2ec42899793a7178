"""Where settings stand, and which."""

from __future__ import annotations

from benchmarks.lab.sweep.value import Value

ENGINES = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--engine", default="fake")

@pytest.fixture(autouse=True)
def chosen_engine(pytestconfig, monkeypatch):
    monkeypatch.setattr("acme.ENGINE", pytestconfig.getoption("--engine"))
"""


def _addopts(name: str, text: str, *excludes: str) -> Value:
    return Value(name, settings=(("addopts", text),), ini="pytest.ini", excludes=excludes)


def _file(name: str, *arguments: str) -> Value:
    return Value(
        f"in {name}", settings=(("console_output_style", "count"),), ini=name, arguments=arguments
    )


CONFIGURATION = (
    Value("no settings"),
    _file("pytest.ini"),
    _file("pyproject.toml"),
    _file("pyproject.toml, native"),
    _file("pytest.toml"),
    _file("setup.cfg"),
    _file("tox.ini"),
    _file("other.ini", "-c", "other.ini"),
    Value("-o", arguments=("-o", "console_output_style=classic")),
    Value("-o of the margin", arguments=("-o", "speedup_fail=25%"), drops=("--speedup-fail",)),
    _addopts("addopts -x", "-x"),
    _addopts("addopts --lf", "--lf", "without a cache"),
    _addopts("addopts -k", "-k 'work or before or exit or failure or plain'"),
    _addopts("addopts -n0", "-n0"),
    Value(
        "addopts -p",
        settings=(("addopts", "-p helpers"), ("pythonpath", ".")),
        files=(("helpers.py", "import pytest\n\n@pytest.fixture\ndef helper():\n    return 1\n"),),
        ini="pytest.ini",
    ),
    _addopts("addopts --durations", "--durations=2 --tb=short"),
    Value(
        "addopts --strict-markers",
        settings=(("addopts", "--strict-markers"), ("markers", "slow: takes long")),
        ini="pytest.ini",
    ),
    Value(
        "PYTEST_ADDOPTS",
        environment=(("PYTEST_ADDOPTS", "-q --tb=line"),),
        excludes=("without a terminal",),  # which knows these options
    ),
    Value(
        "the base in PYTEST_ADDOPTS",
        environment=(("PYTEST_ADDOPTS", "--speedup-against=base"),),
        drops=("--speedup-against",),
    ),
    Value(
        "the base in the ini file",
        settings=(("speedup_against", "base"),),
        drops=("--speedup-against",),
    ),
    Value(
        "the margin in the ini file", settings=(("speedup_fail", "25%"),), drops=("--speedup-fail",)
    ),
    Value(
        "the workers in the ini file",
        settings=(("speedup_workers", "2"),),
        drops=("--speedup-workers",),
    ),
    Value(
        "everything in the ini file",
        settings=(
            ("speedup_against", "base"),
            ("speedup_fail", "25%"),
            ("speedup_workers", "2"),
            ("speedup_executors", "serial,thread"),
            ("speedup_budget", "300"),
        ),
        drops=("--speedup",),
    ),
    Value("an option of conftest.py", conftest=ENGINES, arguments=("--engine=real",)),
    Value(
        "an option of conftest.py in addopts",
        conftest=ENGINES,
        settings=(("addopts", "--engine=real"),),
    ),
    Value(
        "an option of conftest.py in PYTEST_ADDOPTS",
        conftest=ENGINES,
        environment=(("PYTEST_ADDOPTS", "--engine=real"),),
    ),
    Value(
        "filterwarnings",
        settings=(
            ("filterwarnings", "error"),
            ("asyncio_default_fixture_loop_scope", "function"),  # else pytest-asyncio warns
        ),
    ),
    Value(
        "xfail_strict",
        settings=(("xfail_strict", "true"),),
        excludes=("xfail", "xfail that raises", "xfail of any exception", "xfail of the module"),
        why="with a mark that leaves it open, as a strict xfail, which stands for itself",
    ),
    Value("--rootdir", arguments=("--rootdir=.",), excludes=("from a folder below",)),
    Value("importlib", arguments=("--import-mode=importlib",), settings=(("pythonpath", "."),)),
    Value("required_plugins", settings=(("required_plugins", "pytest-speedup pytest-benchmark"),)),
    Value("minversion", settings=(("minversion", "8.0"),)),
    Value("verbose report", arguments=("--speedup-report=speedup.json,speedup.md",)),
)
