"""A project of somebody else: a git repository, and an environment with the wheel in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent

HEAD = "head"
"""The folder of an example with the files that its second commit changes."""

OURS = ("PYTEST_", "TOX_", "COV_", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITE")
"""Beginnings of variables that say how this run is done, which is nothing to a stranger's."""

AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.org"))
}


@dataclass(frozen=True, slots=True)
class Stranger:
    """A stranger's clone, beside an environment of its own.

    Attributes:
        name: of the example.
        folder: where both are.
    """

    name: str
    folder: Path

    @property
    def clone(self) -> Path:
        """The repository."""
        return self.folder / self.name

    @property
    def environment(self) -> Path:
        """The environment."""
        return self.folder / "environment"

    def settle(self, wheel: Path, extras: str = "") -> frozenset[str]:
        """Commit the base, and install it and the plugin; on a new machine pip is all there is.

        Args:
            wheel: the plugin as it is published.
            extras: of the plugin, such as ``[report]``.

        Returns:
            What the wheel alone added to the environment.
        """
        self.clone.mkdir()
        venv.create(self.environment, with_pip=True, symlinks=os.name != "nt")
        before = self._installed()
        self._install("--no-deps", str(wheel))
        brought = self._installed() - before
        self._git("init", "--quiet", "--initial-branch=main")
        self._commit(HERE / self.name, "base")
        self._install(f"{wheel}{extras}", "--editable", str(self.clone))
        return brought

    def note(self) -> None:
        """Commit what no code loads."""
        (self.clone / "NOTES").write_text("measured\n", encoding="utf-8")
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message=note")

    def advance(self) -> None:
        """Commit the loss, and install what the project needs now."""
        self._commit(HERE / self.name / HEAD, "head")
        self._install("--editable", str(self.clone))

    def pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run pytest in the clone."""
        return self._run(str(self._python), "-m", "pytest", *arguments)

    @property
    def _python(self) -> Path:
        windows = self.environment / "Scripts" / "python.exe"
        return windows if windows.exists() else self.environment / "bin" / "python"

    def _installed(self) -> frozenset[str]:
        (site,) = (folder.parent for folder in self.environment.glob("**/site-packages/pip"))
        return frozenset(path.name for path in site.iterdir())

    def _install(self, *what: str) -> None:
        self._done(str(self._python), "-m", "pip", "install", "--quiet", "--no-compile", *what)

    def _commit(self, files: Path, message: str) -> None:
        shutil.copytree(
            files,
            self.clone,
            ignore=shutil.ignore_patterns(HEAD, "__pycache__"),
            dirs_exist_ok=True,
        )
        self._git("add", "--all")
        self._git("commit", "--quiet", f"--message={message}")

    def _git(self, *arguments: str) -> None:
        self._done("git", *arguments)

    def _done(self, *command: str) -> None:
        done = self._run(*command)
        assert done.returncode == 0, done.stdout + done.stderr

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        variables = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
        return subprocess.run(
            command,
            cwd=self.clone,
            env=variables | AUTHOR,
            capture_output=True,
            text=True,
            check=False,
        )
