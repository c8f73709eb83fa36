"""Highlighting: HTML is built by escaping first, marked by offsets."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from app.text.excerpt import grapheme_span, joined_spans


def mark(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """Wrap ``spans`` of ``text`` in <mark>; everything is escaped.

    :param spans: (start, stop) in code points of ``text``; a span that would part a letter
        from its vowel or mark is widened, for a browser draws such a mark on nothing.
    """
    out, end = [], 0
    for start, stop in joined_spans([grapheme_span(text, *span) for span in spans]):
        out += [escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        end = stop
    return Markup("".join([*out, escape(text[end:])]))
