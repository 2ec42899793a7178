"""``python -m benchmarks.lab``: how far the verdict can be trusted.

``replay`` tries rules on a recording, ``record`` makes one; ``faults`` and ``clean`` run suites,
``against`` runs comparisons with a commit, ``escalated`` those with saved runs and their commit,
``simulate`` simulates them by the thousand, ``soak`` disturbs runs, and ``instructions`` counts
what others count.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.lab import escalated, instructions
from benchmarks.lab.confusion import confusion_rows, fault_rows, wrong_runs
from benchmarks.lab.deviations import contended_cells, measure_deviations
from benchmarks.lab.faults import FAULTS, SOUND
from benchmarks.lab.live import LiveSuite
from benchmarks.lab.ours import OurRule
from benchmarks.lab.prepared import prepare
from benchmarks.lab.recorder import record
from benchmarks.lab.recording import read_recording
from benchmarks.lab.replay import replay
from benchmarks.lab.sidebyside import append_run, compare_live, next_variant, read_log
from benchmarks.lab.simulation import command as simulation
from benchmarks.lab.soak import command
from benchmarks.lab.tables import cell_rows, deviation_rows, rule_row, rules_header
from benchmarks.lab.variants import VARIANTS
from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import SavedPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.lab.live import LiveRun

RECORDING = Path("benchmarks/lab/recordings/shared-2-cpus.jsonl")
LOG = Path(".benchmarks/against.jsonl")
NONE = "none"
"""What a user calls a suite without a fault."""

SAVED = (1, 10)
"""Numbers of saved runs that our rule is tried with."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands; ``replay`` if none is named.

    Returns:
        0; 1 when a live run was wrong, or a target missed; 2 when a command could not do its work.
    """
    options = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(options.run(options))
    except (SpeedupError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def run_replay(options: argparse.Namespace) -> int:
    """Print what our rule and those of others make of a recording."""
    with _extra():
        from benchmarks.lab.bencher import BENCHER  # noqa: PLC0415 - an optional group
        from benchmarks.lab.peers import PEERS  # noqa: PLC0415 - likewise
    runs = read_recording(options.recording)
    prepared = [[prepare(name, cell) for name, cell in run.items()] for run in runs]
    contended = contended_cells(prepared)
    others = [{name: run[name] for name in run if name not in contended} for run in runs]
    ours = OurRule(SavedPolicy())
    say(f"{len(runs)} runs of {len(runs[0])} cells, each judged {options.draws} times by others")
    say("", *rules_header())
    for saved in SAVED:
        tallies = replay(runs, ours, saved=saved, draws=options.draws)
        say(rule_row(f"{ours.name}, {saved} saved", tallies))
    for peer in PEERS:
        say(rule_row(peer.name, replay(runs, peer, saved=1, draws=options.draws)))
    for rule in BENCHER:
        tallies_of = replay(runs, rule, saved=SAVED[-1], draws=options.draws)
        say(rule_row(f"{rule.name}, {SAVED[-1]} saved", tallies_of))
    say("", f"Without the contended cells {', '.join(sorted(contended))}:")
    for saved in SAVED:
        uncontended = replay(others, ours, saved=saved, draws=options.draws)
        say(rule_row(f"{ours.name}, {saved} saved", uncontended))
    say("", f"{ours.name}, {SAVED[-1]} saved", *cell_rows(tallies))
    say("", *deviation_rows(measure_deviations(prepared), ours.policy))
    return 0


def run_record(options: argparse.Namespace) -> int:
    """Append runs to a recording."""
    record(options.recording, options.runs, say)
    return 0


def run_faults(options: argparse.Namespace) -> int:
    """Switch on each fault in turn; each time just the right cells must turn red, and say why.

    At last the suite runs as often without any: no cell may claim a cause.
    """
    runs: dict[str, list[LiveRun]] = {}
    with TemporaryDirectory() as folder:
        suite = _prepared(Path("benchmarks/lab/faulty.py"), Path(folder), options.saved)
        for fault in options.fault or [*FAULTS, SOUND]:
            runs[fault] = [suite.gate(fault) for _ in range(options.times)]
            say(*fault_rows(fault, runs[fault]))
    say("", *confusion_rows(runs))
    return int(any(wrong_runs(fault, some) for fault, some in runs.items()))


def run_clean(options: argparse.Namespace) -> int:
    """Judge the suite again and again, its code unchanged: no cell may turn red."""
    red = 0
    with TemporaryDirectory() as folder:
        suite = _prepared(Path("benchmarks"), Path(folder), options.saved)
        for index in range(options.times):
            run = suite.gate()
            red += run.exit_code != 0
            say(f"run {index + 1}: exit code {run.exit_code}; {run.standing}", *run.red)
    say(f"{red} of {options.times} clean runs were not green")
    return int(red > 0)


def run_against(options: argparse.Namespace) -> int:
    """Compare variants of the suite with a commit, live; goes on where it was stopped."""
    with _extra():  # before anything is measured
        from benchmarks.lab import alarms, peers, picture  # noqa: PLC0415 - as above
    options.log.parent.mkdir(parents=True, exist_ok=True)
    names = options.variant or VARIANTS
    runs = read_log(options.log)
    try:
        while (name := next_variant(names, runs, options.share)) is not None:
            runs.append(compare_live(name))
            append_run(options.log, runs[-1])
            outcomes = Counter(cell.outcome.value for cell in runs[-1].cells.values())
            counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
            say(f"{name}: {counts}, {runs[-1].seconds:.0f} s")
    except KeyboardInterrupt:
        say(f"stopped; the same command goes on from {options.log}")
    say("", *alarms.our_rows(runs), "", *alarms.power_rows(runs))
    say("", *alarms.rule_rows(runs, peers.PEERS))
    if options.draw is not None:
        picture.draw(runs, options.draw)
    wrong = [run for run in runs if not VARIANTS[run.variant].parallel and run.red]
    return int(bool(wrong))


def run_escalated(options: argparse.Namespace) -> int:
    """Judge changes of the suite by saved runs and their commit; goes on where it was stopped."""
    with _extra():  # before anything is measured
        from benchmarks.lab import alarms  # noqa: PLC0415 - as above
    options.log.parent.mkdir(parents=True, exist_ok=True)
    runs = escalated.read_log(options.log)
    wanted = escalated.left_to_run(options.change, runs, options.times)
    with TemporaryDirectory() as folder:
        for run in escalated.judged(wanted, Path(folder)):
            runs.append(run)
            escalated.append_run(options.log, run)
            say(escalated.word_run(run))
    say("", *alarms.escalated_rows(runs))
    return int(not all(one.is_right for one in runs))


def run_simulate(options: argparse.Namespace) -> int:
    """Simulate comparisons: what suites of any size come to, and how often the rule errs."""
    with _extra():
        return simulation.run_simulate(options, say)


def run_instructions(_options: argparse.Namespace) -> int:
    """Count the instructions of cells without a fault, again, and with it."""
    instructions.refuse_missing()
    cells = instructions.CASES.values()
    sound, again = (instructions.count(SOUND, cells) for _ in range(2))
    say(instructions.HEADER)
    for fault, cell in instructions.CASES.items():
        faulty = instructions.count(fault, [cell])
        say(instructions.case_row(fault, cell, (sound[cell], again[cell], faulty[cell])))
    return 0


def say(*lines: str) -> None:
    """Print lines as soon as they are known."""
    print(*lines, sep="\n", flush=True)


@contextmanager
def _extra() -> Iterator[None]:
    """Say how to install what an optional group brings."""
    try:
        yield
    except ImportError as error:
        message = (
            f"the rules of others need {error.name}: "
            "python -m pip install --group lab, with pip 25.1 or newer"
        )
        raise SpeedupError(message) from error


def _prepared(path: Path, folder: Path, saved: int) -> LiveSuite:
    suite = LiveSuite(path, folder)
    for _ in range(saved):
        suite.save()
    say(f"{saved} runs saved")
    return suite


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lab", description=__doc__)
    parser.set_defaults(run=run_replay, recording=RECORDING, draws=10)
    commands = parser.add_subparsers(metavar="command")

    replaying = commands.add_parser("replay", help=run_replay.__doc__)
    replaying.add_argument("recording", type=Path, nargs="?", default=RECORDING)
    replaying.add_argument("--draws", type=_positive, default=10, help="baselines for each run")
    replaying.set_defaults(run=run_replay)

    recording = commands.add_parser("record", help=run_record.__doc__)
    recording.add_argument("recording", type=Path)
    recording.add_argument("--runs", type=_positive, default=40)
    recording.set_defaults(run=run_record)

    faults = commands.add_parser("faults", help=run_faults.__doc__)
    faults.add_argument("fault", nargs="*", type=_fault, help=", ".join([*FAULTS, NONE]))
    faults.set_defaults(run=run_faults)
    clean = commands.add_parser("clean", help=run_clean.__doc__)
    clean.set_defaults(run=run_clean)
    for live, times in ((faults, 10), (clean, 20)):
        live.add_argument("--times", type=_positive, default=times)
        live.add_argument("--saved", type=_positive, default=3, help="runs of the baseline")

    against = commands.add_parser("against", help=run_against.__doc__)
    against.add_argument("variant", nargs="*", type=_variant, help=", ".join(VARIANTS))
    against.add_argument("--share", type=float, default=1.0, help="of all runs; 0 only reports")
    against.add_argument("--log", type=Path, default=LOG)
    against.add_argument("--draw", type=Path, help="file for the picture, .svg or .png")
    against.set_defaults(run=run_against)

    escalating = commands.add_parser("escalated", help=run_escalated.__doc__)
    escalating.add_argument("change", nargs="*", help=", ".join(escalated.CHANGES))
    escalating.add_argument("--times", type=int, default=10, help="runs of each; 0 only reports")
    escalating.add_argument("--log", type=Path, default=Path(".benchmarks/escalated.jsonl"))
    escalating.set_defaults(run=run_escalated)

    simulating = commands.add_parser("simulate", help=run_simulate.__doc__)
    simulation.add_options(simulating, RECORDING)
    simulating.set_defaults(run=run_simulate)

    soak = commands.add_parser("soak", help=command.run_soak.__doc__)
    command.add_options(soak)
    soak.set_defaults(run=partial(command.run_soak, say=say))

    counting = commands.add_parser("instructions", help=run_instructions.__doc__)
    counting.set_defaults(run=run_instructions)
    return parser


def _variant(text: str) -> str:
    return _one_of("variant", text, VARIANTS)


def _fault(text: str) -> str:
    return SOUND if text == NONE else _one_of("fault", text, [*FAULTS, NONE])


def _one_of(what: str, text: str, known: Iterable[str]) -> str:
    if text not in known:
        message = f"{text} is not a {what}; there are {', '.join(known)}"
        raise argparse.ArgumentTypeError(message)
    return text


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        message = f"{text} is not a positive number"
        raise argparse.ArgumentTypeError(message)
    return number


if __name__ == "__main__":
    sys.exit(main())
