"""Searching a whole site: its own words, its places, its facets."""

from __future__ import annotations

import shutil

import pytest

from app.search.query import SearchQuery
from app.services import indexing, searching, words, worker
from app.services.words import WordDraft
from app.vocabulary import GlossaryKind
from tests import factories

CASES = [
    # text, query, found, why
    ("นำร่องพื้นที่3ตำบลของจังหวัด", "สามตำบล", True, "a tambon's name is a number and its noun"),
    ("เวทีที่ตำบลสามตำบลอำเภอจุฬาภรณ์", "สามตำบล", True, "and still the name of the tambon"),
    ("งบประมาณ15,000ล้านบาท", "15000 ล้าน", True, "comma and space do not count"),
    ("ไปขอนแก่นดูถนนคอนกรีต", "เมืองคอน", False, "คอน is neither ขอนแก่น nor คอนกรีต"),
]


@pytest.mark.parametrize(
    ("text", "query", "is_found", "why"), CASES, ids=[case[3] for case in CASES]
)
def test_thai_search_with_the_words_of_the_site(app, text, query, is_found, why):
    factories.post(body=text, communities=())
    worker.turn(leads=True)

    assert bool(searching.search(None, SearchQuery(text=query)).found) is is_found, why


def test_a_word_of_the_glossary_works_without_a_restart(app):
    entry = factories.post(body="ประชุมที่ศูนย์เรียนรู้ปลาโอ")
    worker.turn(leads=True)
    assert searching.search(None, SearchQuery(text="ศรปอ.")).found == []

    words.add(
        None, WordDraft(short="ศรปอ.", expansions=("ศูนย์เรียนรู้ปลาโอ",), kind=GlossaryKind.TWO_WAY)
    )
    worker.turn(leads=True)

    page = searching.search(None, SearchQuery(text="ศรปอ."))
    assert [found.entry.number for found in page.found] == [entry.number]
    assert page.notes


def test_choosing_a_higher_place_includes_what_lies_below(app):
    entry = factories.post(communities=("tambon-bang-chak",))
    factories.post(communities=("tambon-karo",))
    worker.turn(leads=True)

    query = SearchQuery.from_args({"community": "amphoe-mueang-nakhon-si-thammarat"})
    page = searching.search(None, query)

    assert [found.entry.number for found in page.found] == [entry.number]
    counts = {row.slug: row.count for row in page.facets["community"]}
    assert counts["province-nakhon-si-thammarat"] == 2
    assert counts["tambon-bang-chak"] == 1


@pytest.mark.parametrize("year", ["2549", "2006", "๒๕๔๙", "2548..2549"])
def test_a_year_of_an_address_is_read_in_every_form(app, year):
    entry = factories.post(years=(2549,))
    factories.post(years=(2555,))
    worker.turn(leads=True)

    page = searching.search(None, SearchQuery.from_args({"year": year}))

    assert [found.entry.number for found in page.found] == [entry.number]


def test_counts_of_a_facet_are_over_all_hits_and_equal_its_list(app):
    for n in range(25):
        factories.post(title=f"เรื่องที่ {n}", programs=("own-work",), years=(2548 + n % 2,))
    worker.turn(leads=True)

    everything = searching.search(None, SearchQuery.from_args({"per_page": "5"}))

    for row in everything.facets["year"]:
        listed = searching.search(None, SearchQuery.from_args({"year": row.slug}))
        assert listed.total == row.count


def test_the_plain_search_meanwhile_leaves_out_what_was_ruled_out(app):
    kept = factories.post(title="ปุ๋ยหมักจากใบไม้", body="กองไว้หลังบ้าน")
    factories.post(title="ปุ๋ยหมักกับปุ๋ยเคมี", body="เทียบกันดู")
    factories.lesson(title="ปุ๋ยหมักเป็นบทเรียน")
    indexing.handle().replace(None)
    shutil.rmtree(indexing.handle().folder, ignore_errors=True)

    page = searching.search(None, SearchQuery(text="ปุ๋ยหมัก -เคมี -ชนิด:บทเรียน"))

    assert page.is_from_database
    assert [found.entry.number for found in page.found] == [kept.number]
