"""What tox.ini says."""

from __future__ import annotations

import configparser
import re

from tests.docs.pages import ROOT

TOX = configparser.ConfigParser(interpolation=None)
TOX.read(ROOT / "tox.ini", encoding="utf-8")


def environments() -> set[str]:
    """List the environments, by name."""
    return {*described(), *_expanded(TOX["tox"]["env_list"])}


def described() -> dict[str, str]:
    """List the environments with a section of their own, and what tox says of them."""
    return {
        name.removeprefix("testenv:"): TOX[name]["description"]
        for name in TOX.sections()
        if name.startswith("testenv:")
    }


def _expanded(text: str) -> list[str]:
    """Write out braces such as ``py3{10,11}``."""
    while found := re.search(r"([\w-]*)\{([^{}]*)\}", text):
        names = [f"{found[1]}{one.strip()}" for one in found[2].split(",")]
        text = text.replace(found[0], ",".join(names))
    return [name.strip() for name in re.split(r"[,\n]", text) if name.strip()]
