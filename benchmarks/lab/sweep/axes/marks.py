"""How the test is marked and written."""

from __future__ import annotations

from benchmarks.lab.sweep.value import Value

CALL = "speedup(run, 4)"

OBJECTS = """
class Codec:
    def __init__(self, careful):
        self.careful = careful

    def __repr__(self):
        return "codec"


def double(number):
    return 2 * number
"""

WRAPPER = """
import functools


def retried(test):
    @functools.wraps(test)
    def again(*args, **kwargs):
        for _ in range(2):
            try:
                return test(*args, **kwargs)
            except AssertionError:
                pass
        return test(*args, **kwargs)

    return again
"""

HELPER_THREAD = """
import threading

helper = threading.Thread(target=speedup, args=(run, 4))
helper.start()
helper.join()
"""

NESTED = """
def measure():
    return speedup(run, 4)

assert len(measure()) == 4
"""

PROVIDED = """
@pytest.fixture
def measured(speedup):
    return lambda: speedup(run, 4)
"""


def _marked(name: str, *decorators: str, **more: str) -> Value:
    return Value(name, decorators=decorators, **more)  # type: ignore[arg-type]


def _given(name: str, values: str, case: str, **more: str) -> Value:
    parameters = f'@pytest.mark.parametrize("item", {values})'
    return _marked(name, parameters, asks=", item", prelude=OBJECTS, case=case, **more)


MARKS = (
    Value("plain"),
    _marked("xfail", "@pytest.mark.xfail"),
    _marked("xfail with a reason", '@pytest.mark.xfail(True, reason="slow", strict=False)'),
    _marked("xfail that raises", "@pytest.mark.xfail(raises=ValueError)"),
    _marked("xfail of any exception", "@pytest.mark.xfail(raises=BaseException)"),
    Value(
        "xfail that does not run",
        decorators=("@pytest.mark.xfail(strict=False, run=False)",),
        never_runs=True,
        why="the test runs on neither side, so nobody can vouch for its cell: 10",
        excludes=("--runxfail", "two files with a test of one name"),  # then it, or another, runs
    ),
    Value(
        "strict xfail",
        decorators=("@pytest.mark.xfail(strict=True)",),
        adds=1,
        why="pytest fails a test that passed, XPASS(strict): 1, unless a side is broken",
        # One takes the mark away, the other the test that would pass.
        excludes=("--runxfail", "the test is skipped"),
    ),
    _marked("skipif that does not skip", '@pytest.mark.skipif(False, reason="never")'),
    _marked(
        "usefixtures",
        '@pytest.mark.usefixtures("tidy")',
        prelude="@pytest.fixture\ndef tidy():\n    yield\n",
    ),
    _given("objects of one text", "[Codec(True), Codec(False)]", "-item0"),
    _given("functions", "[double, len]", "-double"),
    _given("ids", '[Codec(True), Codec(False)], ids=["careful", "fast"]', "-careful"),
    _given("None, a float and a lambda", "[None, 0.5, lambda: 1]", "-None"),
    Value(
        "indirect",
        prelude="@pytest.fixture\ndef item(request):\n    return request.param\n",
        decorators=('@pytest.mark.parametrize("item", [1, 2], indirect=True)',),
        asks=", item",
        case="-1",
    ),
    Value(
        "stacked parameters",
        decorators=(
            '@pytest.mark.parametrize("item", [1])',
            '@pytest.mark.parametrize("other", ["a", "b"])',
        ),
        asks=", item, other",
        case="-a-1",
    ),
    Value(
        "parameters in the call",
        decorators=('@pytest.mark.parametrize("item", [4, 6])',),
        asks=", item",
        body="speedup(run, item)",
        case="-4",
    ),
    _marked("a decorator that tries again", "@retried", prelude=WRAPPER),
    Value("in a class", class_name="TestWork"),
    _marked("xfail of the module", prelude="pytestmark = pytest.mark.xfail\n"),
    _marked("margin", "@pytest.mark.speedup(margin=0.2)"),
    _marked("executors and workers", '@pytest.mark.speedup(executors="thread", workers=2)'),
    _marked("rounds", "@pytest.mark.speedup(rounds=3)"),
    _marked("a floor", "@pytest.mark.speedup(at_least=0.1)"),
    _marked("timeout", "@pytest.mark.timeout(60)"),
    Value("called in a helper thread", body=HELPER_THREAD),
    Value("called before finally: return", body=f"try:\n    {CALL}\nfinally:\n    return\n"),
    Value("in a provided function", prelude=PROVIDED, asks=", measured", body="measured()"),
    Value("in a nested function", body=NESTED),
    Value(
        "suppressed",
        body=f"import contextlib\n\nwith contextlib.suppress(Exception):\n    {CALL}\n",
    ),
    Value("every exception swallowed", body=f"try:\n    {CALL}\nexcept BaseException:\n    pass\n"),
    Value("gotten by name", asks=", request", body='request.getfixturevalue("speedup")(run, 4)'),
    _marked("warnings as errors", '@pytest.mark.filterwarnings("error")'),
)
