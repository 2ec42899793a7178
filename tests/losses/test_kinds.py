from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from html import unescape
from itertools import pairwise

import pytest

from pytest_speedup.losses.explanation import explain_pairs, word_explanation
from pytest_speedup.losses.kinds import NOTED, PARTS, UNSEEN, Loss
from pytest_speedup.losses.recorded_task import METERS
from pytest_speedup.losses.stored import read_stacks, write_stacks
from pytest_speedup.model import Outcome
from pytest_speedup.reports import render_json, render_markdown, render_stacks
from pytest_speedup.reports.html import render_html
from tests.reports.builders import make_cell_report, make_report
from tests.stacks import make_stack


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_has_words(loss: Loss) -> None:
    """For its line, and for its row of a stack."""
    pair = make_stack({loss: 0.1}), make_stack({loss: 0.5})
    explanation = explain_pairs([pair] * 3, -0.3)
    assert explanation is not None
    assert f"{loss.value} (" in word_explanation(explanation)
    rows = list(render_stacks([("now", make_stack({loss: 1}))]))
    assert any(row.startswith(f"  {loss.value} ") for row in rows)


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_is_in_each_report(loss: Loss) -> None:
    """As soon as it is a member: its name in JSON, and its cause in words where words are."""
    cell = make_cell_report(Outcome.REGRESSED)
    before, after = make_stack({loss: 0.1}), make_stack({loss: 0.5})
    explanation = explain_pairs([(before, after)] * 3, -0.3)
    assert cell.verdict is not None
    verdict = replace(cell.verdict, explanation=explanation)
    report = make_report(replace(cell, verdict=verdict, stacks=(("now", after),)))
    cause = f"{loss.value} ({loss.kind.words}"
    assert cause in unescape(render_markdown(report)).replace("\\", "")
    page = unescape(render_html(report))
    assert cause in page
    assert f"{loss.value} +0.50" in page
    (document,) = json.loads(render_json(report))["cells"]
    assert document["stacks"]["now"]["losses"] == {loss.value: 0.5}
    assert any(cause in line for line in document["verdict"]["why"])


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_is_saved_by_its_name(loss: Loss) -> None:
    """And read as itself."""
    stack = make_stack({loss: 0.5})
    assert read_stacks(json.loads(json.dumps(write_stacks([stack])))) == (stack,)
    assert Loss.named(loss.value) is loss


def test_every_loss_is_found_somewhere() -> None:
    """One that takes time of no part would never show."""
    parts = (*PARTS, UNSEEN)
    found = {loss for part in parts for loss, _ in part.claims} | {part.rest for part in parts}
    assert found == set(Loss)


def test_no_part_has_a_loss_twice() -> None:
    """Its second claim would replace its first one, and the sum would be wrong."""
    for part in (*PARTS, UNSEEN):
        losses = [*(loss for loss, _ in part.claims), part.rest]
        assert len(losses) == len(set(losses))


def test_no_two_losses_look_alike() -> None:
    """In a picture; neighbours differ in their colours alone."""
    looks = [(loss.kind.colour, loss.kind.hatch) for loss in Loss]
    assert len(set(looks)) == len(looks)
    assert all(one[0] != other[0] for one, other in pairwise(looks))


def test_what_tasks_note_has_a_meter_each() -> None:
    """Of the loss's own name, and there is no meter without a loss."""
    assert {loss.value for loss in NOTED} == {*METERS}


def test_a_worker_imports_no_losses_to_record_a_task() -> None:
    """Nor anything else here but the clock."""
    lists = (
        "import sys; import pytest_speedup.losses.recorded_task;"
        "print(*sorted(one for one in sys.modules if one.startswith('pytest_speedup')))"
    )
    done = subprocess.run([sys.executable, "-c", lists], capture_output=True, check=True, text=True)
    assert done.stdout.split() == [
        "pytest_speedup",
        "pytest_speedup.clock",
        "pytest_speedup.losses",
        "pytest_speedup.losses.recorded_task",
    ]
