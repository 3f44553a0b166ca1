"""A QR code as a small picture inside the page: nothing is loaded from anywhere, and no style that the page's policy forbids."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import quoteattr

import segno

#: Empty modules around it. Readers need four (ISO/IEC 18004), also where the page itself is dark.
_QUIET: Final = 4


def draw_qr(text: str, label: str) -> str:
    """Draw `text` as an SVG element, to be set into a page as it is.

    Args:
        text: What is read from the picture.
        label: What it shows, in the reader's language, for whoever cannot see it.

    Raises:
        ValueError: The text is longer than a QR code holds (about 2,300 bytes).
    """
    rows = segno.make(text, error="m", micro=False).matrix
    size = len(rows) + 2 * _QUIET
    dark = "".join(
        f"M{x + _QUIET} {y + _QUIET}h{length}v1h-{length}z" for y, row in enumerate(rows) for x, length in _find_runs(row)
    )
    about = f'class="qr" viewBox="0 0 {size} {size}" role="img" aria-label={quoteattr(label)} shape-rendering="crispEdges"'
    ground = f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {about}>{ground}<path fill="#000" d="{dark}"/></svg>'


def _find_runs(row: bytearray) -> list[tuple[int, int]]:
    """Find where dark modules begin, and how many follow: `(first, count)`."""
    runs: list[tuple[int, int]] = []
    for x, is_dark in enumerate(row):
        if is_dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif is_dark:
            runs.append((x, 1))
    return runs
