"""What tox.ini says."""

from __future__ import annotations

import configparser
import re

from tests.docs.pages import ROOT


def environments() -> set[str]:
    """List the environments, by name."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    sections = {name.removeprefix("testenv:") for name in tox.sections() if ":" in name}
    return sections | set(_expanded(tox["tox"]["env_list"]))


def _expanded(text: str) -> list[str]:
    """Write out braces such as ``py3{10,11}``."""
    while found := re.search(r"([\w-]*)\{([^{}]*)\}", text):
        names = [f"{found[1]}{one.strip()}" for one in found[2].split(",")]
        text = text.replace(found[0], ",".join(names))
    return [name.strip() for name in re.split(r"[,\n]", text) if name.strip()]
