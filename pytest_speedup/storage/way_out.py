"""Where files are written: a link in the tree leads no write out of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.storage.atomic import SaveError

if TYPE_CHECKING:
    from collections.abc import Iterable


def refuse_way_out(path: Path, trees: Iterable[Path]) -> None:
    """Make sure that what is named in a tree lies in it.

    A pull request may bring a link in place of the folder that a workflow names. A path that is
    named outside of the tree is the user's own choice.

    Args:
        path: where something is to be written.
        trees: root directories; the first that the path is named in counts.

    Raises:
        SaveError: a link on the way leads elsewhere.
    """
    named = Path(os.path.normpath(path.absolute()))
    for tree in trees:
        if named.is_relative_to(Path(os.path.normpath(tree.absolute()))):
            if not named.parent.resolve().is_relative_to(tree.resolve()):
                message = (
                    f"{path} could not be saved: a link on the way leads out of {tree}; "
                    "name the folder that it leads to"
                )
                raise SaveError(message)
            return
