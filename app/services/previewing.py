"""A text as its page will show it, made from a draft that is not stored.

The page's own templates show it, so it has the names that they read of an entry.  Nothing is
written: what a save would make (a new keyword, a proposed program) stands in by its name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.clock import now
from app.models import Entry, User
from app.models.entry import credit
from app.queries import people as people_queries
from app.queries.naming import tags_by_slug
from app.services import taxonomy
from app.services.drafts import Draft, page_of
from app.text import lesson as lesson_text
from app.text.cleaning import clean_line
from app.text.slugs import slugify
from app.text.years import fiscal_year
from app.vocabulary import EntryKind, LessonForm, LessonState, License, Status


@dataclass(frozen=True, slots=True)
class Named:
    """A person, keyword or program that is not stored, by what is shown of it."""

    name: str
    slug: str = ""
    label: str = ""
    user: User | None = None
    confirmation: str = ""


@dataclass(slots=True)
class Preview:
    """What a page shows of an entry, by the same names."""

    kind: EntryKind
    form: LessonForm | None
    state: LessonState | None
    title: str
    summary: str
    license: License
    body: str
    html: str
    plain: str
    headings: list[dict[str, Any]]
    is_rendered: bool
    author: User | None
    author_name: str
    created_at: datetime
    edited_at: datetime
    edited_by: User | None
    number: int
    slug: str
    page_slug: str | None
    happened_on: date | None
    drawn_on: date | None
    present: int | None
    group_count: int | None
    fiscal_year: int | None
    contact: str
    evidence: str
    communities: list[Any] = field(default_factory=list)
    programs: list[Any] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    tags: list[Any] = field(default_factory=list)
    tellers: list[Named] = field(default_factory=list)
    coauthors: list[Any] = field(default_factory=list)
    participants: list[Named] = field(default_factory=list)
    principles: list[Any] = field(default_factory=list)
    status: Status = Status.PUBLISHED  # so readers will see it

    @property
    def byline(self) -> str:
        """Who is named first, as one line; empty when nobody is known."""
        return ", ".join(credit(self))


@dataclass(frozen=True, slots=True)
class Principle:
    """One row of แก่นความรู้, as the page shows it."""

    anchor: str
    text: str


def preview(actor: User, draft: Draft, entry: Entry | None = None) -> Preview:
    """``draft`` as readers will see it, over ``entry`` where it is stored already.

    :raises Invalid: a community, program or keyword that a save would refuse too.
    """
    is_lesson = draft.kind is EntryKind.LESSON
    page = page_of(draft)
    text = lesson_text.parse(draft.body) if is_lesson else None
    happened = draft.happened_on
    at = now()
    return Preview(
        kind=draft.kind,
        form=draft.form,
        state=draft.state if is_lesson else None,
        title=draft.title,
        summary=draft.summary,
        license=draft.license or license_of(actor, draft, entry),
        body=draft.body,
        html=page.html,
        plain=page.plain,
        headings=page.headings,
        is_rendered=page.ok,
        author=entry.author if entry is not None else actor,
        author_name=entry.author_name if entry is not None else "",
        created_at=entry.created_at if entry is not None else at,
        edited_at=at,
        edited_by=actor if entry is not None else None,
        number=entry.number if entry is not None else 0,
        slug=slugify(draft.title),
        page_slug=entry.page_slug if entry is not None else None,
        happened_on=happened,
        drawn_on=draft.drawn_on,
        present=draft.present,
        group_count=draft.group_count,
        fiscal_year=fiscal_year(happened) if happened else None,
        contact=draft.contact,
        evidence=draft.evidence,
        communities=sorted(
            taxonomy.resolve_communities(draft.communities), key=lambda one: one.sort_key
        ),
        programs=programs_of(draft),
        years=sorted({*draft.years, *([happened.year + 543] if happened else [])}),
        tags=tags_of(draft),
        tellers=[person(name) for name in draft.tellers],
        coauthors=coauthors_of(draft, entry),
        participants=[person(name) for name in draft.participants],
        principles=[Principle(part.id, part.text) for part in text.principles] if text else [],
    )


def license_of(actor: User, draft: Draft, entry: Entry | None) -> License:
    """The licence where the form chooses none: what it has, else that of its book."""
    if entry is not None:
        return entry.license
    books = people_queries.books_of(actor)
    named = [book for book in books if book.slug == draft.book] or books
    return named[0].license if named else License.CC_BY_4


def programs_of(draft: Draft) -> list[Any]:
    """The programs chosen, and the one that a save would propose."""
    chosen: list[Any] = list(taxonomy.resolve_programs(draft.programs))
    if name := draft.proposed_program:
        chosen.append(Named(name, slugify(name), label=name, confirmation="proposed"))
    return chosen


def tags_of(draft: Draft) -> list[Any]:
    """The keywords, those too that a save would make."""
    taxonomy.resolve_tags(draft.tags, create=False)  # refuses what a save refuses
    names = [clean_line(name).lstrip("#").strip() for name in draft.tags]
    known = tags_by_slug(names)
    found = {slugify(name): Named(name, slugify(name)) for name in names if name}
    return [known.get(slug, named) for slug, named in found.items()]


def coauthors_of(draft: Draft, entry: Entry | None) -> list[Any]:
    """Those named in the draft; those of the entry where it says nothing."""
    if draft.coauthors is None:
        return list(entry.coauthors) if entry is not None else []
    return [person(name) for name in draft.coauthors]


def person(name: str) -> Named:
    """A teller or participant; ``@username`` means an account."""
    user = people_queries.find_by_username(name[1:].lower()) if name.startswith("@") else None
    return Named(user.display_name if user is not None else name, user=user)
