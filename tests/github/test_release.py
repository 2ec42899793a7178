"""The steps that build a release, with tools that keep what they were asked."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

import pytest

from tests.github.steps import ROOT, WORKFLOWS, Runner, needs_bash, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_bash

PIP = "import sys; print('pip', *sys.argv[1:])"
TOX = """
import pathlib, sys
print("tox", *sys.argv[1:])
dist = pathlib.Path(".tox/package/tmp/dist")
dist.mkdir(parents=True)
for name in ("pytest_speedup-1.2.3.tar.gz", "pytest_speedup-1.2.3-py3-none-any.whl"):
    (dist / name).write_text(name)
"""


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A machine on which tox builds release 1.2.3."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "pip.py").write_text(PIP)
    (workspace / "tox.py").write_text(TOX)
    return Runner(workspace, tmp_path / "temporary", "push")


def test_what_was_tested_is_what_is_published(runner: Runner) -> None:
    """The files that tox built, under the tag's version."""
    runner.contexts["github"] = {"ref_name": "v1.2.3"}
    done = runner.run_job("release.yml", "build")
    assert done.failed == 0, done.log
    assert done.log.splitlines() == ["pip install tox", "tox -e package"]
    assert {path.name for path in (runner.workspace / "dist").iterdir()} == {
        "pytest_speedup-1.2.3.tar.gz",
        "pytest_speedup-1.2.3-py3-none-any.whl",
    }
    (kept,) = done.given_to("actions/upload-artifact")
    (fetched,) = (
        Runner(runner.workspace, runner.temporary)
        .run_job("release.yml", "publish")
        .given_to("actions/download-artifact")
    )
    assert (kept["name"], kept["path"]) == (fetched["name"], "dist")


@pytest.mark.parametrize("tag", ["v1.2.4", "v1.2.3.dev1", "v../../1.2.3", "v$(touch owned)", "v"])
def test_a_tag_of_another_version_publishes_nothing(runner: Runner, tag: str) -> None:
    """Such as one on a commit that has two."""
    runner.contexts["github"] = {"ref_name": tag}
    done = runner.run_job("release.yml", "build")
    assert done.failed
    assert done.given_to("actions/upload-artifact") == []
    assert not (runner.workspace / "owned").exists()


def test_tox_builds_where_the_release_looks() -> None:
    """The folder is that environment's own."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    assert "--outdir {env_tmp_dir}{/}dist" in tox["testenv:package"]["commands_pre"]


def test_publishing_is_trusted_and_attested() -> None:
    """By PyPI, which knows the environment; the job runs nothing else."""
    job = read_yaml(WORKFLOWS / "release.yml")["jobs"]["publish"]
    assert job["environment"]["name"] == "pypi"
    assert job["steps"][-1]["with"] == {"attestations": True}


def test_the_site_is_built_where_it_is_published_from(tmp_path: Path) -> None:
    """The documentation's steps, too, are run."""
    (tmp_path / "pip.py").write_text(PIP)
    (tmp_path / "tox.py").write_text(PIP.replace("pip", "tox"))
    done = Runner(tmp_path, tmp_path / "temporary", "push").run_job("docs.yml", "build")
    (kept,) = done.given_to("actions/upload-pages-artifact")
    assert done.log.splitlines() == ["pip install tox", f"tox -e docs -- {kept['path']}"]
