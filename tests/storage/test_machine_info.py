from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pytest_speedup.model import Cpus
from pytest_speedup.storage import from_machine_info, to_machine_info
from tests.samples import MACHINE


@pytest.mark.parametrize("cpus", [Cpus(8, None, None), Cpus(8, 4, 1.5)])
def test_the_machine_survives(cpus: Cpus) -> None:
    """What runs are compared by is what they were measured on."""
    machine = replace(MACHINE, cpus=cpus)
    assert from_machine_info(json.loads(json.dumps(to_machine_info(machine)))) == machine


def test_effective_cpus_are_written_for_other_tools() -> None:
    """The tightest of the limits stands in the file."""
    info = to_machine_info(replace(MACHINE, cpus=Cpus(8, 4, 1.5)))
    assert info["cpus"]["effective"] == 1.5
