"""What goes on for years beside the requests: nothing is lost, blocked or grows without end."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.db import db, transaction
from app.models import Change, FormToken, Job
from app.queries import entries as entry_queries
from app.search import analysis
from app.search.query import SearchQuery
from app.search.wishes import Progress
from app.services import changes, indexing, jobs, reading, searching, upkeep, worker, writing
from app.services.drafts import Draft
from app.vocabulary import EntryKind, JobKind, Status
from tests import factories
from tests.support.sql import sql_statements


def test_work_that_is_asked_for_again_while_it_runs_is_done_again(app, monkeypatch):
    done = []

    def run(job: Job) -> None:
        done.append(job.key)
        if len(done) == 1:
            with transaction():
                jobs.enqueue(JobKind.MAIL, "mail:1", {})

    monkeypatch.setitem(worker.HANDLERS, JobKind.MAIL, run)
    with transaction():
        jobs.enqueue(JobKind.MAIL, "mail:1", {})

    worker.run_due()
    worker.run_due()

    assert done == ["mail:1", "mail:1"]
    assert jobs.waiting_and_failed() == []


@pytest.fixture
def poison(monkeypatch):
    """A text that the analysis cannot take."""
    take = analysis.index_terms

    def index_terms(document):
        if "พิษ" in document.title:
            raise RuntimeError("no word for it")
        return take(document)

    monkeypatch.setattr(analysis, "index_terms", index_terms)


def found(text: str) -> list[int]:
    page = searching.search(None, SearchQuery(text=text))
    return [hit.entry.number for hit in page.found]


def test_one_text_that_cannot_be_indexed_does_not_hold_up_the_others(app, poison):
    factories.post(title="กะปิพิษ")
    good = factories.post(title="กะปิตาดำ")

    worker.turn(leads=True)

    assert found("กะปิ") == [good.number]
    assert indexing.handle().engine().sequence == entry_queries.last_change()
    indexing.rebuild()
    assert found("กะปิ") == [good.number]


def test_jobs_run_also_while_the_index_cannot_be_written(app, monkeypatch):
    def fail(_limit: int = 0) -> int:
        raise RuntimeError("no index today")

    done = []
    monkeypatch.setattr(indexing, "catch_up", fail)
    monkeypatch.setitem(worker.HANDLERS, JobKind.MAIL, lambda job: done.append(job.key))
    with transaction():
        jobs.enqueue(JobKind.MAIL, "mail:1", {})

    worker.guarded(lambda: worker.turn(leads=True))

    assert done == ["mail:1"]


def test_the_change_log_keeps_the_last_change_of_each_entry(app):
    author = factories.writer()
    entry, other = factories.post(author), factories.post(author)
    for number in range(5):
        with transaction():
            changes.append(entry)
        assert number < entry_queries.last_change()
    newest = entry_queries.last_change()

    worker.sweep()

    kept = db.session.execute(sa.select(Change.entry_id, Change.sequence)).all()
    assert sorted(row.entry_id for row in kept) == sorted({entry.id, other.id})
    assert entry_queries.last_change() == newest


def test_tokens_of_forms_are_forgotten_after_a_while(app):
    author = factories.writer()
    draft = Draft(kind=EntryKind.POST, title="เรื่องหนึ่ง", body="ก")
    writing.create(author, draft, form_token="once")
    worker.sweep()
    assert db.session.scalar(sa.select(sa.func.count(FormToken.id))) == 1

    with transaction() as session:
        session.execute(sa.update(FormToken).values(at=clock.now() - timedelta(days=40)))
    worker.sweep()

    assert db.session.scalar(sa.select(sa.func.count(FormToken.id))) == 0


def test_reads_are_kept_for_later_when_the_database_does_not_answer(app, monkeypatch):
    entry = factories.post()
    reading.note(entry.id, "visitor")

    def refuse():
        raise sa.exc.OperationalError("BEGIN", {}, Exception("database is locked"))

    with monkeypatch.context() as busy:
        busy.setattr(reading, "transaction", refuse)
        with pytest.raises(sa.exc.OperationalError):
            reading.flush()

    assert reading.flush() == 1


def test_what_is_pending_and_hidden_is_asked_for_in_one_statement_of_any_size(app):
    entry, hidden = factories.post(), factories.post(status=Status.HIDDEN)

    with sql_statements() as sql:
        keys = indexing.pending_hidden_from(None, 0)

    assert keys == {f"entry:{hidden.id}"}
    assert len([one for one in sql if one.startswith("SELECT")]) == 1
    assert entry.status is Status.PUBLISHED


# --- how the index is --------------------------------------------------------------------------


def test_the_health_page_names_the_engine_and_its_size(app, client, sign_in):
    factories.post(title="แกงไตปลาของยาย")
    worker.turn(leads=True)
    sign_in(client, factories.admin())

    page = client.get("/admin/health").get_data(as_text=True)

    assert "เครื่องมือค้นหา</dt><dd>whoosh · " in page
    assert "สร้างดัชนีเมื่อ" in page
    search = client.get("/readyz").json["search"]
    assert (search["engine"], search["entries"], search["behind"]) == ("whoosh", 1, 0)
    assert search["bytes"] > 0


def test_the_health_page_says_how_far_a_build_is_and_why_one_failed(app, client, sign_in):
    factories.post(title="แกงไตปลาของยาย")
    worker.turn(leads=True)
    sign_in(client, factories.admin())
    wishes = indexing.handle().wishes

    wishes.tell(Progress("whoosh", 1200, 90000))
    assert "1,200 จาก 90,000 รายการ" in client.get("/admin/health").get_data(as_text=True)
    wishes.tell(Progress("whoosh", failed="OSError: No space left on device"))
    assert "No space left on device" in client.get("/admin/health").get_data(as_text=True)
    wishes.tell(None)
    assert "No space" not in client.get("/admin/health").get_data(as_text=True)


OUTGROWN = [
    # engine, entries, p95 in ms, offered, better
    ("whoosh", 34, None, ["whoosh", "tantivy"], ""),
    ("whoosh", 50_000, 59.0, ["whoosh", "tantivy"], ""),
    ("whoosh", 50_001, None, ["whoosh", "tantivy"], "tantivy"),
    ("whoosh", 9_000, 61.0, ["whoosh", "tantivy"], "tantivy"),
    ("tantivy", 900_000, 90.0, ["whoosh", "tantivy"], ""),
    ("whoosh", 900_000, 90.0, ["whoosh"], ""),
]


@pytest.mark.parametrize(("engine", "entries", "slow", "known", "better"), OUTGROWN)
def test_a_site_that_has_outgrown_its_engine_is_told_the_better_one(
    monkeypatch, engine, entries, slow, known, better
):
    monkeypatch.setattr(upkeep.rebuilding, "engines", lambda: known)

    assert upkeep.better_engine(engine, entries, slow) == better


def test_slow_searches_are_told_when_there_are_enough_of_them(app, client, sign_in):
    factories.post(title="แกงไตปลาของยาย")
    worker.turn(leads=True)
    sign_in(client, factories.admin())
    assert upkeep.slow_search([90.0] * 19) is None

    for n in range(25):
        client.get(f"/search?q=ไตปลา&n={n}")
    times = list(indexing.handle().times)

    assert len(times) >= 20
    assert sorted(times)[len(times) // 2] <= upkeep.slow_search(times) <= max(times)
    assert "การค้นที่ช้า" in client.get("/admin/health").get_data(as_text=True)
