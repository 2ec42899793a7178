"""Whether what the sides of a comparison ran is held against anything, and against what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pytest_speedup.against.side import SideError
from pytest_speedup.model import BASE, HEAD, TWIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.proof import Proof


class Evidence(Protocol):
    """What the code of sides is held against."""

    def ask(self, block: Block) -> None:
        """Look at what the sides loaded before any of them ran a workload."""

    def ask_after_work(self, block: Block) -> None:
        """Look at what they loaded, once all of them ran one."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Each side is held against its own tree.

    Attributes:
        proofs: what is known of each side, by name: base, head and twin.
    """

    proofs: Mapping[str, Proof]

    def __post_init__(self) -> None:
        """Refuse to prove anything of some sides alone.

        Raises:
            SideError: there is a side of which nothing would be asked.
        """
        missing = [name for name in (BASE, HEAD, TWIN) if name not in self.proofs]
        if missing:
            message = f"nothing would be proven of {', '.join(missing)}: nothing was judged"
            raise SideError(message)

    def ask(self, block: Block) -> None:
        """Have each side tell what it loaded.

        Raises:
            OutsideError: one of them loaded what is not its own, or cannot tell.
        """
        block.prove(self.proofs)

    def ask_after_work(self, block: Block) -> None:
        """Have each side tell, and take none at its word that loaded nothing.

        Raises:
            OutsideError: one of them loaded what is not its own, or nothing, or cannot tell.
        """
        block.prove(self.proofs)
        for proof in self.proofs.values():
            proof.require_any()


@dataclass(frozen=True, slots=True)
class UnprovenTrees:
    """Folders that no commit stands behind, as those with faults that the laboratory makes."""

    def ask(self, block: Block) -> None:
        """Ask nothing."""

    def ask_after_work(self, block: Block) -> None:
        """Ask nothing."""
