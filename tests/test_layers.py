"""The rules of who may import whom."""

from __future__ import annotations

import ast
import graphlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_benchmark

import pytest_speedup

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = Path(pytest_speedup.__file__).parent
ALLOWED = {
    "errors": "",
    "documents": "",
    "model": "",
    "clock": "",
    "platforms": "errors",
    "executors": "documents errors platforms",
    "statistics": "model",
    "measurement": "clock documents errors executors model platforms",
    "losses": "clock documents executors measurement model statistics",
    "gate": "losses model statistics",
    "storage": "documents errors losses model platforms statistics",
    "reports": "errors losses model statistics",
    "github": "documents errors model",
    "parsing": "documents errors executors model reports",
    "comparing": "documents errors executors gate losses merging model parsing reports statistics "
    "storage",
    "merging": "errors gate model reports storage",
    "against": "documents errors executors gate losses measurement model platforms statistics",
    "__main__": "comparing errors gate github merging parsing reports storage",
}
"""Who may import whom; only the plugin, which wires all, may import any."""

LAYERS = ("plugin", *(one for one in ALLOWED if one != "__main__"))

COMPUTING = {"statistics", "random", "numpy"}
"""What reports have no need of: they lay out what was computed."""

LAB = ROOT / "benchmarks" / "lab"
ACTIONS = ROOT / ".github" / "actions" / "speedup_actions"
INSIDE_PYTEST = {"scale.py", "proof_cost.py"}
"""Load saved runs as the plugin does, or time its parts."""

HELD = {"model": {"pytest_speedup.losses.stack", "pytest_speedup.losses.explanation"}}
"""What a layer names for types alone: values of a cell and of its verdict hold where time went."""

WORKER_SIDE = {"__init__.py", "recorded_task.py"}
"""What workers import of losses, and of nothing else here but the clock."""

RECORDS = {"recording.py", "wire.py"}
"""What runs workloads, of losses; the rest of them is pure."""

PURE = ("model", "statistics", "gate")
IMPURE = {"pytest", "pytest_benchmark", "time", "os", "pathlib", "io", "datetime", "random"}
MAX_LINES = 500


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Names of all modules that a file imports, in functions and for types only as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{path}: imports are absolute"
            if node.module == "pytest_speedup":
                yield from (f"pytest_speedup.{alias.name}" for alias in node.names)
            else:
                yield node.module


def packages(path: Path) -> set[str]:
    """Top-level packages that a file imports."""
    return {one.partition(".")[0] for one in imports(path)}


def own_layers(path: Path) -> set[str]:
    """Layers of this project that a file imports."""
    own = {one for one in imports(path) if one.startswith("pytest_speedup.")}
    held = HELD.get(layer_of(path), set()) if path.is_relative_to(PACKAGE) else set()
    return {one.split(".")[1] for one in own - held}


def imported_to_run(path: Path) -> set[str]:
    """Names of all modules that a file imports when it is imported itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        str(one.module) if isinstance(one, ast.ImportFrom) else one.names[0].name
        for one in tree.body
        if isinstance(one, ast.Import | ast.ImportFrom)
    }


def may_import(layer: str) -> set[str]:
    return {*LAYERS} if layer == "plugin" else {layer, *ALLOWED[layer].split()}


def test_every_module_belongs_to_a_layer() -> None:
    """A new top-level part of the package must be given its place here."""
    assert {layer_of(path) for path in modules()} == {*LAYERS, "__main__", "__init__"}


def test_layers_import_whom_they_may() -> None:
    """A value never knows who stores, judges or shows it, and a report not who judged."""
    inner = [path for path in modules() if layer_of(path) != "__init__"]
    wrong = {name(path): own_layers(path) - may_import(layer_of(path)) for path in inner}
    assert {path: layers for path, layers in wrong.items() if layers} == {}


def test_whom_a_layer_may_import_it_does() -> None:
    """A pair that nobody needs any more is not kept open."""
    used = {layer: set[str]() for layer in ALLOWED}
    for path in modules():
        if layer_of(path) in used:
            used[layer_of(path)] |= own_layers(path) - {layer_of(path)}
    assert used == {layer: {*others.split()} for layer, others in ALLOWED.items()}


def test_the_flow_goes_one_way() -> None:
    """No layer reaches itself by way of another."""
    order = list(
        graphlib.TopologicalSorter({a: b.split() for a, b in ALLOWED.items()}).static_order()
    )
    assert len(order) == len(ALLOWED)


def test_reports_compute_nothing() -> None:
    """They get what was estimated, judged and explained, and name values of it for types alone."""
    reports = [path for path in modules() if layer_of(path) == "reports"]
    assert [name(path) for path in reports if packages(path) & COMPUTING] == []
    run = {one for path in reports for one in imported_to_run(path)}
    assert not any(one.startswith("pytest_speedup.statistics") for one in run)


def test_what_a_layer_holds_of_a_higher_one_it_names_for_types_alone() -> None:
    """It could be imported without that."""
    for layer, held in HELD.items():
        own = [path for path in modules() if layer_of(path) == layer]
        assert held <= {one for path in own for one in imports(path)}
        assert [name(path) for path in own if imported_to_run(path) & held] == []


def test_workers_import_little_to_record() -> None:
    """Each of them has to, before what is recorded begins."""
    for path in (PACKAGE / "losses" / one for one in WORKER_SIDE):
        own = {one for one in imported_to_run(path) if one.startswith("pytest_speedup")}
        light = {f"pytest_speedup.losses.{one.removesuffix('.py')}" for one in WORKER_SIDE}
        assert own <= {*light, "pytest_speedup.clock"}, name(path)


def test_only_the_plugin_imports_pytest() -> None:
    """Measurement and verdict serve a script, or another process, as well as pytest."""
    rest = [path for path in modules() if layer_of(path) != "plugin"]
    assert [name(p) for p in rest if packages(p) & {"pytest", "_pytest"}] == []
    others = [name(p) for p in rest if "pytest_benchmark" in packages(p)]
    # They find files where it saved them, and open its database.
    assert others == ["pytest_speedup/storage/places.py", "pytest_speedup/storage/saved.py"]


ADAPTER = "pytest_speedup/plugin/benchmark.py"


def test_one_file_of_the_plugin_knows_how_pytest_benchmark_is_made() -> None:
    """Another release of it changes one file."""
    inside = [path for path in modules() if layer_of(path) == "plugin"]
    assert [name(p) for p in inside if "pytest_benchmark" in packages(p)] == [ADAPTER]
    used = {name(path): foreign_private_names(path) for path in modules()}
    private = private_names(Path(pytest_benchmark.__file__).parent)
    assert {path for path, names in used.items() if names & private} == {ADAPTER}
    assert used[ADAPTER] <= private


def private_names(folder: Path) -> set[str]:
    """Private names of attributes that a package has."""
    nodes = [
        node
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]
    names = {one.attr for one in nodes if isinstance(one, ast.Attribute)}
    names |= {one.name for one in nodes if isinstance(one, ast.FunctionDef)}
    return {one for one in names if is_private(one)}


def foreign_private_names(path: Path) -> set[str]:
    """Private names that a file takes from something else than itself, as attribute or as text."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    taken = {
        one.attr
        for one in nodes
        if isinstance(one, ast.Attribute)
        and not (isinstance(one.value, ast.Name) and one.value.id in ("self", "cls"))
    }
    taken |= {
        one.value
        for one in nodes
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.isidentifier()
    }
    return {one for one in taken if is_private(one)}


def is_private(name: str) -> bool:
    return re.fullmatch("_[a-z]+(_[a-z]+)*", name) is not None


def test_nothing_is_started_by_the_name_of_a_higher_layer() -> None:
    """Text that names a module is an import, too: who starts something is told what."""
    named = re.compile(rf"pytest_speedup\.({'|'.join(LAYERS)})\b")
    wrong = {
        name(path): [found for found in named.findall(text) if found not in may_import(layer)]
        for path in modules()
        for layer, text in [(layer_of(path), " ".join(texts(path)))]
        if layer != "__init__"
    }
    assert {path: found for path, found in wrong.items() if found} == {}


def texts(path: Path) -> Iterator[str]:
    """All texts of a file but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = list(ast.walk(tree))
    docs = {ast.get_docstring(one, clean=False) for one in nodes if isinstance(one, documented)}
    constants = (one.value for one in nodes if isinstance(one, ast.Constant))
    yield from (one for one in constants if isinstance(one, str) and one not in docs)


def test_the_laboratory_uses_any_layer_but_the_plugin() -> None:
    """What it measures is what users measure, and pytest runs in processes of its own."""
    lab = sorted(LAB.rglob("*.py"))
    assert {path.name for path in lab if "plugin" in own_layers(path)} == INSIDE_PYTEST
    assert [path.name for path in lab if packages(path) & {"pytest_benchmark"}] == ["peers.py"]


def test_the_actions_need_little_of_the_package() -> None:
    """They run from their own commit, with the standard library alone."""
    used = set().union(*map(own_layers, sorted(ACTIONS.rglob("*.py"))))
    assert used <= {"documents", "errors", "github", "model"}


def test_nothing_of_the_package_knows_what_stands_beside_it() -> None:
    """Users do not have it."""
    outside = {"benchmarks", "workloads", "tests", "examples", "speedup_actions"}
    assert [name(path) for path in modules() if packages(path) & outside] == []


def test_values_statistics_and_verdict_are_pure() -> None:
    """The same numbers give the same verdict: no clock, no file, no chance."""
    pure = [path for path in modules() if layer_of(path) in PURE]
    assert [name(path) for path in pure if packages(path) & IMPURE] == []


def test_losses_are_found_and_explained_by_pure_functions() -> None:
    """The same traces give the same losses and words: nothing there runs, waits or reads."""
    impure = {*WORKER_SIDE, *RECORDS}
    pure = [path for path in (PACKAGE / "losses").glob("*.py") if path.name not in impure]
    assert {"kinds.py", "trace.py", "stack.py", "explanation.py"} <= {path.name for path in pure}
    for path in pure:
        assert not packages(path) & IMPURE, name(path)
        assert own_layers(path) <= {"documents", "model", "statistics", "losses"}, name(path)
        used = {one.rpartition(".")[2] for one in imports(path) if ".losses." in one}
        assert not {f"{one}.py" for one in used} & impure, name(path)


def test_one_file_reads_the_clock() -> None:
    """Every duration of a run is of the same kind."""
    clocks = ("perf_counter", "monotonic", "process_time", "thread_time", "time.time")
    readers = {
        name(path)
        for path in modules()
        if any(f"time.{clock}" in path.read_text("utf-8") for clock in clocks)
    }
    # The plugin compares pytest-benchmark's choice of a timer with the only right one.
    assert readers == {"pytest_speedup/clock.py", "pytest_speedup/plugin/refusals.py"}


def test_storage_alone_knows_the_keys_of_saved_files() -> None:
    """Another file format would change one folder."""
    keys = ('["benchmarks"]', '["extra_info"]', '["fullname"]', '["machine_info"]')
    users = {layer_of(p) for p in modules() if any(k in p.read_text("utf-8") for k in keys)}
    assert users == {"storage"}


def test_workloads_need_the_standard_library_only() -> None:
    """A workload runs wherever Python does; of this project it sees what users name."""
    workloads = sorted((ROOT / "workloads").glob("*.py"))
    public = {f"pytest_speedup.{one}" for one in pytest_speedup.__all__}
    used = {one for path in workloads for one in imports(path)}
    assert {one for one in used if one.startswith("pytest_speedup")} <= public
    assert not set().union(*map(packages, workloads)) & {"pytest", "rich", "xdist"}


def test_files_hold_one_idea() -> None:
    """A file that outgrows a few screens has two ideas."""
    files = [*modules(), *LAB.rglob("*.py"), *ACTIONS.rglob("*.py")]
    lengths = {str(path): len(path.read_text("utf-8").splitlines()) for path in files}
    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}
