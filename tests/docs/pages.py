"""The documentation as its reader sees it: blocks of code, code in sentences, links and tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

ROOT = Path(__file__).parents[2]

PATHS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]

PARSER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code.

    Attributes:
        page: the page it stands on, relative to the root.
        line: where its text begins, from 1.
        language: the first word after the fence.
        text: what is in it.
    """

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Where it stands."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        path: where it is.
        blocks: its blocks of code.
        code: code in its sentences and tables.
        links: where its links and pictures lead.
        tables: rows of its tables, each a list of what is in its columns, the heads too.
    """

    path: Path
    blocks: tuple[Block, ...]
    code: tuple[str, ...]
    links: tuple[str, ...]
    tables: tuple[tuple[list[str], ...], ...]

    @property
    def name(self) -> str:
        """Its path, relative to the root."""
        return self.path.relative_to(ROOT).as_posix()

    def table(self, *head: str) -> dict[str, list[str]]:
        """Find the only table with this head; its rows by their first column, without marks."""
        (found,) = [rows for rows in self.tables if rows[0] == list(head)]
        return {row[0].strip("`*"): row for row in found[1:]}


@cache
def read_page(path: Path) -> Page:
    """Read a page."""
    name = path.relative_to(ROOT).as_posix()
    tokens = PARSER.parse(path.read_text(encoding="utf-8"))
    inline = [child for token in tokens for child in token.children or ()]
    return Page(
        path,
        blocks=tuple(_blocks(name, tokens)),
        code=tuple(child.content for child in inline if child.type == "code_inline"),
        links=tuple(filter(None, map(_target, inline))),
        tables=tuple(_tables(tokens)),
    )


def pages() -> list[Page]:
    """Read all pages."""
    return [read_page(path) for path in PATHS]


def all_blocks() -> list[Block]:
    """List the blocks of all pages, but for what only the builder reads: it refuses what it does
    not know.
    """
    return [one for page in pages() for one in page.blocks if not one.language.startswith("{")]


def blocks(*languages: str) -> list[Block]:
    """List the blocks of some languages."""
    return [block for block in all_blocks() if block.language in languages]


def _blocks(name: str, tokens: Iterable[Token]) -> Iterator[Block]:
    for token in tokens:
        if token.type == "fence" and token.map is not None:
            language = token.info.strip().partition(" ")[0]
            yield Block(name, token.map[0] + 2, language, token.content)


def _target(token: Token) -> str | None:
    target = token.attrs.get("href") or token.attrs.get("src")
    return None if target is None else str(target)


def _tables(tokens: list[Token]) -> Iterator[tuple[list[str], ...]]:
    rows: list[list[str]] = []
    for token, after in pairwise(tokens):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("td_open", "th_open"):
            rows[-1].append(after.content)
        elif token.type == "tbody_close":
            yield tuple(rows)
