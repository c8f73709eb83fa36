"""Making a site ready: tables, first rows, the starter library, the index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app import formats, migrations
from app.clock import now
from app.db import db, transaction
from app.errors import SearchUnavailable
from app.models import Community, ConsentText, Counter, Entry, Program
from app.queries import entries as entry_queries
from app.queries import people
from app.search.engine import IndexUnusable
from app.services import counters, importing, indexing, invitations, places
from app.services.consent import FIRST_TEXT_EN, FIRST_TEXT_TH
from app.services.programs import OWN_WORK
from app.text.sorting import sort_key

Say = Callable[[str], None]

#: Entries indexed before the site answers; they take about ten seconds.
MOST_AT_START = 2_000


def prepare(app: Flask, say: Say) -> None:
    """Bring a site up to date; a second call finds everything done and takes a moment."""
    with app.app_context():
        migrate(say)
        seed()
        load_places(say)
        load_library(app, say)
        build_index(say)


def migrate(say: Say) -> None:
    """Bring the tables up to the newest version."""
    say("database: tables made" if migrations.upgrade() else "database: up to date")


def seed() -> None:
    """Rows without which nothing works: counters, the first text of consent."""
    with transaction() as session:
        for name, start in counters.STARTS.items():
            if session.get(Counter, name) is None:
                session.add(Counter(name=name, value=start))
        if session.scalar(sa.select(Program.id).where(Program.slug == OWN_WORK)) is None:
            # Preselected in the lesson form, so it is there without any library.
            name = "งานของชุมชนเอง"
            session.add(
                Program(
                    slug=OWN_WORK,
                    name=name,
                    sort_key=sort_key(name),
                    is_core=True,
                    position=900,
                    created_at=now(),
                )
            )
        if people.consent_in_force() is None:
            session.add(
                ConsentText(
                    version=1, text_th=FIRST_TEXT_TH, text_en=FIRST_TEXT_EN, created_at=now()
                )
            )


def load_places(say: Say) -> None:
    """The built-in places; those of an earlier start stay as they are."""
    count = db.session.scalar(sa.select(sa.func.count(Community.id))) or 0
    if count:
        return
    say("places: loading")
    say(f"places: {places.load_places()} loaded")


def load_library(app: Flask, say: Say) -> None:
    """The starter library, into an empty site only."""
    folder: Path | None = app.config["CONTENT_DIR"]
    is_empty = db.session.scalar(sa.select(Entry.id).limit(1)) is None
    if folder is None or not is_empty:
        return
    say(f"library: loading {folder}")
    report = importing.import_records(None, formats.read(folder))
    for problem in report.problems:
        say(f"  {problem}")
    say(f"library: {report.added} entries")


def build_index(say: Say) -> None:
    """Build the index when there is none or it cannot be used; otherwise catch up.

    On a large site that takes minutes: it is left to the running site, which answers from
    the database until its index is there.
    """
    with indexing.leading() as leads:
        if not leads:
            say("search index: another process looks after it")
            return
        try:
            indexing.handle().refresh()
        except (SearchUnavailable, IndexUnusable, OSError):
            build_now_or_later(say)
            return
        behind = entry_queries.last_change() - indexing.handle().engine().sequence
        if behind > MOST_AT_START:
            say(f"search index: {behind} changes behind; the running site takes them up")
            return
        try:
            done = indexing.follow()
        except (IndexUnusable, OSError) as cause:
            say(f"search index: cannot be written ({cause}); the running site sees to it")
            return
        say("search index: up to date" if not done else f"search index: {done} changes")


def build_now_or_later(say: Say) -> None:
    """Build the index of a small site; that of a large one is built while it runs."""
    count = db.session.scalar(sa.select(sa.func.count(Entry.id))) or 0
    if count > MOST_AT_START:
        say(f"search index: to be built from {count} entries while the site runs")
        return
    say("search index: building")
    try:
        say(f"search index: {indexing.rebuild()} entries")
    except OSError as cause:
        say(f"search index: cannot be built ({cause}); the running site tries again by itself")


def first_admin_link(app: Flask) -> str | None:
    """A one-time link for the first administrator; None when there is one."""
    with app.app_context():
        if people.has_admin():
            return None
        return f"{app.config['SITE_URL']}/join/{invitations.first_admin_token()}"
