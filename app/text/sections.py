"""Where a section of a text begins in what was typed."""

from __future__ import annotations

import re
from collections.abc import Sequence

HEADING = re.compile(r"#{1,6}[ \t]+\S")


def line_of(source: str, links: Sequence[str], wanted: str) -> int | None:
    """The line, from 0, of the heading whose link is ``wanted``.

    ``links`` are those of all headings of the text, in its order.  None for an unknown one,
    and where the lines that look like headings are not those that became one.
    """
    lines = [n for n, line in enumerate(source.split("\n")) if HEADING.match(line)]
    if wanted not in links or len(lines) != len(links):
        return None
    return lines[links.index(wanted)]
