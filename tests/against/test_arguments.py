from __future__ import annotations

import threading
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.against.arguments import (
    MAX_DEPTH,
    MAX_ENTRIES,
    judge_arguments,
    read_description,
)
from pytest_speedup.against.describing import describe, describe_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.against.arguments import Description


class Codec:
    def __init__(self, level: int, **more: object) -> None:
        self.level = level
        vars(self).update(more)


def called(*args: object, **kwargs: object) -> Description:
    return read_description(describe_call("quick", args, kwargs))


def test_the_same_arguments_are_the_same() -> None:
    """In all three processes."""
    judged = judge_arguments(called(1, a=2), called(1, a=2), called(1, a=2))
    assert (judged.same, judged.reason, judged.notice) == (True, "", "")


def test_changed_arguments_are_named() -> None:
    """With what they were and are."""
    base, head = called(1, Codec(3), a="x"), called(1, Codec(5), a="y", b=1)
    judged = judge_arguments(base, base, head)
    assert not judged.same
    assert judged.reason == (
        "its arguments or its size changed: args[1].level: 3 then, 5 now; "
        "kwargs['a']: 'x' then, 'y' now; kwargs['b']: only head has it"
    )
    assert judge_arguments(base, None, head).reason == judged.reason


def test_a_long_list_of_changes_is_cut() -> None:
    """A reason is a line or two."""
    judged = judge_arguments(called(*range(9)), None, called(*range(1, 10)))
    assert judged.reason.endswith("args[2]: 2 then, 3 now; and 6 more")


def test_the_size_is_an_argument() -> None:
    """Another size is another amount of work."""
    one, other = (read_description(describe_call(size, [], {})) for size in ("quick", "default"))
    assert "size: 'quick' then, 'default' now" in judge_arguments(one, one, other).reason


@pytest.mark.parametrize("of_head", [1, 3])
def test_what_differs_on_the_base_itself_is_random(of_head: int) -> None:
    """Even if head happens to have what one process of the base has."""
    judged = judge_arguments(called(Codec(1), 1), called(Codec(2), 1), called(Codec(of_head), 1))
    assert not judged.same
    assert judged.reason.startswith("args[0].level differs from run to run on the base itself: ")


def test_a_change_beside_what_is_random_is_a_change() -> None:
    """The first that is to be mended."""
    judged = judge_arguments(called([1, 1], 1), called([1, 2], 1), called([1, 3], 2))
    assert judged.reason == "its arguments or its size changed: args[1]: 1 then, 2 now"


def test_what_is_in_something_random_is_random() -> None:
    """A list of random length has other items, too; ``args[1]`` and ``args[10]`` are two."""
    judged = judge_arguments(called([1, 2]), called([1]), called([1, 3]))
    assert judged.reason.startswith("args[0] differs from run to run")
    codecs = [called(Codec(one, level_two=two)) for one, two in ((1, 1), (2, 1), (1, 2))]
    assert "args[0].level_two: 1 then, 2 now" in judge_arguments(*codecs).reason
    eleven = [called(*range(10), one) for one in (1, 2, 2)]
    assert judge_arguments(*eleven).reason.startswith("args[10] differs from run to run")


def test_what_one_side_has_alone_is_a_notice() -> None:
    """A lock that head adds is what the gate is for."""
    base, head = called(Codec(1)), called(Codec(1, lock=threading.Lock()))
    judged = judge_arguments(base, base, head)
    assert judged.same
    assert judged.notice == (
        f"not compared: args[0]: head's {__name__}.Codec has `lock`, base's has not"
    )


def test_what_was_not_looked_at_is_a_notice() -> None:
    """It is not taken for compared."""
    base = called(1)
    part = read_description({**describe_call("quick", [1], {}), "whole": False})
    for three in ((base, base, part), (part, part, base)):
        assert judge_arguments(*three).notice == (
            "not compared: its arguments were too many to look at all"
        )


def deep(depth: int) -> list[Any]:
    entry: list[Any] = deepcopy(VALID["tree"])
    for _ in range(depth):
        entry = ["list", "0" * 32, "list", True, {}, {"[0]": entry}]
    return entry


VALID = describe(Codec(3), "args[0]")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.pop("tree"),
        lambda data: data.pop("whole"),
        lambda data: data.update(whole=1),
        lambda data: data.update(tree={}),
        lambda data: data["tree"].pop(),
        lambda data: data["tree"].append({}),
        lambda data: data["tree"].__setitem__(0, 3),
        lambda data: data["tree"].__setitem__(0, "x" * 201),
        lambda data: data["tree"].__setitem__(1, "0"),
        lambda data: data["tree"].__setitem__(1, "G" * 32),
        lambda data: data["tree"].__setitem__(2, "\x1b[2J"),
        lambda data: data["tree"].__setitem__(2, "ä"),
        lambda data: data["tree"].__setitem__(3, "yes"),
        lambda data: data["tree"].__setitem__(4, []),
        lambda data: data["tree"][5].update({"two\nlines": data["tree"]}),
        lambda data: data["tree"].__setitem__(5, {"a": 3}),
        lambda data: data.update(tree=deep(MAX_DEPTH + 3)),
        lambda data: data["tree"][5].update({f"[{n}]": deep(0) for n in range(MAX_ENTRIES)}),
    ],
)
def test_what_is_no_description_is_refused(damage: Callable[[Any], object]) -> None:
    """The base may be anybody's."""
    data: dict[str, Any] = deepcopy(VALID)
    read_description(data)
    damage(data)
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_description(data)
