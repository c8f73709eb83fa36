"""Choices typed into the search box are the same filters as those of an address."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.errors import SearchUnavailable
from app.search.query import SearchQuery
from app.services import indexing, searching, taxonomy, worker
from app.vocabulary import EntryKind, Status
from tests import factories
from tests.conftest import opened


@pytest.fixture(scope="module")
def filled(empty_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A site whose entries differ in each facet; nothing is changed in it."""
    folder = tmp_path_factory.mktemp("filled") / "site"
    shutil.copytree(empty_site, folder)
    for app in opened(folder):
        tell()
        yield app


@pytest.fixture
def told(app):
    """The same entries on a site of its own."""
    tell()


def tell() -> None:
    nim = factories.writer(name="นิ่ม ตัวอย่าง", username="nim")
    factories.lesson(nim, title="บทเรียนปุ๋ย", programs=("own-work",), years=(2549,))
    factories.post(nim, title="บันทึกปุ๋ย", communities=("tambon-karo",), tags=("ปุ๋ยหมัก",))
    factories.post(title="เรื่องเล่าปุ๋ย", kind=EntryKind.STORY, years=(2550, 2551))
    factories.post(title="ปุ๋ยไม่มีที่อยู่", communities=(), tags=("ปุ๋ยหมัก", "ไส้เดือน"))
    factories.post(
        title="ปุ๋ยสองปากแพรก", communities=("tambon-pak-phraek-thung-song",), years=(2549,)
    )
    factories.post(title="ปุ๋ยปากแพรก", communities=("tambon-pak-phraek-pak-phanang",))
    worker.turn(leads=True)


SAME = [
    # typed, of the address, how many
    ("ชุมชน:บางจาก", {"community": "tambon-bang-chak"}, 2),
    ("community:tambon-bang-chak", {"community": "tambon-bang-chak"}, 2),
    ("ตำบล:กะหรอ", {"community": "tambon-karo"}, 1),
    ("อำเภอ:ปากพนัง", {"community": "amphoe-pak-phanang"}, 1),
    ('พื้นที่:"ต.ปากแพรก อ.ทุ่งสง"', {"community": "tambon-pak-phraek-thung-song"}, 1),
    (
        "ชุมชน:ปากแพรก",
        {"community": ["tambon-pak-phraek-thung-song", "tambon-pak-phraek-pak-phanang"]},
        2,
    ),
    ("โครงการ:own-work", {"program": "own-work"}, 1),
    ("โครงการ:งานของชุมชนเอง", {"program": "own-work"}, 1),
    ("คำสำคัญ:ปุ๋ยหมัก", {"tag": "ปุ๋ยหมัก"}, 2),
    ("tag:ปุ๋ยหมัก tag:ไส้เดือน", {"tag": ["ปุ๋ยหมัก", "ไส้เดือน"]}, 2),
    ("ผู้เขียน:nim", {"author": "nim"}, 2),
    ('author:"นิ่ม ตัวอย่าง"', {"author": "nim"}, 2),
    ("ชนิด:บทเรียน", {"kind": "lesson"}, 1),
    ("kind:story", {"kind": "story"}, 1),
    ("สถานะ:เล่าไว้", {"state": "told"}, 1),
    ("ปี:2549", {"year": "2549"}, 2),
    ("ปี:๒๕๔๙", {"year": "2549"}, 2),
    ("year:2006", {"year": "2549"}, 2),
    ("ปี:2549..2551", {"year": "2549..2551"}, 3),
    ("ปี:2549 ชุมชน:บางจาก", {"year": "2549", "community": "tambon-bang-chak"}, 1),
]


@pytest.mark.parametrize(("text", "address", "total"), SAME, ids=[case[0] for case in SAME])
@pytest.mark.parametrize("words", ["", "ปุ๋ย"], ids=["browsing", "with a word"])
def test_a_typed_filter_gives_the_list_of_the_address(filled, text, address, total, words):
    typed = searching.search(None, SearchQuery(text=f"{words} {text}".strip()))
    asked = searching.search(None, SearchQuery.from_args({"q": words, **address}))

    assert typed.total == asked.total == total
    assert [hit.entry.number for hit in typed.found] == [hit.entry.number for hit in asked.found]
    assert typed.query.facets == asked.query.facets
    assert typed.facets == asked.facets
    assert typed.query.text == f"{words} {text}".strip()
    assert typed.words == words


def test_typed_and_addressed_choices_of_one_facet_add_up(filled):
    query = SearchQuery.from_args({"q": "ชุมชน:กะหรอ", "community": "tambon-bang-chak"})

    assert searching.search(None, query).total == 3


def test_a_choice_with_a_hyphen_leaves_out(filled):
    everything = searching.search(None, SearchQuery(text="ปุ๋ย")).total
    page = searching.search(None, SearchQuery(text="ปุ๋ย -ชนิด:บทเรียน -ชุมชน:ปากแพรก"))

    assert (everything, page.total) == (6, 3)
    assert page.query.without["kind"] == {"lesson"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ชุมชน:เมืองบาดาล ปุ๋ย", "เมืองบาดาล ปุ๋ย"),
        ("ผู้เขียน:ใครก็ไม่รู้", "ใครก็ไม่รู้"),
        ('โครงการ:"ไม่มี จริง"', "ไม่มี จริง"),
        ("kind:password", "password"),
        ("-ชุมชน:เมืองบาดาล ปุ๋ย", '-"เมืองบาดาล" ปุ๋ย'),
    ],
)
def test_a_choice_that_names_nothing_is_read_as_words_and_told(filled, text, words):
    page = searching.search(None, SearchQuery(text=text))

    assert page.words == words
    assert len(page.unknown) == 1
    assert page.unknown[0] in text
    assert not page.query.facets and not page.query.without


@pytest.mark.parametrize("text", ["password:x", "status:draft", "ปี:ไหนก็ได้"])
def test_other_names_are_no_choices(filled, text):
    page = searching.search(None, SearchQuery(text=text))

    assert (page.words, page.typed, page.unknown) == (text, (), ())


def test_a_merged_keyword_leads_on(app, told):
    tags = taxonomy.resolve_tags(["ไส้เดือน", "ปุ๋ยหมัก"])
    taxonomy.merge_tags(factories.facilitator(), tags[0], tags[1])
    worker.turn(leads=True)

    assert searching.search(None, SearchQuery(text="tag:ไส้เดือน")).total == 2


def test_typed_choices_hold_while_there_is_no_index(app, told, monkeypatch):
    def gone(_handle):
        raise SearchUnavailable("being built")

    monkeypatch.setattr(indexing.IndexHandle, "engine", gone)
    page = searching.search(None, SearchQuery(text='"ปุ๋ย" ชุมชน:กะหรอ'))

    assert page.is_from_database
    assert [found.entry.title for found in page.found] == ["บันทึกปุ๋ย"]


NUMBERS = [
    # typed after the number of an entry was put for N, leads there, why
    ("N", True, "digits alone"),
    ("#N", True, "with a sign"),
    ("หมายเลข N", True, "with its name"),
    ("หมายเลขบันทึก: N", True, "as it stands under an entry"),
    (" N ", True, "spaces"),
    ('"N"', False, "in quotation marks it is text"),
    ("N ปุ๋ย", False, "with a word"),
    ("N1", False, "another number"),
]


@pytest.mark.parametrize(("text", "leads", "why"), NUMBERS, ids=[case[2] for case in NUMBERS])
def test_a_record_number_leads_to_its_entry(app, text, leads, why):
    entry = factories.post()
    in_thai = str(entry.number).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))

    found = [
        searching.entry_called(None, text.replace("N", written))
        for written in (str(entry.number), in_thai)
    ]

    assert found == ([entry, entry] if leads else [None, None]), why


def test_a_number_that_looks_like_a_year_is_a_year(app):
    entry = factories.post()
    entry.number = 2550

    assert searching.entry_called(None, "2550") is None
    assert searching.entry_called(None, "#2550") == entry


def test_a_hidden_entry_is_called_by_its_number_by_nobody_else(app):
    author = factories.writer()
    draft = factories.post(author, status=Status.DRAFT)

    assert searching.entry_called(author, str(draft.number)) == draft
    assert searching.entry_called(factories.writer(), str(draft.number)) is None
    assert searching.entry_called(None, str(draft.number)) is None
