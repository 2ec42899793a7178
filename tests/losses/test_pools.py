from __future__ import annotations

from pytest_speedup.losses.pools import Sent, wire
from pytest_speedup.losses.recorded_task import Ran
from tests.stacks import metered


def test_no_task_waits_for_a_core_while_it_computes() -> None:
    """Whatever the system's count says, which may be late."""
    sent = Sent(pickles=False)
    for cpu in (0.75, 1.25):
        index = sent.note("task")
        sent.ran[index] = Ran(None, 1.0, 2.0, cpu, metered(core=0.5), (1, 1), 0.0)
    with wire() as line:
        assert [task.waits["core wait"] for task in sent.read(line)] == [0.25, 0.0]
