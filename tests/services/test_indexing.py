"""The life of the search index: which engine keeps it, what harms it, and how it comes back."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.db import db
from app.errors import SearchUnavailable
from app.models import Entry
from app.search.documents import Deletion
from app.search.engine import IndexUnusable
from app.search.engines.folder import BUILDING, CURRENT, MANIFEST, IndexFolder, sealed
from app.search.engines.whoosh import WhooshEngine
from app.search.query import SearchQuery
from app.search.registry import ENGINES, offered
from app.services import (
    checking,
    indexing,
    reading,
    rebuilding,
    searching,
    settings,
    upkeep,
    worker,
    writing,
)
from app.services.drafts import Draft
from app.services.indexing import IndexHandle
from app.vocabulary import EntryKind, Status
from tests import factories
from tests.conftest import make_site
from tests.support import faults, postgres

ROOT = Path(__file__).parents[2]
#: Seconds that something may take on a slow machine before a test gives it up.
PATIENCE_S = 60
BEING_BUILT = "กำลังทำดัชนีค้นหาใหม่"


class Other(WhooshEngine):
    """A second engine of files."""

    name = "other"


@pytest.fixture
def other(monkeypatch) -> str:
    monkeypatch.setitem(ENGINES, "other", lambda folder, create: Other(folder, create=create))
    return "other"


@pytest.fixture
def folder(app) -> Path:
    return Path(app.config["DATA_DIR"]) / "search_index"


@pytest.fixture
def engine() -> str:
    """The engine that keeps the index; tests of harm take each in turn."""
    return "whoosh"


@pytest.fixture
def entry(app, engine) -> Entry:
    """One entry, indexed."""
    made = factories.post(title="แกงไตปลาของยาย")
    rebuilding.choose(engine)
    worker.turn(leads=True)
    return made


def found(text: str = "ไตปลา") -> list[int]:
    page = searching.search(None, SearchQuery(text=text))
    assert not page.is_from_database
    return [hit.entry.number for hit in page.found]


def eventually(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


@contextlib.contextmanager
def running(app) -> Iterator[None]:
    """The loop of a serving process, in a thread."""
    stop = threading.Event()
    loop = threading.Thread(target=worker.run_forever, args=[app, stop], daemon=True)
    loop.start()
    try:
        assert eventually(lambda: not leads_now())
        yield
    finally:
        stop.set()
        loop.join()


def leads_now() -> bool:
    with indexing.leading() as leads:
        return leads


def flask(app, *words: str):
    return app.test_cli_runner().invoke(args=["search", *words])


# --- the engine --------------------------------------------------------------------------------


def test_a_new_folder_is_of_the_engine_of_the_settings_and_names_it(app, folder):
    assert IndexFolder(folder).engine() == "whoosh"
    assert (folder / "ENGINE").read_text().strip() == "whoosh"


def test_the_setting_is_the_first_choice_only(app, other, folder, entry):
    indexing.handle().first_choice = other

    rebuilding.ask()
    worker.turn(leads=True)
    assert rebuilding.in_use() == "whoosh"

    shutil.rmtree(folder)
    worker.turn(leads=True)
    assert rebuilding.in_use() == other
    assert found() == [entry.number]


@pytest.mark.parametrize("name", ["other", *offered()])
def test_another_engine_is_built_aside_and_every_process_follows(app, other, folder, entry, name):
    elsewhere = IndexHandle("whoosh", folder)
    was = elsewhere.engine()
    rebuilding.choose(name)

    worker.turn(leads=True)

    assert (rebuilding.in_use(), indexing.handle().name) == (name, name)
    assert found() == [entry.number]
    answer = was.search(SearchQuery(text="ไตปลา"), audience=frozenset({"public"}))
    assert answer.total == 1  # who was reading reads on
    elsewhere.refresh()
    assert elsewhere.name == name
    assert elsewhere.engine().versions() == indexing.handle().engine().versions()
    assert [path.name for path in folder.iterdir() if path.is_dir()] == [
        IndexFolder(folder).generation().name
    ]


def test_a_chosen_engine_is_kept_through_damage(app, other, folder, entry):
    rebuilding.choose(other)
    worker.turn(leads=True)
    for file in files_of(folder):
        file.write_bytes(b"damaged")
    indexing.handle().replace(None)

    worker.turn(leads=True)

    assert rebuilding.in_use() == other
    assert found() == [entry.number]


def test_an_engine_that_is_not_known_here_any_more_is_replaced(app, folder, entry, monkeypatch):
    with monkeypatch.context() as before:
        before.setitem(ENGINES, "other", lambda path, create: Other(path, create=create))
        rebuilding.choose("other")
        worker.turn(leads=True)
    indexing.handle().replace(None)

    assert searching.search(None, SearchQuery(text="ไตปลา")).is_from_database
    worker.turn(leads=True)

    assert rebuilding.in_use() == "whoosh"
    assert found() == [entry.number]


def test_searching_and_saving_go_on_while_another_engine_is_built(app, folder, entry, monkeypatch):
    begun, may_go_on = threading.Event(), threading.Event()

    class Slow(Other):
        def rebuild(self, documents, *, sequence, progress=None):
            begun.set()
            may_go_on.wait(PATIENCE_S)
            super().rebuild(documents, sequence=sequence, progress=progress)

    monkeypatch.setitem(ENGINES, "other", lambda path, create: Slow(path, create=create))
    author = factories.writer()
    with running(app):
        rebuilding.choose("other")
        assert begun.wait(PATIENCE_S)
        saved = factories.post(author, title="หอยรากที่ปากน้ำ")

        assert eventually(lambda: found("หอยราก") == [saved.number])
        assert (rebuilding.in_use(), found()) == ("whoosh", [entry.number])
        assert upkeep.index_state(0).building is not None
        writing.save(
            author, saved, Draft(kind=EntryKind.POST, title="ขนมลาเดือนสิบ", body="ก"), base=1
        )
        may_go_on.set()

        assert eventually(lambda: rebuilding.in_use() == "other")
        assert eventually(lambda: indexing.handle().name == "other")
        assert eventually(lambda: found("ขนมลา") == [saved.number])
        assert found("หอยราก") == []
    assert not (folder / BUILDING).exists()


def test_what_was_saved_during_a_build_is_in_it_before_it_is_swapped_in(app, other, entry):
    saved = []

    def save(done: int, total: int) -> None:
        if not saved:
            saved.append(factories.post(title="หอยรากที่ปากน้ำ").number)

    indexing.rebuild(save, engine=other)

    assert found("หอยราก") == saved
    assert indexing.catch_up() == 0


# --- the commands ------------------------------------------------------------------------------


def test_an_unknown_engine_is_refused_with_the_known_ones(app):
    for name in ("sphinx", "memory"):  # the slow reference is for tests
        said = flask(app, "use", name)
        assert said.exit_code == 2
        assert f"There is no search engine '{name}'. Known are: {', '.join(offered())}." in (
            said.output
        )


def test_use_does_it_itself_where_no_site_runs(app, other, entry):
    said = flask(app, "use", other)

    assert (said.exit_code, rebuilding.in_use()) == (0, other)
    assert "1 entries in the index, kept by other" in said.output
    assert "already" in flask(app, "use", other).output
    assert found() == [entry.number]


def test_beside_a_running_site_the_site_does_it_and_the_command_waits(app, other, entry):
    with running(app):
        said = flask(app, "use", other)

        assert (said.exit_code, rebuilding.in_use()) == (0, other)
        assert "The running site builds the index" in said.output
        was = IndexFolder(indexing.handle().folder).generation()
        said = flask(app, "rebuild")
        assert said.exit_code == 0
        assert IndexFolder(indexing.handle().folder).generation() != was
    assert found() == [entry.number]


def test_a_command_need_not_wait(app, other, entry):
    with running(app):
        said = flask(app, "use", other, "--no-wait")

        assert said.exit_code == 0
        assert "/admin/health" in said.output
        assert eventually(lambda: rebuilding.in_use() == other)


def test_a_build_that_fails_is_told_and_the_old_index_answers(app, other, entry, monkeypatch):
    def refuse(path: Path, create: bool) -> Other:
        if path.name == BUILDING:
            raise OSError(28, "No space left on device")
        return Other(path, create=create)

    monkeypatch.setitem(ENGINES, "other", refuse)
    said = flask(app, "use", other)
    assert said.exit_code == 1
    assert "No space left" in said.output

    with running(app):
        said = flask(app, "use", other)
        assert said.exit_code == 1
        assert "No space left" in said.output and "tries again by itself" in said.output
        assert found() == [entry.number]
    assert rebuilding.in_use() == "whoosh"


# --- harm --------------------------------------------------------------------------------------


def gone(folder: Path) -> None:
    shutil.rmtree(folder)


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def foreign(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "_MAIN_1.toc").write_bytes(b"\x80\x02of another program")
    (folder / "generation-000001-abcdef").mkdir()
    (folder / "generation-000001-abcdef" / MANIFEST).write_text("[]")
    (folder / CURRENT).write_text("generation-000001-abcdef\n")


def pointing_nowhere(folder: Path) -> None:
    (folder / CURRENT).write_text("generation-000099-abcdef\n")


def nonsense_in_current(folder: Path) -> None:
    (folder / CURRENT).write_bytes(b"\xff\xfe../../etc")


def of_an_older_version(folder: Path) -> None:
    path = IndexFolder(folder).generation() / MANIFEST
    data = json.loads(path.read_bytes())
    del data["seal"]
    engine = data["fingerprint"].partition(":")[0]
    path.write_bytes(sealed({**data, "fingerprint": f"{engine}:older"}))


def files_of(folder: Path) -> list[Path]:
    """What the generation in use is made of, the locks of its engine left out."""
    paths = IndexFolder(folder).generation().rglob("*")
    return sorted(path for path in paths if path.is_file() and path.stat().st_size)


def in_every_file(harm: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def done(folder: Path) -> None:
        for file in files_of(folder):
            data = harm(file.read_bytes())
            file.unlink()  # whoever has it open keeps the old bytes
            faults.put(file, data)

    return done


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def zeroed(data: bytes) -> bytes:
    return bytes(len(data))


def flipped(data: bytes) -> bytes:
    return bytes(byte ^ (at % 7 == 0) for at, byte in enumerate(data))


HARM: list[tuple[str, Callable[[Path], None]]] = [
    ("no folder", gone),
    ("empty folder", emptied),
    ("foreign folder", foreign),
    ("pointing nowhere", pointing_nowhere),
    ("nonsense in CURRENT", nonsense_in_current),
    ("older version", of_an_older_version),
    ("cut", in_every_file(cut)),
    ("zeroed", in_every_file(zeroed)),
    ("flipped", in_every_file(flipped)),
]
HARMS = pytest.mark.parametrize("harm", [row[1] for row in HARM], ids=[row[0] for row in HARM])
BY_EACH = pytest.mark.parametrize("engine", offered())
ADDRESSES = (
    "/search?q=ไตปลา",
    "/search",
    "/posts",
    "/api/v1/search?q=ไตปลา",
    "/api/v1/suggest?q=แกง",
    "/readyz",
)


@BY_EACH
@HARMS
def test_harm_is_answered_from_the_database_and_heals_by_itself(app, client, folder, entry, harm):
    indexing.handle().replace(None)  # a process that has just started
    harm(folder)

    for address in ADDRESSES:
        assert client.get(address).status_code == 200, address
    page = client.get("/search?q=ไตปลา&page=1").get_data(as_text=True)
    assert BEING_BUILT in page
    assert f"/posts/{entry.number}" in page
    saved = factories.post(title="ไตปลาแห้ง")

    worker.turn(leads=True)

    assert sorted(found()) == sorted([entry.number, saved.number])
    assert client.get("/readyz").json["checks"]["index"] == "ok"
    assert IndexFolder(folder).verify() > 0


@BY_EACH
@HARMS
def test_harm_beneath_an_open_index_heals_and_others_follow(
    app, client, folder, entry, engine, harm
):
    elsewhere = IndexHandle(engine, folder)  # a process that is not elected
    elsewhere.engine()
    harm(folder)
    with running(app):
        for _ in range(3):
            for address in ADDRESSES:
                assert client.get(address).status_code == 200, address
        saved = factories.post(title="ไตปลาแห้ง")

        def is_whole() -> bool:
            with contextlib.suppress(IndexUnusable):
                return IndexFolder(folder).verify() > 0
            return False

        assert eventually(is_whole)
        assert eventually(lambda: not searching.search(None, SearchQuery()).is_from_database)
        assert eventually(lambda: sorted(found()) == sorted([entry.number, saved.number]))
    with contextlib.suppress(SearchUnavailable, IndexUnusable):
        elsewhere.refresh()  # may be the moment in which there was no index
    elsewhere.replace(None)
    assert elsewhere.engine().count() == 2


@BY_EACH
@pytest.mark.parametrize("harm", [cut, zeroed, flipped])
def test_each_damaged_file_is_found_at_the_first_look(app, client, folder, entry, engine, harm):
    for at in range(len(files_of(folder))):
        victim = files_of(folder)[at]
        data = harm(victim.read_bytes())
        victim.unlink()
        faults.put(victim, data)
        indexing.handle().replace(None)
        for address in ADDRESSES:
            assert client.get(address).status_code == 200, address

        is_good = rebuilding.look()

        assert not is_good or victim.suffix == ".json", victim  # a list of files may stand unread
        assert found() == [entry.number]
        assert rebuilding.look()


def test_a_search_that_meets_damage_asks_for_a_look(app, folder, entry):
    (victim,) = IndexFolder(folder).generation().glob("*.doc")
    data = zeroed(victim.read_bytes())
    victim.unlink()
    faults.put(victim, data)
    elsewhere = IndexHandle("whoosh", folder)  # the elected process keeps the good file open
    with pytest.raises(IndexUnusable):
        elsewhere.engine().search(SearchQuery(text="ไตปลา"), audience=frozenset({"public"}))

    worker.turn(leads=True)

    elsewhere.refresh()
    answer = elsewhere.engine().search(SearchQuery(text="ไตปลา"), audience=frozenset({"public"}))
    assert [hit.number for hit in answer.hits] == [entry.number]
    assert not (folder / "DOUBT").exists()


def test_a_doubt_without_reason_costs_one_look_and_no_rebuild(app, folder, entry):
    was, doubts = IndexFolder(folder).generation(), rebuilding.Doubts()

    for expected in (True, False):
        indexing.handle().wishes.leave_doubt(was.name)
        assert doubts.is_due() is expected
        if expected:
            assert rebuilding.look()
        assert not (folder / "DOUBT").exists()

    assert IndexFolder(folder).generation() == was


@BY_EACH
@pytest.mark.parametrize("beyond", [0, 64, 700])
def test_a_full_disk_keeps_the_old_answers_and_is_caught_up_with(app, client, entry, beyond):
    saved = factories.post(title="ไตปลาแห้ง")

    for _ in range(2):
        with faults.no_room(beyond), pytest.raises(OSError):
            worker.turn(leads=True)
        assert client.get("/search?q=ไตปลา").status_code == 200
        assert found() == [entry.number]

    worker.turn(leads=True)
    assert sorted(found()) == sorted([entry.number, saved.number])


@BY_EACH
def test_a_build_on_a_full_disk_leaves_nothing_and_is_done_when_there_is_room(
    app, client, folder, entry
):
    shutil.rmtree(folder)
    indexing.handle().replace(None)

    with faults.no_room(64), pytest.raises(OSError):
        worker.turn(leads=True)

    assert not (folder / BUILDING).exists()
    assert client.get("/search?q=ไตปลา").status_code == 200
    worker.turn(leads=True)
    assert found() == [entry.number]


@BY_EACH
def test_a_read_only_folder_answers_and_is_caught_up_with(app, client, folder, entry):
    with faults.read_only(folder):
        saved = factories.post(title="ไตปลาแห้ง")
        for write in (lambda: worker.turn(leads=True), rebuilding.carry_out):
            with pytest.raises(OSError):
                write()
            assert found() == [entry.number]
        indexing.handle().replace(None)
        for address in ADDRESSES:  # an engine that cannot be opened so leaves it to the database
            assert client.get(address).status_code == 200, address

    worker.turn(leads=True)
    assert sorted(found()) == sorted([entry.number, saved.number])


@BY_EACH
@pytest.mark.parametrize("what", ["all", "half-built"])
def test_a_folder_deleted_during_a_build_heals(app, client, folder, entry, what):
    def delete(done: int, total: int) -> None:
        shutil.rmtree(folder if what == "all" else folder / BUILDING)

    with pytest.raises((OSError, IndexUnusable)):
        indexing.rebuild(delete)

    assert client.get("/search?q=ไตปลา").status_code == 200
    worker.turn(leads=True)
    assert found() == [entry.number]
    assert not (folder / BUILDING).exists()


def test_an_index_that_takes_nothing_in_though_there_is_room_is_built_anew(app, folder, entry):
    was = IndexFolder(folder).generation()
    saved = factories.post(title="ไตปลาแห้ง")

    with faults.read_only(was), running(app):
        assert eventually(lambda: IndexFolder(folder).generation() != was)
        assert eventually(lambda: sorted(found()) == sorted([entry.number, saved.number]))

    rebuilding.tidy()
    assert not was.exists()


KILLED = """
import os, sys
from pathlib import Path
import config
from app import create_app
from app.services import indexing, rebuilding
app = create_app(config.Test(DATA_DIR=Path(sys.argv[1])))
with app.app_context():
    rebuilding.ask()
    rebuilding.carry_out(lambda done, total: os._exit(9) if done == 2 else None)
"""


@BY_EACH
def test_a_build_that_was_killed_leaves_nothing_and_is_done_by_the_next(app, folder, entry):
    factories.post(title="ไตปลาแห้ง")
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(app.config["DATA_DIR"])],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=PATIENCE_S,
    )
    assert run.returncode == 9
    assert any((folder / BUILDING).iterdir())
    assert found() == [entry.number]
    was = IndexFolder(folder).generation()

    rebuilding.tidy()
    assert not (folder / BUILDING).exists()
    assert upkeep.index_state(0).building is None
    worker.turn(leads=True)

    assert IndexFolder(folder).generation() != was  # the wish outlived the process
    assert indexing.handle().engine().count() == 2


# --- checking ----------------------------------------------------------------------------------


@pytest.fixture
def differing(app) -> dict[str, int]:
    """Entries that the index has wrong: by what is wrong, their numbers."""
    author = factories.writer()
    entries = {name: factories.post(author, title=name) for name in ("missing", "stale", "good")}
    extra = factories.post(author, title="extra")
    worker.turn(leads=True)
    engine = indexing.handle().engine()
    documents = {one.key: one for one in indexing.documents_of(e.id for e in entries.values())}
    stale = documents[f"entry:{entries['stale'].id}"]
    (of_extra,) = indexing.documents_of([extra.id])
    engine.apply(
        [
            Deletion(key=f"entry:{entries['missing'].id}"),
            replace(stale, version=stale.version - 1, title="เก่า"),
            replace(of_extra, key="entry:987654"),
            Deletion(key=of_extra.key),
        ],
        sequence=engine.sequence,
    )
    return {"missing": entries["missing"].number, "stale": entries["stale"].number}


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a running site"])
def test_a_check_finds_what_differs_and_repairs_it(app, differing, beside):
    with running(app) if beside else contextlib.nullcontext():
        found = flask(app, "check", "--dry-run")
        assert found.exit_code == 1
        assert "2 missing from the index" in found.output
        assert str(differing["missing"]) in found.output
        assert f"1 of an older version in the index: {differing['stale']}" in found.output
        assert "1 in the index, but no longer on the site" in found.output
        assert "Nothing was changed." in found.output

        repaired = flask(app, "check")
        assert repaired.exit_code == 0, repaired.output
        assert "Repaired: index and database are equal now." in repaired.output

        again = flask(app, "check", "--dry-run")
        assert again.exit_code == 0
        assert "Index and database are equal." in again.output


def test_what_the_index_has_yet_to_come_to_is_no_difference(app, entry):
    factories.post(title="ไตปลาแห้ง")

    found = checking.compare()

    assert (found.ids, found.behind > 0, found.is_equal) == ([], True, False)
    said = flask(app, "check", "--dry-run")
    assert said.exit_code == 1
    assert "not in the index yet" in said.output
    assert flask(app, "check").exit_code == 0
    assert checking.compare().is_equal


def test_a_check_builds_anew_what_is_damaged(app, folder, entry):
    (victim,) = IndexFolder(folder).generation().glob("*.pst")
    faults.put(victim, zeroed(victim.read_bytes()))

    dry = flask(app, "check", "--dry-run")
    assert dry.exit_code == 1
    assert "is not what was written" in dry.output

    said = flask(app, "check")
    assert said.exit_code == 0, said.output
    assert "It was built anew." in said.output
    assert found() == [entry.number]


def test_a_check_names_what_it_cannot_repair(app, monkeypatch):
    from app.search import analysis

    bad = factories.post(title="พิษ")
    take = analysis.index_terms

    def index_terms(document):
        if "พิษ" in document.title:
            raise RuntimeError("no word for it")
        return take(document)

    monkeypatch.setattr(analysis, "index_terms", index_terms)
    worker.turn(leads=True)

    said = flask(app, "check")

    assert said.exit_code == 1
    assert f"1 still differ: {bad.number}" in said.output


def test_a_check_compares_any_number_of_entries_in_few_statements(app, monkeypatch):
    monkeypatch.setattr(checking, "PAGE", 2)
    author = factories.writer()
    for n in range(5):
        factories.post(author, title=f"เรื่องที่ {n}")
    factories.post(author, status=Status.BINNED)
    worker.turn(leads=True)
    told = []

    found = checking.compare(told.append)

    assert (found.documents, found.is_equal) == (5, True)


# --- several servers ---------------------------------------------------------------------------


@pytest.fixture
def two_servers(tmp_path):
    """Two sites of one database, each with a folder of its own."""
    server = postgres.server()
    if server is None:
        pytest.skip(postgres.MISSING)
    with postgres.database(server) as url:
        settings.forget()
        apps = [make_site(tmp_path / name, DATABASE_URL=url) for name in ("one", "two")]
        yield apps
        for app in apps:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
        settings.forget()
        reading.forget()


def has_all(app, text: str, numbers: list[int]) -> bool:
    with app.app_context():
        page = searching.search(None, SearchQuery(text=text))
        shown = sorted(hit.entry.number for hit in page.found)
        return not page.is_from_database and shown == sorted(numbers)


def test_each_server_keeps_an_index_of_its_own_and_both_are_complete(two_servers):
    one, _ = two_servers
    numbers: list[int] = []
    with contextlib.ExitStack() as loops:
        for app in two_servers:
            with app.app_context():
                loops.enter_context(running(app))
        for app in two_servers:
            with app.app_context():
                author = factories.writer()
                numbers += [factories.post(author, title=f"ปลาทูที่ {n}").number for n in range(4)]
                db.session.remove()
        folder = Path(one.config["DATA_DIR"]) / "search_index"
        folder.rename(folder.with_name("lost"))  # one server loses its index, the other goes on

        for app in two_servers:
            assert eventually(lambda app=app: has_all(app, "ปลาทู", numbers))
            with app.app_context():
                assert eventually(lambda: checking.compare().is_equal)
                assert upkeep.index_state(0).indexed == len(numbers)


# --- explaining and timing ---------------------------------------------------------------------


@BY_EACH
def test_an_explained_search_is_told_in_lines(app, entry, engine):
    lines = flask(app, "explain", "ไตปลา ของยาย").output.splitlines()

    assert any(line.startswith("unit") and "ไตปลา" in line for line in lines)
    assert "found       1" in lines
    assert f"{entry.number}  {entry.title}" in lines
    assert any("place 1, because" in line for line in lines)
    assert any(line.startswith("  score ") for line in lines)


def test_an_entry_that_is_not_found_is_told_why(app, entry):
    other = factories.post(title="ขนมลาเดือนสิบ", body="ก")
    worker.turn(leads=True)

    said = flask(app, "explain", "ไตปลา", "--entry", str(other.number))
    unknown = flask(app, "explain", "ไตปลา", "--entry", "77")
    narrowed = flask(app, "explain", "ไตปลา year:2540", "--entry", str(entry.number))

    assert "not found, because it has 0.00 of the query's weight" in said.output
    assert "not found, because it is not in the index" in unknown.output
    assert "not found, because it is not among year: 2540" in narrowed.output


@BY_EACH
def test_the_index_in_use_is_timed_with_words_of_the_site(app, entry, engine):
    said = flask(app, "bench")

    assert said.exit_code == 0
    assert said.output.startswith(f"{engine}: 1 entries")
    assert "p95" in said.output
