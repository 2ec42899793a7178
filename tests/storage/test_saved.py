from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import (
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    NO_RULES,
    PARALLEL,
    SERIAL,
    Bound,
    Ceiling,
    CellRules,
    Cpus,
    Floors,
    Round,
    Turn,
)
from pytest_speedup.statistics import read_readings, summarize
from pytest_speedup.storage import (
    from_extra_info,
    from_machine_info,
    load_saved,
    read_rounds,
    read_run,
    run_order,
    to_extra_info,
    to_machine_info,
    write_new,
    write_rounds,
)
from pytest_speedup.storage.saved import read_saved_cell
from tests.samples import MACHINE, make_cell, make_kernel_round, make_round, make_samples

if TYPE_CHECKING:
    from pathlib import Path


def document() -> dict[str, Any]:
    """Make a file as pytest-benchmark saves it, as far as it is read."""
    cell = {
        "fullname": make_cell().id,
        "extra_info": {"speedup": to_extra_info(summarize(make_samples()))},
    }
    foreign = {"fullname": "test_other.py::test_other", "extra_info": {}}
    return {
        "machine_info": {"speedup": to_machine_info(MACHINE)},
        "benchmarks": [cell, foreign],
    }


def saved(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "0001_run.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_the_cells_of_a_run_are_read(tmp_path: Path) -> None:
    """Benchmarks that measure no speedup are passed over."""
    (cell,) = read_run(saved(tmp_path, document()))
    assert (cell.run, cell.cell, cell.machine) == ("0001_run.json", make_cell(), MACHINE)


def test_a_run_of_other_benchmarks_has_no_cells(tmp_path: Path) -> None:
    """A project may save both kinds in one storage, and from before it had this plugin."""
    content = document()
    del content["benchmarks"][0], content["machine_info"]["speedup"]
    assert read_run(saved(tmp_path, content)) == []


def without(*keys: str) -> dict[str, Any]:
    content = document()
    inner: Any = content
    for key in keys[:-1]:
        inner = inner[key]
    del inner[keys[-1]]
    return content


DAMAGED = {
    "truncated": json.dumps(document())[:-40],
    "empty": "",
    "not JSON": "GIF89a",
    "NaN": json.dumps(document()).replace('"cold_start": 0.25', '"cold_start": NaN'),
    "infinity": json.dumps(document()).replace('"cold_start": 0.25', '"cold_start": -Infinity'),
    "a list": "[]",
    "a number": "1",
    "foreign": '{"results": []}',
    "no machine": without("machine_info", "speedup"),
    "no CPUs": without("machine_info", "speedup", "cpus"),
    "older": json.dumps(document()).replace('"version": 1', '"version": 0'),
    "nested without end": "[" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_files_are_refused_by_name(tmp_path: Path, damage: str) -> None:
    """What cannot be understood must not look like a run without cells."""
    path = saved(tmp_path, DAMAGED[damage])
    with pytest.raises(SpeedupError) as error:
        read_run(path)
    message = str(error.value)
    assert message.startswith(f"baseline {path} is ")
    assert "restore it from version control, or remove it and save a new baseline" in message
    assert "\n" not in message


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """A folder stands for whatever the system refuses to read."""
    with pytest.raises(SpeedupError, match=r"cannot be read: .*; check its permissions"):
        read_run(tmp_path)


def written(**changes: object) -> dict[str, Any]:
    document = json.loads(json.dumps(to_extra_info(summarize(make_samples())), allow_nan=False))
    return {**document, **changes}


def test_samples_survive() -> None:
    """What was measured can be read from the file and estimated anew."""
    samples = make_samples()
    assert from_extra_info(samples.cell.id, written()) == samples


@pytest.mark.parametrize(
    "rules",
    [
        NO_RULES,
        CellRules(0.25),
        CellRules(floors=Floors(3.5, 0.5, 4, 100.0, 0.02, 0.05)),
        CellRules(0.1, Floors(peak=2)),
    ],
)
def test_what_a_test_said_of_its_rules_survives(rules: CellRules) -> None:
    """A change is judged by them."""
    info = json.loads(json.dumps(to_extra_info(summarize(make_samples()), rules=rules)))
    assert read_saved_cell("0001", MACHINE, make_cell().id, info).own_rules == rules


@pytest.mark.parametrize(
    "rules", [{"margin": 2}, {"peak": 0}, {"at_least": "3"}, {"p50": -1}, {"p60": 1}, None]
)
def test_rules_that_no_test_can_say_are_damage(rules: object) -> None:
    """They would judge by nothing."""
    with pytest.raises(SpeedupError, match="cannot be read"):
        read_saved_cell("0001", MACHINE, make_cell().id, written(rules=rules))


def test_a_ceiling_from_the_cells_own_rounds_is_stored_once() -> None:
    """The kernel's turns of a computing cell lie in its rounds already."""
    own = Round((*make_round(0.2, 0.1).turns, *make_kernel_round(0.004, 0.0025).turns))
    samples = replace(
        make_samples(),
        rounds=(own,) * 6,
        ceiling=Ceiling(Bound.CPU, (own,) * 6),
        bound=Bound.CPU,
    )
    document = to_extra_info(summarize(samples))
    assert document["ceiling_rounds"] is None
    assert from_extra_info(samples.cell.id, document) == samples


def test_one_worker_has_no_ceiling() -> None:
    """Its ceiling is 1 and was not measured."""
    samples = replace(make_samples(1.0, make_cell("thread", 1)), ceiling=None)
    document = to_extra_info(summarize(samples))
    assert document["ceiling"] is None
    assert from_extra_info(samples.cell.id, document) == samples


def test_the_figures_stand_beside_the_rounds() -> None:
    """Other tools read estimate and efficiency without knowing how they are made."""
    document = written()
    assert document["speedup"]["value"] == pytest.approx(2.0)
    assert document["ceiling"]["value"] == pytest.approx(4.0)
    assert document["efficiency"] == pytest.approx(0.5)
    assert document["cold_start"] == 0.25


def test_a_saved_cell_is_read_without_its_rounds() -> None:
    """A thousand saved runs are compared by their readings, not by all of their rounds."""
    saved = read_saved_cell("0001_x.json", MACHINE, make_cell().id, written(rounds="damaged"))
    assert saved.cell == make_cell()
    assert saved.readings == read_readings(make_samples().rounds)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"version": 0}, "it has version 0, this plugin reads 1"),
        ({"readings": {}}, "'speedup' is missing"),
        ({"bound": "luck"}, "luck"),
        ({"workers": "many"}, "many"),
        (
            {"readings": {"speedup": [math.inf, 0.1], "ceiling": None, "parallel": [0.1, 0.1]}},
            "no reading",
        ),
        (
            {"readings": {"speedup": [0.1, -1], "ceiling": None, "parallel": [0.1, 0.1]}},
            "no reading",
        ),
        ({"readings": {"speedup": "x", "ceiling": None, "parallel": [0.1, 0.1]}}, "cannot be read"),
    ],
)
def test_damaged_cells_are_named(changes: dict[str, object], complaint: str) -> None:
    """The message names the cell and what is wrong with it."""
    with pytest.raises(SpeedupError, match=complaint) as error:
        read_saved_cell("0001_x.json", MACHINE, "test_work[thread-2]", written(**changes))
    assert "test_work[thread-2]" in str(error.value)


def test_damaged_samples_are_named() -> None:
    """The same holds for the raw rounds."""
    with pytest.raises(SpeedupError, match="no round"):
        from_extra_info("test_work[thread-2]", written(rounds="s1.000p"))


@pytest.mark.parametrize("cpus", [Cpus(8, None, None), Cpus(8, 4, 1.5)])
def test_the_machine_survives(cpus: Cpus) -> None:
    """What runs are compared by is what they were measured on."""
    machine = replace(MACHINE, cpus=cpus)
    assert from_machine_info(json.loads(json.dumps(to_machine_info(machine)))) == machine


def test_effective_cpus_are_written_for_other_tools() -> None:
    """The tightest of the limits stands in the file."""
    info = to_machine_info(replace(MACHINE, cpus=Cpus(8, 4, 1.5)))
    assert info["cpus"]["effective"] == 1.5


ARMS = (SERIAL, PARALLEL, KERNEL_SERIAL, KERNEL_PARALLEL)
NANOSECONDS = st.integers(min_value=1, max_value=10**12)


def turns(arm: str) -> st.SearchStrategy[Turn]:
    return NANOSECONDS.map(lambda count: Turn(arm, count / 1e9))


ROUNDS = st.lists(
    st.lists(st.sampled_from(ARMS).flatmap(turns), min_size=1, max_size=6).map(
        lambda list_: Round(tuple(list_))
    ),
    min_size=1,
    max_size=5,
)


def test_the_form_is_the_documented_one() -> None:
    """Whoever reads a saved file by hand finds what the documentation says."""
    rounds = [
        Round((Turn(PARALLEL, 0.004808765), Turn(SERIAL, 0.001288022))),
        Round((Turn(KERNEL_SERIAL, 1.0), Turn(KERNEL_PARALLEL, 2e-9))),
    ]
    assert write_rounds(rounds) == "p4808.765s1288.022 k1000000.000c0.002"


@given(ROUNDS)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_rounds_survive_to_the_nanosecond(rounds: list[Round]) -> None:
    """What is written is read again: arms, order and durations."""
    again = read_rounds(write_rounds(rounds), set())
    assert [[turn.arm for turn in one.turns] for one in again] == [
        [turn.arm for turn in one.turns] for one in rounds
    ]
    written = [turn.seconds for one in again for turn in one.turns]
    assert written == pytest.approx([t.seconds for one in rounds for t in one.turns], abs=1e-9)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no round"),
        ("s1.000p2.000  s1.000p2.000", "no round"),
        ("s1.000p2.00", "no round"),
        ("s1.000x2.000", "no round"),
        ("snan", "no round"),
        ("s-1.000p2.000", "no round"),
        ("s1.000p0.000", "took no time"),
        ("s1.000", "lacks a turn of parallel or serial"),
    ],
)
def test_damaged_rounds_are_refused(text: str, complaint: str) -> None:
    """Half a round is no round: it would pair the wrong turns."""
    with pytest.raises(ValueError, match=complaint):
        read_rounds(text, {SERIAL, PARALLEL})


NAMES = ["0999_a.json", "1000_a.json", "9999_a.json", "10000_a.json", "10001_a.json"]


def document_of_numbers() -> dict[str, Any]:
    info = to_extra_info(summarize(make_samples()))
    return {
        "machine_info": {"speedup": to_machine_info(MACHINE)},
        "benchmarks": [{"fullname": make_cell().id, "extra_info": {"speedup": info}}],
    }


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A storage with runs of four digits and of five, and a file that is no run."""
    monkeypatch.setattr("pytest_speedup.storage.saved.get_machine_id", lambda: "machine")
    folder = tmp_path / "machine"
    folder.mkdir()
    for name in [*NAMES, "2026 notes_of.json"]:
        (folder / name).write_text(json.dumps(document_of_numbers()) if name in NAMES else "no run")
    return tmp_path


def runs(storage: Path, choice: str | None = None) -> list[str]:
    return [one.run for one in load_saved(str(storage), choice).get(make_cell().id, [])]


def test_numbers_go_on_beyond_four_digits(tmp_path: Path) -> None:
    """The ten thousandth run takes the place of none, and neither does the next."""
    (tmp_path / "9999_old.json").touch()
    names = [write_new(tmp_path, "_new.json", b"{}").name for _ in range(3)]
    assert names == ["10000_new.json", "10001_new.json", "10002_new.json"]


def test_all_runs_are_read_oldest_first(storage: Path) -> None:
    """As text 10000 would come before 9999, and the last ten would be others."""
    assert runs(storage) == NAMES


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ("1000", ["1000_a.json"]),
        ("10000", ["10000_a.json"]),
        ("9999_a", ["9999_a.json"]),
        ("machine/*_a", NAMES),
        ("0002", []),
    ],
)
def test_a_number_chooses_one_run(storage: Path, choice: str, chosen: list[str]) -> None:
    """The beginning of another number is another run."""
    assert runs(storage, choice) == chosen


def test_runs_are_ordered_by_number() -> None:
    """What has no number comes first."""
    assert sorted([*reversed(NAMES), "other.json"], key=run_order) == ["other.json", *NAMES]


def test_a_storage_that_is_no_folder_is_refused() -> None:
    """Runs that are elsewhere are not read, and must not look like none."""
    with pytest.raises(SpeedupError, match="saved runs are compared with where they are files"):
        load_saved("elasticsearch+http://localhost/index/type")
