"""What package and laboratory may never do, whatever calls it: read from its code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.test_layers import ACTIONS, LAB, PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

TREES = {
    path.relative_to(root).as_posix(): ast.parse(path.read_text("utf-8"))
    for root, top in ((PACKAGE, PACKAGE), (LAB.parent, LAB), (ACTIONS.parent, ACTIONS))
    for path in sorted(top.rglob("*.py"))
}

SHELLS = {
    *("os.system", "os.popen", "os.spawnl", "os.spawnlp", "os.execl", "os.execlp"),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell"),
}
CODE = {"eval", "exec", "compile", "__import__"}
PICKLES = {"pickle.load", "pickle.loads", "pickle.Unpickler", "ForkingPickler.loads"}
OTHERS = {
    *("marshal.load", "marshal.loads", "shelve.open", "yaml.load", "yaml.unsafe_load"),
    *("jsonpickle.decode", "dill.load", "dill.loads", "joblib.load", "numpy.load", "np.load"),
    *("tempfile.mktemp", "os.tempnam"),
}
ARCHIVES = {"zipfile", "tarfile", "gzip", "bz2", "lzma", "zlib", "shutil.unpack_archive"}
PARSERS = {"json.load", "json.loads", "tomllib.load", "tomllib.loads", "tomli.loads"}
"""Which have no bounds of their own."""

UNPICKLING = {
    "executors/dask.py": "tasks of this run put these bytes into the queue",
    "executors/mpi.py": "a worker takes its lock from the pytest that started it",
    "losses/wire.py": "bytes that this process has just made, to time it",
}
"""Files that unpickle, and why that runs no code that does not run anyway."""

READING_ARCHIVES = {
    "against/declared.py": "the metadata of a wheel that was built here, no more than the bounds",
    "lab/layouts/real.py": "source distributions that the laboratory downloads",
}
"""Files that look into an archive, and what they read."""

PARSING = {"documents.py": "the bounds"}
"""Files that parse."""

WORDS = (ast.List, ast.ListComp, ast.Tuple)

STARTING = {"run", "Popen", "call", "check_call", "check_output"}


def name_of(node: ast.expr) -> str:
    """Name what is called, such as ``os.system``."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def files_that_call(names: set[str]) -> set[str]:
    return {
        path
        for path, tree in TREES.items()
        if any(name_of(one.func) in names for one in calls(tree))
    }


def modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_search_finds_what_it_looks_for() -> None:
    """A rule that cannot be broken holds nothing."""
    tree = ast.parse(
        "import os, tarfile\nos.system('x')\nexec('y')\nsubprocess.run('z', shell=True)"
    )
    assert {name_of(one.func) for one in calls(tree)} == {"os.system", "exec", "subprocess.run"}
    assert "tarfile" in set(modules(tree))
    with pytest.raises(AssertionError):
        check_starts(tree)


@pytest.mark.parametrize("names", [SHELLS, CODE, OTHERS], ids=["shell", "code", "others"])
def test_nothing_runs_a_text(names: set[str]) -> None:
    """Neither as a command of a shell nor as Python, nor by reading an object from a file."""
    assert files_that_call(names) == set()


def test_none_of_these_is_imported_by_its_own_name() -> None:
    """So that the calls are found by the names above."""
    forbidden = {*SHELLS, *PICKLES, *OTHERS, *PARSERS}
    found = {path: forbidden & set(modules(tree)) for path, tree in TREES.items()}
    assert {path: names for path, names in found.items() if names} == {}


def test_objects_are_unpickled_from_own_processes_only() -> None:
    """No file and no answer of a base is among them."""
    assert files_that_call(PICKLES) == UNPICKLING.keys()


def test_documents_are_parsed_within_bounds() -> None:
    """In one place."""
    assert files_that_call(PARSERS) == PARSING.keys()


def test_no_archive_is_unpacked() -> None:
    """So that none can put a file anywhere; one file is read within bounds."""
    found = {path for path, tree in TREES.items() if ARCHIVES & set(modules(tree))}
    assert found == READING_ARCHIVES.keys()
    assert files_that_call({"shutil.unpack_archive"}) == set()


def check_starts(tree: ast.AST) -> None:
    """Processes are started from a list of words, or from a name that is only ever one."""
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    lists = {
        ast.unparse(target)
        for node in assigned
        for target in node.targets
        if isinstance(node.value, WORDS)
    } - {
        ast.unparse(target)
        for node in assigned
        for target in node.targets
        if not isinstance(node.value, WORDS)
    }
    lists |= {
        each.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.arguments)
        for each in (*node.args, *filter(None, [node.vararg]))
        if each is node.vararg or ast.unparse(each.annotation or each) == "list[str]"
    }
    for one in calls(tree):
        owner, _, name = name_of(one.func).rpartition(".")
        if owner != "subprocess" or name not in STARTING:
            continue
        assert isinstance(one.args[0], WORDS) or ast.unparse(one.args[0]) in lists, ast.unparse(one)
        assert "shell" not in {keyword.arg for keyword in one.keywords}, ast.unparse(one)


@pytest.mark.parametrize("path", TREES)
def test_processes_are_started_from_lists_of_words(path: str) -> None:
    """No shell splits a text that somebody else wrote."""
    check_starts(TREES[path])


def test_git_takes_no_name_for_an_option() -> None:
    """A user's ref is given in one place, behind the mark that ends the options."""
    asking = [
        one
        for tree in TREES.values()
        for one in calls(tree)
        if name_of(one.func).endswith((".run", "run_git")) and "^{{commit}}" in ast.unparse(one)
    ]
    (one,) = asking
    words = [ast.literal_eval(word) for word in one.args if isinstance(word, ast.Constant)]
    assert words[-1] == "--end-of-options"
