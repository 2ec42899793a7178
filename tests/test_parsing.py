from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup import parsing
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import DeclaredEnv, Fails, GivenEnv, InstallEnv, Outcome, SameEnv

if TYPE_CHECKING:
    from collections.abc import Callable


ALLOWABLE = ", ".join(one.value for one in Outcome if one.fails is Fails.UNLESS_ALLOWED)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parsing.parse_workers, "1,2,4,8", (1, 2, 4, 8)),
        (parsing.parse_workers, " 4 , 2,4", (4, 2)),
        (parsing.parse_executors, "thread,serial", ("thread", "serial")),
        (parsing.parse_size, "seed", "seed"),
        (parsing.parse_start_method, "spawn", "spawn"),
        (parsing.parse_margin, "10%", 0.1),
        (parsing.parse_margin, "0.25", 0.25),
        (parsing.parse_base_env, "declared", DeclaredEnv()),
        (parsing.parse_base_env, "same", SameEnv()),
        (parsing.parse_base_env, "install", InstallEnv()),
        (parsing.parse_base_env, "install[test,a-b]", InstallEnv("[test,a-b]")),
        (parsing.parse_base_env, "./base-env", GivenEnv("./base-env")),
        (parsing.parse_base_env, "..", GivenEnv("..")),
        (parsing.parse_budget, "0", 0.0),
        (parsing.parse_budget, "2.5", 2.5),
        (parsing.parse_allowed, "", frozenset()),
        (
            parsing.parse_allowed,
            "missing,incomparable",
            frozenset({Outcome.MISSING, Outcome.INCOMPARABLE}),
        ),
        (parsing.parse_shard, "2/8", (2, 8)),
        (parsing.parse_shard, " 1/1 ", (1, 1)),
        (parsing.parse_costs, "ci/last.json", "ci/last.json"),
        (parsing.parse_switch, "True", True),
        (parsing.parse_switch, "false", False),
    ],
)
def test_values_are_read(parse: Callable[[str], object], text: str, value: object) -> None:
    """What the help promises is understood."""
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "complaint"),
    [
        (parsing.parse_workers, "0", "whole numbers from 1, such as 1,2,4,8; got 0"),
        (parsing.parse_workers, "2,-1,x", "got -1, 'x'"),
        (parsing.parse_workers, "1.5", "got '1.5'"),
        (parsing.parse_workers, " ,", "got none"),
        (parsing.parse_executors, "fiber,thread", "unknown executor 'fiber'; choose from serial"),
        (parsing.parse_executors, "", "no executor was named"),
        (parsing.parse_size, "huge", "unknown size 'huge'; choose from quick, default, seed"),
        (parsing.parse_start_method, "teleport", "start method 'teleport' does not exist on"),
        (parsing.parse_margin, "0", "between 0 and 100 %"),
        (parsing.parse_margin, "100%", "got '100%'"),
        (parsing.parse_margin, "nan", "got 'nan'"),
        (parsing.parse_margin, "ten", "got 'ten'"),
        (parsing.parse_base_env, "install[", "got 'install['"),
        (
            parsing.parse_base_env,
            "install[a;b]",
            "same, install or install[NAME,NAME], or the path",
        ),
        (parsing.parse_base_env, "new", "such as ./base-env; got 'new'"),
        (parsing.parse_budget, "-1", "a number of seconds from 0; got '-1'"),
        (parsing.parse_budget, "inf", "got 'inf'"),
        (parsing.parse_allowed, "regressed", f"choose from {ALLOWABLE}"),
        (parsing.parse_shard, "9/8", "from 1/1 to 1000/1000, such as 2/8; got '9/8'"),
        (parsing.parse_shard, "0/8", "got '0/8'"),
        (parsing.parse_shard, "0/0", "got '0/0'"),
        (parsing.parse_shard, "a/b", "got 'a/b'"),
        (parsing.parse_shard, "2/8/3", "got '2/8/3'"),
        (parsing.parse_shard, "-1/2", "got '-1/2'"),
        (parsing.parse_shard, "2", "got '2'"),
        (parsing.parse_shard, "1/1001", "got '1/1001'"),
        (parsing.parse_shard, "\u0662/8", "got"),
        (parsing.parse_costs, "last.md", "a report that ends in .json; got 'last.md'"),
        (parsing.parse_switch, "yes", "choose from true, false"),
    ],
)
def test_the_rest_is_refused(parse: Callable[[str], object], text: str, complaint: str) -> None:
    """The message says what was given and what is valid."""
    with pytest.raises(SpeedupError) as error:
        parse(text)
    assert complaint in str(error.value)
