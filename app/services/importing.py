"""Bringing content in: records of a file become entries, once, however often they come.

Each entry keeps the hash of the record it was made from.  The same record again changes
nothing; a newer one becomes a revision, unless people have edited the entry here since.
A record that cannot be taken is named with file and line, and the others come in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import islice
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import AppError, Invalid
from app.formats.content_folder import write_entry
from app.formats.records import (
    CommunityRecord,
    EntryRecord,
    FileRecord,
    GlossaryRecord,
    ProgramRecord,
    ReadError,
    Record,
)
from app.models import Entry, User
from app.policy import Permission, ensure
from app.queries import people
from app.services import (
    audit,
    books,
    changes,
    comments,
    drafts,
    entries,
    history,
    library,
    linking,
    rendering,
)
from app.services.drafts import Draft, Origin
from app.services.rule_books import rules_of
from app.services.telling import Consent
from app.text import lesson as lesson_text
from app.vocabulary import AuditAction, CommentStatus, EntryKind, LessonForm, Status

#: Kept with the revision and read in Thai, whoever imports.
EARLIER_UNKNOWN = "ไม่ทราบฉบับก่อนหน้า"
#: Entries written in one transaction; each commit waits for the disk once.
BATCH = 40


class Outcome(Enum):
    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"


@dataclass(slots=True)
class Report:
    """What an import did, for people."""

    added: int = 0
    changed: int = 0
    same: int = 0
    problems: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)  # of entries added or changed
    taxonomy: list[str] = field(default_factory=list)

    @property
    def is_news(self) -> bool:
        return bool(self.added or self.changed or self.taxonomy)


class _DryRun(Exception):
    """Ends the transaction of a dry run."""


def import_records(
    actor: User | None,
    records: Iterable[Record | ReadError],
    *,
    author: User | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Report:
    """Take in everything that ``records`` yields.

    :param author: the account that owns entries whose record names nobody.
    :param progress: told the number of records dealt with so far.
    """
    if actor is not None:
        ensure(actor, Permission.CONTENT_IMPORT)
    report = Report()
    lists: list[Record] = []
    waiting: list[EntryRecord] = []
    for record in records:
        if isinstance(record, ReadError):
            report.problems.append(record.message(_translated))
        elif isinstance(record, EntryRecord):
            waiting.append(record)
        elif not isinstance(record, FileRecord):
            lists.append(record)
    try:
        with transaction():
            _take_lists(lists, report)
            if dry_run:
                _take_batch(waiting, author, report)
                raise _DryRun
    except _DryRun:
        return report
    done = 0
    for batch in _batches(waiting):
        _take_batch_or_each(batch, author, report)
        done += len(batch)
        progress(done)
    _note(actor, report)
    return report


def _take_lists(lists: Sequence[Record], report: Report) -> None:
    """Places, programs and words come first: entries speak of them."""
    outcomes = (
        library.apply_communities([one for one in lists if isinstance(one, CommunityRecord)]),
        library.apply_programs([one for one in lists if isinstance(one, ProgramRecord)]),
        library.apply_glossary([one for one in lists if isinstance(one, GlossaryRecord)]),
    )
    for outcome in outcomes:
        report.problems += [str(problem) for problem in outcome.problems]
        report.taxonomy += [*outcome.added, *outcome.changed]


def _take_batch_or_each(batch: Sequence[EntryRecord], author: User | None, report: Report) -> None:
    """Write a batch at once; when one of it cannot be taken, one by one, naming that one."""
    trial = Report()
    try:
        with transaction():
            _take_batch(batch, author, trial)
    except (AppError, ValueError):
        for record in batch:
            one = Report()
            try:
                with transaction():
                    _take_batch([record], author, one)
            except (AppError, ValueError) as error:
                report.problems.append(_problem(record, error))
            else:
                _merge(report, one)
    else:
        _merge(report, trial)


def _take_batch(batch: Sequence[EntryRecord], author: User | None, report: Report) -> None:
    for record in batch:
        outcome, entry = take(record, author=author)
        if outcome is Outcome.SAME:
            report.same += 1
            continue
        report.added += outcome is Outcome.ADDED
        report.changed += outcome is Outcome.CHANGED
        report.numbers.append(entry.number)


def take(record: EntryRecord, *, author: User | None = None) -> tuple[Outcome, Entry]:
    """Store one record; call inside a transaction.

    :raises AppError: with a reason for people, when it cannot be taken.
    """
    mark = hash_of(record)
    known = _known(record, mark)
    if known is not None and known.import_hash == mark:
        return Outcome.SAME, known
    if known is not None and not known.import_hash:
        raise Invalid(
            {"number": [_("The number %(number)d belongs to another entry.", number=known.number)]}
        )
    if known is not None and known.edited_by_id is not None:
        raise Invalid({"number": [_("Edited here since the last import; the text here is kept.")]})
    draft = draft_of(record, used=entries.used_part_ids(known) if known is not None else set())
    if faults := drafts.far_days(draft):
        raise Invalid(faults)
    page = drafts.page_of(draft)
    origin = origin_of(record, mark, author)
    if known is None:
        entry = entries.create(None, draft, origin=origin, page=page)
        _arrive(entry, record)
        return Outcome.ADDED, entry
    entries.store(
        None, known, draft, page=page, origin=replace(origin, updated=origin.updated or now())
    )
    known.import_hash = mark
    return Outcome.CHANGED, known


def hash_of(record: EntryRecord) -> str:
    """What the record says, as a hash; when it was imported does not count."""
    source = replace(record.source, imported=None) if record.source else None
    said = write_entry(replace(record, source=source)) + repr(record.comments)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _known(record: EntryRecord, mark: str) -> Entry | None:
    """The entry that this record made before, or whose number it claims."""
    if record.number is not None:
        return db.session.scalar(sa.select(Entry).where(Entry.number == record.number))
    if record.kind is EntryKind.PAGE and record.slug:
        return db.session.scalar(sa.select(Entry).where(Entry.page_slug == record.slug))
    return db.session.scalar(sa.select(Entry).where(Entry.import_hash == mark).limit(1))


def draft_of(record: EntryRecord, *, used: set[str]) -> Draft:
    """The record as a draft; a lesson that does not fill the form comes in as free text."""
    draft = Draft(
        kind=record.kind,
        title=record.title,
        body=record.body,
        summary=record.summary,
        form=form_of(record) if record.kind is EntryKind.LESSON else None,
        license=record.license,
        communities=record.communities,
        programs=record.programs,
        years=record.years,
        tags=record.tags,
        tellers=record.tellers,
        consent=consent_of(record),
        participants=record.participants,
        coauthors=record.coauthors,
        happened_on=record.happened,
        drawn_on=record.drawn,
        present=record.present,
        group_count=record.groups,
        contact=record.contact,
        evidence="\n".join(record.evidence),
        state=record.state,
        page_slug=record.slug,
        removed_parts=record.removed,
    )
    rules = rules_of(record.kind)
    return rules.numbered(rules.titled(draft), used)


def consent_of(record: EntryRecord) -> Consent | None:
    """What the file notes of the tellers' consent."""
    if record.consent is None:
        return None
    return Consent(
        kind=record.consent.kind, day=record.consent.day, taken_by=record.consent.taken_by
    )


def form_of(record: EntryRecord) -> LessonForm:
    """The form that the lesson's text really fills."""
    if record.form is LessonForm.FREE or not lesson_text.is_in_form(record.body):
        return LessonForm.FREE
    text = lesson_text.parse(record.body)
    wanted = record.form or LessonForm.FULL
    for form in (wanted, LessonForm.QUICK):
        if not lesson_text.missing(text, form.value):
            return form
    return wanted if record.status is Status.DRAFT else LessonForm.FREE


def origin_of(record: EntryRecord, mark: str, author: User | None) -> Origin:
    """Who and when, as the record tells it."""
    account = author
    if record.author:
        account = people.find_by_username(record.author) or people.find_by_display_name(
            record.author
        )
    source: dict[str, Any] | None = None
    if record.source is not None:
        source = {
            "system": record.source.system,
            "url": record.source.url,
            "imported": (record.source.imported or now()).isoformat(),
            "missing": list(record.source.missing),
            "leftover": record.source.leftover,
        }
    imported = record.source is not None and record.updated is not None
    return Origin(
        number=record.number,
        author_id=account.id if account else None,
        author_name="" if account else record.author,
        created=record.created,
        updated=record.updated or record.created,
        source=source,
        note=EARLIER_UNKNOWN if imported else "",
        import_hash=mark,
    )


def _arrive(entry: Entry, record: EntryRecord) -> None:
    """What a new entry needs beside its text: public at once, with its comments."""
    if record.book and entry.author is not None:
        entry.book = books.book_of(entry, record.book)
    elif entry.author is not None and entry.kind is not EntryKind.JOURNAL:
        entry.book = books.first_book(entry.author)
    if record.status is Status.PUBLISHED:
        entry.published_at = record.created or now()
        entry.status = Status.PUBLISHED
        history.show_newest_revision(entry)
    for said in record.comments:
        _add_comment(entry, said)
    if record.comments:
        comments.recount(entry)
    changes.append(entry)
    if entry.status is Status.PUBLISHED:
        linking.ask_to_relink(entry)


def _add_comment(entry: Entry, said: Any) -> None:
    comment = comments.new_comment(entry, said.text, rendering.render(said.text, is_lesson=False))
    comment.author_name, comment.status = said.author, CommentStatus.VISIBLE
    comment.source_id = str(said.number or "")
    comment.created_at = said.created or entry.created_at


def _problem(record: EntryRecord, error: Exception) -> str:
    """File, line and reason of a record that was not taken."""
    if isinstance(error, Invalid):
        name = next(iter(error.fields))
        line = record.lines.get(name, record.line)
        reason = " ".join(" ".join(map(str, said)) for said in error.fields.values())
    else:
        line, reason = record.line, str(error)
    return _(
        "%(path)s, line %(line)s: %(reason)s",
        path=record.path or record.title,
        line=line,
        reason=reason,
    )


def _note(actor: User | None, report: Report) -> None:
    if not report.is_news:
        return
    with transaction():
        audit.record(actor, AuditAction.IMPORT, "site", added=report.added, changed=report.changed)


def _merge(report: Report, part: Report) -> None:
    report.added += part.added
    report.changed += part.changed
    report.same += part.same
    report.numbers += part.numbers


def _batches(records: Iterable[EntryRecord]) -> Iterator[list[EntryRecord]]:
    rest = iter(records)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _translated(text: str) -> str:
    return _(text)
