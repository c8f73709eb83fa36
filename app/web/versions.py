"""Saved versions in words: what changed in the text, box by box, and beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from app.queries import taxonomy as taxonomy_queries
from app.text import lesson as lesson_text
from app.text.diff import are_short, compare_words
from app.text.diff_boxes import NAME, ORDER, BoxChange, Spot, forum_changes, lesson_changes
from app.text.forum import ANSWERS, PROBLEMS
from app.text.rows import LINE, POINT, PRINCIPLE, STEP
from app.vocabulary import EntryKind
from app.web import labels, language
from app.web.helpers import thai_date, year_label

if TYPE_CHECKING:
    from app.models import Revision

#: Fields of a version's header in the order in which they are told.
FIELDS: dict[str, Any] = {
    "kind": _l("Kind"),
    "form": _l("Form of the lesson"),
    "communities": _l("Place/community"),
    "programs": _l("Program/work"),
    "years": _l("Year"),
    "happened": _l("When it happened"),
    "drawn": _l("When the lesson was drawn"),
    "present": _l("How many people came"),
    "groups": _l("How many groups"),
    "tellers": _l("Teller"),
    "consent": _l("Consent of the teller"),
    "with": _l("Drawn together with"),
    "coauthors": _l("Co-authors"),
    "tags": _l("Keywords"),
    "state": _l("State of the lesson"),
    "evidence": _l("Evidence and records"),
    "contact": _l("Contact"),
    "license": _l("Licence"),
}
#: Fields of the writing form that are not called as those of a header.
FORM_FIELDS = {"with": "participants", "groups": "group_count"}
#: The facet whose names stand for the slugs of a field.
NAMED_BY = {"communities": "community", "programs": "program"}

#: Kinds of rows, and what stands in a row beside its sentence.
ROWS: dict[str, Any] = {
    POINT: _l("Point"),
    PRINCIPLE: _l("Principle"),
    STEP: _l("Next step"),
    PROBLEMS: _l("Problem"),
    ANSWERS: _l("Answer"),
    LINE: _l("Line of the sheets"),
}
IN_ROWS: dict[str, Any] = {
    "source": _l("Where it comes from"),
    "teller": _l("Who told it"),
    "sums": _l("Points it sums up"),
    "who": _l("Who (a role or group)"),
    "due": _l("Month due"),
    "state": _l("State"),
    "closed_by": _l("Number of the lesson that closed it"),
    NAME: _l("Name of the group"),
    ORDER: _l("Order"),
}
STEP_STATES: dict[str, Any] = {"open": _l("Open"), "closed": _l("Closed")}
#: The sign of a line that says what the lines below it are of.
HEAD = "#"

Lines = list[tuple[str, Markup]]


def comparison(kind: EntryKind, older: Revision, newer: Revision) -> dict[str, Any]:
    """Two versions of an entry of ``kind``, as history/_changes.html shows them."""
    return {
        "title_lines": compare_words(older.title, newer.title),
        "summary_lines": compare_words(older.summary, newer.summary),
        "changes": text_changes(kind, older.body, newer.body),
        "changed_header": header_rows(older.header, newer.header),
    }


def text_changes(kind: EntryKind, older: str, newer: str) -> list[tuple[str, Lines]]:
    """(heading, lines of a comparison) of what differs between two texts of ``kind``.

    Where both have a form there is one heading a box or group, by its label; other texts
    are compared as they were written.
    """
    if kind is EntryKind.FORUM:
        return _by_boxes("forum", forum_changes(older, newer))
    if kind is EntryKind.LESSON or lesson_text.is_in_form(older) or lesson_text.is_in_form(newer):
        return _by_boxes("lesson", lesson_changes(older, newer))
    lines = compare_words(older, newer)
    return [(_("Text"), lines)] if lines else []


def _by_boxes(form: str, changes: Sequence[BoxChange]) -> list[tuple[str, Lines]]:
    """The changes under the headings of ``form``, in the language of the page."""
    spots = [spot for change in changes for spot in change.spots]
    is_by_words = are_short(text for spot in spots for text in (spot.older, spot.newer))
    return [
        (
            language.heading_of(form, change.label) or _("Text"),
            [line for spot in change.spots for line in _lines(spot, is_by_words=is_by_words)],
        )
        for change in changes
    ]


def _lines(spot: Spot, *, is_by_words: bool) -> Lines:
    """A changed spot, below the name of its row."""
    older, newer = spot.older, spot.newer
    if spot.field == "state":
        older, newer = (str(STEP_STATES.get(state, state)) for state in (older, newer))
    names = [named_row(spot.kind, spot.row), str(IN_ROWS.get(spot.field, ""))]
    head = " · ".join(name for name in names if name)
    return [(HEAD, escape(head))] * bool(head) + compare_words(
        older, newer, is_by_words=is_by_words
    )


def named_row(kind: str, row: str) -> str:
    """A row as people know it: its kind and its number."""
    return f"{ROWS[kind]} {row}".strip() if kind else ""


def header_rows(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[tuple[Any, str, str]]:
    """(field, before, after) of what differs between two headers, in words; "–" for nothing."""
    changed = [name for name in FIELDS if (older.get(name) or None) != (newer.get(name) or None)]
    names = _names_in(older, newer, changed)
    return [
        (FIELDS[name], _said(name, older.get(name), names), _said(name, newer.get(name), names))
        for name in changed
    ]


def _names_in(
    older: Mapping[str, Any], newer: Mapping[str, Any], changed: Sequence[str]
) -> dict[str, dict[str, str]]:
    """{facet: {slug: name}} of the places and programs that the changed fields hold."""
    wanted = {
        NAMED_BY[name]: sorted({*(older.get(name) or ()), *(newer.get(name) or ())})
        for name in changed
        if name in NAMED_BY
    }
    return taxonomy_queries.names_of_facets(wanted, lang=language.current()) if wanted else {}


def _said(name: str, value: Any, names: Mapping[str, Mapping[str, str]]) -> str:
    if value in (None, "", [], ()):
        return "–"
    if name in NAMED_BY:
        known = names.get(NAMED_BY[name], {})
        return ", ".join(known.get(slug, slug) for slug in value)
    words = IN_WORDS.get(name)
    if words is not None:
        return str(words(value))
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _day(value: str) -> str:
    try:
        return thai_date(date.fromisoformat(value))
    except ValueError:
        return value


def _years(values: Sequence[int]) -> str:
    return ", ".join(year_label(int(year)) for year in values)


def _license(value: str) -> Any:
    try:
        return labels.license_name(value)
    except KeyError:
        return value


def _consents(values: Sequence[Mapping[str, str]]) -> str:
    """Who agreed, how and when; not who asked, for versions are read by everybody."""
    return ", ".join(
        f"{one['name']}: {labels.CONSENT_KINDS.get(one['kind'], one['kind'])} {_day(one['date'])}"
        for one in values
    )


IN_WORDS: dict[str, Callable[[Any], Any]] = {
    "kind": lambda value: labels.KINDS.get(value, value),
    "form": lambda value: labels.FORMS.get(value, value),
    "consent": _consents,
    "state": lambda value: labels.STATES.get(value, value),
    "years": _years,
    "happened": _day,
    "drawn": _day,
    "license": _license,
}
