"""The settings of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from pytest_speedup import executors, parsing
from pytest_speedup.model import GivenEnv, Outcome, cell_name, shown
from pytest_speedup.plugin import options
from pytest_speedup.plugin.given import said_names

if TYPE_CHECKING:
    from pytest_speedup.model import BaseEnv
    from pytest_speedup.plugin.cells import Marks

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user asked for, read once.

    Attributes:
        workers: worker counts, from command line, ini or default.
        executors: executor names, likewise.
        only_workers: worker counts given on the command line, which narrow a marker's; or None.
        only_executors: executor names given on the command line, likewise.
        size: size of the workloads.
        start_method: how worker processes start.
        dask_scheduler: address of the cluster that dask cells run on; None for one of their own.
        timing: whether cells are timed, or run once for correctness.
        margin: loss of speedup that is accepted, as a fraction; None where no loss fails. That of
            the ini file holds where something is compared, and asks for nothing by itself.
        detect: loss of speedup that a comparison is to show, as a fraction; None for no such wish.
        confirm: whether what saved runs leave open is compared with the code of their commit.
        against: the commit to compare with; None where there is none. That of the ini file asks
            for a comparison in runs that can make one.
        idle: what the ini file asks for and this run does not do, for the header.
        base_env: where the base has its packages from.
        harness: whose tests the base runs: base or head.
        plan: whether it is only said what would be measured.
        shard: which part of the suite is judged, and of how many; None for all of it.
        shard_costs: the report by whose times the parts are made; None for the number of cells.
        collects: whether tests are collected and do not run. It is read once, at the start: a
            conftest.py of a change cannot have a gate collect that was asked to judge.
        budget: seconds for more blocks of cells that are not decided yet, or for a comparison with
            a commit; None where the user says nothing.
        timeout: seconds after which a turn of a side is taken for a deadlock.
        allowed: outcomes that do not fail the gate.
        same: whether a tree may be compared with itself.
        rules: whether the gate's rules count as a change has them, and not as its base does.
        strict: whether inconclusive cells fail it.
        reset: whether saved cells begin a new baseline; of the ini file, in runs that save and
            compare with nothing.
        reports: files to write reports to, of a format by suffix.
        explain: part of the names of cells whose losses are shown; None for none.
        acknowledged: the file of acknowledged losses.
    """

    workers: tuple[int, ...]
    executors: tuple[str, ...]
    only_workers: tuple[int, ...] | None
    only_executors: tuple[str, ...] | None
    size: str
    start_method: str
    dask_scheduler: str | None
    timing: bool
    margin: float | None
    detect: float | None
    confirm: bool
    against: str | None
    idle: str
    base_env: BaseEnv
    harness: str
    plan: bool
    shard: tuple[int, int] | None
    shard_costs: Path | None
    collects: bool
    budget: float | None
    timeout: float
    allowed: frozenset[Outcome]
    same: bool
    rules: bool
    strict: bool
    reset: bool
    reports: tuple[Path, ...]
    explain: str | None
    acknowledged: Path

    @property
    def runs_nothing(self) -> bool:
        """Whether no test is to run, so that there is nothing to judge."""
        return self.collects or self.plan

    def cells(self, marks: Marks) -> list[tuple[str, int]]:
        """Executor and worker count of each cell of a test.

        A marker replaces the ini file's choice; the command line chooses among a marker's.
        Serial code has one cell.
        """
        chosen = _choose(marks.executors, self.executors, self.only_executors)
        names = [name for name in chosen if name != executors.OWN]
        counts = _choose(marks.workers, self.workers, self.only_workers)
        serial = executors.SerialExecutor.name
        return [(name, count) for name in names for count in ((1,) if name == serial else counts)]

    def own_cells(self, marks: Marks) -> list[tuple[str, int]]:
        """Executor and worker count of each cell of a test whose code has workers of its own.

        Only the command line leaves them out, where it names executors and not this one.
        """
        names = _choose((executors.OWN,), (), self.only_executors)
        counts = _choose(marks.workers, self.workers, self.only_workers)
        return [(name, count) for name in names for count in counts]

    def takes(self, executor: str, workers: int) -> bool:
        """Whether the command line leaves a cell in that a test has of itself."""
        if self.only_executors is not None and executor not in self.only_executors:
            return False
        return self.only_workers is None or workers in self.only_workers

    def __str__(self) -> str:
        """Describe the matrix for pytest's header."""
        counts = ",".join(map(str, self.workers))
        matrix = f"executors {','.join(self.executors)}; workers {counts}; size {self.size}"
        shard = "" if self.shard is None else "shard {} of {}".format(*self.shard)
        return "; ".join(filter(None, [matrix, shard, self.idle]))


def read_settings(config: pytest.Config, *, timing: bool) -> Settings:
    """Read options and ini file.

    Raises:
        pytest.UsageError: a value is not valid, or an option is for a comparison and none runs.
    """
    against, idle = _against(config, timing=timing)
    if against is None and not idle:
        _refuse_without_comparison(config)
    _refuse_files(config)
    _refuse_shard(config, against)
    compares = timing and bool(config.getoption("benchmark_compare", None) or against)
    margin, allowed = options.FAIL.value(config), options.ALLOW.value(config)
    if not compares and not options.FAIL.is_asked(config):
        margin = None
    _refuse_confirming(config, margin, against)
    return Settings(
        workers=options.WORKERS.value(config),
        executors=options.EXECUTORS.value(config),
        only_workers=options.WORKERS.given(config),
        only_executors=options.EXECUTORS.given(config),
        size=options.SIZE.value(config) or ("default" if timing else "quick"),
        start_method=options.START_METHOD.value(config),
        dask_scheduler=options.DASK_SCHEDULER.value(config),
        timing=timing,
        margin=margin,
        detect=options.DETECT.value(config),
        confirm=options.CONFIRM.value(config),
        against=against,
        idle=idle,
        base_env=_base_env(config),
        harness=options.HARNESS.value(config),
        plan=options.PLAN.value(config),
        shard=options.SHARD.value(config),
        shard_costs=_shard_costs(config),
        collects=bool(config.option.collectonly),
        budget=options.BUDGET.value(config),
        timeout=options.TIMEOUT.value(config),
        allowed=frozenset(one for one in allowed if isinstance(one, Outcome)),
        same=parsing.SAME in allowed,
        rules=parsing.RULES in allowed,
        strict=options.STRICT.value(config),
        reset=_resets(config, margin),
        reports=_reports(config),
        explain=options.EXPLAIN.value(config),
        acknowledged=config.rootpath / options.ACKNOWLEDGED.value(config),
    )


def _against(config: pytest.Config, *, timing: bool) -> tuple[str | None, str]:
    """Read the commit to compare with; of the ini file's say so where this run cannot compare."""
    ref = options.AGAINST.value(config)
    if ref is None or options.AGAINST.is_asked(config):
        return ref, ""
    if config.getoption("benchmark_compare", None):
        return None, f"not compared with {shown(ref)}, but as --benchmark-compare says"
    if not timing or config.option.collectonly:
        return None, f"not compared with {shown(ref)}, as this run times nothing"
    return ref, ""


def _refuse_files(config: pytest.Config) -> None:
    """Refuse what only who calls pytest may say, where a file says it: a change could do so.

    Raises:
        pytest.UsageError: a file accepts its own rules, or leaves out what was asked for.
    """
    if parsing.RULES in options.ALLOW.value(config) and not options.ALLOW.is_said(config):
        message = "speedup_allow = rules: a change would accept its own; say so on the command line"
        raise pytest.UsageError(message)
    left_out = {"--speedup-plan": options.PLAN.value(config), "--co": config.option.collectonly}
    asks = next((one for one in (options.AGAINST, options.FAIL) if one.is_said(config)), None)
    if not any(left_out.values()) or asks is None:
        return
    said = said_names(config)
    for flag, is_on in left_out.items():
        if is_on and flag not in said:
            message = (
                f"a file has {flag}, with which nothing would be compared although "
                f"{asks.flag} asks for it: take it out, or say it on the command line"
            )
            raise pytest.UsageError(message)


def _refuse_without_comparison(config: pytest.Config) -> None:
    """Refuse what this run alone was given for a comparison that it does not make."""
    for option in (options.HARNESS, options.BASE_ENV, options.DETECT):
        if option.given(config) is not None and option.is_asked(config):
            message = f"{option.flag} is for a comparison: add --speedup-against=REF"
            raise pytest.UsageError(message)


def _refuse_confirming(config: pytest.Config, margin: float | None, against: str | None) -> None:
    """Refuse to say whether saved runs are confirmed, where none are judged by."""
    if options.CONFIRM.is_asked(config) and (margin is None or against is not None):
        message = (
            f"{options.CONFIRM.flag} is for saved runs: add --benchmark-compare and "
            f"{options.FAIL.flag}=LOSS"
        )
        raise pytest.UsageError(message)


def _refuse_shard(config: pytest.Config, against: str | None) -> None:
    """Refuse a part of a suite that nobody puts together, or that a change could choose.

    Raises:
        pytest.UsageError: nothing is compared, or a file says which shard it is.
    """
    flag = options.SHARD.flag
    if options.SHARD.value(config) is None:
        if options.SHARD_COSTS.is_asked(config):
            message = f"{options.SHARD_COSTS.flag} is for shards: add {flag}=NUMBER/COUNT"
            raise pytest.UsageError(message)
        return
    if against is None:
        message = f"{flag} is for a comparison with a commit: add --speedup-against=REF"
        raise pytest.UsageError(message)
    if not options.SHARD.is_said(config):
        message = (
            f"{options.SHARD.ini} in a file: a change would choose which of its cells are judged; "
            f"say {flag} on the command line"
        )
        raise pytest.UsageError(message)


def _shard_costs(config: pytest.Config) -> Path | None:
    """Find the report; its path is relative as those of reports are."""
    path = options.SHARD_COSTS.value(config)
    given = options.SHARD_COSTS.given(config)
    folder = config.invocation_params.dir if given else config.rootpath
    return None if path is None else folder / path


def _resets(config: pytest.Config, margin: float | None) -> bool:
    if options.RESET.is_asked(config):
        return True
    saves = any(config.getoption(name, None) for name in ("benchmark_save", "benchmark_autosave"))
    return saves and margin is None and bool(options.RESET.value(config))


def _base_env(config: pytest.Config) -> BaseEnv:
    """Read the environment of the base; its path is relative as those of reports are."""
    env: BaseEnv = options.BASE_ENV.value(config)
    if not isinstance(env, GivenEnv):
        return env
    given = options.BASE_ENV.given(config)
    folder = config.invocation_params.dir if given else config.rootpath
    return placed_env(env, folder)


def placed_env(env: GivenEnv, folder: Path) -> GivenEnv:
    """Say where an environment is that was named relative to a folder, or to the user's home."""
    return GivenEnv(str(folder / Path(env.path).expanduser()))


def _reports(config: pytest.Config) -> tuple[Path, ...]:
    """Paths on the command line are relative to where the user is, those of the ini to the root."""
    folder = config.invocation_params.dir if options.REPORT.given(config) else config.rootpath
    return tuple(folder / path for path in options.REPORT.value(config) or ())


def cell_ids(cells: list[tuple[str, int]]) -> list[str]:
    """Test ids of cells."""
    return [cell_name(name, count) for name, count in cells]


def _choose(
    marked: tuple[T, ...] | None, configured: tuple[T, ...], given: tuple[T, ...] | None
) -> tuple[T, ...]:
    if marked is None:
        return configured
    return marked if given is None else tuple(choice for choice in marked if choice in given)
