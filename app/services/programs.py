"""Programs: adding, proposing, confirming, renaming, merging.  Entries follow."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid
from app.models import (
    Entry,
    MoneyFact,
    Notice,
    Program,
    ProgramHost,
    ProgramLink,
    ProgramName,
    RightGrant,
    User,
    entry_program,
)
from app.policy import Permission, can, ensure
from app.queries import people
from app.queries.naming import fold, programs_named
from app.queries.taxonomy import entries_in
from app.services import audit, changes, notices, words
from app.text.cleaning import clean_line
from app.text.slugs import slugify
from app.text.sorting import sort_key
from app.vocabulary import AuditAction, Certainty, Confirmation, NoticeKind

LONGEST_NAME, LONGEST_NOTE = 200, 4000
#: The community's own work: chosen until another program is, and left when one is refused.
OWN_WORK = "own-work"


@dataclass(frozen=True, slots=True)
class ProgramDraft:
    """What a form says about a program; texts already cleaned."""

    name: str
    short_name: str = ""
    aliases: tuple[str, ...] = ()
    years: str = ""
    mechanism: str = ""
    note: str = ""


def add(actor: User | None, draft: ProgramDraft) -> Program:
    """Add a confirmed program."""
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.PROGRAM_EDIT)
        check(draft)
        refuse_double(draft.name, None)
        program = Program(slug=free_slug(draft.name), created_at=now())
        session.add(program)
        write(program, draft)
        session.flush()
        words.touch()
        audit.record(actor, AuditAction.PROGRAM_SAVE, f"program:{program.id}", name=draft.name)
        return program


def edit(actor: User | None, program: Program, draft: ProgramDraft) -> Program:
    """Change a program; a name it had stays with it, so old texts still find it."""
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.PROGRAM_EDIT, program)
        check(draft)
        refuse_double(draft.name, program)
        if program.name != draft.name:
            add_name(program, program.name, until=str(now().year + 543))
        write(program, draft)
        session.flush()
        words.touch()
        changes.append_for(entries_in(program))
        audit.record(actor, AuditAction.PROGRAM_SAVE, f"program:{program.id}", name=draft.name)
        return program


def propose(actor: User | None, name: str) -> Program:
    """The program of that name, made as a proposal when there is none.

    :param name: as typed under "not in the list".
    """
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.PROGRAM_PROPOSE)
        name = clean_line(name)
        check(ProgramDraft(name), field="proposed_program")
        known = programs_named(name)
        if known:
            return known[0]
        program = Program(
            slug=free_slug(name),
            created_at=now(),
            confirmation=Confirmation.PROPOSED,
            proposed_by_id=actor.id if actor is not None else None,
        )
        session.add(program)
        write(program, ProgramDraft(name))
        session.flush()
        words.touch()
        return program


def tell_of_proposed(actor: User | None, entry: Entry) -> None:
    """Tell those who decide of the proposed programs that public ``entry`` names, each once."""
    for program in entry.programs:
        if program.confirmation is not Confirmation.PROPOSED or _is_told_of(program):
            continue
        deciders = [
            one
            for one in people.to_ask(Permission.PROGRAM_DECIDE, entry)
            if can(one, Permission.PROGRAM_DECIDE, program)
        ]
        notices.tell(
            deciders,
            NoticeKind.PROGRAM_PROPOSED,
            entry,
            actor,
            program=program.slug,
            name=program.name,
        )


def _is_told_of(program: Program) -> bool:
    told = sa.select(Notice.id).where(
        Notice.kind == NoticeKind.PROGRAM_PROPOSED,
        Notice.words["program"].as_string() == program.slug,
    )
    return db.session.scalar(told.limit(1)) is not None


def _note_decided(actor: User | None, program: Program) -> None:
    if actor is not None:
        notices.note_answered(NoticeKind.PROGRAM_PROPOSED, program=program.slug)


def confirm(actor: User | None, program: Program) -> None:
    """Agree to a proposed program."""
    with transaction():
        if actor is not None:
            ensure(actor, Permission.PROGRAM_DECIDE, program)
        program.confirmation = Confirmation.CONFIRMED
        changes.append_for(entries_in(program))
        _note_decided(actor, program)
        audit.record(actor, AuditAction.PROGRAM_CONFIRM, f"program:{program.id}")


def refuse(actor: User | None, program: Program, *, reason: str = "") -> None:
    """Turn a proposal down; its entries become the community's own work."""
    with transaction() as session:
        if program.confirmation is not Confirmation.PROPOSED:
            raise Invalid({"program": [_("Only a proposed program can be refused.")]})
        if actor is not None:
            ensure(actor, Permission.PROGRAM_DECIDE, program)
        changes.append_for(entries_in(program))
        own_work = session.scalar(sa.select(Program).where(Program.slug == OWN_WORK))
        if own_work is not None and own_work is not program:
            other = entry_program.alias("other")
            alone = ~sa.exists().where(
                other.c.entry_id == entry_program.c.entry_id, other.c.program_id != program.id
            )
            _copy_entries(program, own_work, alone)
        session.execute(entry_program.delete().where(entry_program.c.program_id == program.id))
        program.confirmation = Confirmation.REFUSED
        words.touch()
        _note_decided(actor, program)
        audit.record(actor, AuditAction.PROGRAM_REFUSE, f"program:{program.id}", reason=reason)


def merge(actor: User | None, program: Program, into: Program) -> None:
    """Make ``program`` one with ``into``: entries, names, rights, links and money follow.

    Its address leads on, and its names find the entries under the other one.  Both must be
    the actor's to edit; but whoever decides about a proposal may say that it is another
    program under a wrong name: then its entries and its name follow, and nothing else.
    """
    with transaction() as session:
        is_whole = actor is None or can(actor, Permission.PROGRAM_EDIT, into)
        if actor is not None and not can(actor, Permission.PROGRAM_DECIDE, program):
            ensure(actor, Permission.PROGRAM_EDIT, program)
            ensure(actor, Permission.PROGRAM_EDIT, into)
        if program is into or into.merged_into_id is not None:
            raise Invalid({"into": [_("Choose another program to merge into.")]})
        changes.append_for(entries_in(program))
        changes.append_for(entries_in(into))
        _copy_entries(program, into, sa.true())
        session.execute(entry_program.delete().where(entry_program.c.program_id == program.id))
        if is_whole:
            for row in list(program.names):
                add_name(into, row.name, since=row.since, until=row.until, source=row.source)
            _move_rows(program, into)
        else:
            add_name(into, program.name)
        program.merged_into_id = into.id
        program.confirmation = Confirmation.CONFIRMED
        words.touch()
        _note_decided(actor, program)
        audit.record(actor, AuditAction.PROGRAM_SAVE, f"program:{program.id}", merged_into=into.id)


def _copy_entries(source: Program, target: Program, condition: sa.ColumnElement[bool]) -> None:
    """Give the entries of ``source`` also ``target``, where they lack it."""
    has = entry_program.alias("has")
    wanted = sa.select(entry_program.c.entry_id, sa.literal(target.id)).where(
        entry_program.c.program_id == source.id,
        ~sa.exists().where(
            has.c.entry_id == entry_program.c.entry_id, has.c.program_id == target.id
        ),
        condition,
    )
    db.session.execute(entry_program.insert().from_select(["entry_id", "program_id"], wanted))


def _move_rows(source: Program, target: Program) -> None:
    """Rights, steps, hosts and money of a merged program."""
    session = db.session
    holders = {
        (grant.user_id, grant.right)
        for grant in session.scalars(
            sa.select(RightGrant).where(RightGrant.program_id == target.id)
        )
    }
    for grant in session.scalars(sa.select(RightGrant).where(RightGrant.program_id == source.id)):
        if (grant.user_id, grant.right) in holders:
            session.delete(grant)
        else:
            grant.program_id = target.id
    for table in (ProgramHost, MoneyFact):
        session.execute(
            sa.update(table).where(table.program_id == source.id).values(program_id=target.id)
        )
    for column in (ProgramLink.origin_id, ProgramLink.outcome_id):
        session.execute(
            sa.update(ProgramLink).where(column == source.id).values({column.key: target.id})
        )
    session.execute(sa.delete(ProgramLink).where(ProgramLink.origin_id == ProgramLink.outcome_id))


def write(program: Program, draft: ProgramDraft) -> None:
    """Put ``draft`` into ``program``; names it had are kept."""
    program.name, program.short_name = draft.name, draft.short_name
    program.sort_key = sort_key(draft.short_name or draft.name)[:500]
    program.years, program.mechanism, program.note = draft.years, draft.mechanism, draft.note
    for name in (draft.name, draft.short_name, *draft.aliases):
        add_name(program, name)


def add_name(
    program: Program,
    name: str,
    *,
    since: str = "",
    until: str = "",
    certainty: Certainty = Certainty.STATED,
    source: str = "",
) -> bool:
    """Give ``program`` a name; whether anything changed.  What is told replaces what was told."""
    folded = fold(name)
    if not folded:
        return False
    row = next((row for row in program.names if row.folded == folded), None)
    if row is None:
        program.names.append(
            ProgramName(
                name=name,
                folded=folded,
                since=since,
                until=until,
                certainty=certainty,
                source=source,
            )
        )
        return True
    told = {"since": since, "until": until, "source": source}
    changed = {key: value for key, value in told.items() if value and getattr(row, key) != value}
    for key, value in changed.items():
        setattr(row, key, value)
    if certainty is not Certainty.STATED and row.certainty is not certainty:
        row.certainty = certainty
        return True
    return bool(changed)


def check(draft: ProgramDraft, *, field: str = "name") -> None:
    """What a program must have; Invalid names each fault."""
    faults: dict[str, list[str]] = {}
    if not draft.name:
        faults[field] = [_("Write the name of the program.")]
    elif len(draft.name) > LONGEST_NAME or not fold(draft.name):
        faults[field] = [_("At most %(number)d letters.", number=LONGEST_NAME)]
    if len(draft.short_name) > LONGEST_NAME:
        faults["short_name"] = [_("At most %(number)d letters.", number=LONGEST_NAME)]
    if len(draft.note) > LONGEST_NOTE:
        faults["note"] = [_("At most %(number)d letters.", number=LONGEST_NOTE)]
    if faults:
        raise Invalid(faults)


def refuse_double(name: str, program: Program | None) -> None:
    """Invalid when another program has this name."""
    others = [row for row in programs_named(name) if row is not program]
    if others:
        raise Invalid(
            {"name": [_("“%(name)s” is a name of “%(other)s”.", name=name, other=others[0].name)]}
        )


def free_slug(name: str) -> str:
    """A slug that no program has."""
    base = slugify(name)
    taken = set(
        db.session.scalars(
            sa.select(Program.slug).where(Program.slug.startswith(base, autoescape=True))
        )
    )
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
