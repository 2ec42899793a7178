from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.soak import snapshot
from benchmarks.lab.soak.snapshot import take_snapshot
from tests.lab.soak.runs import place_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_everything_that_a_run_may_leave_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved runs are read as the gate reads them."""
    place = place_in(tmp_path)
    listed = "worktree /project\nHEAD 1\n\nworktree /left\nHEAD 1\nlocked\n"
    monkeypatch.setattr(snapshot, "git", lambda *_words: listed)
    machine = place.storage / "Linux"
    machine.mkdir(parents=True)
    (machine / "0001_a.json").write_text('{"benchmarks": [')
    (machine / "0002_b.json").write_text('{"benchmarks": []}')
    (machine / ".0003_c.part").touch()
    (place.temporary / "speedup-sides-1").mkdir()
    seen = take_snapshot(place)
    assert {path[-11:] for path in seen.baselines} == {"0001_a.json", "0002_b.json"}
    damaged = {path[-11:]: why for path, why in seen.damaged.items()}
    assert "is damaged" in damaged["0001_a.json"]
    assert "has no cell" in damaged["0002_b.json"]
    assert [path[-12:] for path in seen.rest] == [".0003_c.part"]
    assert seen.temporary == {"speedup-sides-1"}
    assert seen.worktrees == {"/left"}
    (machine / "0001_a.json").write_text("{}")
    changed = {
        path
        for path, digest in take_snapshot(place).baselines.items()
        if digest != seen.baselines[path]
    }
    assert {path[-11:] for path in changed} == {"0001_a.json"}
