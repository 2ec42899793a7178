"""Where the base of a comparison has its packages from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeclaredEnv:
    """The environment of head, with the base's own versions of what it declares otherwise."""


@dataclass(frozen=True, slots=True)
class SameEnv:
    """The environment of head, whatever the base declares."""


@dataclass(frozen=True, slots=True)
class InstallEnv:
    """An environment of the base's own, installed from its tree.

    Attributes:
        extras: extras of the project, such as ``[test]``; empty for none.
    """

    extras: str = ""


@dataclass(frozen=True, slots=True)
class GivenEnv:
    """An environment that the user built.

    Attributes:
        path: its folder, or its interpreter.
    """

    path: str


BaseEnv = DeclaredEnv | SameEnv | InstallEnv | GivenEnv
