"""Blacking out a phrase: an identity number, a telephone number, a name told in error.

It goes from the text, all its revisions, every other row that hangs on the entry, and what
was typed in its forms and kept.  The log says that it was done, by whom and why, and not
what it was; reasons and names of earlier deeds are masked there too, for many read the log
and it is kept for ever.  Who did what to what, and when, it still tells.

What the phrase is known by stays (``covering``), with the number of the revision that took
it out: a form that was opened before does not bring it back, neither when it is saved nor
when its text is proposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import Base, db, transaction
from app.errors import Invalid
from app.models import (
    Audit,
    Autosave,
    BlackOut,
    Change,
    Comment,
    Entry,
    EntryUpload,
    FormerTitle,
    Redirect,
    Report,
    Revision,
    Tag,
    Upload,
    User,
    VoiceNote,
)
from app.policy import Permission, ensure
from app.services import (
    audit,
    autosaves,
    changes,
    covering,
    drafts,
    entries,
    history,
    jobs,
    linking,
    rendering,
    taxonomy,
    throttles,
)
from app.services.drafts import Origin
from app.text.cleaning import clean_line, is_blank
from app.text.masking import LEAST_LETTERS, masked
from app.text.people import split_honorific
from app.text.slugs import slugify
from app.text.sorting import sort_key
from app.vocabulary import AuditAction, JobKind

#: Kept with the revision and read in Thai, whoever reads.
NOTE = "ปิดข้อความบางส่วน"
#: Tables whose rows are no text of anybody.
LEFT_OUT = frozenset({Change.__tablename__, BlackOut.__tablename__})
#: Columns, names in JSON and fields of forms that the machine reads: a phrase like "full" or
#: "2550" is no word there, and a mask over it would make what is kept unreadable.
MACHINES = frozenset(
    {"form", "digest", "token", "import_hash", "source_id", "visitor", "due", "told_due", "sums"}
    | {"kind", "license", "communities", "programs", "years", "happened", "drawn", "date"}
    | {"present", "groups", "state", "base", "theirs", "action", "press", "book", "missing"}
    | {"mime", "sha256", "fault"}
    | {"id", "rows", "uploads", "closes", "grows", "grows_from", "consent_kind", "closes_asked"}
)
#: The same of the log, whose deeds tell in these words what they changed.
MACHINES_OF_LOG = MACHINES | {"target", "was", "now", "to", "by", "step", "author"}
#: How often somebody may look where a phrase stands, in an hour, or black one out.
MOST_TRIES = 60


@dataclass(frozen=True, slots=True)
class Places:
    """Where a phrase stands: in how many rows, and how many of them are old or new versions."""

    rows: int
    revisions: int


def count(actor: User, entry: Entry, *, phrase: str, reason: str) -> Places:
    """What ``black_out`` would do; nothing is changed.

    What others typed and did not save is masked too and not counted: a number would tell
    what stands there, phrase by phrase.
    """
    phrase, _reason = _checked(phrase, reason)
    ensure(actor, Permission.ENTRY_BLACK_OUT, entry)
    _brake(actor)
    rows, revisions = len(list(_holding(*_row_of(entry), phrase))), 0
    rows += len(_tags_holding(entry, phrase)) + len(_addresses_holding(entry, phrase))
    for table, where in _rows_beside(entry):
        if table is Autosave.__table__:
            continue
        held = len(list(_holding(table, where, phrase)))
        rows += held
        revisions += held if table is Revision.__table__ else 0
    if not rows:
        raise _found_nowhere()
    return Places(rows, revisions)


def _brake(actor: User) -> None:
    """Trying one phrase after the other tells what stands where nobody may look."""
    throttles.hit("black-out", str(actor.id), limit=MOST_TRIES, window_s=3600)


def _found_nowhere() -> Invalid:
    return Invalid({"phrase": [_("This stands nowhere in the text or its history.")]})


def _checked(phrase: str, reason: str) -> tuple[str, str]:
    phrase, reason = clean_line(phrase), audit.clean_reason(reason)
    faults: dict[str, list[str]] = {}
    if len(phrase) < LEAST_LETTERS:
        faults["phrase"] = [_("At least four letters, or too much of the text would go.")]
    if is_blank(reason):
        faults["reason"] = [_("Say why; the reason goes into the log.")]
    elif phrase and phrase in reason:
        faults["reason"] = [_("The phrase itself must not stand in the reason.")]
    if faults:
        raise Invalid(faults)
    return phrase, reason


def black_out(actor: User, entry: Entry, *, phrase: str, reason: str) -> int:
    """Put a mask over ``phrase`` wherever it stands; returns in how many rows it stood.

    Letters count as they are typed, small and large alike.
    """
    phrase, reason = _checked(phrase, reason)
    ensure(actor, Permission.ENTRY_BLACK_OUT, entry)
    _brake(actor)
    body = masked(entry.body, phrase)
    page = rendering.render(body, is_lesson=drafts.is_in_form(entry))
    said = {
        row.id: rendering.render(masked(row.body, phrase), is_lesson=False)
        for row in db.session.scalars(sa.select(Comment).where(Comment.entry_id == entry.id))
        if phrase in row.body
    }
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_BLACK_OUT, fresh)
        was = history.snapshot(fresh)
        rows = _mask_entry(fresh, phrase)
        rows += _mask_rows_of(fresh, phrase)
        if not rows:
            raise _found_nowhere()
        fresh = entries.lock(fresh)
        if fresh.body == body:
            entries.apply_rendering(fresh, page)
            linking.relink(fresh, page)
        else:  # somebody saved meanwhile; what is shown until then was masked as it stood
            jobs.enqueue(JobKind.RERENDER, f"rerender:{fresh.id}", {"entry": fresh.id})
        _sort_anew(fresh)
        if history.snapshot(fresh) != was:
            fresh.edited_at, fresh.edited_by_id = now(), actor.id
            history.add_revision(actor, fresh, Origin(note=NOTE))
            covering.remember(fresh, phrase, out_of=fresh.revision_number)
        else:  # it stood beside the text; a form of this very revision may hold it
            covering.remember(fresh, phrase, out_of=fresh.revision_number + 1)
        for comment in db.session.scalars(sa.select(Comment).where(Comment.id.in_(list(said)))):
            comment.html, comment.plain = said[comment.id].html, said[comment.id].plain
        audit.record(actor, AuditAction.BLACK_OUT, f"entry:{fresh.id}", reason=reason, rows=rows)
        changes.append(fresh)
        linking.ask_to_relink(fresh)
        linking.render_again_if_stale(fresh, page)
    return rows


def _sort_anew(entry: Entry) -> None:
    """Keys by which titles and names are sorted are made of their letters."""
    entry.sort_key = sort_key(entry.title)[:500]
    for person in entry.people:
        person.honorific, bare = split_honorific(person.name)
        person.sort_key = sort_key(bare)


def _mask_entry(entry: Entry, phrase: str) -> int:
    """The entry's own columns, and the addresses that were made of its title."""
    was_title, addresses = entry.title, _addresses_holding(entry, phrase)
    rows = _mask(*_row_of(entry), phrase) + len(addresses)
    db.session.refresh(entry)
    if gone := _tags_holding(entry, phrase):  # a keyword with a mask in it would find nothing
        rows += len(gone)
        entry.tags = [tag for tag in entry.tags if tag not in gone]
        taxonomy.forget_unused(gone)
    for address in addresses:
        if not isinstance(address, Entry):
            db.session.delete(address)
    if entry.title != was_title:
        entry.slug, entry.folded = slugify(entry.title), rendering.fold(entry.title)
    if entry.page_slug and (entry.title != was_title or entry in addresses):
        entry.page_slug = linking.free_page_slug(entry.slug, entry.number, entry)
    db.session.flush()
    return rows


def _addresses_holding(entry: Entry, phrase: str) -> list[FormerTitle | Redirect | Entry]:
    """Former titles and addresses that tell the phrase; the entry itself, if its own does.

    An address has the letters of a title small and its words joined, and the end of a long
    one is cut off: it is known by every title that held the phrase, and by the phrase.
    """
    of_entry = sa.select(FormerTitle).where(FormerTitle.entry_id == entry.id)
    former = [
        one
        for one in db.session.scalars(of_entry)
        if phrase in one.title or rendering.fold(phrase) in one.folded
    ]
    earlier = sa.select(Revision.title).where(Revision.entry_id == entry.id).distinct()
    titles = [entry.title, *(one.title for one in former), *db.session.scalars(earlier)]
    slugs = {slugify(title) for title in titles if phrase in title}
    slugs |= {f"{slug}-{entry.number}" for slug in slugs}
    joined = slugify(phrase, limit=len(phrase) * 2, fallback="")

    def tells(slug: str) -> bool:
        return slug in slugs or (len(joined) >= LEAST_LETTERS and joined in slug)

    to_entry = sa.select(Redirect).where(Redirect.entry_id == entry.id)
    moved = [one for one in db.session.scalars(to_entry) if tells(one.path.rpartition("/")[2])]
    is_told = entry.page_slug is not None and tells(entry.page_slug) and phrase not in entry.title
    return [*former, *moved, *([entry] if is_told else [])]


def _tags_holding(entry: Entry, phrase: str) -> list[Tag]:
    return [tag for tag in entry.tags if phrase in tag.name]


def _mask_rows_of(entry: Entry, phrase: str) -> int:
    rows = 0
    for table, where in _rows_beside(entry):
        held = _mask(table, where, phrase)
        rows += held
        if held and table is Upload.__table__:
            _tell_users_of_uploads(entry)
    db.session.expire_all()
    return rows


def _tell_users_of_uploads(entry: Entry) -> None:
    """Pages and search documents of others that show the same photo or file differ, too."""
    changes.append_for(
        sa.select(EntryUpload.entry_id)
        .where(EntryUpload.upload_id.in_(_uploads_of(entry)), EntryUpload.entry_id != entry.id)
        .distinct()
    )


Rows = tuple[sa.FromClause, sa.ColumnElement[bool]]


def _row_of(entry: Entry) -> Rows:
    return Entry.__table__, Entry.__table__.c.id == entry.id


def _rows_beside(entry: Entry) -> Iterator[Rows]:
    """Each table with rows that hang on the entry, and which of its rows do."""
    for table in Base.metadata.sorted_tables:
        if table.name in LEFT_OUT or table is Entry.__table__:
            continue
        for column in table.columns:
            if any(key.column.table is Entry.__table__ for key in column.foreign_keys):
                yield table, column == entry.id
    # What anybody typed in its forms, or in that of a recording, and did not save.
    notes = db.session.scalars(sa.select(VoiceNote).where(VoiceNote.entry_id == entry.id)).unique()
    of_notes = Autosave.form.in_([autosaves.form_of(note) for note in notes])
    yield Autosave.__table__, sa.or_(autosaves.is_of(entry.number), of_notes)
    yield Upload.__table__, Upload.id.in_(_uploads_of(entry))
    yield Audit.__table__, Audit.target.in_(_names_in_log(entry))


def _uploads_of(entry: Entry) -> sa.CompoundSelect[int]:
    """Photos, files and recordings that the entry uses or used: names, words, text for search."""
    used = sa.select(EntryUpload.upload_id).where(EntryUpload.entry_id == entry.id)
    spoken = sa.select(VoiceNote.upload_id).where(VoiceNote.entry_id == entry.id)
    return used.union(spoken)


def _names_in_log(entry: Entry) -> list[str]:
    """How the log names the entry, what people said under and about it, and what it uses."""
    said = sa.select(Comment.id).where(Comment.entry_id == entry.id)
    about = sa.select(Report.id).where(Report.entry_id == entry.id)
    return [
        f"entry:{entry.id}",
        *(f"comment:{number}" for number in db.session.scalars(said)),
        *(f"report:{number}" for number in db.session.scalars(about)),
        *(f"upload:{number}" for number in db.session.scalars(_uploads_of(entry))),
    ]


def _mask(table: sa.FromClause, where: sa.ColumnElement[bool], phrase: str) -> int:
    """Mask every text and JSON column of the rows; returns how many rows held the phrase."""
    rows = 0
    for same, changed in _holding(table, where, phrase):
        rows += 1
        db.session.execute(sa.update(table).where(same).values(changed))  # type: ignore[arg-type]
    return rows


def _holding(
    table: sa.FromClause, where: sa.ColumnElement[bool], phrase: str
) -> Iterator[tuple[sa.ColumnElement[bool], dict[str, Any]]]:
    """Each row that holds the phrase: how to find it, and its columns with the mask."""
    columns = [one for one in table.columns if isinstance(one.type, (sa.String, sa.JSON))]
    keys = list(table.primary_key)
    machines = MACHINES_OF_LOG if table is Audit.__table__ else MACHINES
    columns = [
        one
        for one in columns
        if not (isinstance(one.type, sa.Enum) or one.foreign_keys or one.name in machines)
    ]
    if not columns or not keys:
        return
    for row in db.session.execute(sa.select(*keys, *columns).where(where)).mappings().all():
        changed = {
            one.name: new
            for one in columns
            if (new := _hidden(row[one], phrase, machines)) != row[one]
        }
        if changed:
            yield sa.and_(*(key == row[key] for key in keys)), changed


def _hidden(value: Any, phrase: str, machines: Set[str]) -> Any:
    """``value``, text or JSON, with the mask over the phrase wherever it is a word.

    A pair of a name and a text is a field of a form, as an unsaved text keeps them.
    """

    def named(name: str, one: Any) -> Any:
        """What stands under a name; that of a row's field begins with its number."""
        return one if name.rpartition("-")[2] in machines else _hidden(one, phrase, machines)

    match value:
        case dict():
            return {name: named(name, one) for name, one in value.items()}
        case [[str(), str()], *_]:
            return [[name, named(name, text)] for name, text in value]
        case list():
            return [_hidden(one, phrase, machines) for one in value]
        case str():
            return masked(value, phrase)
        case _:
            return value
