"""Saved versions in words: what changed beside the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from app.queries import taxonomy as taxonomy_queries
from app.web import labels, language
from app.web.helpers import thai_date, year_label

#: Fields of a version's header in the order in which they are told.
FIELDS: dict[str, Any] = {
    "kind": _l("Kind"),
    "form": _l("Form of the lesson"),
    "communities": _l("Place/community"),
    "programs": _l("Program/work"),
    "years": _l("Year"),
    "happened": _l("When it happened"),
    "drawn": _l("When the lesson was drawn"),
    "tellers": _l("Teller"),
    "consent": _l("Consent of the teller"),
    "with": _l("Drawn together with"),
    "tags": _l("Keywords"),
    "state": _l("State of the lesson"),
    "evidence": _l("Evidence and records"),
    "contact": _l("Contact"),
    "license": _l("Licence"),
}
#: The facet whose names stand for the slugs of a field.
NAMED_BY = {"communities": "community", "programs": "program"}


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
