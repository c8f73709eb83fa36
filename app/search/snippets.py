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
    title_spans = _spans_in_title(document.title, pattern)
    in_comments = in_files = False
    if pattern is not None and document.comments and not found.spans and not title_spans:
        end = document.files_at if document.files_at >= 0 else len(document.comments)
        beneath = best_stretch(document.comments[:end], pattern)
        in_comments = bool(beneath.spans)
        if not in_comments and end < len(document.comments):
            beneath = best_stretch(document.comments[end:], pattern)
            in_files = bool(beneath.spans)
        found = beneath if in_comments or in_files else found
    return Hit(
        key=document.key,
        number=document.number,
        score=score,
        title=document.title,
        title_spans=title_spans,
        # One letter for one letter: the spans stay true.
        snippet=found.text.replace("\n", " ").replace("\r", " ").replace("\t", " "),
        snippet_spans=found.spans,
        in_comments=in_comments,
        in_files=in_files,
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
    start, stop = excerpt.around(text, rough, width=WIDTH)
    spans = [(start + a, start + b) for a, b in spans_in(text[start:stop], pattern)]
    spans += [
        excerpt.grapheme_span(text, *span) for span in rough if start <= span[0] <= span[1] <= stop
    ]
    return excerpt.window(text, spans, width=WIDTH)


def shown_text(document: Document) -> str:
    """Summary and body; the body alone where it begins with the summary, as imported pages do."""
    summary, body = document.summary.strip(), document.body.strip()
    whole = body if body.startswith(summary) else f"{summary}\n{body}"
    return whole[:MOST_LETTERS]


def _spans_in_title(title: str, pattern: re.Pattern[str] | None) -> list[Span]:
    """``spans_in``, quicker for the most, which hold nothing."""
    if pattern is None or not any(match[0] for match in pattern.finditer(thai.fold(title))):
        return []
    return spans_in(title, pattern)


def spans_in(text: str, pattern: re.Pattern[str] | None) -> list[Span]:
    """Where ``pattern`` stands in ``text`` as typed, cut at grapheme borders."""
    if pattern is None or not text:
        return []
    folded = thai.fold_with_positions(text)
    spans = [folded.span(*match.span()) for match in pattern.finditer(folded.text) if match[0]]
    return excerpt.joined_spans([excerpt.grapheme_span(text, start, stop) for start, stop in spans])
