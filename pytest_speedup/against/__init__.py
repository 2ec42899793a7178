"""Base against head: two commits in processes of their own, measured in the same rounds."""

from pytest_speedup.against import scratch
from pytest_speedup.against.arguments import ArgumentsJudged, judge_arguments, read_description
from pytest_speedup.against.base import Base, checked_out, find_base, head_commit, names_tip
from pytest_speedup.against.base_env import (
    MEASURING,
    DependenciesError,
    given_python,
    installed,
    own_versions,
    word_versions,
)
from pytest_speedup.against.block import Processes
from pytest_speedup.against.cells import ACCEPTED, BY_BASE, Part, Scope, Wanted
from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.declared import Locked, locked_versions
from pytest_speedup.against.dependencies import needed_by_base
from pytest_speedup.against.describing import describe, describe_call
from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.against.harness import LaidOver, lay_over
from pytest_speedup.against.making import (
    Made,
    SidePlan,
    Start,
    make_sides,
    plan_sides,
    with_own_packages,
)
from pytest_speedup.against.projects import OURS
from pytest_speedup.against.proof import OutsideError, Proof, Proven, UnprovenTrees, tell_proofs
from pytest_speedup.against.schedule import Schedule
from pytest_speedup.against.side import (
    Code,
    Side,
    SideError,
    copy_plugin,
    running,
    share_bytecode,
    sources_in,
)
from pytest_speedup.against.watch import is_below
from pytest_speedup.against.worktree import (
    WorkTree,
    read_worktree,
    word_data_of_head,
    word_missing_data,
)

__all__ = [
    "ACCEPTED",
    "BY_BASE",
    "MEASURING",
    "OURS",
    "ArgumentsJudged",
    "Base",
    "Code",
    "Comparison",
    "DependenciesError",
    "GitError",
    "LaidOver",
    "Locked",
    "Made",
    "OutsideError",
    "Part",
    "Processes",
    "Proof",
    "Proven",
    "Schedule",
    "Scope",
    "Side",
    "SideError",
    "SidePlan",
    "Start",
    "UnprovenTrees",
    "Wanted",
    "WorkTree",
    "checked_out",
    "copy_plugin",
    "describe",
    "describe_call",
    "find_base",
    "given_python",
    "head_commit",
    "installed",
    "is_below",
    "judge_arguments",
    "lay_over",
    "locked_versions",
    "make_sides",
    "names_tip",
    "needed_by_base",
    "own_versions",
    "plan_sides",
    "read_description",
    "read_worktree",
    "run_git",
    "running",
    "scratch",
    "share_bytecode",
    "sources_in",
    "tell_proofs",
    "with_own_packages",
    "word_data_of_head",
    "word_missing_data",
    "word_versions",
]
