"""How a comparison is stopped from outside; Windows is simulated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pytest_speedup.plugin import against

if TYPE_CHECKING:
    from collections.abc import Callable


class Signal(NamedTuple):
    """One that a platform has."""

    name: str


@pytest.mark.parametrize(
    ("known", "caught"),
    [
        (["SIGHUP", "SIGINT", "SIGTERM"], {"SIGHUP", "SIGTERM"}),
        (["SIGHUP ignored", "SIGINT", "SIGTERM"], {"SIGTERM"}),
        (["SIGBREAK", "SIGINT", "SIGTERM"], {"SIGBREAK", "SIGTERM"}),
    ],
    ids=["POSIX", "nohup", "Windows"],
)
def test_whatever_a_runner_sends_cleans_up_like_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, known: list[str], caught: set[str]
) -> None:
    """And goes back to what it did before; what is ignored stays so."""
    handlers: dict[str, Callable[[int, None], object] | str] = {}

    def handle(one: Signal, handler: Callable[[int, None], object] | str) -> str:
        handlers[one.name] = handler
        return "as before"

    signals = [Signal(name.partition(" ")[0]) for name in known]
    ignored = {name.partition(" ")[0] for name in known if name.endswith(" ignored")}
    fake = SimpleNamespace(
        Signals=signals,
        signal=handle,
        SIG_IGN="ignored",
        getsignal=lambda one: "ignored" if one.name in ignored else "default",
    )
    monkeypatch.setattr(against, "signal", fake)
    with against._ended_by_runner():  # noqa: SLF001 - a run with signals takes seconds
        assert set(handlers) == caught
        for handler in handlers.values():
            assert callable(handler)
            with pytest.raises(KeyboardInterrupt):
                handler(0, None)
    assert set(handlers.values()) == {"as before"}
