"""The index on disk: commits, other processes, damage, and the way back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.search.documents import Deletion
from app.search.engine import IndexUnusable
from app.search.engines import whoosh
from app.search.engines.folder import CURRENT, MANIFEST, IndexFolder
from app.search.registry import open_engine
from tests.support.search import PUBLIC, asking, document


@pytest.fixture
def folder(tmp_path):
    engine = open_engine("whoosh", tmp_path, create=True)
    engine.rebuild([document(f"เวทีที่ {n} ของบ้านเรา", number=n) for n in range(1, 6)], sequence=5)
    engine.close()
    return tmp_path


def total(engine, text=""):
    return engine.search(asking(text), audience=PUBLIC).total


def generation(folder: Path) -> Path:
    return folder / (folder / CURRENT).read_text().strip()


def test_an_index_is_there_after_closing(folder):
    engine = open_engine("whoosh", folder)

    assert (engine.sequence, engine.count(), total(engine, "เวที")) == (5, 5, 5)


def test_no_folder_is_no_index(tmp_path):
    with pytest.raises(IndexUnusable, match="There is no index"):
        open_engine("whoosh", tmp_path / "nothing")


def test_a_first_commit_makes_the_first_generation(tmp_path):
    engine = open_engine("whoosh", tmp_path / "new", create=True)

    engine.apply([document("ก้าวแรก", number=1)], sequence=1)

    assert total(open_engine("whoosh", tmp_path / "new"), "ก้าวแรก") == 1


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def scrambled(path: Path) -> None:
    path.write_bytes(bytes(255 - byte for byte in path.read_bytes()))


def of_another_version(path: Path) -> None:
    data = json.loads(path.read_bytes())
    path.write_text(json.dumps({**data, "fingerprint": "older"}))


def with_a_path(path: Path) -> None:
    data = json.loads(path.read_bytes())
    data["segments"][0]["name"] = "../../etc/passwd"
    path.write_text(json.dumps(data))


DAMAGE = [
    (MANIFEST, truncated),
    (MANIFEST, scrambled),
    (MANIFEST, of_another_version),
    (MANIFEST, with_a_path),
    (MANIFEST, Path.unlink),
    *[
        (f"*{suffix}", harm)
        for suffix in (".trm", ".pst", ".txt", ".doc", ".npz")
        for harm in (truncated, Path.unlink)
    ],
    ("*.npz", scrambled),
    ("*.trm", scrambled),
]


@pytest.mark.parametrize(("name", "harm"), DAMAGE, ids=[f"{d[0]} {d[1].__name__}" for d in DAMAGE])
def test_damage_has_one_name_and_a_rebuild_cures_it(folder, name, harm):
    (victim,) = generation(folder).glob(name)
    harm(victim)
    with pytest.raises(IndexUnusable):
        total(open_engine("whoosh", folder), "เวที")

    engine = open_engine("whoosh", folder, create=True)
    engine.rebuild([document("หายแล้ว", number=1)], sequence=6)

    assert total(open_engine("whoosh", folder), "หายแล้ว") == 1
    assert [found for found in folder.iterdir() if found.is_dir()] == [generation(folder)]


@pytest.mark.parametrize("said", ["generation-000001-abcdef", "../elsewhere", "", "\ud7ff"])
def test_a_wrong_current_is_no_index(folder, said):
    (folder / CURRENT).write_text(said, "utf-8")

    with pytest.raises(IndexUnusable):
        open_engine("whoosh", folder)


def test_scrambled_postings_and_texts_do_not_escape_their_name(folder):
    for suffix in (".pst", ".doc", ".txt"):
        (victim,) = generation(folder).glob(f"*{suffix}")
        scrambled(victim)
    engine = open_engine("whoosh", folder)

    with pytest.raises(IndexUnusable):
        total(engine, "เวที")


def test_an_index_deleted_under_an_open_engine_is_noticed(folder):
    engine = open_engine("whoosh", folder)
    shutil.rmtree(folder)

    with pytest.raises(IndexUnusable):
        engine.refresh()


def test_nothing_is_written_to_a_damaged_index(folder):
    of_another_version(generation(folder) / MANIFEST)
    engine = open_engine("whoosh", folder, create=True)

    with pytest.raises(IndexUnusable):
        engine.apply([document("ลอย", number=9)], sequence=9)


def test_another_process_is_followed(folder):
    reader, writer = open_engine("whoosh", folder), open_engine("whoosh", folder)
    writer.apply([document("มาใหม่", number=9), Deletion(key="entry:1")], sequence=6)
    assert total(reader, "มาใหม่") == 0

    assert reader.refresh()

    assert (total(reader, "มาใหม่"), reader.count(), reader.sequence) == (1, 5, 6)
    assert not reader.refresh()


def test_a_reader_keeps_its_answers_through_a_rebuild(folder):
    reader, writer = open_engine("whoosh", folder), open_engine("whoosh", folder)
    writer.rebuild([document("ทั้งใหม่", number=1)], sequence=8)

    assert total(reader, "เวที") == 5  # the files are gone, the open ones are not
    assert reader.refresh()
    assert (total(reader, "เวที"), total(reader, "ทั้งใหม่")) == (0, 1)


def test_a_failed_batch_changes_nothing_and_blocks_nobody(folder, monkeypatch):
    engine = open_engine("whoosh", folder)

    def full_disk(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whoosh, "write_manifest", full_disk)
    with pytest.raises(OSError, match="No space"):
        engine.apply([document("ไม่ถึงดิสก์", number=9)], sequence=6)
    monkeypatch.undo()

    assert (engine.sequence, total(engine, "ไม่ถึงดิสก์")) == (5, 0)
    engine.apply([document("ถึงแล้ว", number=9)], sequence=6)
    assert (engine.sequence, total(engine, "ถึงแล้ว")) == (6, 1)


def test_a_failed_rebuild_leaves_the_old_index(folder):
    engine = open_engine("whoosh", folder)

    def broken():
        yield document("ครึ่งเดียว", number=1)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        engine.rebuild(broken(), sequence=9)

    assert (total(open_engine("whoosh", folder), "เวที"), engine.sequence) == (5, 5)


KILLED = """
import os, sys
from app.search.engines import whoosh
from app.search.registry import open_engine
from tests.support.search import document
engine = open_engine("whoosh", sys.argv[1])
moment = sys.argv[2]
moments = {
    "postings": (whoosh.SegmentWriter, "_write_arrays"),
    "commit": (whoosh, "write_manifest"),
}
owner, name = moments[moment]
setattr(owner, name, lambda *args: os._exit(9))
engine.apply([document("ไม่ทันเก็บ", number=9)], sequence=6)
"""


@pytest.mark.parametrize("moment", ["postings", "commit"])
def test_a_killed_writer_leaves_the_last_commit(folder, moment):
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), moment],
        cwd=os.getcwd(),
        check=False,
        timeout=60,
    )
    assert run.returncode == 9

    engine = open_engine("whoosh", folder)

    assert (engine.sequence, total(engine, "ไม่ทันเก็บ"), total(engine, "เวที")) == (5, 0, 5)
    engine.apply([document("เก็บแล้ว", number=9)], sequence=6)
    assert total(engine, "เก็บแล้ว") == 1


def test_a_second_writer_waits_and_is_told(folder, monkeypatch):
    monkeypatch.setattr("app.search.engines.folder.LOCK_WAIT_S", 0.1)
    engine = open_engine("whoosh", folder)

    with IndexFolder(folder).lock(), pytest.raises(TimeoutError, match="Another process"):
        engine.apply([], sequence=6)

    engine.apply([], sequence=6)
    assert engine.sequence == 6


def test_many_small_commits_are_merged(folder):
    engine = open_engine("whoosh", folder)
    for number in range(10, 60):
        engine.apply([document(f"บันทึกที่ {number} เรื่องปุ๋ยหมัก", number=number)], sequence=number)
        engine.maintain()

    segments = json.loads((generation(folder) / MANIFEST).read_bytes())["segments"]

    assert len(segments) < 3 * whoosh.TIER
    assert (engine.count(), total(engine, "ปุ๋ยหมัก"), engine.sequence) == (55, 50, 59)
    fresh = open_engine("whoosh", folder.with_name("fresh"), create=True)
    fresh.apply([document(f"บันทึกที่ {n} เรื่องปุ๋ยหมัก", number=n) for n in range(10, 60)], sequence=1)
    fresh.apply([document(f"เวทีที่ {n} ของบ้านเรา", number=n) for n in range(1, 6)], sequence=2)
    for text in ("ปุ๋ยหมัก", "บันทึกที่ 33", "ยหม", "เวที"):
        query = asking(text, per_page=60)
        merged, whole = (one.search(query, audience=PUBLIC) for one in (engine, fresh))
        assert [(h.key, pytest.approx(h.score)) for h in merged.hits] == [
            (h.key, h.score) for h in whole.hits
        ]
    assert {found.suffix for found in generation(folder).iterdir()} == {
        ".json",
        ".trm",
        ".pst",
        ".txt",
        ".doc",
        ".fwd",
        ".npz",
        ".sug",
        ".voc",
    }
    assert len(list(generation(folder).iterdir())) == 1 + 8 * len(segments)


def test_a_half_deleted_segment_is_written_anew(folder):
    engine = open_engine("whoosh", folder)
    engine.apply([Deletion(key=f"entry:{n}") for n in range(1, 4)], sequence=6)

    assert engine.maintain()

    (segment,) = json.loads((generation(folder) / MANIFEST).read_bytes())["segments"]
    assert (segment["documents"], segment["deleted"]) == (2, [])
    assert not engine.maintain()


def test_a_large_rebuild_has_several_segments(tmp_path, monkeypatch):
    monkeypatch.setattr(whoosh, "MOST_POSTINGS", 200)
    engine = open_engine("whoosh", tmp_path, create=True)

    engine.rebuild((document(f"เวทีชาวบ้านครั้งที่ {n}", number=n) for n in range(1, 31)), sequence=1)

    assert len(json.loads((generation(tmp_path) / MANIFEST).read_bytes())["segments"]) > 1
    assert (engine.count(), total(engine, "เวทีชาวบ้าน")) == (30, 30)


def test_no_file_of_the_index_is_a_pickle(folder):
    for path in generation(folder).iterdir():
        data = path.read_bytes()
        assert b"cpickle" not in data.lower()
        assert not data.startswith(b"\x80\x02")
        assert b"\x80\x02}q" not in data and b"\x80\x04\x95" not in data


def test_many_threads_ask_while_one_writes(folder):
    engine = open_engine("whoosh", folder)
    words = ["เวที", "บ้านเรา", "ของบ้าน", "ที่ 3", "2550", "กศน.", "อบต."]

    def ask(turn: int) -> int:
        return total(engine, words[turn % len(words)]) + total(engine)

    alone = [ask(turn) for turn in range(len(words))]
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(ask, turn) for turn in range(400)]
        for number in range(10, 20):
            engine.apply([document("อื่น", number=number, audience=("user:1",))], sequence=number)

    for turn, answer in enumerate(answers):
        assert answer.result() == alone[turn % len(words)]


def test_whoosh_warns_of_nothing_of_its_own():
    code = "import warnings; warnings.simplefilter('error'); import app.search.engines.segments"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
