"""What a worker says of modules that it has, or would import."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from pytest_speedup.worker import modules_there as module
from pytest_speedup.worker.modules_there import modules_there

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_is_not_there_is_not_named() -> None:
    """Nor is what Python itself has, or what lies below a package that cannot be imported."""
    assert modules_there(["nobody_has_this", "json", "nobody_has_this.deep"]) == []


def test_what_would_be_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules, packages, and folders without a file of their own."""
    (tmp_path / "acme_module.py").write_text("raise RuntimeError\n")
    (tmp_path / "acme_package").mkdir()
    (tmp_path / "acme_package" / "__init__.py").write_text("raise RuntimeError\n")
    (tmp_path / "acme_space").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    files = ["acme_module.py", "acme_package/__init__.py", "acme_space"]
    names = ["acme_module", "acme_package", "acme_space"]
    found = [(name, str(tmp_path / file)) for name, file in zip(names, files, strict=True)]
    assert modules_there(names) == found
    assert not {*names} & {*sys.modules}


def test_what_is_loaded_is_named_though_it_would_not_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With all that is below a name, and no more than a few."""
    for name in ("acme_gone", "acme_gone.deep", "acme_gone_too"):
        loaded = ModuleType(name)
        loaded.__file__ = f"/elsewhere/{name}.py"
        monkeypatch.setitem(sys.modules, name, loaded)
    found = [(name, f"/elsewhere/{name}.py") for name in ("acme_gone", "acme_gone.deep")]
    assert modules_there(["acme_gone"]) == found
    monkeypatch.setattr(module, "MAX_FOUND", 1)
    assert modules_there(["acme_gone"]) == found[:1]
