"""Short forms, other names and common misspellings: what a query looks for besides its words.

Nothing of this is in the index: a query is widened when it is asked, so a word that a
facilitator adds counts at once and no index is rebuilt.

Kinds of a row (domain: docs/thai-search.md):

two-way      either side finds the other, anywhere in a text
one-way      the short form also finds its expansions, not back
whole-token  the short form counts only where it stands alone, or with its dot; both ways

Words in a row's note that are obeyed, in parts divided by semicolons:

weak                      found, but ranked below what was typed
query only                a text with the short form is not found by its expansions
dot required              without its dot it is an ordinary word
context: …                not widened, but for "otherwise" and "unless": its first expansion
rule: …                   a rule of the code says the same; skipped
related … / uncertain …   not widened; told as a word to try
not when followed by A, B · not in X · never inside X · not X
                          another word, when these letters stand around it
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from app.search.forms import Form
from app.text import thai

TWO_WAY, ONE_WAY, WHOLE_TOKEN = "two-way", "one-way", "whole-token"

_SAME, _WIDER, _SIBLING, _WEAK = 0.9, 0.6, 0.7, 0.3
_CATEGORY = re.compile(r"\s*\[([\w-]+)\]\s*")
_EXCEPT = re.compile(r"(?:not when followed by|never inside|not in|not|with) ([ก-๎ ,และ]+)")


class Row(NamedTuple):
    """One row of a glossary."""

    short: str
    expansions: tuple[str, ...]
    kind: str = TWO_WAY
    note: str = ""
    category: str = ""

    @classmethod
    def of(cls, record: Any) -> Row:
        """A row from anything with the fields of a glossary record, or from a sequence."""
        if isinstance(record, Row):
            return record
        if isinstance(record, Sequence):
            short, expansions, kind, note = (*record, "", "")[:4]
            return cls(short, tuple(expansions), str(kind or TWO_WAY), note)
        expansions = getattr(record, "expansions", None) or record.expansion
        return cls(
            record.short,
            tuple(expansions),
            str(getattr(record.kind, "value", record.kind)),
            record.note or "",
            getattr(record, "category", "") or "",
        )


@dataclass(frozen=True)
class Widening:
    """What else to look for when a query holds one of the glossary's forms."""

    start: int  # of the form in the folded query
    stop: int
    forms: tuple[Form, ...]
    itself: tuple[Form, ...]  # how a text may write the typed form
    notes: tuple[str, ...]
    related: tuple[str, ...]
    is_whole_token: bool  # letters inside other words do not count


@dataclass
class _Trigger:
    """All rows that one written form sets off."""

    forms: dict[str, Form] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    itself: list[Form] = field(default_factory=list)
    anywhere: bool = False  # a two-way or one-way row lets the letters touch others


class _Flags(NamedTuple):
    weak: bool
    query_only: bool
    dot_required: bool
    skipped: bool
    first_only: bool
    related: bool
    not_before: frozenset[str]
    not_after: frozenset[str]


class Synonyms:
    """A glossary ready for queries.  Immutable; make a new one when a word changes.

    :param rows: ``Row``s, or records with ``short``, ``expansion`` or ``expansions``,
        ``kind``, ``note`` and perhaps ``category``.
    """

    def __init__(self, rows: Iterable[Any] = ()) -> None:
        self.rows = tuple(_clean(Row.of(record)) for record in rows)
        self._short_forms = frozenset(
            _bare(row.short) for row in self.rows if _is_short_form(thai.fold(row.short).strip())
        )
        self._triggers: dict[str, _Trigger] = {}
        for row in self.rows:
            self._add(row)
        self._add_siblings()
        self._chain_variants()
        self._lengths: dict[str, list[int]] = {}
        for text in self._triggers:
            self._lengths.setdefault(text[:2], []).append(len(text))
        for head, found in self._lengths.items():
            self._lengths[head] = sorted(set(found), reverse=True)

    def words(self) -> list[str]:
        """Forms that the segmenter should know: give them to ``thai.add_words``."""
        plain = [word for row in self.rows for word in (row.short, *row.expansions)]
        return [word for word in plain if " " not in word and "/" not in word]

    def longest_at(self, query: str, start: int, borders: set[int]) -> Widening | None:
        """What the longest form of the glossary at ``query[start:]`` asks for besides.

        :param query: folded, ``borders`` the places where its words begin and end.
        """
        for length in self._lengths.get(query[start : start + 2], ()):
            stop = start + length
            trigger = self._triggers.get(query[start:stop]) if stop <= len(query) else None
            if trigger is None or not self._stands(query, start, stop, trigger, borders):
                continue
            itself = tuple(replace(form, weight=1.0) for form in trigger.itself) or (
                Form(query[start:stop]),
            )
            if any(query.startswith(word, stop) for word in itself[0].not_before):
                return None
            plain = [form.text for form in itself if not form.alone]
            forms = tuple(
                form
                for form in trigger.forms.values()
                if not any(text in form.text for text in plain)
            )
            return Widening(
                start,
                stop,
                forms,
                itself,
                notes=tuple(trigger.notes[:3]),
                related=tuple(dict.fromkeys(trigger.related)),
                is_whole_token=not trigger.anywhere,
            )
        return None

    def _stands(
        self, query: str, start: int, stop: int, trigger: _Trigger, borders: set[int]
    ) -> bool:
        ends_well = (
            stop in borders
            or stop == len(query)
            or query[stop - 1] == "."
            or not _thai(query, stop)
        )
        if not ends_well:
            return False
        if trigger.anywhere or query[stop - 1] == "." or query[stop : stop + 1] == ".":
            return True
        return not _thai(query, start - 1) and not _thai(query, stop)

    def _add(self, row: Row) -> None:
        flags = _flags(row)
        if flags.skipped:
            return
        expansions = row.expansions[:1] if flags.first_only else row.expansions
        if flags.related:
            for text in _spellings(row.short):
                self._trigger(text, row).related += expansions
            return
        weight = _WEAK if flags.weak else _WIDER if row.kind == ONE_WAY else _SAME
        note = (
            f"{row.short} = {expansions[0]}"
            if row.kind != ONE_WAY
            else f"{row.short} → {expansions[0]}"
        )
        if thai.fold(row.short).strip() == thai.fold(expansions[0]).strip():
            note = ""  # the same letters typed in another way: nothing was added to the search
        both_ways = row.kind != ONE_WAY and not flags.query_only
        own = self._written(row, flags, weight)
        for text in _spellings(row.short, dot_required=flags.dot_required):
            trigger = self._trigger(text, row)
            if not trigger.itself or own[0].alone:
                trigger.itself = own
            self._widen(trigger, [Form(thai.fold(one).strip(), weight) for one in expansions], note)
        if both_ways or row.category == "variant":
            for expansion in expansions:
                trigger = self._trigger(thai.fold(expansion).strip(), row)
                trigger.anywhere = True
                is_news = row.category != "variant" and _bare(row.short) != _bare(expansion)
                self._widen(trigger, own, f"{row.short} = {expansion}" if is_news else "")

    def _widen(self, trigger: _Trigger, forms: Iterable[Form], note: str) -> None:
        for form in forms:
            known = trigger.forms.get(form.text)
            if known is None or known.weight < form.weight:
                trigger.forms[form.text] = form
        if note and note not in trigger.notes:
            trigger.notes.append(note)

    def _trigger(self, text: str, row: Row) -> _Trigger:
        trigger = self._triggers.setdefault(text, _Trigger())
        trigger.anywhere |= row.kind != WHOLE_TOKEN
        return trigger

    def _written(self, row: Row, flags: _Flags, weight: float) -> list[Form]:
        """The ways in which a text may write ``row.short``."""
        text = thai.fold(row.short).strip()
        if not _is_short_form(text):
            alone = row.kind == WHOLE_TOKEN
            return [
                Form(
                    text,
                    weight,
                    alone=alone,
                    not_before=flags.not_before,
                    not_after=flags.not_after,
                )
            ]
        letters = _bare(row.short)
        others = (other for other in self._short_forms if other != letters)
        longer = frozenset(
            other.removesuffix(letters) for other in others if other.endswith(letters)
        )
        spellings = dict.fromkeys((text.removesuffix("."), row.short.removesuffix("."), letters))
        if text == "ส.ค.ส.":
            spellings = {"ส.ค.ส": None}
        if row.kind == WHOLE_TOKEN:
            return [
                Form(f"{one}.", weight, alone=True, dotted=flags.dot_required, longer=longer)
                for one in spellings
            ]
        return [Form(one, weight, not_after=longer | flags.not_after) for one in spellings]

    def _chain_variants(self) -> None:
        """A misspelling finds all that the right spelling finds."""
        for row in self.rows:
            if row.category != "variant":
                continue
            for text in _spellings(row.short):
                trigger = self._triggers[text]
                for expansion in row.expansions:
                    right = self._triggers[thai.fold(expansion).strip()]
                    self._widen(trigger, right.forms.values(), "")

    def _add_siblings(self) -> None:
        """Forms with the same expansion stand for each other, a little further away."""
        by_expansion: dict[str, list[Row]] = {}
        for row in self.rows:
            flags = _flags(row)
            if (
                row.kind == ONE_WAY
                or flags.query_only
                or flags.weak
                or flags.skipped
                or flags.related
            ):
                continue
            for expansion in row.expansions:
                by_expansion.setdefault(thai.fold(expansion).strip(), []).append(row)
        for group in by_expansion.values():
            for row in group:
                others = [other for other in group if _bare(other.short) != _bare(row.short)]
                forms = [
                    form
                    for other in others
                    for form in self._written(other, _flags(other), _SIBLING)
                ]
                for text in _spellings(row.short, dot_required=_flags(row).dot_required):
                    for form in forms:
                        self._triggers[text].forms.setdefault(form.text, form)


def _clean(row: Row) -> Row:
    """``row`` with the category out of its note, where a table writes it there."""
    match = _CATEGORY.match(row.note)
    if match is None:
        return row
    return row._replace(category=row.category or match[1], note=row.note[match.end() :])


def _flags(row: Row) -> _Flags:
    parts = [part.strip() for part in row.note.split(";")]

    def begins(*words: str) -> bool:
        return any(part.startswith(words) for part in parts)

    context = begins("context:")
    first_only = context and ("otherwise" in row.note or "unless" in row.note)
    before, after = _exceptions(row)
    return _Flags(
        weak=begins("weak") or first_only,
        query_only=begins("query only"),
        dot_required=begins("dot required", "with its dot only"),
        skipped=begins("rule:") or (context and not first_only) or not row.expansions,
        first_only=first_only,
        related=begins("related", "uncertain"),
        not_before=before,
        not_after=after,
    )


def _exceptions(row: Row) -> tuple[frozenset[str], frozenset[str]]:
    """(endings, beginnings) that make another word of ``row.short``, read from its note."""
    short = thai.fold(row.short).strip()
    before: set[str] = set()
    after: set[str] = set()
    for match in _EXCEPT.finditer(row.note):
        followed = match[0].startswith("not when followed by")
        for word in re.split(r"[, ]+|และ", match[1]):
            word = thai.fold(word).strip()
            if followed and word:
                before.add(word)
            elif short in word and word != short:
                head, _, tail = word.partition(short)
                (before if tail else after).add(tail or head)
                if head and tail:
                    after.add(head)
    return frozenset(before), frozenset(after)


def _spellings(short: str, *, dot_required: bool = False) -> list[str]:
    """``short`` as a folded query may hold it: with its dot, with none, with all."""
    folded = thai.fold(short).strip()
    spellings = [folded]
    if re.fullmatch(r"[ก-ฮ0-9.]+", folded) and "." in folded and folded != "ส.ค.ส.":
        letters = _bare(short)
        spellings += [f"{letters}.", letters]
    if dot_required:
        spellings = [text for text in spellings if "." in text]
    return list(dict.fromkeys(spellings))


def _is_short_form(folded: str) -> bool:
    """Consonants only: อบต. กศน ส.ป.ก. กข.คจ., but not คอน or ควน, which are read as words."""
    return "." in folded and re.fullmatch(r"[ก-ฮ.]{2,}", folded) is not None


def _bare(short: str) -> str:
    return re.sub(r"[. ]", "", thai.fold(short))


def _thai(text: str, place: int) -> bool:
    return 0 <= place < len(text) and (
        "\u0e01" <= text[place] <= "\u0e3a" or "\u0e40" <= text[place] <= "\u0e4e"
    )


# --- the glossary of this process --------------------------------------------------------

_current = Synonyms()


def learn(rows: Iterable[Any]) -> Synonyms:
    """Use these rows from the next query on, in this process; returns what they became."""
    global _current
    _current = Synonyms(rows)
    return _current


def current() -> Synonyms:
    """The glossary in use."""
    return _current
