"""What a serving pytest tells of itself, beside what its processes note."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

from pytest_speedup.against.serving import Line, Loaded
from pytest_speedup.plugin.serving import Serving

if TYPE_CHECKING:
    from pytest_speedup.against.channel import Channel


def serving() -> Serving:
    return Serving(Line(cast("Channel", None), loaded=Loaded(Path("notes"))))


def test_files_of_tests_and_plugins_are_told_of() -> None:
    """A conftest.py is a plugin; one that is no module has no file."""
    one = serving()
    one.pytest_pycollect_makemodule(Path("/tree/test_a.py"))
    conftest = ModuleType("conftest")
    conftest.__file__ = "/tree/conftest.py"
    for plugin in (conftest, ModuleType("builtin"), object()):
        one.pytest_plugin_registered(plugin)
    assert one.line.loaded.tests == {str(Path("/tree/test_a.py"))}
    assert one.line.loaded.plugins == {"/tree/conftest.py"}


def test_tests_are_made_by_whom_they_were() -> None:
    """The first hook that returns something would make them."""
    assert serving().pytest_pycollect_makemodule(Path("/tree/test_a.py")) is None
