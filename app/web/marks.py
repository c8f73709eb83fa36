"""Highlighting: HTML is built by escaping first, marked by offsets."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape


def mark(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """Wrap ``spans`` of ``text`` in <mark>; everything is escaped.

    :param spans: (start, stop) in code points of ``text``, sorted, not overlapping.
    """
    out, end = [], 0
    for start, stop in spans:
        out += [escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        end = stop
    return Markup("".join([*out, escape(text[end:])]))
