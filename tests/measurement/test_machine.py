from __future__ import annotations

import sys
import sysconfig

import pytest

from pytest_speedup.measurement import gil_enabled, read_machine


@pytest.mark.parametrize(("probe", "expected"), [(lambda: False, False), (lambda: True, True)])
def test_the_live_state_of_the_gil_counts(
    monkeypatch: pytest.MonkeyPatch, probe: object, *, expected: bool
) -> None:
    """An extension can switch it back on in a free-threaded build."""
    monkeypatch.setattr(sys, "_is_gil_enabled", probe, raising=False)
    assert gil_enabled() is expected
    assert read_machine("spawn").gil is expected


def test_older_pythons_have_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """They cannot tell, and cannot switch it off."""
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)
    assert gil_enabled()


def test_free_threaded_builds_are_builds_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-benchmark's storage does not tell them apart."""
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: 1)
    assert read_machine("fork").python.endswith("free-threading")
    assert read_machine("fork").start_method == "fork"
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: 0)
    assert not read_machine("fork").python.endswith("free-threading")
