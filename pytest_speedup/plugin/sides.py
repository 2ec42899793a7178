"""What the sides of a comparison run: made of their trees, in places of their own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup.against import (
    MEASURING,
    OURS,
    Code,
    SideError,
    Start,
    given_python,
    installed,
    locked_versions,
    make_sides,
    names_tip,
    needed_by_base,
    own_versions,
    plan_sides,
    read_worktree,
    scratch,
    with_own_packages,
    word_versions,
)
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.model import (
    BASE,
    HEAD,
    TWIN,
    DeclaredEnv,
    GivenEnv,
    InstallEnv,
    Outcome,
    Verdict,
    shown,
)
from pytest_speedup.plugin.neutral import own_place
from pytest_speedup.plugin.passing import anchors_of_side, paths_of_side

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pytest

    from pytest_speedup.against import (
        Base,
        DependenciesError,
        Locked,
        Made,
        SidePlan,
        Wanted,
        WorkTree,
    )
    from pytest_speedup.plugin.passing import Passed
    from pytest_speedup.plugin.run import Run

MADE_OF = {BASE: BASE, HEAD: HEAD, TWIN: BASE}
"""Which side each process is made as."""

MOST_NAMED = 20
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
    config: pytest.Config, sides: Mapping[str, Made], passed: Mapping[str, Passed], folder: Path
) -> dict[str, Code]:
    """Give each side a folder of its own to write to.

    Args:
        config: pytest's.
        sides: base and head.
        passed: the options of each process.
        folder: the folder for theirs.
    """
    placed = {}
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
                "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
            },
        )
    return placed


def refuse_same(config: pytest.Config, run: Run, base: Base, wanted: Sequence[Wanted]) -> bool:
    """Say where base and head are the same tree, so that nothing is measured.

    Where HEAD is the tip of the branch that was named, as after a merge, that is as it must be, and
    the run compares with nothing. Otherwise another commit was meant, and the run is not green.

    Returns:
        whether it is so, and was not asked for.
    """
    if run.settings.same or read_worktree(_top_of(config, base)).name != base.tree:
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
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


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
