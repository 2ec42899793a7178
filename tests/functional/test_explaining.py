"""Where the time of cells went, through pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.functional.project import change, scale, speedup_of

if TYPE_CHECKING:
    from typing import Any

    from tests.functional.project import Project


def test_stacks_of_chosen_cells_are_shown(project: Project) -> None:
    """They are saved with the run, and the saved ones stand beside those of now."""
    saved = project.save("--speedup-explain=thread")
    result = project.gate("--benchmark-only", "--speedup-explain=all")
    result.stdout.fnmatch_lines(
        [
            "test_work.py::test_work?thread-2?",
            "  milliseconds * saved * now",
            "  ideal *",
            "  measured *",
            "  speedup * ?.??x * ?.??x",
        ]
    )
    document: dict[str, Any] = {}
    change(saved, document.update)
    stacks = speedup_of(document)["stacks"]
    assert len(stacks) == 3
    assert all(stack["workers"] == 2 for stack in stacks)


def test_a_name_that_no_cell_has_is_told(project: Project) -> None:
    """Instead of nothing."""
    result = project.run("--benchmark-only", "--speedup-explain=prime")
    result.stdout.fnmatch_lines(["--speedup-explain=prime: no cell that was measured has it in *"])


def test_a_red_cell_says_that_its_loss_is_not_explained(project: Project) -> None:
    """Where the saved speedup was another one, but the recorded runs were the same."""
    scale(project.save(), speedup=1e6, parallel=1e-6)
    result = project.gate("--benchmark-only", margin="50%")
    result.stdout.fnmatch_lines(["work thread-2: regressed, *", "  unexplained: *"])
