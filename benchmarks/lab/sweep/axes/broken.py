"""How the broken head is broken."""

from __future__ import annotations

from benchmarks.lab.sweep.value import Value

MISSING = "head no longer measures what the base did: missing, 10"
PARALLEL = 'if executor.name != "serial":'
ELSEWHERE = "if threading.current_thread() is not threading.main_thread():"


def _missing(name: str, test_first: str) -> Value:
    return Value(name, why=MISSING, broken_code=10, test_first=test_first)


BROKEN = (
    Value("the workload raises", run_first='raise RuntimeError("broken")'),
    Value("the workload raises in parallel", run_first=f'{PARALLEL} raise OSError("broken")'),
    Value("an assertion in parallel", run_first=f'{PARALLEL} assert False, "broken"'),
    Value("the process ends", run_first="os._exit(0)"),
    Value("the process ends in parallel", run_first=f"{PARALLEL} os._exit(3)"),
    Value("SystemExit", run_first="raise SystemExit(0)"),
    Value("a task raises", task_first='raise ValueError("broken")'),
    Value("a task raises in a thread", task_first=f'{ELSEWHERE} raise ValueError("broken")'),
    Value("another result in parallel", run_first=f"{PARALLEL} tasks += 1"),
    Value("the code cannot be imported", code_top="import no_such_module", at_collection=True),
    Value("a name is gone", code_top="from os import no_such_name", at_collection=True),
    Value("a syntax error in the test", test_top="def broken(:", at_collection=True),
    Value("the test raises before it calls", test_first='raise RuntimeError("broken")'),
    _missing("the test no longer calls", test_first="return"),
    _missing("the test is skipped", test_first='pytest.skip("later")'),
    Value(
        "the test is gone",
        why=MISSING,
        broken_code=10,
        test_name="work_of_old",
        excludes=("the test", "the cell", "the cell twice"),
    ),
)
