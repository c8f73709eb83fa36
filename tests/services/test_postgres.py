"""The same rules on PostgreSQL: migrations up and down, saving, searching, counting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.clock import now
from app.db import db, end_read, transaction
from app.errors import EditConflict
from app.models import Entry, Job, LessonPart, LineGrowth, User, VoiceNote, WritingTemplate
from app.queries import entries as queries
from app.queries import knowing
from app.queries import searches as search_queries
from app.queries import taxonomy as taxonomy_queries
from app.search.query import SearchQuery
from app.services import (
    beginning,
    bin,
    comments,
    doors,
    drafts,
    growing,
    indexing,
    jobs,
    lifecycle,
    linking,
    reading,
    searches,
    searching,
    settings,
    taxonomy,
    uploads,
    voice,
    worker,
    writing,
)
from app.services.drafts import Draft
from app.vocabulary import EntryKind, JobKind, Status
from tests import factories
from tests.conftest import make_site
from tests.services.test_migrations import go_back_and_forward
from tests.services.test_voice import SPEAKER, kept
from tests.support import postgres


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    server = postgres.server()
    if server is None:
        pytest.skip(postgres.MISSING)
    with postgres.database(server) as url:
        settings.forget()
        app = make_site(tmp_path / "site", DATABASE_URL=url)
        with app.app_context():
            yield app
            db.session.remove()
            app.extensions["search_index"].replace(None)
            db.engine.dispose()
        settings.forget()
        reading.forget()
        searches.forget()


def test_writing_searching_and_reading_work(site):
    author = factories.writer()
    entry = factories.lesson(author, title="ปุ๋ยหมักใต้ต้นไม้")
    factories.post(author, status=Status.DRAFT)
    comments.add(factories.user(), entry, "ลองแล้วได้ผล")
    worker.turn(leads=True)

    page = searching.search(None, SearchQuery(text="ปุ๋ยหมัก"))

    assert [hit.entry.number for hit in page.found] == [entry.number]
    assert (
        site.test_client().get(f"/posts/{entry.number}", follow_redirects=True).status_code == 200
    )
    assert [e.number for e in queries.newest(None)] == [entry.number]
    assert queries.related_to(None, entry) == []


def test_a_save_from_an_older_base_is_refused(site):
    author = factories.writer()
    entry = factories.post(author)
    writing.save(author, entry, Draft(kind=EntryKind.POST, title="สอง", body="ก"), base=1)

    with pytest.raises(EditConflict):
        writing.save(author, entry, Draft(kind=EntryKind.POST, title="สาม", body="ข"), base=1)


def test_a_lost_index_answers_from_the_database(site):
    entry = factories.post(title="ขนมลาบ้านหอยราก")

    page = searching.search(None, SearchQuery(text="หอยราก"))
    if not page.is_from_database:
        indexing.catch_up()
        page = searching.search(None, SearchQuery(text="หอยราก"))

    assert [hit.entry.number for hit in page.found] == [entry.number]


def test_the_migrations_go_down_and_up_again(site):
    db.session.remove()

    downgrade(revision="base")
    assert sa.inspect(db.engine).get_table_names() == ["alembic_version"]
    upgrade()

    assert db.session.query(Entry).count() == 0


def test_every_text_stays_on_the_way_to_an_earlier_release(site):
    go_back_and_forward()


def test_names_are_read_and_words_are_merged(site):
    post = factories.post(tags=("ปุ๋ยหมักก", "ปุ๋ยหมัก"))
    source, target = taxonomy.resolve_tags(["ปุ๋ยหมักก", "ปุ๋ยหมัก"])

    taxonomy.merge_tags(factories.facilitator(), source, target)

    assert [tag.name for tag in post.tags] == ["ปุ๋ยหมัก"]
    assert [place.slug for place in taxonomy.communities_named("ต.กะหรอ อ.ท่าศาลา")] == [
        "tambon-karo"
    ]
    assert [row.count for row in taxonomy_queries.busiest_communities(None)] == [1]


def test_cards_and_filters_say_the_same_there(site):
    author = factories.writer()
    entry = factories.lesson(
        author,
        title="เตาเผาถ่านใต้ต้นจาก",
        communities=("tambon-karo", "tambon-bang-chak"),
        proposed_program="ธนาคารเมล็ดพันธุ์",
        tags=("ฟืน", "กล้วย"),
        tellers=("นางสมมุติ ใจดี",),
        years=(2551, 2549),
    )
    draft = factories.post(author, title="เตาเผาถ่านอีกเตา", status=Status.DRAFT)
    worker.turn(leads=True)

    for viewer, numbers in ((None, {entry.number}), (author, {entry.number, draft.number})):
        page = searching.search(viewer, SearchQuery(text="เตาเผาถ่าน"))
        assert {found.entry.number for found in page.found} == numbers
    card = next(found.entry for found in page.found if found.entry.number == entry.number)
    assert [row.slug for row in card.communities] == [row.slug for row in entry.communities]
    assert [row.label for row in card.programs] == [row.label for row in entry.programs]
    assert [row.name for row in card.tags] == [row.name for row in entry.tags]
    assert (card.years, card.byline) == ([2549, 2551], "นางสมมุติ ใจดี")
    assert {row.name for row in page.facets["tag"]} == {"ฟืน", "กล้วย"}
    assert "ตำบลกะหรอ" in {row.name for row in page.facets["community"]}


def test_searches_are_counted_and_those_who_know_are_told_there(site):
    author, reader = factories.writer(name="มากเรื่อง"), factories.user(name="ตอบบ่อย")
    told = factories.lesson(author, title="ปุ๋ยหนึ่ง", tellers=("นางสมมุติ ใจดี",), tags=("ปุ๋ย",))
    entries = [told, factories.post(author, title="ปุ๋ยสอง"), factories.post(title="ปุ๋ยสาม")]
    comments.add(reader, told, "ลองแล้ว")
    worker.turn(leads=True)
    numbers = [entry.number for entry in entries]
    for viewer in (None, author):
        rows = knowing.people_on(viewer, numbers)
        assert (rows[0].name, rows[0].wrote) == ("มากเรื่อง", 2)
        assert {row.name for row in rows} >= {"ตอบบ่อย", "นางสมมุติ ใจดี"}
        assert knowing.communities_on(viewer, numbers) == [("tambon-bang-chak", 3)]
    assert [one.kind for one in searching.suggestions(None, "ปุ๋ย")] == ["tag", *["title"] * 3]

    for visitor in ("one", "two"):
        searches.found("ไม่มีใครเล่า", 0)
        searches.asked("ไม่มีใครเล่า", visitor)
        assert searches.flush() == 1
    searches.sweep()

    assert [(row.text, row.times) for row in search_queries.unanswered()] == [("ไม่มีใครเล่า", 2)]
    assert [door.slug for door in doors.named_by("ต.บางจาก")] == ["tambon-bang-chak"]


def test_two_taps_at_one_moment_are_one(site):
    writer = factories.writer()
    record, lesson = factories.forum(writer), factories.lesson(writer)
    part = db.session.scalars(sa.select(LessonPart).where(LessonPart.entry_id == record.id)).first()
    assert part is not None
    ids = {"user": writer.id, "entry": lesson.id, "part": part.id}
    line = f"{record.number}-{part.anchor}"
    db.session.rollback()

    def in_thread(verb, *given):
        with site.app_context():
            actor, entry = db.session.get(User, ids["user"]), db.session.get(Entry, ids["entry"])
            return verb(actor, entry, *given)

    for first, second in (
        (
            sa.insert(LineGrowth).values(entry_id=ids["entry"], part_id=ids["part"]),
            (growing.note, [line]),
        ),
        (
            sa.insert(WritingTemplate).values(
                user_id=ids["user"], entry_id=ids["entry"], created_at=now()
            ),
            (beginning.mark,),
        ),
    ):
        with ThreadPoolExecutor(1) as pool, db.engine.connect() as other:
            other.execute(first)
            tap = pool.submit(in_thread, *second)
            wait_until_it_waits(tap)
            other.commit()
            tap.result(timeout=20)
    assert db.session.query(LineGrowth).count() == db.session.query(WritingTemplate).count() == 1


def wait_until_it_waits(tap: Future) -> None:
    """Return once the other thread waits for a row, or is done."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not tap.done():
        with db.engine.connect() as link:
            if link.scalar(waiting):
                return


def elsewhere(app: Flask, deed: Callable[[], object]) -> None:
    """Do something in a session of its own, to its end."""

    def run() -> None:
        with app.app_context():
            deed()
            db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(timeout=20)


def test_a_saving_outlives_the_worker_that_ends_the_job_it_asks_for_again(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL: the job is done and removed between the look and the UPDATE of enqueue."""
    with transaction():
        jobs.enqueue(JobKind.RERENDER, "rerender:1", {"entry": 1})
    job = db.session.scalars(sa.select(Job)).one()
    number, run_at = job.id, job.run_at
    end_read()
    read_clock = jobs.now

    def later():
        monkeypatch.setattr(jobs, "now", read_clock)
        elsewhere(site, lambda: jobs.finish(number, run_at))
        return read_clock()

    with transaction():
        monkeypatch.setattr(jobs, "now", later)
        jobs.enqueue(JobKind.RERENDER, "rerender:1", {"entry": 1})

    assert db.session.scalars(sa.select(Job.key)).all() == ["rerender:1"]


def test_two_who_ask_for_one_rendering_at_once_both_save(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text is saved as it was, from another line; the page it names is withdrawn meanwhile."""
    author = factories.writer()
    line = f"{factories.forum(author).number}-q1"
    body = factories.lesson_body(actions="ดู [[หน้าใหม่]]")
    linker = factories.lesson(author, title="ก", body=body)
    page = factories.page(author, title="หน้าใหม่", status=Status.DRAFT)
    worker.run_due()
    mine, numbers = replace(drafts.draft_of(linker), grows_from=(line,)), (page.id, author.id)
    real, begun, pool = linking.render_again_if_stale, [], ThreadPoolExecutor(1)

    def by_author(deed: Callable[[User, Entry], object]) -> None:
        with site.app_context():
            deed(db.session.get_one(User, numbers[1]), db.session.get_one(Entry, numbers[0]))
            db.session.remove()

    def asked(entry, made):
        real(entry, made)
        if not begun and threading.current_thread() is threading.main_thread():
            db.session.flush()
            begun.append(pool.submit(by_author, lifecycle.withdraw))
            wait_until_it_waits(begun[0])

    store_over = writing.store_over

    def rendered(*args, **more):  # the text is rendered, its transaction has not begun
        db.session.rollback()
        pool.submit(by_author, writing.publish).result(timeout=20)
        elsewhere(site, worker.run_due)
        return store_over(*args, **more)

    monkeypatch.setattr(writing, "store_over", rendered)
    monkeypatch.setattr(linking, "render_again_if_stale", asked)
    writing.save(author, linker, mine, base=linker.revision_number)
    begun[0].result(timeout=20)
    pool.shutdown()


def test_a_recording_is_taken_away_while_its_draft_is_erased(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = factories.writer()
    draft = factories.post(author, status=Status.DRAFT, tellers=(SPEAKER,))
    note = kept(author, draft)
    lifecycle.bin_entry(author, draft)
    with transaction():
        db.session.get_one(Entry, draft.id).binned_at = now() - timedelta(days=bin.KEPT_DAYS + 1)
    take_away, begun, pool = uploads.take_away, [], ThreadPoolExecutor(1)

    def erase() -> int:
        with site.app_context():
            return bin.empty()

    def taken_away(*args, **more):
        if not begun:
            begun.append(pool.submit(erase))
            wait_until_it_waits(begun[0])
        return take_away(*args, **more)

    monkeypatch.setattr(uploads, "take_away", taken_away)
    voice.remove(author, note)

    assert begun[0].result(timeout=20) == 1
    pool.shutdown()
    end_read()
    assert db.session.scalars(sa.select(VoiceNote)).all() == []
