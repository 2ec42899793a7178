"""What users write: options, ini values, markers, and names of commits."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from pytest_speedup import parsing
from pytest_speedup.against.base import find_commit
from pytest_speedup.against.git import GitError, Repository
from pytest_speedup.errors import SpeedupError
from pytest_speedup.plugin.cells import read_marker
from tests.fuzz.inputs import NASTY, SEEDS, any_text, any_value
from tests.fuzz.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARTS = (
    *("1", "2,4", "10%", "0.1", "-1", "1e400", "nan", "inf", "thread", "serial", "process", "same"),
    *("install", "install[test]", "install[a,b", ".md", ".html", "a.json", "tcp://127.0.0.1:8786"),
    *(
        "origin/main",
        "merge-base:",
        "--upload-pack=x",
        "@{-1}",
        "\x00",
        "\n",
        "%",
        ",",
        " ",
        "..",
        "/",
    ),
    *("9" * 5_000, "missing", "spawn", "default", "true", "\ud800", "\u0663"),
)


def words(seed: int) -> str:
    """Put together what options are made of."""
    random = Random(seed)
    return random.choice(("", ",", "/")).join(random.choices(PARTS, k=random.randint(0, 5)))


def marks(seed: int) -> tuple[list[Any], dict[str, Any]]:
    """Make a marker's arguments."""
    random = Random(seed)
    names = [random.choice((*KNOWN, "other")) for _ in range(random.randint(0, 4))]
    values = (any_value(random), random.choice(NASTY), random.choice(PARTS), [2, 4], {"a-2": 0.1})
    positional = [any_value(random)] if random.random() < RARELY else []
    return positional, {name: random.choice(values) for name in names}


KNOWN = ("executors", "workers", "rounds", "margin", "at_least", "at_least_of_ceiling", "peak")
RARELY = 0.1
TEXTS = st.one_of(
    SEEDS.map(words), SEEDS.map(lambda seed: any_text(Random(seed))), st.text(max_size=20)
)
MARKS = SEEDS.map(marks)


class Recorded(Repository):
    """A repository that knows no commit, and looks at how it is asked."""

    def run(self, *arguments: str) -> str:
        """Refuse, once the words are such that git takes no name for an option."""
        if arguments[:2] == ("rev-parse", "--verify"):
            assert arguments[-2] == "--end-of-options"
            assert "\x00" not in arguments[-1]
            message = "no such commit"
            raise GitError(message)
        assert not [word for word in arguments[1:] if word != "--is-shallow-repository"]
        return "origin"


def find(ref: str, folder: Path) -> str:
    """Look for a commit, and do without."""
    return find_commit(Recorded(folder), parsing.parse_ref(ref))


def option(parse: Callable[[str], Any], valid: str) -> Reader:
    """Make a reader of an option's text."""
    return Reader(parse.__name__, TEXTS, lambda text, _: parse(text), (SpeedupError,), (valid,))


WRITTEN = (
    option(parsing.parse_workers, "1,2"),
    option(parsing.parse_executors, "serial,thread"),
    option(parsing.parse_size, "quick"),
    option(parsing.parse_start_method, "spawn"),
    option(parsing.parse_scheduler, "tcp://127.0.0.1:8786"),
    option(parsing.parse_margin, "10%"),
    option(parsing.parse_ref, "origin/main"),
    option(parsing.parse_base_env, "install[test]"),
    option(parsing.parse_reports, "a.md,b.json"),
    option(parsing.parse_shard, "2/8"),
    option(parsing.parse_costs, "last.json"),
    option(parsing.parse_budget, "60"),
    option(parsing.parse_timeout, "60"),
    option(parsing.parse_harness, "head"),
    option(parsing.parse_allowed, "missing"),
    option(parsing.parse_switch, "true"),
    option(parsing.parse_yes, "yes"),
    Reader("find_commit", TEXTS, find, (SpeedupError,)),
    Reader(
        "read_marker",
        MARKS,
        lambda given, _: read_marker(*given),
        (SpeedupError,),
        (((), {"workers": [1, 2], "margin": {"thread-2": 0.1}}),),
    ),
)
