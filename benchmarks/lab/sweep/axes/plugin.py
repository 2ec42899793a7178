"""Which other plugin has its hands in the run."""

from __future__ import annotations

from benchmarks.lab.sweep.value import Value

MOCKED = "@pytest.fixture(autouse=True)\ndef watched(mocker):\n    return mocker.stub()\n"


def _args(name: str, *arguments: str) -> Value:
    return Value(name, arguments=arguments)


PLUGIN = (
    Value("no other plugin"),
    _args("xdist with -n0", "-n0"),
    Value("randomly", drops=("-pno:randomly",), excludes=("--maxfail behind a failure",)),
    Value(
        "randomly with a seed",
        arguments=("--randomly-seed=7",),
        drops=("-pno:randomly",),
        excludes=("--maxfail behind a failure",),
    ),
    Value("timeout in the ini file", settings=(("timeout", "60"),)),
    _args("timeout by a thread", "--timeout=60", "--timeout-method=thread"),
    Value("cov in addopts", settings=(("addopts", "--cov=."),)),
    _args("cov of branches", "--cov=acme", "--cov-branch", "--cov-report=xml"),
    _args("--reruns", "--reruns=2"),
    _args("--reruns of regressions", "--reruns=1", "--only-rerun=regressed"),
    Value(
        "--splits",
        arguments=("--splits=1", "--group=1"),
        excludes=("without a terminal",),  # pytest-split writes to it without asking
    ),
    _args("asyncio, strict", "--asyncio-mode=strict"),
    _args("asyncio, auto", "--asyncio-mode=auto"),
    Value("mock", conftest=f"import pytest\n\n{MOCKED}"),
    _args("order", "--order-scope=module"),
    # There pytest-sugar itself ends in an internal error; with durations, at -vv.
    Value(
        "sugar",
        arguments=("--force-sugar",),
        excludes=("without a terminal", "from a folder below", "--durations"),
    ),
    _args("repeat, once", "--count=1"),
)
