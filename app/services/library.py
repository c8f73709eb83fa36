"""Storing what communities.yaml, programs.yaml and glossary.yaml say.

A record that says what it said at the last import changes nothing, so what facilitators
changed since then stays; a record that says something new is applied again.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid
from app.formats.records import (
    CommunityRecord,
    GlossaryRecord,
    LinkRecord,
    ProgramRecord,
)
from app.models import (
    Community,
    GlossaryWord,
    MoneyFact,
    Program,
    ProgramHost,
    ProgramLink,
)
from app.queries.naming import communities_named, followed, programs_named
from app.queries.taxonomy import display_name, entries_at, entries_in
from app.services import changes, places, programs, taxonomy, words
from app.text.slugs import slugify
from app.text.sorting import sort_key
from app.vocabulary import CommunityKind, Confirmation, ProgramLinkKind


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that could not be stored; the others were."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        return _(
            "%(path)s, line %(line)s: %(reason)s",
            path=self.path,
            line=self.line,
            reason=self.reason,
        )


@dataclass(slots=True)
class Applied:
    """What came of some records: names of what is new and what changed, and how many did not."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was written."""
        return not self.added and not self.changed


Record = CommunityRecord | ProgramRecord | GlossaryRecord


def fingerprint(record: Record) -> str:
    """What a record says, as a short text; where it stood does not count."""
    told = dataclasses.asdict(record)
    told.pop("path"), told.pop("line")
    return hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()[:16]


def _each(records: Iterable[Any], apply: Callable[[Any, Applied], None]) -> Applied:
    """Apply every record; a fault of one is noted and the others come in."""
    report = Applied()
    for record in records:
        try:
            apply(record, report)
        except Invalid as fault:
            for said in fault.fields.values():
                report.problems += [Problem(record.path, record.line, text) for text in said]
    return report


# --- communities -----------------------------------------------------------------------


def apply_communities(
    records: Iterable[CommunityRecord],
    *,
    confirmation: Confirmation = Confirmation.CONFIRMED,
) -> Applied:
    """Store places, groups and networks; a name of a known place means that place.

    :param confirmation: of what is made anew; PROPOSED waits for a facilitator.
    """
    ordered = sorted(records, key=lambda record: places.RANKS[record.kind or CommunityKind.NETWORK])
    touched: list[Community] = []

    def apply(record: CommunityRecord, report: Applied) -> None:
        community = _known_community(record)
        if community is not None and community.import_hash == fingerprint(record):
            report.same += 1
            return
        is_new = community is None
        if community is None:
            community = _new_community(record, confirmation)
        _write_community(community, record)
        (report.added if is_new else report.changed).append(display_name(community))
        if not is_new:
            touched.append(community)

    with transaction():
        report = _each(ordered, apply)
        for community in touched:
            changes.append_for(entries_at(community))
        if not report.is_nothing:
            words.touch()
    return report


def _known_community(record: CommunityRecord) -> Community | None:
    found = db.session.scalar(sa.select(Community).where(Community.slug == record.slug))
    if found is not None:
        return found
    named = [
        row
        for row in communities_named(record.name)
        if record.kind is None or row.kind is record.kind
    ]
    if record.kind in taxonomy.ADDED_KINDS:
        # Two villages may share a name; only the slug tells that the same one is meant.
        named = [row for row in named if record.code and row.code == record.code]
    if len(named) > 1:
        taxonomy.resolve_communities([record.name])
    return named[0] if named else None


def _new_community(record: CommunityRecord, confirmation: Confirmation) -> Community:
    kind = record.kind or (CommunityKind.GROUP if record.places else CommunityKind.VILLAGE)
    if kind not in taxonomy.ADDED_KINDS:
        raise Invalid({"name": [taxonomy.unknown(record.name, taxonomy.all_community_names())]})
    if kind is CommunityKind.VILLAGE:
        homes = taxonomy.resolve_communities([record.parent] if record.parent else [])
    else:
        homes = taxonomy.resolve_communities(record.places)
    if not homes:
        raise Invalid(
            {"parent": [_("“%(name)s” needs the place it belongs to.", name=record.name)]}
        )
    is_village = kind is CommunityKind.VILLAGE
    community = Community(
        slug=slugify(record.slug),
        code=record.code or None,
        kind=kind,
        name=record.name,
        sort_key=sort_key(record.name)[:500],
        parent=homes[0] if is_village else None,
        places=[] if is_village else homes,
        confirmation=confirmation,
        created_at=now(),
    )
    db.session.add(community)
    places.place_in_tree([community])
    return community


def _write_community(community: Community, record: CommunityRecord) -> None:
    if community.kind in taxonomy.ADDED_KINDS and community.name != record.name:
        community.name, community.sort_key = record.name, sort_key(record.name)[:500]
    community.name_en = record.name_en or community.name_en
    community.about = record.about or record.note or community.about
    community.import_hash = fingerprint(record)
    if community.kind in taxonomy.ADDED_KINDS:
        places.add_name(community, community.name, status="")
    if record.name_en:
        places.add_name(community, record.name_en, status=places.ENGLISH)
    for name in record.names:
        places.add_name(
            community,
            name.name,
            status=name.status or places.ALIAS,
            since=name.since,
            until=name.until,
            certainty=name.certainty,
            source=name.source,
        )
    for alias in record.aliases:
        places.add_name(community, alias)
    db.session.flush()


# --- programs --------------------------------------------------------------------------


def apply_programs(
    records: Sequence[ProgramRecord],
    *,
    confirmation: Confirmation = Confirmation.CONFIRMED,
) -> Applied:
    """Store programs with names, hosts, money and history; links may point ahead in the list."""
    records = list(records)
    fresh: list[tuple[Program, ProgramRecord]] = []

    def apply(record: ProgramRecord, report: Applied) -> None:
        program = _known_program(record)
        if program is not None and program.import_hash == fingerprint(record):
            report.same += 1
            return
        is_new = program is None
        if program is None:
            program = Program(
                slug=slugify(record.slug),
                name=record.name,
                sort_key="",
                confirmation=confirmation,
                created_at=now(),
            )
            db.session.add(program)
        _write_program(program, record, position=records.index(record) + 1)
        (report.added if is_new else report.changed).append(program.label)
        fresh.append((program, record))

    with transaction():
        report = _each(records, apply)
        db.session.flush()
        for program, record in fresh:
            report.problems += _write_links(program, record)
            changes.append_for(entries_in(program))
        if not report.is_nothing:
            words.touch()
    return report


def _known_program(record: ProgramRecord) -> Program | None:
    found = db.session.scalar(sa.select(Program).where(Program.slug == record.slug))
    if found is not None:
        return followed(found)
    named = programs_named(record.name)
    return named[0] if len(named) == 1 else None


def _write_program(program: Program, record: ProgramRecord, *, position: int) -> None:
    program.name, program.short_name = record.name, record.short_name
    program.sort_key = sort_key(program.label)[:500]
    program.is_core, program.position = record.core, position
    program.years, program.mechanism = record.years, record.mechanism
    program.note, program.import_hash = record.note, fingerprint(record)
    for name in record.names:
        programs.add_name(
            program,
            name.name,
            since=name.since,
            until=name.until,
            certainty=name.certainty,
            source=name.source,
        )
    for plain in (record.name, record.short_name, *record.aliases):
        programs.add_name(program, plain)
    program.hosts = [
        ProgramHost(year=row.year, name=row.name, certainty=row.certainty, source=row.source)
        for row in record.hosts
    ]
    program.money = [
        MoneyFact(
            code=row.code,
            amount=row.amount,
            year=row.year,
            is_fiscal_year=row.fiscal,
            what=row.what,
            money_kind=row.kind,
            channel=row.channel,
            scope=row.scope,
            is_approximate=row.approximate,
            spending=row.spending,
            certainty=row.certainty,
            source=row.source,
            note=row.note,
        )
        for row in record.money
    ]
    db.session.flush()


def _write_links(program: Program, record: ProgramRecord) -> list[Problem]:
    """Make the links that ``record`` tells of; those it no longer tells of go."""
    wanted: dict[tuple[Any, ...], ProgramLink] = {}
    problems: list[Problem] = []
    for row, is_outcome in _links_of(record):
        named = programs_named(row.target)
        other = named[0] if named else None
        if other is None and not is_outcome:
            problems.append(
                Problem(
                    record.path,
                    record.line,
                    taxonomy.unknown(row.target, taxonomy.all_program_names()),
                )
            )
            continue
        origin, outcome = (other, program) if is_outcome else (program, other)
        link = ProgramLink(
            origin=origin,
            origin_name="" if origin is not None else row.target,
            outcome=outcome,
            kind=row.kind,
            year=row.year,
            certainty=row.certainty,
            source=row.source,
            note=row.note,
        )
        wanted[(origin, link.origin_name, outcome, row.kind)] = link
    for link in _links_told_by(program):
        db.session.delete(link)
    db.session.flush()
    db.session.add_all(wanted.values())
    return problems


def _links_of(record: ProgramRecord) -> list[tuple[LinkRecord, bool]]:
    """(link, whether the program is its outcome)."""
    told = [(row, True) for row in (*record.funded_by, *record.came_from)]
    return told + [(row, False) for row in record.became]


def _links_told_by(program: Program) -> list[ProgramLink]:
    """A link is told once: money and unnamed origins at the later program, steps at the earlier."""
    at_outcome = sa.or_(
        ProgramLink.kind == ProgramLinkKind.FUNDED_BY, ProgramLink.origin_id.is_(None)
    )
    query = sa.select(ProgramLink).where(
        sa.or_(
            sa.and_(ProgramLink.outcome_id == program.id, at_outcome),
            sa.and_(
                ProgramLink.origin_id == program.id,
                ProgramLink.kind != ProgramLinkKind.FUNDED_BY,
            ),
        )
    )
    return list(db.session.scalars(query))


# --- the glossary ----------------------------------------------------------------------


def apply_glossary(records: Iterable[GlossaryRecord]) -> Applied:
    """Store words.  A word that the file told otherwise before is replaced, not doubled."""
    records = list(records)
    with transaction():
        have: dict[str, list[GlossaryWord]] = {}
        for word in db.session.scalars(sa.select(GlossaryWord)):
            have.setdefault(word.short, []).append(word)
        told: dict[str, set[str]] = {}
        for record in records:
            told.setdefault(record.short, set()).add("|".join(record.expansion))

        def apply(record: GlossaryRecord, report: Applied) -> None:
            _apply_word(record, have.setdefault(record.short, []), told[record.short], report)

        report = _each(records, apply)
        if not report.is_nothing:
            words.touch()
    return report


def _apply_word(
    record: GlossaryRecord, rows: list[GlossaryWord], told: set[str], report: Applied
) -> None:
    mark = fingerprint(record)
    if any(row.import_hash == mark for row in rows):
        report.same += 1
        return
    draft = words.WordDraft(
        short=record.short,
        expansions=record.expansion,
        kind=record.kind,
        category=record.category,
        note=record.note,
        since=record.since,
        until=record.until,
    )
    words.check(draft)
    word = next((row for row in rows if row.expansion_key == draft.key), None)
    if word is None:  # told otherwise before: the row whose meaning is told no more
        word = next((r for r in rows if r.import_hash and r.expansion_key not in told), None)
    if word is None:
        word = GlossaryWord(is_retired=False)
        rows.append(word)
        report.added.append(record.short)
    else:
        report.changed.append(record.short)
    words.write(word, draft)
    word.import_hash = mark
    db.session.add(word)
    db.session.flush()
