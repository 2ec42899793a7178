"""What cells of one test have in common."""

from __future__ import annotations

import pytest

from pytest_speedup.plugin.matrix import cell_of, is_cell, shared_by
from tests.left_out import LEFT_OUT

WORK = """
import pytest

class Codec:
    def __repr__(self):
        return "codec"

@pytest.fixture
def indirect(request):
    return request.param

{marks}
def test_work(speedup, {asks}):
    pass
"""


@pytest.mark.parametrize(
    ("marks", "asks", "workloads"),
    [
        ("", "tmp_path", 1),
        ('@pytest.mark.parametrize("item", [None, 0.5, lambda: 1])', "item", 3),
        ('@pytest.mark.parametrize("item", [Codec(), Codec()])', "item", 2),
        ('@pytest.mark.parametrize("item", [1, 2], ids=["same", "same"])', "item", 2),
        ('@pytest.mark.parametrize("indirect", [1, 2], indirect=True)', "indirect", 2),
        (
            '@pytest.mark.parametrize("item", [1, 2])\n@pytest.mark.parametrize("other", "ab")',
            "item, other",
            4,
        ),
        ("", "speedup_workers", 3),
    ],
    ids=["plain", "values", "objects", "one id", "indirect", "stacked", "by the cell"],
)
def test_cells_with_the_same_arguments_share_their_workload(
    pytester: pytest.Pytester, marks: str, asks: str, workloads: int
) -> None:
    """Serial code among them; one that asks for its cell may have others in each."""
    pytester.makepyfile(WORK.format(marks=marks, asks=asks))
    call = ("--speedup-executors=serial,thread", "--speedup-workers=2,4")
    items, _ = pytester.inline_genitems(*LEFT_OUT, *call)
    cells: dict[str, set[tuple[str, int]]] = {}
    for item in items:
        assert is_cell(item)
        cells.setdefault(shared_by(item), set()).add(cell_of(item))
    assert len(cells) == workloads
    if asks != "speedup_workers":
        assert set(map(len, cells.values())) == {3}
