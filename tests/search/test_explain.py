"""An explained search says what the search does: its numbers add up to the score."""

from __future__ import annotations

import pytest

from app.search.explain import EntryTold, Explanation, explain
from app.search.query import SearchQuery
from app.search.registry import open_engine
from tests.support.search import PUBLIC, asking, document

DOCUMENTS = [
    document("ตั้งกลุ่มออมทรัพย์ที่บ้านเรา", number=1, title="กลุ่มออมทรัพย์ตำบลบางจาก"),
    document("กลุ่มเยาวชนออมเงินและแบ่งทรัพย์กัน", number=2),
    document("กศน. สอนเรื่องปุ๋ยหมักเมื่อปี 2550", number=3, tags=("t",), tag_names=("ปุ๋ยหมัก",)),
    document("การศึกษานอกโรงเรียนของผู้ใหญ่", number=4, years=(2550,), kind="lesson"),
    document("คนอื่นเล่าไว้", number=5, comments="ลองทำปุ๋ยหมักแล้ว"),
    document("ร่างเรื่องปุ๋ยหมัก", number=6, audience=("user:1",)),
    document("เรื่องเดียวกัน", number=140116),
    document("he was a xylophonist", number=7),
]
QUERIES = [
    "กลุ่มออมทรัพย์",
    "กศน",
    "ปุ๋ยหมัก 2550",
    "กลุ่มออมทรัพย์ตำบลบางจาก",
    "140116",
    '"ปุ๋ยหมัก" -กศน',
    "xylophonest",
    "คนไหนเล่าเรื่องการทำปุ๋ยหมักไว้บ้าง",
    "",
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = open_engine("whoosh", tmp_path_factory.mktemp("index"), create=True)
    engine.rebuild(DOCUMENTS, sequence=1)
    return engine


def told(engine, query: str | SearchQuery, **more) -> Explanation:
    asked = query if isinstance(query, SearchQuery) else asking(query)
    return explain(engine.snapshot, asked, audience=PUBLIC, **more)


@pytest.mark.parametrize("query", QUERIES)
def test_the_hits_their_order_and_their_scores_are_those_of_the_search(engine, query):
    found = engine.search(asking(query), audience=PUBLIC)

    explained = told(engine, query, first=20)

    assert explained.total == found.total
    assert [(one.number, pytest.approx(one.score)) for one in explained.entries] == [
        (hit.number, hit.score) for hit in found.hits
    ]
    for one in explained.entries:
        parts = (one.words, one.letters, one.runs, one.grams, one.record_number)
        assert sum(parts) == pytest.approx(one.score, abs=0.01)
        assert one.is_found and one.reasons


WHY = [
    # query, number, words of the reason, why
    ("กลุ่มออมทรัพย์", 1, "it holds “กลุ่มออมทรัพย์” letter for letter", "a whole run"),
    ("กลุ่มออมทรัพย์ตำบลบางจาก", 1, "enough of the words by weight", "by weight"),
    ("140116", 140116, "the record number that was asked for", "a number"),
    ("", 4, "no words: everything is shown", "browsing"),
    ("xylophonest", 7, "it shares most of their letters", "by letters alone"),
]


@pytest.mark.parametrize(("query", "number", "words", "why"), WHY, ids=[row[3] for row in WHY])
def test_it_says_what_made_a_hit(engine, query, number, words, why):
    (entry,) = told(engine, query, number=number).entries

    assert entry.is_found
    assert words in "; ".join(entry.reasons)


WHY_NOT = [
    (asking("ปุ๋ยหมัก"), 6, "this reader may not see it", "a draft"),
    (asking("กศน", kind="lesson"), 3, "it is not among kind: lesson", "a filter"),
    (
        SearchQuery("กศน", without={"kind": frozenset({"lesson"})}),
        4,
        "among what was ruled out, kind: lesson",
        "a filter ruled out",
    ),
    (asking("-กศน ปุ๋ยหมัก"), 3, "it holds “กศน”, which was ruled out", "a word ruled out"),
    (asking('"ออมทรัพย์"'), 2, "it does not hold the phrase “ออมทรัพย์”", "a phrase"),
    (asking("ปุ๋ยหมัก"), 1, "of the query's weight and", "too little of the words"),
    (asking("ปุ๋ยหมัก"), 999, "it is not in the index", "unknown"),
]


@pytest.mark.parametrize(
    ("query", "number", "words", "why"), WHY_NOT, ids=[row[3] for row in WHY_NOT]
)
def test_it_says_why_an_entry_is_not_found(engine, query, number, words, why):
    (entry,) = told(engine, query, number=number).entries

    assert not entry.is_found
    assert words in "; ".join(entry.reasons)


def entry_of(explained: Explanation) -> EntryTold:
    (entry,) = explained.entries
    return entry


def test_it_says_how_the_query_is_read_and_where_its_words_stand(engine):
    explained = told(engine, "กศน ปุ๋ยหมัก 2550", number=3)

    assert [unit.text for unit in explained.units] == ["กศน", "ปุ๋ยหมัก", "2550"]
    assert "การศึกษานอกโรงเรียน" in explained.units[0].forms
    assert (explained.units[0].holding, explained.units[2].counts) == (2, 0.0)
    assert "กศน. = การศึกษานอกโรงเรียน" in explained.notes
    held = entry_of(explained).held
    assert held["กศน"] == ("text",)
    assert held["ปุ๋ยหมัก"] == ("tags", "text")
    assert held["2550"] == ("text",)
    assert entry_of(told(engine, "ปุ๋ยหมัก", number=5)).held == {"ปุ๋ยหมัก": ("comments",)}
    assert entry_of(told(engine, "กศน 2550", number=4)).held["2550"] == ("its years",)
    assert entry_of(told(engine, "กศน เยาวชน", number=2)).lacking == ("กศน",)
