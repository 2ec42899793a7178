"""What the sides of a comparison run: made of their trees, in places of their own."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest_speedup
from pytest_speedup import executors
from pytest_speedup.against import scratch
from pytest_speedup.against.base import names_tip
from pytest_speedup.against.base_env import (
    MEASURING,
    given_python,
    installed,
    own_versions,
    word_versions,
)
from pytest_speedup.against.declared import locked_versions
from pytest_speedup.against.dependencies import needed_by_base
from pytest_speedup.against.harness import lay_over
from pytest_speedup.against.making import Start, make_sides, plan_sides, with_own_packages
from pytest_speedup.against.projects import OURS
from pytest_speedup.against.side import Code, SideError, share_bytecode
from pytest_speedup.against.watch import is_below
from pytest_speedup.against.worktree import read_worktree
from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.executors.shared import modules_there
from pytest_speedup.measurement import opened
from pytest_speedup.model import (
    BASE,
    BASE_AGAIN,
    HEAD,
    DeclaredEnv,
    GivenEnv,
    InstallEnv,
    Outcome,
    Verdict,
    shown,
)
from pytest_speedup.plugin.passing import anchors_of_side, paths_of_side
from pytest_speedup.plugin.serving import own_place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import pytest

    from pytest_speedup.against.base import Base
    from pytest_speedup.against.base_env import DependenciesError
    from pytest_speedup.against.cells import Wanted
    from pytest_speedup.against.declared import Locked
    from pytest_speedup.against.making import Made, SidePlan
    from pytest_speedup.against.scope import Scope
    from pytest_speedup.against.worktree import WorkTree
    from pytest_speedup.executors import Conditions
    from pytest_speedup.plugin.passing import Passed
    from pytest_speedup.plugin.run import Run

DASK, MPI = "dask", "mpi"


@dataclass(frozen=True, slots=True)
class Standing:
    """Workers of one kind that stood before.

    Attributes:
        executor: the name of the executor that runs tasks on them.
        workers: how many are asked: as many as the largest of its cells has.
        what: what they are, in words.
        remedy: how each side gets workers of its own.
        conditions: of executors.
        names: of the project's modules.
    """

    executor: str
    workers: int
    what: str
    remedy: str
    conditions: Conditions
    names: tuple[str, ...]

    def ask(self) -> list[tuple[str, str]]:
        """Ask each worker, by a task of its own, which of the project's modules it has.

        Raises:
            Exception: whatever keeps them from answering.
        """
        create = partial(executors.create, self.executor, self.workers, self.conditions)
        with opened(create) as (executor, _):
            answers = executor.each(partial(modules_there, self.names))
        if len(answers) != self.workers:
            message = f"{len(answers)} of {self.workers} answered"
            raise SpeedupError(message)
        return [one for found in answers for one in found]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking.

    Attributes:
        refused: why cells are not to be judged, by the name of their executor.
        remarks: what is not proven of the others, and what is.
    """

    refused: Mapping[str, str]
    remarks: tuple[str, ...]

    def over(self, wanted: Iterable[Wanted]) -> dict[str, Verdict]:
        """Judge the cells whose workers run other code than the sides."""
        return {
            one.id: Verdict(one.id, Outcome.BROKEN, reason=self.refused[one.executor])
            for one in wanted
            if one.executor in self.refused
        }


def standing_workers(
    run: Run, wanted: Sequence[Wanted], sides: Mapping[str, Made]
) -> list[Standing]:
    """List the workers that neither side starts, of the cells that are wanted.

    Args:
        run: the session's state.
        wanted: the cells.
        sides: base and head, which know the names of the project's modules.
    """
    names = {name for one in sides.values() for name in one.owned}
    names |= {PurePosixPath(one.id.partition("::")[0]).stem for one in wanted}
    conditions = run.conditions(collect_garbage=True)
    kinds = []
    if run.settings.dask_scheduler:
        what = f"the workers of the Dask cluster at {run.settings.dask_scheduler}"
        remedy = "leave --speedup-dask-scheduler out, so that each side starts workers of its own"
        kinds.append((DASK, what, remedy))
    kinds.append((MPI, "processes that MPI started", "choose another executor for a comparison"))
    return [
        Standing(name, max(counts), what, remedy, conditions, tuple(sorted(names)))
        for name, what, remedy in kinds
        if (counts := [one.workers for one in wanted if one.executor == name])
    ]


def ask_standing(standing: Iterable[Standing]) -> Asked:
    """Ask all of them; those who have the project cannot have that of both sides."""
    refused: dict[str, str] = {}
    remarks = []
    for one in standing:
        try:
            found = one.ask()
        except Exception as error:  # noqa: BLE001 - a task brings whatever the worker raised
            why = first_line(error)
            remarks.append(f"not proven: {one.what} run the code that they have; asked: {why}")
            continue
        if found:
            refused[one.executor] = _refusal(one, found)
        else:
            remarks.append(f"proof: {one.what} were asked, and have no module of the project")
    return Asked(refused, tuple(remarks))


def _refusal(one: Standing, found: Sequence[tuple[str, str]]) -> str:
    module, file = found[0]
    return (
        f"{one.what} have {shown(module)} from {shown(file)}, whichever side asks, so that both "
        f"run the same: {one.remedy}"
    )


GONE = "the base's own tests have it, head's do not; was it renamed or removed?"


def lay_heads_tests(
    config: pytest.Config, run: Run, base: Base, wanted: Sequence[Wanted], scope: Scope
) -> None:
    """Have the base run head's tests, where that was asked for; name what is lost by that.

    Raises:
        SideError: a file cannot be read or written.
        SpeedupError: head marks a test of the base otherwise.
    """
    if run.settings.harness != HEAD:
        return
    files = sorted({one.id.partition("::")[0] for one in wanted})
    laid = lay_over(config.rootpath, base, files, config.inipath)
    run.notices += laid.remarks
    for one in filter(scope.takes_in, laid.gone):
        if scope.keyword or scope.markexpr:
            run.notices.append(f"{one}: head has it no more, and it was not compared")
        elif one not in run.gate.acknowledged:
            run.gate.verdicts[one] = Verdict(one, Outcome.MISSING, reason=GONE)


MADE_OF = {BASE: BASE, HEAD: HEAD, BASE_AGAIN: BASE}
"""Which side each process is made as."""

MAX_NAMED = 20
"""Versions that a plan names."""

BUILDS, ENVIRONMENTS = "speedup-builds", "speedup-base-env"
"""Folders in pytest's cache."""


@contextmanager
def made_sides(
    config: pytest.Config, run: Run, base: Base, folder: Path
) -> Iterator[dict[str, Made]]:
    """Make base and head: with the packages that are here, or the base with those of its own.

    Args:
        config: pytest's.
        run: the session's state.
        base: the base, checked out, with whatever was laid over it.
        folder: an empty folder for their environments.

    Raises:
        SideError: one cannot be made.
    """
    head = Start(config.rootpath, read_worktree(_top_of(config, base)))
    with (
        kept(config, BUILDS) as cache,
        kept(config, ENVIRONMENTS) as environments,
    ):
        plans: Mapping[str, SidePlan]
        plans = plan_sides({BASE: _start_of_base(run, base, environments), HEAD: head})
        if isinstance(run.settings.base_env, DeclaredEnv):
            plans = _with_own_versions(run, plans, cache, environments)
        yield make_sides(plans, folder, cache)


def plans_of_sides(config: pytest.Config, run: Run, base: Base) -> Mapping[str, SidePlan]:
    """Decide how base and head would be made, with the packages that are here.

    Raises:
        SideError: a tree or an environment cannot be read.
    """
    env, tree = run.settings.base_env, read_worktree(base.top)
    starts = {
        BASE: Start(base.root, tree) if not isinstance(env, GivenEnv) else _given(base, tree, env),
        HEAD: Start(config.rootpath, read_worktree(_top_of(config, base))),
    }
    return plan_sides(starts)


def codes_of(
    config: pytest.Config,
    sides: Mapping[str, Made],
    passed: Mapping[str, Passed],
    folder: Path,
    plugin: Path,
) -> dict[str, Code]:
    """Give each side a folder of its own to write to.

    Args:
        config: pytest's.
        sides: base and head.
        passed: the options of each process.
        folder: the folder for theirs.
        plugin: the folder that this package is copied to.
    """
    placed = {}
    bytecode = folder / "bytecode"
    owned = {name for made in sides.values() for name in made.owned}
    trees = [made.tree.top for made in sides.values()]
    share_bytecode(_loaded(plugin, owned), bytecode, trees)
    for name, options in passed.items():
        made = sides[MADE_OF[name]]
        scratch_of_side = folder / name
        scratch_of_side.mkdir()
        place = own_place(config, scratch_of_side)
        placed[name] = Code(
            made.root,
            made.sources,
            str(made.overlay.python),
            arguments=(*place.arguments, *options.arguments),
            paths=paths_of_side(config, made.root, ()),
            anchors=anchors_of_side(config, made.root),
            folder=options.folder,
            variables={
                **place.environment,
                **made.variables,
                # One for all: what they share is compiled once, and their trees lie apart.
                "PYTHONPYCACHEPREFIX": str(bytecode),
            },
        )
    return placed


def _loaded(plugin: Path, owned: Collection[str]) -> Iterator[tuple[str, str]]:
    """Where sides have the source of each module of this process, and this process its bytecode.

    Args:
        plugin: the folder that this package is copied to.
        owned: names of the project's modules, which are left out wherever they lie.
    """
    here = Path(pytest_speedup.__file__).parents[1]
    for name, module in [*sys.modules.items()]:
        source, cached = getattr(module, "__file__", None), getattr(module, "__cached__", None)
        if not isinstance(source, str) or not isinstance(cached, str) or is_below(name, owned):
            continue
        ours = name.partition(".")[0] == pytest_speedup.__name__
        yield str(plugin / Path(source).relative_to(here)) if ours else source, cached


def refuse_same(config: pytest.Config, run: Run, base: Base, wanted: Sequence[Wanted]) -> bool:
    """Say where base and head are the same tree, so that nothing is measured.

    Where HEAD is the tip of the branch that was named, as after a merge, that is as it must be, and
    the run compares with nothing. Otherwise another commit was meant, and the run is not green.

    Returns:
        whether it is so, and was not asked for.
    """
    if run.settings.same or tree_of_head(config, base) != base.tree:
        return False
    if not wanted:
        return True  # neither has anything to compare
    line = (
        f"base and head are the same tree {base.tree[:12]} ({base.ref} is {base.commit[:12]}): "
        "nothing was measured"
    )
    if names_tip(config.rootpath, base):
        run.notices.append(f"speedup: {line}, as HEAD is the tip of that branch")
        run.settings = replace(run.settings, against=None, margin=None)
        return True
    line = f"{line}; name the commit that it is to be compared with, or --speedup-allow=same"
    run.notices.append(f"speedup: {line}")
    run.uncompared = line
    for one in wanted:
        if one.executor != SerialExecutor.name:
            run.gate.verdicts[one.id] = Verdict(one.id, Outcome.INCOMPARABLE, reason=line)
    return True


def tree_of_head(config: pytest.Config, base: Base) -> str:
    """Name the tree of all files of head, with what is not committed.

    Raises:
        SideError: the working tree cannot be read.
    """
    return read_worktree(_top_of(config, base)).name


@contextmanager
def kept(config: pytest.Config, name: str) -> Iterator[Path]:
    """Find a folder for what is worth keeping: pytest's cache, if it keeps one."""
    if config.pluginmanager.hasplugin("cacheprovider") and config.cache is not None:
        yield config.cache.mkdir(name)
        return
    with scratch.made("base-env") as folder:
        yield folder


def _start_of_base(run: Run, base: Base, cache: Path) -> Start:
    """Choose what the base is made of: its tree, and an interpreter with its packages."""
    env, tree = run.settings.base_env, read_worktree(base.top)
    if isinstance(env, GivenEnv):
        return _given(base, tree, env)
    if isinstance(env, InstallEnv):
        locked = locked_by(base, tree, env)
        return Start(base.root, tree, installed(base.root, cache, env.extras, locked))
    return Start(base.root, tree)


def word_versions_of_base(
    config: pytest.Config, run: Run, base: Base, plans: Mapping[str, SidePlan]
) -> str:
    """Say which versions of its own the base would get; nothing is installed.

    Where that is in built metadata alone, this is built.
    """
    env = run.settings.base_env
    if isinstance(env, InstallEnv):
        locked = locked_by(base, plans[BASE].start.tree, env)
        if not locked.pins:
            return "the newest of what it declares, as no lock file pins any"
        pins = [str(one) for each in locked.pins.values() for one in each]
        return f"{_some(pins)} (in {', '.join(locked.sources)})"
    if not isinstance(env, DeclaredEnv):
        return "none"
    try:
        with kept(config, BUILDS) as cache:
            needed = needed_by_base(plans[BASE], plans[HEAD], cache)
    except SideError as error:
        return f"unknown: {str(error).partition(chr(10))[0]}"
    if not needed:
        return "none"
    return f"{_some(needed.requirements)} (in {', '.join(needed.sources)})"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def locked_by(base: Base, tree: WorkTree, env: InstallEnv) -> Locked:
    """Read what the base's lock files pin of an environment of its own: at its root, and the top.

    What measures is head's on both sides, whatever they say.
    """
    inside = PurePosixPath(base.root.relative_to(base.top).as_posix())
    left_out = {*MEASURING, OURS}
    return locked_versions(tree, [inside, PurePosixPath()], env.extras, left_out)


def _with_own_versions(
    run: Run, plans: Mapping[str, SidePlan], builds: Path, environments: Path
) -> Mapping[str, SidePlan]:
    """Give the base what it declares otherwise than head, and what the packages here do not do."""
    needed = needed_by_base(plans[BASE], plans[HEAD], builds)
    if not needed:
        return plans
    site = own_versions(needed, environments, plans[BASE].start.root)
    run.notices.append(word_versions(needed, site))
    return with_own_packages(plans, site)


def refuse_dependencies(run: Run, wanted: Sequence[Wanted], error: DependenciesError) -> None:
    """Say that the base cannot have its dependencies, so that nothing was measured."""
    line = shown(str(error).partition("\n")[0])
    run.notices.append(f"speedup: {line}; nothing was measured")
    run.notices += [shown(more) for more in str(error).splitlines()[1:]]
    run.uncompared = line
    for one in wanted:
        if one.executor != SerialExecutor.name:
            run.gate.verdicts[one.id] = Verdict(one.id, Outcome.DEPENDENCIES, reason=line)


def _given(base: Base, tree: WorkTree, env: GivenEnv) -> Start:
    return Start(base.root, tree, given_python(Path(env.path)), given=True)


def _top_of(config: pytest.Config, base: Base) -> Path:
    """Return the top of the user's working tree, which the root lies in as the base's does."""
    inside = base.root.relative_to(base.top).parts
    root = config.rootpath
    return root.parents[len(inside) - 1] if inside else root
