"""The path that every saved text takes, whatever its kind.

``posts`` and ``lessons`` hold the rules of their kinds and call this; the importer calls
them.  One saved text becomes, in one transaction: the entry's fields, its rows, a
revision, its links, a change for the index, a line in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import EditConflict, Invalid, NotFound
from app.models import (
    Book,
    Entry,
    EntryPerson,
    EntryYear,
    FormerTitle,
    LessonPart,
    Link,
    Redirect,
    Revision,
    User,
)
from app.policy import Permission, can, ensure, is_author
from app.services import (
    attaching,
    audit,
    changes,
    counters,
    form_tokens,
    jobs,
    notices,
    programs,
    rendering,
    settings,
    taxonomy,
    telling,
    throttles,
)
from app.text import lesson as lesson_text
from app.text import markdown
from app.text.people import split_honorific
from app.text.slugs import slugify
from app.text.sorting import sort_key
from app.text.years import fiscal_year
from app.vocabulary import (
    AuditAction,
    EntryKind,
    JobKind,
    LessonForm,
    LessonState,
    License,
    PartKind,
    PersonRole,
    Status,
    StepState,
)

MOST_TITLE = 300  # code points
MOST_SUMMARY = 2_000
MOST_BODY = 400_000  # an honest text of 340,000 letters renders in 0.12 s
MOST_PROGRAMS = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person, a program or a file wants an entry to be.

    Texts are already cleaned (text.cleaning); years are พ.ศ.; communities, programs and
    tags are slugs or names that ``taxonomy`` resolves.
    """

    kind: EntryKind
    title: str
    body: str = ""
    summary: str = ""
    form: LessonForm | None = None
    license: License | None = None  # None: the book's
    communities: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    proposed_program: str = ""  # a name typed under "not in the list"
    years: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    tellers: tuple[str, ...] = ()
    consent: telling.Consent | None = None  # of tellers who have no account and none noted yet
    renew_consent: bool = False  # note it anew for all of them
    participants: tuple[str, ...] = ()
    happened_on: date | None = None
    drawn_on: date | None = None
    contact: str = ""
    evidence: str = ""
    state: LessonState | None = None
    closes: tuple[str, ...] | None = None  # steps of other lessons: 1000001-n1; None: as noted
    book: str = ""
    page_slug: str = ""
    removed_parts: tuple[str, ...] = field(default=())  # ids that must not be given out again


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an imported entry comes from: what a person at the keyboard cannot say."""

    number: int | None = None
    author_id: int | None = None
    author_name: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    source: Mapping[str, Any] | None = None
    note: str = ""
    import_hash: str = ""


def create(
    actor: User | None,
    draft: Draft,
    *,
    form_token: str = "",
    digest: str = "",
    origin: Origin | None = None,
    page: rendering.Page,
) -> Entry:
    """Store a new draft entry.  Sent twice with one ``form_token``, it is made once."""
    with transaction():
        if actor is not None:
            ensure(actor, Permission.ENTRY_CREATE)
        pressed = form_tokens.claim(actor, form_token) if actor and form_token else None
        if pressed is not None and (made := db.session.get(Entry, pressed.entry_id or 0)):
            return made
        entry = _blank(actor, draft, origin or Origin())
        db.session.add(entry)
        db.session.flush()
        store(actor, entry, draft, page=page, origin=origin or Origin())
        if pressed is not None:
            form_tokens.note_saved(pressed, entry, digest)
        audit.record(actor, AuditAction.CREATE, f"entry:{entry.id}")
    return entry


def save(
    actor: User | None,
    entry: Entry,
    draft: Draft,
    *,
    base: int | None,
    note: str = "",
    sent: form_tokens.Sent | None = None,
    page: rendering.Page,
) -> Entry:
    """Store ``draft`` as the newest revision of ``entry``.

    ``base`` is the revision number the writer began from (None: the machine, which has
    read the newest).  Raises EditConflict, with both texts, when somebody saved since.
    A form that is ``sent`` again as it was is saved already.
    """
    with transaction():
        locked = lock(entry)
        if actor is not None:
            ensure(actor, Permission.ENTRY_EDIT, locked)
        pressed = form_tokens.claim(actor, sent.token) if actor and sent else None
        if pressed and sent and (pressed.entry_id, pressed.digest) == (locked.id, sent.digest):
            return locked
        if base is not None and base != locked.revision_number:
            raise EditConflict(
                mine=draft, theirs=newest_revision(locked), base=revision_at(locked, base)
            )
        keepers = notices.keepers_of(locked)
        if store(actor, locked, draft, page=page, origin=Origin(note=note)):
            audit.record(
                actor, AuditAction.SAVE, f"entry:{locked.id}", revision=locked.revision_number
            )
            notices.tell_of_edit(keepers, locked, actor)
        if pressed is not None and sent is not None:
            form_tokens.note_saved(pressed, locked, sent.digest)
    return locked


def lock(entry: Entry) -> Entry:
    """Read the entry anew inside the transaction, and keep others from changing it."""
    found = db.session.scalar(
        sa.select(Entry)
        .where(Entry.id == entry.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(f"entry {entry.id} is gone")
    return found


def store(
    actor: User | None, entry: Entry, draft: Draft, *, page: rendering.Page, origin: Origin
) -> bool:
    """Write everything a saved text touches.  False, and nothing written, when nothing changed."""
    was = snapshot(entry)
    was_title, was_folded = entry.title, entry.folded
    apply_header(actor, entry, draft)
    apply_text(entry, draft, page)
    if draft.kind is EntryKind.LESSON:
        apply_parts(entry, draft)
    db.session.flush()
    if entry.revision_number and snapshot(entry) == was:
        return False
    is_first = not entry.revision_number
    entry.edited_at = origin.updated or (entry.created_at if is_first else now())
    entry.edited_by_id = actor.id if actor is not None else entry.edited_by_id
    add_revision(actor, entry, origin)
    relink(entry, page)
    attaching.follow_text(actor, entry)
    if was_folded != entry.folded:
        keep_former_title(entry, was_title, was_folded)
        ask_to_relink(entry)
    changes.append(entry)
    return True


def keep_former_title(entry: Entry, title: str, folded: str) -> None:
    """Let links that name the title which a public entry had lead to it from now on."""
    if not folded or entry.published_at is None:
        return
    same = FormerTitle.folded.in_([folded, entry.folded])
    db.session.execute(sa.delete(FormerTitle).where(FormerTitle.entry_id == entry.id, same))
    db.session.add(FormerTitle(entry_id=entry.id, title=title, folded=folded, until=now()))


def apply_header(actor: User | None, entry: Entry, draft: Draft) -> None:
    """The fields beside the text, and the rows of communities, programs, years, tags, people."""
    entry.form = draft.form
    entry.license = draft.license or entry.license
    entry.state = draft.state if draft.kind is EntryKind.LESSON else None
    entry.happened_on, entry.drawn_on = draft.happened_on, draft.drawn_on
    entry.fiscal_year = fiscal_year(draft.happened_on) if draft.happened_on else None
    entry.contact, entry.evidence = draft.contact, draft.evidence
    entry.communities = taxonomy.resolve_communities(draft.communities)
    chosen = taxonomy.resolve_programs(draft.programs)
    if draft.proposed_program:
        chosen.append(programs.propose(actor, draft.proposed_program))
    entry.programs = list(dict.fromkeys(chosen))
    entry.tags = taxonomy.resolve_tags(draft.tags)
    years = set(draft.years)
    if draft.happened_on is not None:
        years.add(draft.happened_on.year + 543)
    kept = {row.year: row for row in entry.year_rows}
    entry.year_rows = [kept.get(year) or EntryYear(year=year) for year in sorted(years)]
    if draft.book:
        entry.book = book_of(entry, draft.book)
    apply_people(actor, entry, draft)


def apply_people(actor: User | None, entry: Entry, draft: Draft) -> None:
    """Tellers and participants, in the order they were named; ``@username`` means an account."""
    wanted = [(PersonRole.TELLER, name) for name in draft.tellers]
    wanted += [(PersonRole.PARTICIPANT, name) for name in draft.participants]
    names = [name[1:].lower() for _role, name in wanted if name.startswith("@")]
    accounts = (
        {
            user.username: user
            for user in db.session.scalars(sa.select(User).where(User.username.in_(names)))
        }
        if names
        else {}
    )
    tellers = [accounts.get(name[1:].lower()) for name in draft.tellers if name.startswith("@")]
    refuse_new_writers(actor, entry, tellers)
    before: dict[tuple[PersonRole, str | int], EntryPerson] = {}
    for person in entry.people:
        before[person.role, person.name] = person
        if person.user_id is not None:  # who claimed a name keeps it as it was written
            before.setdefault((person.role, person.user_id), person)
    people = []
    for position, (role, name) in enumerate(wanted):
        account = accounts.get(name[1:].lower()) if name.startswith("@") else None
        shown = account.display_name if account else name
        known = before.get((role, shown)) or before.get((role, account.id if account else ""))
        person = known or EntryPerson(role=role, name=shown)
        honorific, bare = split_honorific(person.name)
        person.position, person.honorific, person.sort_key = position, honorific, sort_key(bare)
        if account:
            person.user_id = account.id
        people.append(person)
    telling.note_consent(people, draft)
    entry.people = people


def refuse_new_writers(actor: User | None, entry: Entry, tellers: Sequence[User | None]) -> None:
    """A teller with an account is a writer of the entry: only its writers name one.

    Otherwise whoever may edit a wiki text could make it their own, and withdraw it.
    """
    if actor is None or is_author(actor, entry):
        return
    known = {person.user_id for person in entry.tellers}
    if strangers := [one.username for one in tellers if one is not None and one.id not in known]:
        said = _("Only its writers give this text to @%(name)s.", name=strangers[0])
        raise Invalid({"tellers": [said]})


def apply_text(entry: Entry, draft: Draft, page: rendering.Page) -> None:
    """Title, summary and body, and what is made from them."""
    entry.title, entry.summary, entry.body = draft.title, draft.summary, draft.body
    entry.slug = slugify(draft.title)
    entry.sort_key = sort_key(draft.title)[:500]
    entry.folded = rendering.fold(draft.title)
    apply_rendering(entry, page)
    if entry.kind is EntryKind.PAGE and not entry.page_slug:
        entry.page_slug = free_page_slug(draft.page_slug or entry.slug, entry.number)


def apply_rendering(entry: Entry, page: rendering.Page) -> None:
    entry.html, entry.plain, entry.headings = page.html, page.plain, page.headings
    entry.is_rendered, entry.renderer_version = page.ok, markdown.RENDERER_VERSION


def apply_parts(entry: Entry, draft: Draft) -> None:
    """Bring the rows of a lesson in line with its text; rows that left it are kept as removed."""
    text = lesson_text.parse(draft.body)
    rows = {part.anchor: part for part in entry.parts}
    seen = set()
    for position, part in enumerate([*text.points, *text.principles, *text.steps]):
        seen.add(part.id)
        row = rows.get(part.id)
        if row is None:
            row = LessonPart(kind=PartKind(part.id[0]), number=int(part.id[1:]), text="")
            entry.parts.append(row)
        row.position, row.text, row.teller, row.source = (
            position,
            part.text,
            part.teller,
            part.source,
        )
        row.sums, row.who, row.due = list(part.sums), part.who, part.due
        row.state = StepState(part.state or "open") if row.kind is PartKind.STEP else None
        closed_by = str(part.closed_by or "")  # a record number; longer ones fit no column
        row.closed_by = int(closed_by) if closed_by.isdecimal() and len(closed_by) < 10 else None
        row.removed_at = None
    for anchor in draft.removed_parts:
        if anchor not in rows and anchor not in seen:
            gone = LessonPart(
                kind=PartKind(anchor[0]), number=int(anchor[1:]), text="", removed_at=now()
            )
            entry.parts.append(gone)
    for anchor, row in rows.items():
        if anchor not in seen and row.removed_at is None:
            row.removed_at = now()


def used_part_ids(entry: Entry) -> set[str]:
    """Ids of rows that this lesson has or had."""
    return {part.anchor for part in entry.parts}


def snapshot(entry: Entry) -> dict[str, Any]:
    """Everything a revision keeps, as plain values with the names of the front matter."""
    return {
        "title": entry.title,
        "summary": entry.summary,
        "body": entry.body,
        **header_of(entry),
    }


def header_of(entry: Entry) -> dict[str, Any]:
    """What a revision keeps beside title, summary and body."""
    return {
        "kind": entry.kind.value,
        "form": entry.form.value if entry.form else None,
        "license": entry.license.value if entry.license else None,
        "communities": sorted(community.slug for community in entry.communities),
        "programs": sorted(program.slug for program in entry.programs),
        "years": list(entry.years),
        "tags": sorted(tag.name for tag in entry.tags),
        "tellers": [person.name for person in entry.tellers],
        "consent": telling.consents_of(entry),
        "with": [person.name for person in entry.participants],
        "happened": entry.happened_on.isoformat() if entry.happened_on else None,
        "drawn": entry.drawn_on.isoformat() if entry.drawn_on else None,
        "contact": entry.contact or "",
        "evidence": entry.evidence or "",
        "state": entry.state.value if entry.state else None,
    }


def add_revision(actor: User | None, entry: Entry, origin: Origin) -> Revision:
    """Keep the entry as it is now as its newest revision."""
    entry.revision_number = (entry.revision_number or 0) + 1
    revision = Revision(
        entry_id=entry.id,
        number=entry.revision_number,
        title=entry.title,
        summary=entry.summary,
        body=entry.body,
        header=header_of(entry),
        author_id=actor.id if actor is not None else origin.author_id,
        author_name="" if actor is not None else origin.author_name,
        note=origin.note,
        is_before_publication=entry.published_at is None,
        created_at=entry.edited_at,
    )
    db.session.add(revision)
    return revision


def relink(entry: Entry, page: rendering.Page) -> None:
    """Keep who this entry points at, for "what links here" and for red links."""
    db.session.execute(sa.delete(Link).where(Link.entry_id == entry.id))
    folded = {target: rendering.fold(target) for target in page.wiki_targets}
    known = _targets(
        set(folded.values()), page.own_numbers, page.own_slugs | set(page.wiki_targets)
    )
    by_title = {row.folded: row.id for row in known}
    by_slug = {row.page_slug: row.id for row in known if row.page_slug}
    former = rendering.with_former_titles(set(folded.values()))
    for target, key in folded.items():
        found = by_title.get(key) or by_slug.get(target) or former.get(key)
        db.session.add(
            Link(entry_id=entry.id, target=target[:300], folded=key[:300], target_id=found)
        )
    named = {
        row.id for row in known if row.number in page.own_numbers or row.page_slug in page.own_slugs
    }
    named |= set(_moved_pages(page.own_slugs))
    for target_id in sorted(named - {entry.id}):
        db.session.add(Link(entry_id=entry.id, target="", folded="", target_id=target_id))


def _targets(folded: set[str], numbers: frozenset[int], slugs: Iterable[str]) -> Sequence[Any]:
    conditions = [
        Entry.number.in_(numbers),
        Entry.page_slug.in_(list(slugs)),
        Entry.folded.in_(folded),
    ]
    return db.session.execute(
        sa.select(Entry.id, Entry.number, Entry.page_slug, Entry.folded).where(sa.or_(*conditions))
    ).all()


def _moved_pages(slugs: Iterable[str]) -> Sequence[int]:
    """Ids of the entries that former addresses of pages lead to."""
    paths = [f"/pages/{slug}" for slug in slugs]
    if not paths:
        return []
    return db.session.scalars(sa.select(Redirect.entry_id).where(Redirect.path.in_(paths))).all()


def ask_to_relink(entry: Entry) -> None:
    """Have the texts that name this entry's title rendered again: red links turn live."""
    db.session.flush()
    names = [entry.folded, rendering.fold(entry.page_slug or "")]
    waiting = db.session.scalars(
        sa.select(Link.entry_id)
        .where(
            sa.or_(Link.folded.in_([name for name in names if name]), Link.target_id == entry.id)
        )
        .distinct()
    ).all()
    for entry_id in waiting:
        if entry_id != entry.id:
            jobs.enqueue(JobKind.RERENDER, f"rerender:{entry_id}", {"entry": entry_id})


def rerender(entry_id: int) -> None:
    """Make the HTML of one entry anew; no revision, for nothing was written by anybody."""
    entry = db.session.get(Entry, entry_id)
    if entry is None:
        return
    page = rendering.render(entry.body, is_lesson=is_in_form(entry))
    with transaction():
        fresh = lock(entry)
        apply_rendering(fresh, page)
        relink(fresh, page)
        changes.append(fresh)


def is_in_form(entry: Entry) -> bool:
    """Whether the body is the lesson form's, to be shown box by box."""
    return entry.kind is EntryKind.LESSON and entry.form is not LessonForm.FREE


def newest_revision(entry: Entry) -> Revision | None:
    return revision_at(entry, entry.revision_number)


def revision_at(entry: Entry, number: int) -> Revision | None:
    return db.session.scalar(
        sa.select(Revision).where(Revision.entry_id == entry.id, Revision.number == number)
    )


def revision_before(actor: User, entry: Entry, number: int) -> Revision:
    """The revision that ``number`` followed, where ``actor`` may read it.

    Raises NotFound at the first one, and where a text from before the first publication
    would come to light by undoing what followed.
    """
    found = revision_at(entry, number - 1)
    if found is None or (
        found.is_before_publication and not can(actor, Permission.ENTRY_READ_EARLIER, entry)
    ):
        raise NotFound(f"nothing to go back to before revision {number}")
    return found


# --- where an entry stands -------------------------------------------------------------


def publish(actor: User | None, entry: Entry) -> Entry:
    """Make a draft or waiting entry public.  The rules of its kind were asked before."""
    with transaction():
        fresh = lock(entry)
        if actor is not None:
            ensure(actor, Permission.ENTRY_PUBLISH, fresh)
            throttles_for_publishing(actor)
        if fresh.status is Status.PUBLISHED:
            return fresh
        if fresh.published_at is None:
            fresh.published_at = now()
            show_newest_revision(fresh)
        set_status(fresh, Status.PUBLISHED)
        audit.record(actor, AuditAction.PUBLISH, f"entry:{fresh.id}")
    return fresh


def show_newest_revision(entry: Entry) -> None:
    """What is published first is in the history for all; what came before is its writers'."""
    revision = newest_revision(entry)
    if revision is not None:
        revision.is_before_publication = False


def throttles_for_publishing(actor: User) -> None:
    """The brake against floods of one account (settings: entries_per_hour)."""
    throttles.hit(
        "publish", str(actor.id), limit=int(settings.get("entries_per_hour")), window_s=3600
    )


def withdraw(actor: User, entry: Entry) -> Entry:
    """Take a published entry back to draft."""
    return _move(actor, entry, Permission.ENTRY_PUBLISH, Status.DRAFT, AuditAction.WITHDRAW)


def bin_entry(actor: User, entry: Entry, *, reason: str = "") -> Entry:
    """Put an entry into the bin; its status is kept for the way back."""
    with transaction():
        fresh = lock(entry)
        ensure(actor, Permission.ENTRY_BIN, fresh)
        fresh.status_before_bin, fresh.binned_at = fresh.status, now()
        set_status(fresh, Status.BINNED)
        audit.record(actor, AuditAction.BIN, f"entry:{fresh.id}", reason=reason)
    return fresh


def restore(actor: User, entry: Entry) -> Entry:
    """Take an entry out of the bin, comments intact, to where it stood."""
    with transaction():
        fresh = lock(entry)
        ensure(actor, Permission.ENTRY_RESTORE, fresh)
        set_status(fresh, fresh.status_before_bin or Status.DRAFT)
        fresh.status_before_bin = fresh.binned_at = None
        audit.record(actor, AuditAction.RESTORE, f"entry:{fresh.id}")
    return fresh


def hide(actor: User, entry: Entry, *, reason: str) -> Entry:
    """Take an entry out of everybody's sight but its writers' and moderators'."""
    if not reason.strip():
        raise Invalid({"reason": [_("Say why; the reason goes into the log.")]})
    with transaction():
        fresh = lock(entry)
        ensure(actor, Permission.ENTRY_HIDE, fresh)
        fresh.status_before_bin = (
            fresh.status if fresh.status is not Status.HIDDEN else fresh.status_before_bin
        )
        fresh.hidden_reason = reason
        set_status(fresh, Status.HIDDEN)
        audit.record(actor, AuditAction.HIDE, f"entry:{fresh.id}", reason=reason)
    return fresh


def unhide(actor: User, entry: Entry, *, reason: str) -> Entry:
    """Bring a hidden entry back to where it stood."""
    if not reason.strip():
        raise Invalid({"reason": [_("Say why; the reason goes into the log.")]})
    with transaction():
        fresh = lock(entry)
        ensure(actor, Permission.ENTRY_HIDE, fresh)
        if fresh.status is Status.HIDDEN:
            was_public = Status.PUBLISHED if fresh.published_at else Status.DRAFT
            set_status(fresh, fresh.status_before_bin or was_public)
            fresh.status_before_bin, fresh.hidden_reason = None, ""
            audit.record(actor, AuditAction.UNHIDE, f"entry:{fresh.id}", reason=reason)
    return fresh


def _move(
    actor: User, entry: Entry, permission: Permission, status: Status, action: AuditAction
) -> Entry:
    with transaction():
        fresh = lock(entry)
        ensure(actor, permission, fresh)
        set_status(fresh, status)
        audit.record(actor, action, f"entry:{fresh.id}")
    return fresh


def set_status(entry: Entry, status: Status) -> None:
    """Move an entry; where it appears or goes, the texts that link to it are made anew."""
    is_news = Status.PUBLISHED in (entry.status, status) and entry.status is not status
    entry.status = status
    changes.append(entry)
    if is_news:
        ask_to_relink(entry)


def assign_author(actor: User, entry: Entry, author: User) -> Entry:
    """Give an imported entry to the account that wrote it; the log notes who and when."""
    with transaction():
        fresh = lock(entry)
        ensure(actor, Permission.ENTRY_ASSIGN_AUTHOR, fresh)
        fresh.author_id, fresh.author_name = author.id, ""
        fresh.book = first_book(author)
        changes.append(fresh)
        audit.record(actor, AuditAction.ASSIGN_AUTHOR, f"entry:{fresh.id}", author=author.username)
    return fresh


# --- small things that the path needs --------------------------------------------------


def _blank(actor: User | None, draft: Draft, origin: Origin) -> Entry:
    created = origin.created or now()
    entry = Entry(
        number=origin.number or free_number(),
        kind=draft.kind,
        status=Status.DRAFT,
        title="",
        slug="",
        sort_key="",
        folded="",
        summary="",
        body="",
        contact="",
        evidence="",
        author_id=actor.id if actor is not None else origin.author_id,
        author_name="" if actor is not None else origin.author_name,
        created_at=created,
        edited_at=origin.updated or created,
        source=dict(origin.source) if origin.source else None,
        import_hash=origin.import_hash,
        revision_number=0,
        version=0,
    )
    if actor is not None:
        entry.book = first_book(actor)
        entry.people = []
    entry.license = draft.license or (entry.book.license if entry.book else License.CC_BY_4)
    return entry


def free_number() -> int:
    """The next record number that nothing holds."""
    while True:
        number = counters.next_number("entry")
        if db.session.scalar(sa.select(Entry.id).where(Entry.number == number)) is None:
            return number


def free_page_slug(wanted: str, number: int, entry: Entry | None = None) -> str:
    """``wanted``, or with the record number behind it when another page has or had it.

    :param entry: the page that asks, which may take an address of its own again.
    """
    own = entry.id if entry is not None else None
    taken = db.session.scalar(
        sa.select(Entry.id).where(Entry.page_slug == wanted, Entry.id.is_distinct_from(own))
    ) or db.session.scalar(
        sa.select(Redirect.id).where(
            Redirect.path == f"/pages/{wanted}", Redirect.entry_id.is_distinct_from(own)
        )
    )
    return wanted if taken is None else f"{wanted}-{number}"


def first_book(owner: User) -> Book:
    """The owner's first book, made when there is none."""
    book = db.session.scalar(
        sa.select(Book).where(Book.owner_id == owner.id).order_by(Book.id).limit(1)
    )
    if book is None:
        slug = owner.username
        if db.session.scalar(sa.select(Book.id).where(Book.slug == slug)) is not None:
            slug = f"{slug}-{owner.id}"
        book = Book(slug=slug, owner_id=owner.id, title=owner.display_name, created_at=now())
        db.session.add(book)
        db.session.flush()
    return book


def book_of(entry: Entry, slug: str) -> Book:
    """A book by slug that belongs to the entry's author."""
    book = db.session.scalar(sa.select(Book).where(Book.slug == slug))
    if book is None or (book.owner_id != entry.author_id and entry.author_id is not None):
        raise Invalid({"book": [_("There is no book “%(slug)s” of this author.", slug=slug)]})
    return book


def check_lengths(draft: Draft) -> None:
    """Raise Invalid for what is longer than a page can bear; says the limit."""
    faults: dict[str, list[str]] = {}
    for name, text, most in (
        ("title", draft.title, MOST_TITLE),
        ("summary", draft.summary, MOST_SUMMARY),
        ("body", draft.body, MOST_BODY),
    ):
        if len(text) > most:
            faults[name] = [_("Too long: %(n)d letters; at most %(most)d.", n=len(text), most=most)]
    if len(draft.programs) + bool(draft.proposed_program) > MOST_PROGRAMS:
        faults["programs"] = [_("At most three programs.")]
    if faults:
        raise Invalid(faults)
