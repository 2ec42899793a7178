"""Base against head: two commits in processes of their own, measured in the same rounds."""

from pytest_speedup.against import scratch
from pytest_speedup.against.arguments import ArgumentsJudged, judge_arguments, read_description
from pytest_speedup.against.base import Base, checked_out, find_base, names_tip
from pytest_speedup.against.budget import Budget
from pytest_speedup.against.cells import Wanted
from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.describing import describe, describe_call
from pytest_speedup.against.environment import installed
from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.against.harness import LaidOver, lay_over
from pytest_speedup.against.making import Made, SidePlan, Start, make_sides, plan_sides
from pytest_speedup.against.moved import ACCEPTED, BY_BASE
from pytest_speedup.against.proof import OutsideError, Proof, word_proofs
from pytest_speedup.against.scope import Scope
from pytest_speedup.against.side import Code, Side, SideError, copy_plugin, running, sources_in
from pytest_speedup.against.worktree import WorkTree, read_worktree

__all__ = [
    "ACCEPTED",
    "BY_BASE",
    "ArgumentsJudged",
    "Base",
    "Budget",
    "Code",
    "Comparison",
    "GitError",
    "LaidOver",
    "Made",
    "OutsideError",
    "Proof",
    "Scope",
    "Side",
    "SideError",
    "SidePlan",
    "Start",
    "Wanted",
    "WorkTree",
    "checked_out",
    "copy_plugin",
    "describe",
    "describe_call",
    "find_base",
    "installed",
    "judge_arguments",
    "lay_over",
    "make_sides",
    "names_tip",
    "plan_sides",
    "read_description",
    "read_worktree",
    "run_git",
    "running",
    "scratch",
    "sources_in",
    "word_proofs",
]
