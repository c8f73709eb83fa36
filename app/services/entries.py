"""The path that every stored text takes, whatever its kind.

The rules of its kind were asked before.  One stored text becomes, in one transaction: the
entry's fields, its rows, a revision, its links, a change for the index, a line in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Busy, EditConflict, Invalid, NotFound
from app.models import Entry, EntryPerson, EntryYear, LessonPart, User
from app.policy import Permission, ensure, is_author, to_create
from app.services import (
    attaching,
    audit,
    books,
    changes,
    coauthoring,
    counters,
    covering,
    form_tokens,
    history,
    linking,
    notices,
    programs,
    rendering,
    taxonomy,
    telling,
)
from app.services.drafts import KINDS_WITH_ROWS, Draft, Origin, page_of
from app.text import forum as forum_text
from app.text import lesson as lesson_text
from app.text import markdown
from app.text.people import split_honorific
from app.text.rows import Part
from app.text.slugs import slugify
from app.text.sorting import sort_key
from app.text.years import fiscal_year
from app.vocabulary import (
    AuditAction,
    EntryKind,
    License,
    LineSide,
    PartKind,
    PersonRole,
    Status,
    StepState,
)

#: Keeps what a form sent with its text: (actor, entry).
Beside = Callable[[User, Entry], None]


def create(
    actor: User | None,
    draft: Draft,
    *,
    form_token: str = "",
    digest: str = "",
    origin: Origin | None = None,
    page: rendering.Page,
    beside: Beside | None = None,
) -> Entry:
    """Store a new draft entry.  Sent twice with one ``form_token``, it is made once.

    :param beside: called in the same transaction, and not when the form is sent again.
    :raises form_tokens.MadeMeanwhile: the form was sent before with another text, so this one
        is a change of what it made.
    """
    with transaction():
        if actor is not None:
            ensure(actor, to_create(draft.kind))
        pressed = form_tokens.claim(actor, form_token) if actor and form_token else None
        if pressed is not None and (made := db.session.get(Entry, pressed.entry_id or 0)):
            if digest and pressed.digest and pressed.digest != digest:
                raise form_tokens.MadeMeanwhile()
            return made
        entry = _blank(actor, draft, origin or Origin())
        db.session.add(entry)
        db.session.flush()
        store(actor, entry, draft, page=page, origin=origin or Origin())
        if pressed is not None:
            form_tokens.note_saved(pressed, entry, digest)
        if actor is not None and beside is not None:
            beside(actor, entry)
        audit.record(actor, AuditAction.CREATE, f"entry:{entry.id}")
    return entry


#: Logs a saving and tells of it: (actor, entry, who kept the entry before).
Record = Callable[[User, Entry, Sequence[User]], None]


def record_saving(actor: User, entry: Entry, keepers: Sequence[User]) -> None:
    """What is logged of any saving, and its keepers told."""
    audit.record(actor, AuditAction.SAVE, f"entry:{entry.id}", revision=entry.revision_number)
    notices.tell_of_edit(keepers, entry, actor)


def save(
    actor: User,
    entry: Entry,
    draft: Draft,
    *,
    base: int | None,
    note: str = "",
    sent: form_tokens.Sent | None = None,
    page: rendering.Page,
    record: Record = record_saving,
    beside: Beside | None = None,
    is_typed: bool = True,
) -> Entry:
    """Store ``draft`` as the newest revision of ``entry``.

    ``base`` is the revision number the writer began from (None: the machine, which has
    read the newest).  Raises EditConflict, with both texts, when somebody saved since.
    A form that is ``sent`` again as it was is saved already, and nothing of it is done.
    ``record`` logs and tells what was done, in the same transaction, when something changed;
    ``beside`` is called there even when the text is the same.  A text that somebody typed
    (``is_typed``) meets with what was blacked out since ``base``, too: of a phrase that stood
    beside the text there is no revision.
    """
    with transaction():
        locked = lock(entry)
        ensure(actor, Permission.ENTRY_EDIT, locked)
        pressed = form_tokens.claim(actor, sent.token) if sent else None
        if pressed and sent and (pressed.entry_id, pressed.digest) == (locked.id, sent.digest):
            return locked
        if draft.kind is not locked.kind:  # it was converted since the form was opened
            raise Invalid({"kind": [_("This text is of another kind now.")]})
        if base is not None and (
            base != locked.revision_number
            or (is_typed and covering.covered(locked, draft, since=base) != draft)
        ):
            raise EditConflict(
                mine=draft,
                theirs=history.newest_revision(locked),
                base=history.revision_at(locked, base),
            )
        keepers = notices.keepers_of(locked)
        note = covering.covered_line(locked, note, since=base or 0) if is_typed else note
        if store(actor, locked, draft, page=page, origin=Origin(note=note)):
            record(actor, locked, keepers)
            if locked.status is Status.PUBLISHED:
                programs.tell_of_proposed(actor, locked)
        if beside is not None:
            beside(actor, locked)
        if pressed is not None and sent is not None:
            form_tokens.note_saved(pressed, locked, sent.digest)
    return locked


@dataclass(frozen=True, slots=True)
class Made:
    """What a change makes of the text that stands.

    :ivar note: is kept with the revision.
    """

    draft: Draft
    page: rendering.Page
    note: str


#: How often a save begins again because somebody else was quicker.  A try fails only when
#: another save succeeded, so sixteen people at once need sixteen at most; in ten rounds of
#: sixteen nobody gave up (bench/writing/README.md).
MOST_TRIES = 24


def change(
    actor: User,
    entry: Entry,
    make: Callable[[Entry], Made | None],
    *,
    record: Record = record_saving,
) -> Entry | None:
    """Store what ``make`` makes of the newest text; None when it makes nothing of it.

    For a change of one place, which holds whatever else is written: when somebody saved
    meanwhile, ``make`` is asked again, of the text as it is now.
    """
    for _try in range(MOST_TRIES):
        base = entry.revision_number  # read with the text, not after it
        made = make(entry)
        if made is None:
            return None
        try:
            return save(
                actor,
                entry,
                made.draft,
                base=base,
                note=made.note,
                page=made.page,
                record=record,
                is_typed=False,
            )
        except EditConflict:
            continue  # the transaction has ended, so the entry is read anew
    raise Busy()


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
    was = history.snapshot(entry)
    was_title, was_folded = entry.title, entry.folded
    was_named = coauthoring.accounts_in(entry)
    apply_header(actor, entry, draft)
    apply_text(entry, draft, page)
    if draft.kind in KINDS_WITH_ROWS:
        apply_parts(entry, draft)
    db.session.flush()
    if entry.revision_number and history.snapshot(entry) == was:
        linking.render_again_if_stale(entry, page)
        return False
    is_first = not entry.revision_number
    entry.edited_at = origin.updated or (entry.created_at if is_first else now())
    entry.edited_by_id = actor.id if actor is not None else entry.edited_by_id
    history.add_revision(actor, entry, origin)
    linking.relink(entry, page)
    attaching.follow_text(actor, entry)
    if was_folded != entry.folded:
        linking.keep_former_title(entry, was_title, was_folded)
    coauthoring.tell_new(actor, entry, was_named)
    changes.append(entry)
    if was_folded != entry.folded:
        linking.ask_to_relink(entry)
    linking.render_again_if_stale(entry, page)
    return True


def apply_header(actor: User | None, entry: Entry, draft: Draft) -> None:
    """The fields beside the text, and the rows of communities, programs, years, tags, people."""
    entry.form = draft.form
    entry.license = draft.license or entry.license
    entry.state = draft.state if draft.kind is EntryKind.LESSON else None
    entry.happened_on, entry.drawn_on = draft.happened_on, draft.drawn_on
    entry.fiscal_year = fiscal_year(draft.happened_on) if draft.happened_on else None
    is_forum = draft.kind is EntryKind.FORUM
    entry.present = draft.present if is_forum else None
    entry.group_count = draft.group_count if is_forum else None
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
        entry.book = books.book_of(entry, draft.book)
    apply_people(actor, entry, draft)


def apply_people(actor: User | None, entry: Entry, draft: Draft) -> None:
    """Tellers, participants and co-authors, in the order they were named.

    ``@username`` means an account.
    """
    wanted = [(PersonRole.TELLER, name) for name in draft.tellers]
    wanted += [(PersonRole.PARTICIPANT, name) for name in draft.participants]
    accounts = named_accounts(actor, entry, draft)
    refuse_new_writers(actor, entry, [accounts.get(name) for name in draft.tellers])
    before: dict[tuple[PersonRole, str | int], EntryPerson] = {}
    for person in entry.people:
        before[person.role, person.name] = person
        if person.user_id is not None:  # who claimed a name keeps it as it was written
            before.setdefault((person.role, person.user_id), person)
    people = []
    for position, (role, name) in enumerate(wanted):
        account = accounts.get(name)
        shown = account.display_name if account else name
        known = before.get((role, shown)) or before.get((role, account.id if account else ""))
        person = known or EntryPerson(role=role, name=shown)
        honorific, bare = split_honorific(person.name)
        person.position, person.honorific, person.sort_key = position, honorific, sort_key(bare)
        if account:
            person.user_id = account.id
        people.append(person)
    telling.note_consent(people, draft)
    wrote = coauthoring.people_for(actor, entry, draft.coauthors)
    for position, person in enumerate(wrote, start=len(people)):
        person.position = position
    entry.people = [*people, *wrote]


def named_accounts(actor: User | None, entry: Entry, draft: Draft) -> dict[str, User]:
    """{@username as it is typed: its account} of tellers and participants.

    An import may name who has no account; what only looks like a user name is refused when
    somebody types it.
    """
    fields = {"tellers": draft.tellers, "participants": draft.participants}
    found, names = telling.told_apart(entry, [*draft.tellers, *draft.participants])
    for field, all_names in fields.items():
        strange = [name for name in all_names if name.startswith("@")]
        if actor and (nobody := [one for one in strange if one not in names and one not in found]):
            said = _(
                "There is no account “%(name)s”. Choose one from the list, or type the name "
                "without @.",
                name=nobody[0],
            )
            raise Invalid({field: [said]})
    return found


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
        entry.page_slug = linking.free_page_slug(draft.page_slug or entry.slug, entry.number)


def apply_rendering(entry: Entry, page: rendering.Page) -> None:
    entry.html, entry.plain, entry.headings = page.html, page.plain, page.headings
    entry.is_rendered, entry.renderer_version = page.ok, markdown.RENDERER_VERSION


def apply_parts(entry: Entry, draft: Draft) -> None:
    """Bring the rows of an entry in line with its text; rows that left it are kept as removed."""
    rows = {part.anchor: part for part in entry.parts}
    seen = set()
    for position, (part, group, side) in enumerate(rows_in(draft)):
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
        row.group, row.side = group, side
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


def rows_in(draft: Draft) -> list[tuple[Part, str, LineSide | None]]:
    """(row, group and side of a forum's line) of each row in the text, in its order."""
    if draft.kind is not EntryKind.FORUM:
        return [(part, "", None) for part in lesson_text.parse(draft.body).parts]
    return [
        (line, group.name, side)
        for group in forum_text.parse(draft.body).groups
        for side, lines in zip(LineSide, (group.problems, group.answers), strict=True)
        for line in lines
    ]


def used_part_ids(entry: Entry) -> set[str]:
    """Ids of rows that this entry has or had."""
    return {part.anchor for part in entry.parts}


def rerender(entry_id: int) -> None:
    """Make the HTML of one entry anew; no revision, for nothing was written by anybody."""
    for _try in range(MOST_TRIES):
        entry = db.session.get(Entry, entry_id)
        if entry is None:
            return
        base, page = entry.revision_number, page_of(entry)
        with transaction():
            fresh = lock(entry)
            if fresh.revision_number != base:
                continue  # saved meanwhile, perhaps by who made the page before this was asked for
            apply_rendering(fresh, page)
            linking.relink(fresh, page)
            changes.append(fresh)
            linking.render_again_if_stale(fresh, page)
        return
    raise Busy()


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
    book = None
    if actor is not None:
        is_note = draft.kind is EntryKind.JOURNAL
        book = books.oldest_book(actor) if is_note else books.first_book(actor)
        entry.book = None if is_note else book  # a note lies in the journal
        entry.people = []
    entry.license = draft.license or (book.license if book is not None else License.CC_BY_4)
    return entry


def free_number() -> int:
    """The next record number that nothing holds."""
    while True:
        number = counters.next_number("entry")
        if db.session.scalar(sa.select(Entry.id).where(Entry.number == number)) is None:
            return number
