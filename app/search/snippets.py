"""From a found document to a hit: the title and the best stretch of text, with what to mark."""

from __future__ import annotations

import re

from app.search.documents import Document
from app.search.engine import Hit, Span
from app.text import excerpt, thai

#: Letters of a document that are looked through for the best stretch.
MOST_LETTERS = 20_000
WIDTH = 180


def hit_of(document: Document, score: float, pattern: re.Pattern[str] | None) -> Hit:
    """The hit that shows ``document``.

    :param pattern: what to mark, over folded text; None when there is nothing to mark.
    """
    found = best_stretch(shown_text(document), pattern)
    return Hit(
        key=document.key,
        number=document.number,
        score=score,
        title=document.title,
        title_spans=spans_in(document.title, pattern),
        # One letter for one letter: the spans stay true.
        snippet=found.text.translate({10: " ", 13: " ", 9: " "}),
        snippet_spans=found.spans,
    )


def best_stretch(text: str, pattern: re.Pattern[str] | None) -> excerpt.Snippet:
    """The stretch of ``text`` that shows most of ``pattern``, and what to mark in it.

    The place is looked for in the text as typed, where nearly everything is found; only a
    stretch around it is folded, for the spellings and spaces that folding mends.  Where
    nothing is found so, the whole text is folded.
    """
    if pattern is None:
        return excerpt.window(text, [], width=WIDTH)
    lower = text.lower()  # another length: a letter such as İ, and places would shift
    same_length = len(lower) == len(text)
    rough = [found.span() for found in pattern.finditer(lower) if found[0] and same_length]
    if not rough:
        return excerpt.window(text, spans_in(text, pattern), width=WIDTH)
    place = excerpt.window(text, rough, width=WIDTH)
    spans = [(place.start + a, place.start + b) for a, b in spans_in(place.text, pattern)]
    spans += [excerpt.grapheme_span(text, *span) for span in rough if _inside(span, place)]
    return excerpt.window(text, spans, width=WIDTH)


def _inside(span: Span, place: excerpt.Snippet) -> bool:
    return place.start <= span[0] and span[1] <= place.stop


def shown_text(document: Document) -> str:
    """Summary and body; the body alone where it begins with the summary, as imported pages do."""
    summary, body = document.summary.strip(), document.body.strip()
    whole = body if body.startswith(summary) else f"{summary}\n{body}"
    return whole[:MOST_LETTERS]


def spans_in(text: str, pattern: re.Pattern[str] | None) -> list[Span]:
    """Where ``pattern`` stands in ``text`` as typed, cut at grapheme borders."""
    if pattern is None or not text:
        return []
    folded = thai.fold_with_positions(text)
    spans = [folded.span(*match.span()) for match in pattern.finditer(folded.text) if match[0]]
    return excerpt.joined_spans([excerpt.grapheme_span(text, start, stop) for start, stop in spans])
