"""Tantivy's index on disk: commits, other processes, damage, and the way back."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.search import analysis, synonyms
from app.search.documents import Deletion
from app.search.engine import IndexUnusable
from app.search.engines import tantivy, tantivy_plan, tantivy_query
from app.search.engines.folder import CURRENT, MANIFEST, IndexFolder
from app.search.engines.memory import MemoryEngine
from app.search.engines.tantivy_letters import begin, end, needle
from app.search.engines.tantivy_query import spelled
from app.search.forms import Form
from app.search.registry import open_engine
from tests.support import faults
from tests.support.search import PUBLIC, asking, document


@pytest.fixture
def folder(tmp_path):
    engine = open_engine("tantivy", tmp_path, create=True)
    engine.rebuild([document(f"เวทีที่ {n} ของบ้านเรา", number=n) for n in range(1, 6)], sequence=5)
    engine.close()
    return tmp_path


@pytest.fixture
def opened(folder):
    """Opens engines on ``folder`` and closes them after the test."""
    engines = []

    def open_one():
        engines.append(open_engine("tantivy", folder))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.close()


def total(engine, text=""):
    return engine.search(asking(text), audience=PUBLIC).total


def generation(folder: Path) -> Path:
    return folder / (folder / CURRENT).read_text().strip()


def test_an_index_is_there_after_closing(opened):
    engine = opened()

    assert (engine.sequence, engine.count(), total(engine, "เวที")) == (5, 5, 5)


def test_no_folder_is_no_index(tmp_path):
    with pytest.raises(IndexUnusable, match="There is no index"):
        open_engine("tantivy", tmp_path / "nothing")


def test_an_index_of_whoosh_is_foreign(tmp_path):
    open_engine("whoosh", tmp_path, create=True).rebuild([document("เวที", number=1)], sequence=1)

    with pytest.raises(IndexUnusable, match="another version"):
        open_engine("tantivy", tmp_path)

    engine = open_engine("tantivy", tmp_path, create=True)
    engine.rebuild([document("เวที", number=1)], sequence=1)
    engine.close()
    with pytest.raises(IndexUnusable, match="another version"):
        open_engine("whoosh", tmp_path)


def test_the_first_commit_makes_the_first_generation(tmp_path):
    engine = open_engine("tantivy", tmp_path / "new", create=True)
    assert (total(engine), engine.versions(), engine.vocabulary(), engine.suggest("เว")) == (
        0,
        {},
        {},
        [],
    )

    engine.apply([document("ก้าวแรก", number=1)], sequence=1)
    engine.close()

    assert total(open_engine("tantivy", tmp_path / "new"), "ก้าวแรก") == 1


def truncated(path: Path) -> None:
    faults.put(path, path.read_bytes()[: path.stat().st_size // 2])


def scrambled(path: Path) -> None:
    faults.put(path, bytes(255 - byte for byte in path.read_bytes()))


def emptied(path: Path) -> None:
    faults.put(path, b"")


def of_another_version(path: Path) -> None:
    data = json.loads(path.read_bytes())
    path.write_text(json.dumps({**data, "fingerprint": "older"}))


def without_a_commit(path: Path) -> None:
    """As tantivy writes it before the first commit."""
    data = json.loads(path.read_bytes())
    path.write_text(json.dumps({**data, "segments": [], "opstamp": 0}))


DAMAGE = [
    (MANIFEST, truncated),
    (MANIFEST, of_another_version),
    (MANIFEST, Path.unlink),
    ("tantivy/meta.json", without_a_commit),
    *[
        (f"tantivy/{name}", harm)
        for name in ("meta.json", "*.idx", "*.pos", "*.term", "*.store", "*.fast", "*.fieldnorm")
        for harm in (truncated, scrambled, emptied, Path.unlink)
    ],
]


@pytest.mark.parametrize(("name", "harm"), DAMAGE, ids=[f"{d[0]} {d[1].__name__}" for d in DAMAGE])
def test_damage_has_one_name_and_a_rebuild_cures_it(folder, name, harm):
    (victim,) = generation(folder).glob(name)
    harm(victim)
    with pytest.raises(IndexUnusable):
        total(open_engine("tantivy", folder), "ของบ้านเรา")

    engine = open_engine("tantivy", folder, create=True)
    engine.rebuild([document("หายแล้ว", number=1)], sequence=6)
    engine.close()

    assert total(open_engine("tantivy", folder), "หายแล้ว") == 1
    assert [found for found in folder.iterdir() if found.is_dir()] == [generation(folder)]


def test_a_panic_of_tantivy_is_damage():
    panic = type("PanicException", (BaseException,), {})

    with pytest.raises(IndexUnusable, match="attempt to"), tantivy.damage_named("x"):
        raise panic("attempt to subtract with overflow")
    with pytest.raises(KeyboardInterrupt), tantivy.damage_named("x"):
        raise KeyboardInterrupt


def test_an_index_deleted_under_an_open_engine_is_noticed(folder, opened):
    engine = opened()
    shutil.rmtree(folder)

    with pytest.raises(IndexUnusable):
        engine.refresh()
    with pytest.raises(IndexUnusable):
        engine.maintain()


def test_nothing_is_written_to_a_damaged_index(folder):
    of_another_version(generation(folder) / MANIFEST)
    engine = open_engine("tantivy", folder, create=True)

    with pytest.raises(IndexUnusable):
        engine.apply([document("ลอย", number=9)], sequence=9)


def test_another_process_is_followed(opened):
    reader, writer = opened(), opened()
    writer.apply([document("มาใหม่", number=9), Deletion(key="entry:1")], sequence=6)
    assert total(reader, "มาใหม่") == 0

    assert reader.refresh()

    assert (total(reader, "มาใหม่"), reader.count(), reader.sequence) == (1, 5, 6)
    assert not reader.refresh()
    assert not writer.maintain()


def test_a_reader_keeps_its_answers_through_a_rebuild(opened):
    reader, writer = opened(), opened()
    writer.rebuild([document("ทั้งใหม่", number=1)], sequence=8)

    assert total(reader, "เวที") == 5  # the files are gone, the open ones are not
    assert reader.refresh()
    assert (total(reader, "เวที"), total(reader, "ทั้งใหม่")) == (0, 1)


@pytest.mark.parametrize("moment", ["_add", "_finish"])
def test_a_failed_batch_changes_nothing_and_blocks_nobody(opened, monkeypatch, moment):
    engine = opened()
    work = getattr(tantivy, moment)

    def full_disk(writer, *rest):
        if moment == "_add":
            work(writer, *rest)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tantivy, moment, full_disk)
    with pytest.raises(OSError, match="No space"):
        engine.apply([document("ไม่ถึงดิสก์", number=9), Deletion(key="entry:1")], sequence=6)
    monkeypatch.undo()

    assert (engine.sequence, total(engine, "ไม่ถึงดิสก์"), total(engine, "เวที")) == (5, 0, 5)
    engine.apply([document("ถึงแล้ว", number=9)], sequence=6)
    assert (engine.sequence, total(engine, "ถึงแล้ว"), total(engine, "เวที")) == (6, 1, 5)


def test_a_failed_rebuild_leaves_the_old_index(folder, opened):
    engine = opened()

    def broken():
        yield document("ครึ่งเดียว", number=1)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        engine.rebuild(broken(), sequence=9)

    assert (total(opened(), "เวที"), engine.sequence) == (5, 5)


KILLED = """
import os, sys
from app.search.engines import tantivy
from app.search.registry import open_engine
from tests.support.search import document
engine = open_engine("tantivy", sys.argv[1])
moment = sys.argv[2]
if moment == "added":
    tantivy._finish = lambda *args: os._exit(9)
elif moment == "committed":
    tantivy.TantivyEngine.refresh = lambda self, before=tantivy.TantivyEngine.refresh: (
        os._exit(9) if self._writer else before(self)
    )
engine.apply([document("คราวใหม่", number=9)], sequence=6)
"""


@pytest.mark.parametrize(("moment", "sequence"), [("added", 5), ("committed", 6)])
def test_a_killed_writer_leaves_a_whole_commit(folder, opened, moment, sequence):
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), moment],
        cwd=os.getcwd(),
        check=False,
        timeout=60,
    )
    assert run.returncode == 9

    engine = opened()

    held = sequence == 6  # documents and sequence are one commit
    assert (engine.sequence, total(engine, "คราวใหม่"), total(engine, "เวที")) == (sequence, held, 5)
    engine.apply([document("เก็บแล้ว", number=10)], sequence=7)
    assert (engine.sequence, total(engine, "เก็บแล้ว")) == (7, 1)


def test_a_second_writer_waits_and_is_told(folder, opened, monkeypatch):
    monkeypatch.setattr("app.search.engines.folder.LOCK_WAIT_S", 0.1)
    monkeypatch.setattr(tantivy, "LOCK_WAIT_S", 0.1)
    monkeypatch.setattr(tantivy, "REST_S", 60.0)
    engine, other = opened(), opened()

    with IndexFolder(folder).lock(), pytest.raises(TimeoutError, match="Another process"):
        engine.apply([], sequence=6)
    engine.apply([], sequence=6)
    with pytest.raises(TimeoutError, match="Another process"):
        other.apply([], sequence=7)

    engine.close()
    other.apply([], sequence=7)
    assert other.sequence == 7


def test_a_writer_at_rest_lets_another_write(opened, monkeypatch):
    monkeypatch.setattr(tantivy, "REST_S", 0.01)
    engine, other = opened(), opened()

    engine.apply([document("หนึ่ง", number=8)], sequence=6)
    other.apply([document("สอง", number=9)], sequence=7)

    assert (other.count(), other.sequence) == (7, 7)


def test_many_small_commits_are_merged(folder, opened):
    engine = opened()
    for number in range(10, 40):
        engine.apply([document(f"บันทึกที่ {number} เรื่องปุ๋ยหมัก", number=number)], sequence=number)
    engine.close()

    engine = opened()

    assert (engine.count(), total(engine, "ปุ๋ยหมัก"), engine.sequence) == (35, 30, 39)
    assert len(list((generation(folder) / tantivy.INSIDE).glob("*.idx"))) < 20


def test_many_threads_ask_while_one_writes(opened):
    engine = opened()
    words = ["เวที", "บ้านเรา", "ของบ้าน", "ที่ 3", "2550", "กศน.", "อบต."]

    def ask(turn: int) -> int:
        return total(engine, words[turn % len(words)]) + total(engine)

    alone = [ask(turn) for turn in range(len(words))]
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(ask, turn) for turn in range(200)]
        for number in range(10, 16):
            engine.apply([document("อื่น", number=number, audience=("user:1",))], sequence=number)

    for turn, answer in enumerate(answers):
        assert answer.result() == alone[turn % len(words)]


def test_the_other_engines_do_without_tantivy():
    code = "import sys; import app.search.registry; sys.exit('tantivy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# --- letters -----------------------------------------------------------------------------

THAI, LATIN, DIGIT = 1, 2, 3


def spelling(text: str, before: bytes = b"", after: bytes = b"") -> str:
    return needle(text, before, after)


def test_marks_between_letters_follow_from_the_letters():
    inside = spelling("ปี2550")

    assert inside in spelling("ในปี2550 ")
    assert spelling("กศน", begin(THAI), end(THAI)) in spelling(" กศน. ")
    assert spelling("กศน", begin(THAI), end(THAI)) not in spelling("ทางกศน. ")
    assert spelling("2550", begin(DIGIT), end(DIGIT)) not in spelling("1.2550 12550 ")
    assert spelling("km", begin(LATIN), end(LATIN)) not in spelling("ukm ")


RULED_FORMS = [
    (Form("คอน", alone=True), ["<คอน>"], []),
    (Form("ครู"), ["ครู"], []),
]


@pytest.mark.parametrize(("form", "needles", "doubts"), RULED_FORMS)
def test_rules_of_a_form_become_marks(form, needles, doubts):
    marks = {"<": begin(THAI), ">": end(THAI)}
    expected = [
        needle(text.strip("<>"), marks["<"] * text.startswith("<"), marks[">"] * text.endswith(">"))
        for text in needles
    ]

    assert spelled(form) == (expected, doubts)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (
            {(tantivy_query, "FREQUENT"): 1, (tantivy_query, "MOST_NAMED"): 5},
            "phrases remembered by their exceptions",
        ),
        ({(tantivy_plan, "MOST_CHOICES"): 0}, "documents listed by the weight they carry"),
        ({(tantivy, "FEW"): 10**9}, "facets along the documents of each choice"),
        ({(tantivy, "FEW"): 0}, "facets through the hits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_large_indexes_do_finds_the_same(tmp_path, monkeypatch, limits, why):
    for (module, name), limit in limits.items():
        monkeypatch.setattr(module, name, limit)
    dice = random.Random(7)
    words = ["ครู", "ชุมชน", "แผนแม่บท", "กศน.", "2550", "งบ", "ปุ๋ยหมัก", "เศรษฐกิจพอเพียง", "KM", "ที่"]
    documents = [
        document("".join(dice.choices(words, k=dice.randint(3, 20))), number=number)
        for number in range(1, 41)
    ]
    reference, engine = MemoryEngine(), open_engine("tantivy", tmp_path, create=True)
    for held in (reference, engine):
        held.rebuild(documents, sequence=1)

    for _ in range(30):
        text = dice.choice(("", " ")).join(dice.choices(words, k=dice.randint(1, 6)))
        expected = reference.search(asking(text, per_page=100), audience=PUBLIC)
        result = engine.search(asking(text, per_page=100), audience=PUBLIC)

        assert {hit.key for hit in result.hits} == {hit.key for hit in expected.hits}, (text, why)
        assert (result.total, result.facets) == (expected.total, expected.facets)
    engine.close()


def test_where_rules_are_in_doubt_the_text_is_read(tmp_path):
    engine = open_engine("tantivy", tmp_path, create=True)
    engine.rebuild(
        [
            document("ไปเมืองนครปฐมกัน", number=1),
            document("ไปเมืองนครปฐม แล้วกลับเมืองนคร", number=2),
            document("อพม.ประจำตำบล", number=3),
            document("อพม.กับพม.จังหวัด", number=4),
        ],
        sequence=1,
    )

    assert engine.search(asking("นครศรีธรรมราช"), audience=PUBLIC).best == (2,)
    assert engine.search(asking("พม."), audience=PUBLIC).best == (4,)
    assert analysis.plan("พม.", synonyms.current()).units[0].forms[0].longer == frozenset("อ")
    engine.close()


@pytest.mark.parametrize("left", ["nothing", "an empty folder"])
def test_a_batch_for_an_index_that_was_taken_away_is_not_taken_for_an_index(folder, opened, left):
    engine = opened()
    shutil.rmtree(folder)
    if left != "nothing":
        folder.mkdir()

    with pytest.raises(IndexUnusable):
        engine.apply([document("ลอย", number=9)], sequence=9)

    assert not (folder / CURRENT).exists()


@pytest.mark.parametrize("beyond", [0, 64, 700])
def test_a_full_disk_is_told_as_one_and_changes_nothing(folder, opened, beyond):
    engine = opened()

    for _ in range(2):
        with faults.no_room(beyond), pytest.raises(OSError):
            engine.apply([document("ไม่ถึงดิสก์" * 200, number=9)], sequence=6)

    assert (engine.sequence, total(engine, "ไม่ถึงดิสก์"), total(engine, "เวที")) == (5, 0, 5)
    engine.apply([document("ถึงแล้ว", number=9)], sequence=6)
    assert (engine.sequence, total(engine, "ถึงแล้ว")) == (6, 1)


def test_the_sums_of_its_files_are_read_and_follow_commits(folder, opened):
    engine = opened()
    for number in range(10, 30):
        engine.apply([document(f"บันทึกที่ {number}", number=number)], sequence=number)

        assert IndexFolder(folder).verify() > 0
    assert IndexFolder(folder).engine() == "tantivy"


def test_what_a_killed_commit_left_does_not_stand_in_the_way(folder, opened):
    """A list of deleted documents is named by the commit: the next try has the same name."""
    engine = opened()
    engine.apply([document("ใหม่", number=1)], sequence=6)
    engine.close()
    inside = generation(folder) / "tantivy"
    kept = {path.name: path.read_bytes() for path in inside.iterdir()}
    killed = opened()
    killed.apply([document("ขนมลา", number=2)], sequence=7)
    killed.close()
    managed = (inside / ".managed.json").read_bytes()
    (inside / "meta.json").write_bytes(kept["meta.json"])  # the commit was not finished
    for name, data in kept.items():
        (inside / name).write_bytes(data)
    (inside / ".managed.json").write_bytes(managed)
    assert any(path.suffix == ".del" and path.name not in kept for path in inside.iterdir())

    engine = opened()
    engine.apply([document("ขนมลา", number=2)], sequence=7)

    assert (engine.sequence, total(engine, "ขนมลา"), engine.count()) == (7, 1, 5)
