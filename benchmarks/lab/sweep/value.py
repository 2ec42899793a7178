"""What an axis is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one axis: what it changes in a project and in the call of pytest.

    Texts may name ``@FILE@``, the path of the test's file, ``@NODE@``, the id of the test,
    ``@CELL@``, the id of its only parallel cell, and ``@TESTS@``, the folder of the tests with a
    slash; all relative to the root of the project.

    Attributes:
        name: what it is called in a report; unique among all axes.
        why: why it lets one expect something else than the usual, in words.
        decorators: lines above the test.
        prelude: code above the test.
        asks: further parameters of the test.
        body: what the test does.
        class_name: the class that the test stands in; empty for none.
        case: what further parameters add to the ids of cells.
        conftest: code of conftest.py.
        files: further files, path and text, of both commits.
        left: further files that no commit has, such as a cache.
        settings: settings for the ini file, name and value; those of one name are joined.
        ini: where settings stand: a name that ``settings.py`` knows.
        arguments: given to pytest.
        drops: beginnings of usual arguments that are not given.
        environment: variables of pytest's process.
        folder: where pytest runs.
        service: the folder of the repository that is the project; empty for its top.
        tests: the folder of the tests; empty for the root of the project.
        code: the path of the code.
        uncommitted: whether head is what lies in the tree, and no commit.
        excludes: names of values of other axes that it does not go with.
        adds: exit code that pytest itself comes to by this, whatever becomes of cells.
        alone: whether of all files at most the one with the test runs.
        unselected: whether the cell is not selected.
        uncollected: whether the file with the cell is not even read.
        collects_only: whether nothing is to run.
        without_tests: whether no test runs in the run itself.
        never_runs: whether the test runs on no side.
        silent: whether pytest shows no summary.
        hides: whether it makes failed tests look like passed ones.
        broken_code: exit code of a broken head.
        at_collection: whether the broken head cannot even be collected.
        code_top: code above the broken head's code.
        run_first: the first line of the broken head's workload.
        task_first: the first line of its tasks.
        test_top: code above the broken head's test.
        test_first: the first line of the broken head's test.
        test_name: the name of the test in the broken head.
    """

    name: str
    why: str = ""
    decorators: tuple[str, ...] = ()
    prelude: str = ""
    asks: str = ""
    body: str = ""
    class_name: str = ""
    case: str = ""
    conftest: str = ""
    files: tuple[tuple[str, str], ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    ini: str = ""
    arguments: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    service: str = ""
    tests: str = ""
    code: str = ""
    uncommitted: bool = False
    excludes: tuple[str, ...] = ()
    adds: int = 0
    alone: bool = False
    unselected: bool = False
    uncollected: bool = False
    collects_only: bool = False
    without_tests: bool = False
    never_runs: bool = False
    silent: bool = False
    hides: bool = False
    broken_code: int = 11
    at_collection: bool = False
    code_top: str = ""
    run_first: str = ""
    task_first: str = ""
    test_top: str = ""
    test_first: str = ""
    test_name: str = ""

    @property
    def is_beside(self) -> bool:
        """Whether it is about another test that has to run as well."""
        return any(path.startswith("@TESTS@test_") for path, _ in self.files)
