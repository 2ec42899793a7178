"""``python -m pytest_speedup compare``: saved runs in, a verdict out, and nothing is run."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_speedup import reports
from pytest_speedup.__main__ import main
from pytest_speedup.gate import NOT_GREEN
from pytest_speedup.model import MARK
from tests.stacks import COUNTS, make_stack
from tests.stored import PLATFORM, PROCESS, THREAD, run_of, save

GOOD = {"serial-1": 1.0, "thread-2": 2.0, "process-2": 1.5}
LOST = GOOD | {"thread-2": 1.0}
SCHEMA = json.loads(Path(reports.__file__).with_name("schema.json").read_text("utf-8"))
WRONG_USAGE = 4
FAIL = "--fail=10%"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path / ".benchmarks"


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Compare, and read what is printed as JSON."""
    capsys.readouterr()
    main(["compare", "--json", *arguments])
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def outcomes(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    cells = document(capsys, FAIL, *arguments)["cells"]
    return {one["id"]: one["verdict"]["outcome"] for one in cells if one["verdict"]}


def test_the_newest_run_is_judged_by_those_before_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A loss of a half is red, in the words of the gate, and with its exit code."""
    for day in (1, 2, 3):
        save(folder, GOOD, day)
    save(folder, LOST, 4)
    assert main(["compare", FAIL]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "now: 1 saved run, 0004 of 040404040404, 2026-11-04T12:00"
    assert lines[1] == "RED: 1 of 2 cells regressed: work[thread-2] (2.00x -> 1.00x)"
    assert lines[2] == "compared with 3 saved runs, last 0003 of 030303030303, 2026-11-03T12:00"
    assert lines[3].split() == ["cell", "saved", "now", "change", "margin", "outcome"]
    assert lines[-2] == "speedup gate: 1 passed, 1 regressed"
    assert lines[-1].startswith("speedup: exit code 1: a cell regressed")


def test_the_same_code_is_green(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And serial code is what the others are held against."""
    for day in (1, 2):
        save(folder, GOOD, day)
    assert main(["compare", FAIL]) == 0
    out = capsys.readouterr().out
    assert "GREEN: 1 of 2 cells decided, all passed; 1 inconclusive" in out
    assert "exit code" not in out
    assert main(["compare", FAIL, "--strict"]) == NOT_GREEN


def test_the_newest_is_told_by_date(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each platform counts its own runs."""
    save(folder, LOST, 9, platform="Linux-Other")
    for day in (1, 2):
        save(folder, GOOD, day)
    assert outcomes(capsys)[THREAD] == "regressed"


def test_what_somebody_names_is_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """First what it is compared with, then what is judged; alone the newest is."""
    for day, speedups in enumerate((GOOD, GOOD, GOOD, LOST), 1):
        save(folder, speedups, day)
    assert outcomes(capsys, "0001", "0002")[THREAD] == "passed"
    assert outcomes(capsys, "0001", "0004")[THREAD] == "regressed"
    assert outcomes(capsys, "0004", "0002")[THREAD] != "regressed"
    assert outcomes(capsys, "0003")[THREAD] == "regressed"


def test_names_are_those_of_pytest_benchmark(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers of all platforms, wildcards, and a platform before a slash."""
    for day in (1, 2, 3):
        save(folder, GOOD, day)
    save(folder, GOOD, 4, platform="Linux-Other")
    save(folder, GOOD, 5)

    def compared(name: str) -> str:
        return str(document(capsys, FAIL, name)["baseline"]).partition(",")[0]

    assert compared("0001") == "2 saved runs"
    assert compared(f"{PLATFORM}/0001") == "1 saved run"
    assert compared("*_run") == "4 saved runs"
    assert compared(f"{PLATFORM}/*") == "3 saved runs"
    assert compared("000[12]*") == "3 saved runs"


def test_files_may_lie_anywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As --benchmark-json writes them, with the same name, and no storage at all."""
    for name, day, speedups in (("base", 1, GOOD), ("head", 2, LOST)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps(run_of(speedups, day)))
    files = ["base/run.json", str(tmp_path / "head" / "run.json")]
    assert main(["compare", *files, FAIL]) == 1
    assert "RED: 1 of 2 cells regressed" in capsys.readouterr().out
    assert not (tmp_path / ".benchmarks").exists()


def test_cells_of_one_run_alone_are_new_or_missing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing is red unless it is allowed or acknowledged."""
    save(folder, GOOD, 1)
    save(folder, {"thread-2": 2.0, "thread-4": 3.0}, 2)
    assert main(["compare", FAIL]) == NOT_GREEN
    out = capsys.readouterr().out
    assert "NOT GREEN: 2 of 3 cells missing: work[serial-1], work[process-2]" in out
    assert "speedup gate: 1 passed, 1 new, 2 missing" in out
    assert main(["compare", FAIL, "--allow=missing"]) == 0
    assert main(["compare", FAIL, "-k", "thread"]) == 0


@pytest.mark.parametrize("more", [[], ["--allow=missing"], ["--allow=missing,incomparable"]])
def test_nothing_in_common_is_no_green(folder: Path, more: list[str]) -> None:
    """Whatever is allowed, and where no loss fails as well."""
    save(folder, {"thread-2": 2.0}, 1)
    save(folder, {"thread-4": 2.0}, 2)
    assert main(["compare", FAIL, *more]) == NOT_GREEN
    assert main(["compare", *more]) == NOT_GREEN


def test_serial_code_alone_is_no_green(folder: Path) -> None:
    """Nobody judged anything."""
    for day in (1, 2):
        save(folder, {"serial-1": 1.0}, day)
    assert main(["compare", FAIL]) == NOT_GREEN
    assert main(["compare"]) == NOT_GREEN


def test_without_a_margin_changes_are_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no loss fails, be it as large as it likes."""
    save(folder, GOOD, 1)
    save(folder, {"thread-2": 1.0, "thread-4": 3.0}, 2)
    assert main(["compare"]) == 0
    out = capsys.readouterr().out
    assert "2 cells measured; no loss fails: --speedup-fail=LOSS would judge" in out
    assert re.search(r"work\[thread-2\] +2\.00x +1\.00x +-50 % \(-\d+ to -\d+\)", out)
    assert "work[thread-4]: new, no baseline has it" in out
    assert "work[process-2]: missing, a baseline has it, this run does not" in out
    assert "speedup gate" not in out


LOST_FROM = 4
"""The day of the first run that lost, of those that tell how runs differ."""


def test_one_run_alone_confirms_no_small_loss(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has one pool of workers; the loss that several runs show is sure."""
    for day in range(1, 7):
        save(folder, GOOD if day < LOST_FROM else GOOD | {"thread-2": 1.7}, day)
    assert main(["compare", "0003", "0004", FAIL]) == NOT_GREEN
    out = capsys.readouterr().out
    assert "1 of 2 cells unconfirmed: work[thread-2] (2.00x -> 1.70x)" in out
    assert "one saved run, which has one pool of workers, is not enough to be sure" in out
    assert main(["compare", "0003", "000[4-6]*", FAIL]) == 1
    assert "RED: 1 of 2 cells regressed" in capsys.readouterr().out


def test_a_cell_that_only_an_older_run_has_is_missing(folder: Path) -> None:
    """Runs beside the last one are more blocks of it, and take nothing from it."""
    for day, speedups in enumerate((GOOD, GOOD, {"thread-2": 2.0}), 1):
        save(folder, speedups, day)
    assert main(["compare", "0001", "000[23]*", FAIL]) == NOT_GREEN


def test_another_machine_cannot_be_compared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What differs is named; nor are its blocks those of the run that is judged."""
    save(folder, GOOD, 1)
    save(folder, GOOD, 2, cpu_model="Abacus")
    assert main(["compare", FAIL]) == NOT_GREEN
    assert "incomparable, the baseline is of another kind: CPU model" in capsys.readouterr().out
    assert main(["compare", FAIL, "--allow=incomparable"]) == NOT_GREEN
    save(folder, LOST, 3, cpu_model="Abacus")
    save(folder, GOOD, 4)
    assert outcomes(capsys, "0001", "000[34]*")[THREAD] == "passed"


def test_more_pools_are_red_whatever_the_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As saved runs have counted them."""
    one, more = ((make_stack({}, replace(COUNTS, pools=pools)),) * 3 for pools in (1, 9))
    save(folder, GOOD, 1, stacks=one)
    save(folder, GOOD, 2, stacks=more)
    assert main(["compare", FAIL]) == 1
    assert "pools created 9 instead of 1" in capsys.readouterr().out


def test_an_acknowledged_loss_passes(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until it has expired, which is wrong usage, as in the gate."""
    save(folder, GOOD | {"thread-3": 2.0}, 1)
    save(folder, {"thread-2": 1.0, "thread-3": 2.0}, 2)
    entries = tmp_path / "speedup-acknowledged.toml"

    def acknowledge(until: str) -> None:
        entries.write_text(
            "".join(
                f'[[acknowledged]]\ncell = "{cell}"\nreason = "reviewed"\nuntil = {until}\n'
                for cell in (THREAD, PROCESS, THREAD.replace("thread-2", "serial-1"))
            )
        )

    acknowledge(str(dt.datetime.now(tz=dt.timezone.utc).date() + dt.timedelta(days=20)))
    assert main(["compare", FAIL]) == 0
    assert "acknowledged: reviewed" in capsys.readouterr().out
    acknowledge("2020-01-01")
    assert main(["compare", FAIL]) == WRONG_USAGE
    assert "expired on 2020-01-01" in capsys.readouterr().err


def test_a_run_that_begins_a_baseline_is_compared_where_it_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its loss is the norm from then on; what was before it counts no longer."""
    save(folder, GOOD, 1)
    save(folder, LOST, 2, begins=True)
    assert outcomes(capsys) == {THREAD: "new", PROCESS: "new"}
    assert main(["compare", FAIL]) == NOT_GREEN
    assert outcomes(capsys, "0001")[THREAD] == "regressed"
    save(folder, LOST, 3)
    assert outcomes(capsys)[THREAD] == "passed"


def test_the_report_is_that_of_a_run(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what was measured, the speedups of the saved runs, and the exit code."""
    for day, speedups in enumerate((GOOD, GOOD, LOST), 1):
        save(folder, speedups, day)
    assert main(["compare", FAIL, "--report=all/s.md,s.json,s.html"]) == 1
    assert capsys.readouterr().out.count("speedup report: ") == 3
    assert (tmp_path / "all" / "s.md").read_text("utf-8").startswith(f"{MARK}\n**RED: 1 of 2")
    assert "RED: 1 of 2 cells regressed" in (tmp_path / "s.html").read_text("utf-8")
    report = json.loads((tmp_path / "s.json").read_text("utf-8"))
    jsonschema.validate(report, SCHEMA)
    (cell,) = (one for one in report["cells"] if one["id"] == THREAD)
    assert (cell["saved_speedups"], cell["verdict"]["red"]) == (pytest.approx([2.0, 2.0]), True)
    assert cell["measurement"]["speedup"]["value"] == pytest.approx(1.0)
    assert (report["gate"]["exit_code"], report["commit"]) == (1, "03" * 20)
    assert report["workloads"][0]["seconds"] > 0


def test_json_is_all_that_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the changes where nothing is judged; what to do next goes elsewhere."""
    save(folder, GOOD, 1)
    save(folder, LOST, 2)
    assert main(["compare", FAIL, "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["gate"]["kind"] == "RED"
    assert printed.err.startswith("speedup: exit code 1: ")
    cells = {one["id"]: one for one in document(capsys)["cells"]}
    change = cells[THREAD]["saved_change"]
    assert cells[THREAD]["verdict"] is None
    assert (change["before"], change["speedup"]) == (pytest.approx(2.0), pytest.approx(1.0))
    assert change["change"]["value"] == pytest.approx(0.5)


def test_changes_are_in_every_report(tmp_path: Path, folder: Path) -> None:
    """Where nothing is judged, too."""
    save(folder, GOOD, 1)
    save(folder, {"thread-2": 1.0}, 2)
    assert main(["compare", "--report=s.md,s.html"]) == 0
    for name in ("s.md", "s.html"):
        text = (tmp_path / name).read_text("utf-8")
        assert "-50 % (" in text, name
        assert "missing: a baseline has it, this run does not" in text, name
        assert "no loss fails" in text, name


def test_a_report_that_cannot_be_written_is_no_pass(tmp_path: Path, folder: Path) -> None:
    """Who asked for it would find that of an earlier run there."""
    for day in (1, 2):
        save(folder, {"thread-2": 2.0}, day)
    (tmp_path / "s.json").mkdir()
    (tmp_path / "s.json" / "kept").touch()
    assert main(["compare", FAIL]) == 0
    assert main(["compare", FAIL, "--report=s.json"]) == NOT_GREEN
    assert main(["compare", "--report=s.json"]) == NOT_GREEN


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fail=often"], "the accepted loss lies between 0 and 100 %"),
        (["--fail="], "the accepted loss lies between 0 and 100 %"),
        (["9999"], "9999 is no saved run in file://./.benchmarks: name a number such as 0001"),
        (["0001", "none.json"], "none.json is no saved run"),
        (["a/b/c"], "a/b/c is no saved run: name a number such as 0001, a file that is there"),
        (["/nowhere"], "/nowhere is no saved run"),
        ([""], "is no saved run"),
        (["0002"], "0002_run.json is what is judged, and 0002 is nothing else"),
        (["0001", "0001"], "0001_run.json is what is judged, and 0001 is nothing else"),
        (["--storage=elsewhere"], "elsewhere has no saved cells; save runs with pytest"),
        (["--storage=s3://u:secret@bucket"], "got s3://***@bucket"),
        (["--report=s.txt"], "end in .html, .md, .json; got s.txt"),
        (["--allow=passed"], "unknown outcome passed; choose from missing"),
        (["--allow=same"], "same is for a comparison with a commit"),
        (["-k", "nothing"], "-k: no cell of these runs has nothing in its name"),
    ],
)
def test_wrong_usage_is_refused(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """In one line, with the exit code of pytest; nothing is made."""
    for day in (1, 2):
        save(folder, GOOD, day)
    assert main(["compare", FAIL, *arguments]) == WRONG_USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line.replace("'", "")
    assert [one.name for one in tmp_path.iterdir()] == [".benchmarks"]


def test_an_unknown_option_is_wrong_usage_too(capsys: pytest.CaptureFixture[str]) -> None:
    """As of pytest: 2 is an interrupted run."""
    assert main(["compare", "--nothing"]) == WRONG_USAGE
    assert "unrecognized arguments: --nothing" in capsys.readouterr().err


def test_a_report_does_not_go_over_a_saved_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be gone."""
    path = save(folder, GOOD, 1)
    save(folder, GOOD, 2)
    assert main(["compare", f"--report={path}"]) == WRONG_USAGE
    assert "is a saved run: give the report another name" in capsys.readouterr().err


def test_one_run_has_nothing_before_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And is not green for that."""
    save(folder, GOOD, 1)
    assert main(["compare", FAIL]) == WRONG_USAGE
    assert "0001_run.json is what is judged, and no saved run is before it" in (
        capsys.readouterr().err
    )


def test_a_damaged_run_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rather than left out, be it one of history alone."""
    path = save(folder, GOOD, 1)
    for day in (2, 3):
        save(folder, GOOD, day)
    path.write_text(path.read_text()[:100])
    for arguments in ([], ["0002", "0003"], ["0001"]):
        assert main(["compare", FAIL, *arguments]) == WRONG_USAGE
        (line,) = capsys.readouterr().err.splitlines()
        assert "0001_run.json is damaged" in line


def test_rounds_are_read_as_strictly(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are shown, and not compared."""
    save(folder, GOOD, 1)
    path = save(folder, GOOD, 2)
    saved = json.loads(path.read_text())
    saved["benchmarks"][1]["extra_info"]["speedup"]["rounds"] = "s1.000"
    path.write_text(json.dumps(saved))
    assert main(["compare", FAIL]) == WRONG_USAGE
    assert "0002_run.json is damaged" in capsys.readouterr().err


def test_a_newest_run_without_cells_is_no_pass(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cells that are red are not saved: what is left of such a run is nothing to vouch for."""
    for day in (1, 2):
        save(folder, {"thread-2": 2.0}, day)
    save(folder, {}, 3)
    assert main(["compare", FAIL]) == WRONG_USAGE
    assert "0003_run.json was saved after 0002_run.json and has no cells" in capsys.readouterr().err
    assert main(["compare", "0001", "0003", FAIL]) == WRONG_USAGE
    assert "'0003' has no cells of speedup" in capsys.readouterr().err
    assert main(["compare", "0001", "000[23]*", FAIL]) == WRONG_USAGE
    assert "0003_run.json has no cells of speedup, and is to be judged" in capsys.readouterr().err
    assert main(["compare", "0001", "0002", FAIL]) == 0
    assert main(["compare", "000[13]*", "0002", FAIL]) == 0


def test_a_database_without_its_library_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    monkeypatch.setattr("pytest_speedup.storage.places.find_spec", lambda _name: None)
    assert main(["compare", "--storage=elasticsearch+http://localhost/i/t"]) == WRONG_USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert "needs elasticsearch: python -m pip install 'pytest-benchmark[elasticsearch]'" in line


def test_the_names_of_pytest_do_as_well(folder: Path) -> None:
    """What an outcome says to do can be done."""
    save(folder, GOOD, 1)
    save(folder, {"thread-2": 2.0}, 2)
    same = ["--benchmark-storage=.benchmarks", "--speedup-fail=10%", "--speedup-allow=missing"]
    assert main(["compare", *same, "--speedup-strict", "--speedup-report="]) == 0
