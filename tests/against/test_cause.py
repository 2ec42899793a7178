"""A full disk is said in one line, however many files did not get onto it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NoReturn

import pytest

from pytest_speedup.against import SideError, copy_plugin
from pytest_speedup.model.text import word_cause
from tests.posix import posix_only

if TYPE_CHECKING:
    from pathlib import Path

FULL = "[Errno 28] No space left on device"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (FileNotFoundError("nothing of the kind"), "nothing of the kind"),
        (shutil.Error([("a", "b", FULL)]), FULL),
        (shutil.Error([("a", "b", FULL), ("c", "d", FULL)]), f"{FULL}, and 1 more"),
        (shutil.Error("a and b are the same"), "a and b are the same"),
        (OSError(1, "a\nb"), r"a\nb"),
    ],
)
def test_the_cause_is_one_line(error: OSError, words: str) -> None:
    """That of the first file stands for all."""
    assert word_cause(error) == words


@posix_only  # Windows copies by a call of its own
def test_the_plugin_that_cannot_be_copied_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its files fails, and the error of the copy lists them all."""

    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", refuse)
    with pytest.raises(SideError, match=r"^the plugin cannot be copied into .*: .*No space") as no:
        copy_plugin(tmp_path, "pytest_speedup.plugin.serving")
    assert "\n" not in str(no.value)
    assert len(str(no.value)) < 500
