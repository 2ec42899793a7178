"""A small runner: the steps of an action or a job, run on this machine as GitHub runs them.

Scripts run for real, with the shells that GitHub documents. Actions of others are not run: what
they would be given is kept, to be looked at.
See https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.left_out import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
ACTIONS = ROOT / ".github" / "actions"
WORKFLOWS = ROOT / ".github" / "workflows"

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
REFERENCE = re.compile(r"'[^']*'|\b[a-z]\w*(?:\.[\w-]+)+")
SHELLS = {
    "bash": "bash --noprofile --norc -eo pipefail {0}",
    None: "bash -e {0}",
    "python": "python {0}",
}
PATIENCE = 600.0
"""Seconds for one step, on a machine that does other things as well."""

NOT_OURS = ("GITHUB_", "RUNNER_", "SPEEDUP_", "PYTEST_", "COV_")
"""Variables of the run that these tests are part of."""


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a workflow or an action; ``on`` is a word here, as it is for GitHub."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if name is True else name: value for name, value in document.items()}


needs_bash = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("bash") is None,
    reason="on Windows the first bash to be found may be that of another system",
)


@dataclass(frozen=True, slots=True)
class Used:
    """An action of somebody else, and what it would be given."""

    action: str
    given: Mapping[str, str]


@dataclass
class Done:
    """What came of the steps."""

    failed: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    used: list[Used] = field(default_factory=list)

    def given_to(self, action: str) -> list[Mapping[str, str]]:
        """What the steps with an action gave it."""
        return [one.given for one in self.used if one.action.startswith(f"{action}@")]


@dataclass
class Runner:
    """A machine with a clone of a repository, at an event."""

    workspace: Path
    temporary: Path
    event_name: str = "workflow_dispatch"
    event: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, Any] = field(default_factory=dict)

    def use(self, name: str, **inputs: str) -> Done:
        """Run the steps of a composite action of this repository."""
        folder = ACTIONS / name
        action = read_yaml(folder / "action.yml")
        given = {key.replace("_", "-"): value for key, value in inputs.items()}
        assert given.keys() <= action["inputs"].keys()
        defaults = {key: one.get("default", "") for key, one in action["inputs"].items()}
        contexts = {"inputs": {}, **self._contexts()}
        for key, value in {**defaults, "python": sys.executable, **given}.items():
            contexts["inputs"][key] = value if key in given else render(value, contexts)
        variables = {"GITHUB_ACTION_PATH": str(folder)}
        done = self._run(action["runs"]["steps"], contexts, variables)
        for output, one in action.get("outputs", {}).items():
            done.outputs[output] = render(one["value"], contexts)
        return done

    def run_job(self, workflow: str, job: str) -> Done:
        """Run the scripts of a job, and keep what its actions would be given."""
        document = read_yaml(WORKFLOWS / workflow)
        contexts = self._contexts()
        variables = {key: render(one, contexts) for key, one in document.get("env", {}).items()}
        return self._run(document["jobs"][job]["steps"], contexts, variables)

    def _contexts(self) -> dict[str, Any]:
        github = {
            "event_name": self.event_name,
            "event": self.event,
            "token": "secret",
            "run_id": "5",
            "run_attempt": "1",
        }
        runner = {"temp": str(self.temporary), "os": "Linux", "arch": "X64"}
        own: dict[str, Any] = {"github": github, "runner": runner, "steps": {}}
        for name, one in self.contexts.items():
            own[name] = {**own.get(name, {}), **one}
        return own

    def _run(
        self, steps: list[dict[str, Any]], contexts: dict[str, Any], variables: Mapping[str, str]
    ) -> Done:
        done = Done()
        for step in steps:
            condition = str(step.get("if", "success()"))
            if not is_met(condition, contexts, failed=bool(done.failed)):
                continue
            if "uses" in step:
                given = {key: render(one, contexts) for key, one in step.get("with", {}).items()}
                done.used.append(Used(step["uses"], given))
                continue
            outputs = self._script(step, contexts, variables, done)
            contexts["steps"][step.get("id", "")] = {"outputs": outputs}
        return done

    def _script(
        self,
        step: Mapping[str, Any],
        contexts: Mapping[str, Any],
        variables: Mapping[str, str],
        done: Done,
    ) -> dict[str, str]:
        self.temporary.mkdir(parents=True, exist_ok=True)
        files = {name: self.temporary / name for name in ("event", "output", "summary", "script")}
        files["event"].write_text(json.dumps(self.event), encoding="utf-8")
        files["script"].write_text(step["run"], encoding="utf-8")
        files["output"].write_text("", encoding="utf-8")
        files["summary"].write_text("", encoding="utf-8")
        given = {key: render(one, contexts) for key, one in step.get("env", {}).items()}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(NOT_OURS)}
        environment = {
            **inherited,
            "PYTEST_ADDOPTS": " ".join(LEFT_OUT),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": str(files["event"]),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "RUNNER_TEMP": str(self.temporary),
            **self.variables,
            **variables,
            **given,
        }
        command = SHELLS[step.get("shell")].format(shlex.quote(str(files["script"])))
        ran = subprocess.run(
            shlex.split(command),
            cwd=self.workspace,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        done.log += ran.stdout
        done.failed = done.failed or ran.returncode
        done.summary += files["summary"].read_text(encoding="utf-8")
        lines = files["output"].read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)


def render(text: object, contexts: Mapping[str, Any]) -> str:
    """Put in the values of expressions."""
    if isinstance(text, bool):
        return str(text).lower()
    return EXPRESSION.sub(lambda found: _worth(found[1], contexts), str(text))


def is_met(condition: str, contexts: Mapping[str, Any], *, failed: bool) -> bool:
    """Decide on an ``if``: a step without a word on failures runs while there is none."""
    found = EXPRESSION.fullmatch(condition)
    text = found[1] if found else condition
    if failed and not re.search(r"\b(always|failure|cancelled)\(\)", text):
        return False
    words = text.replace("&&", " and ").replace("||", " or ").replace("!cancelled()", " True ")
    words = words.replace("always()", " True ").replace("success()", str(not failed))
    written = REFERENCE.sub(
        lambda one: one[0] if one[0].startswith("'") else repr(_worth(one[0], contexts)), words
    )
    return bool(eval(written, {"__builtins__": {}}))  # noqa: S307 - conditions of this repository


def _worth(expression: str, contexts: Mapping[str, Any]) -> str:
    """Look a value up; what is not there is empty, but what there cannot be is a mistake."""
    expression = expression.strip()
    if expression == "toJSON(needs)":
        return json.dumps(contexts["needs"])
    if not REFERENCE.fullmatch(expression):
        return str(eval_choice(expression, contexts))
    name, *path = expression.split(".")
    value: Any = contexts[name]
    for part in path:
        value = value.get(part, "") if isinstance(value, dict) else ""
    return render(value, {}) if isinstance(value, bool) else str(value)


def eval_choice(expression: str, contexts: Mapping[str, Any]) -> str:
    """Work out ``A == 'B' && 'C' || 'D'``."""
    found = re.fullmatch(r"(.+?) && '([^']*)' \|\| '([^']*)'", expression)
    assert found, f"this runner does not know {expression}"
    return found[2] if is_met(found[1], contexts, failed=False) else found[3]
