"""Highlighting: HTML is built by escaping first, marked by offsets."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape


def mark(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """Wrap ``spans`` of ``text`` in <mark>; everything is escaped.

    :param spans: (start, stop) in code points of ``text``, sorted, not overlapping.
    """
    out, end = Markup(), 0
    for start, stop in spans:
        out += escape(text[end:start]) + Markup("<mark>{}</mark>").format(text[start:stop])
        end = stop
    return out + escape(text[end:])
