"""From typed text to what a page shows: rendered once, at save, outside any transaction.

Rendering can take up to its time limit, so it is done before the write lock is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

import sqlalchemy as sa

from app.db import db
from app.models import Entry, FormerTitle
from app.text import lesson as lesson_text
from app.text import markdown, references
from app.text.thai import normalise
from app.vocabulary import EntryKind, Status

#: Links to entries of ours inside rendered HTML.
OWN_LINK = re.compile(r'href="/(posts|lessons|pages)/([^"/#?]+)')


@dataclass(frozen=True, slots=True)
class Page:
    """What is kept of a rendered text.

    :ivar addresses: where its [[links]] led when it was rendered: {target: address}.
    """

    html: str
    plain: str
    headings: list[dict[str, Any]]
    wiki_targets: tuple[str, ...]
    own_numbers: frozenset[int]
    own_slugs: frozenset[str]
    addresses: Mapping[str, str]
    ok: bool


#: Lines that every lesson of the form has; in excerpts and in search they tell nothing.
LABELS = frozenset(
    {
        *(group.th for group in lesson_text.GROUPS),
        *(box.label for box in lesson_text.BOXES),
        *(f"{box.label} AAR" for box in lesson_text.BOXES),
        lesson_text.POINTS.th,
        lesson_text.PRINCIPLES.th,
    }
)
#: Which points a principle sums up, as the page shows it behind the sentence.
SUMS = re.compile(r" สรุปจาก(?: \d*#k\d+)+")


def without_labels(plain: str) -> str:
    """What a reader sees of a lesson without the fixed labels of the form."""
    lines = (SUMS.sub("", line) for line in plain.split("\n"))
    return "\n".join(line for line in lines if line not in LABELS)


def fold(title: str) -> str:
    """A title for comparing: normalised, without spaces."""
    return normalise(title).replace(" ", "")


def path_of(kind: EntryKind, number: int, slug: str, page_slug: str | None) -> str:
    """The address of an entry, without host; the one place that knows its shape."""
    if kind is EntryKind.PAGE and page_slug:
        return f"/pages/{quote(page_slug)}"
    if kind is EntryKind.LESSON:
        return f"/lessons/{number}/{_quoted(slug)}"
    return f"/posts/{number}"


@lru_cache(maxsize=4096)
def _quoted(slug: str) -> str:
    return quote(slug)


def render(body: str, *, is_lesson: bool) -> Page:
    """Render ``body`` with its [[links]] resolved against published entries."""
    source = lesson_text.to_markdown_for_reading(lesson_text.parse(body)) if is_lesson else body
    targets = tuple(dict.fromkeys(link.target for link in references.wiki_links(body)))
    addresses = addresses_of(targets)
    rendered = markdown.render(source, links=addresses)
    numbers, slugs = own_links(rendered.html)
    return Page(
        html=rendered.html,
        plain=without_labels(rendered.plain) if is_lesson else rendered.plain,
        headings=[{"level": h.level, "id": h.id, "text": h.text} for h in rendered.headings],
        wiki_targets=targets,
        own_numbers=numbers,
        own_slugs=slugs,
        addresses=addresses,
        ok=rendered.ok,
    )


def addresses_of(targets: Iterable[str]) -> dict[str, str]:
    """Addresses of the published entries whose title or page slug is one of ``targets``."""
    wanted = {target: fold(target) for target in targets}
    if not wanted:
        return {}
    rows = db.session.execute(
        sa.select(Entry.folded, Entry.kind, Entry.number, Entry.slug, Entry.page_slug)
        .where(
            Entry.status == Status.PUBLISHED,
            sa.or_(Entry.folded.in_(set(wanted.values())), Entry.page_slug.in_(list(wanted))),
        )
        .order_by(Entry.number)
    ).all()
    found: dict[str, str] = {}
    for folded, kind, number, slug, page_slug in rows:
        for target, key in wanted.items():
            if key == folded or target == page_slug:
                found.setdefault(target, path_of(kind, number, slug, page_slug))
    missing = {target: key for target, key in wanted.items() if target not in found}
    return found | _former_addresses(missing) if missing else found


def with_former_titles(folded: Iterable[str]) -> dict[str, int]:
    """{folded title: id of the entry that had it last} of those that some entry had."""
    rows = db.session.execute(
        sa.select(FormerTitle.folded, FormerTitle.entry_id)
        .where(FormerTitle.folded.in_(set(folded)))
        .order_by(FormerTitle.until, FormerTitle.id)
    )
    return {row.folded: row.entry_id for row in rows}


def _former_addresses(wanted: Mapping[str, str]) -> dict[str, str]:
    """Addresses of published entries that had one of these titles: {target: address}."""
    ids = with_former_titles(wanted.values())
    if not ids:
        return {}
    rows = db.session.execute(
        sa.select(Entry.id, Entry.kind, Entry.number, Entry.slug, Entry.page_slug).where(
            Entry.id.in_(ids.values()), Entry.status == Status.PUBLISHED
        )
    )
    paths = {row.id: path_of(row.kind, row.number, row.slug, row.page_slug) for row in rows}
    return {target: paths[ids[key]] for target, key in wanted.items() if ids.get(key, 0) in paths}


def own_links(html: str) -> tuple[frozenset[int], frozenset[str]]:
    """(record numbers, page slugs) that the links of ``html`` lead to."""
    numbers, slugs = set(), set()
    for room, name in OWN_LINK.findall(html):
        if room == "pages":
            slugs.add(unquote(name))
        elif name.isdecimal() and len(name) < 16:
            numbers.add(int(name))
    return frozenset(numbers), frozenset(slugs)
