"""Pictures as SVG that stands in a page: drawn by matplotlib, in the colours of the page's text."""

from __future__ import annotations

import hashlib
import re
import warnings
from html import escape
from io import StringIO
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

from pytest_speedup.model import shown

if TYPE_CHECKING:
    from collections.abc import Callable

INK = "#010203"
"""Drawn in this colour, it gets that of the page's text, in light and in dark."""

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#999999")
"""Okabe and Ito's, which colour-blind readers can tell apart (Color Universal Design, 2008)."""

MARKERS = "os^Dv<>P"
"""Beside colours, which are never the only sign."""

LONGEST_LABEL = 31
KEPT = LONGEST_LABEL // 2
"""Letters of a name, and of its beginning and its end where it is longer."""

PIXELS_PER_INCH = 105
"""Of the page."""

STYLE = {
    "svg.fonttype": "none",  # letters stay letters, to be read and searched
    "text.parse_math": False,  # a dollar in a name is a dollar
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.alpha": 0.25,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
}


def draw(
    name: str, description: str, size: tuple[float, float], paint: Callable[[Figure], None]
) -> str:
    """Draw a picture.

    Args:
        name: what it shows, its title for whoever cannot see it.
        description: what it says, in words.
        size: width and height in inches.
        paint: draws on the figure that it gets.

    Returns:
        An SVG element; its text is escaped.
    """
    salt = hashlib.sha256(shown(name).encode()).hexdigest()
    # Names of parts must differ between the pictures of a page, and be the same in each run.
    # It warns of letters that its fonts lack, which the reader's have, and of little room.
    with mpl.rc_context({**STYLE, "svg.hashsalt": salt}), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=size, layout="constrained")
        figure.patch.set_alpha(0.0)
        paint(figure)
        for axes in figure.axes:
            axes.patch.set_alpha(0.0)
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = _shortened(file.getvalue())
    words = f"<title>{escape(shown(name))}</title><desc>{escape(description)}</desc>"
    head, _, body = svg.partition(">")
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    width = f'style="max-width: {size[0] * PIXELS_PER_INCH:.0f}px"'
    return f'{head} role="img" class="picture" {width}>{words}{body}'.replace(INK, "currentColor")


def label(text: str) -> str:
    """Shorten a name so that it leaves room for a picture; its end says more than its middle."""
    text = shown(text)
    return text if len(text) <= LONGEST_LABEL else f"{text[:KEPT]}…{text[-KEPT:]}"


def _shortened(svg: str) -> str:
    """Leave out what a page does not need: declarations, names, far decimals, blanks.

    The page names its fonts once, and not for each word.
    """
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"font-family: [^;\"]*; ", "", svg)
    svg = re.sub(r"-?\d+\.\d{2,}(?=[ \"),;])", lambda number: f"{float(number[0]):.1f}", svg)
    return re.sub(r"\s*\n\s*", "\n", svg)
