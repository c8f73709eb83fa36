"""The glossary: what a query is widened by, and what it is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pytest

from app.search.synonyms import Row, Synonyms
from app.text import thai


def widened(rows: list[Row], query: str) -> list[str]:
    folded = thai.fold(query)
    found = Synonyms(rows).longest_at(folded, 0, {0, len(folded)})
    return sorted(form.text for form in found.forms) if found else []


CASES = [
    # kind, note, query, widened by, why
    ("two-way", "", "วสช.", ["วิสาหกิจชุมชน"], "short to long"),
    ("two-way", "", "วิสาหกิจชุมชน", ["วสช"], "and back"),
    ("one-way", "", "วสช.", ["วิสาหกิจชุมชน"], "short to long"),
    ("one-way", "", "วิสาหกิจชุมชน", [], "not back"),
    ("whole-token", "", "วสช", ["วิสาหกิจชุมชน"], "alone"),
    ("whole-token", "", "วสชก", [], "inside other letters"),
    ("whole-token", "", "วิสาหกิจชุมชน", ["วสช."], "and back, whole"),
    ("whole-token", "query only", "วิสาหกิจชุมชน", [], "not back"),
    ("two-way", "rule: by the code", "วสช.", [], "a rule of the code"),
    ("two-way", "context: never alone", "วสช.", [], "no context is known"),
    ("whole-token", "context: x; otherwise this", "วสช.", ["วิสาหกิจชุมชน"], "the first one"),
    ("two-way", "[agency] related", "วสช.", [], "related is not the same"),
    ("two-way", "[agency] uncertain reading", "วสช.", [], "uncertain is not the same"),
    ("two-way", "name; official name uncertain", "วสช.", ["วิสาหกิจชุมชน"], "another thing is"),
    ("whole-token", "dot required", "วสช", [], "no dot"),
    ("whole-token", "dot required", "วสช.", ["วิสาหกิจชุมชน"], "with its dot"),
]


@pytest.mark.parametrize(
    ("kind", "note", "query", "by", "why"), CASES, ids=[f"{c[0]} {c[1]} {c[2]}" for c in CASES]
)
def test_a_row_widens(kind, note, query, by, why):
    assert widened([Row("วสช.", ("วิสาหกิจชุมชน",), kind, note)], query) == by, why


def test_the_longest_form_wins():
    rows = [Row("กองทุน", ("เงิน",)), Row("กองทุนหมู่บ้าน", ("กทบ.",))]

    assert widened(rows, "กองทุนหมู่บ้าน") == ["กทบ."]


def test_forms_with_one_expansion_stand_for_each_other_further_away():
    rows = [Row("NST", ("นครศรีธรรมราช",)), Row("เมืองคอน", ("นครศรีธรรมราช",))]
    found = Synonyms(rows).longest_at("nst", 0, {3})

    assert found is not None
    assert {form.text: form.weight for form in found.forms} == {"นครศรีธรรมราช": 0.9, "เมืองคอน": 0.7}


def test_weak_words_weigh_less():
    found = Synonyms([Row("พช.", ("พัฒนาชุมชน",), "one-way", "weak; ordinary words")])

    widening = found.longest_at("พช.", 0, {3})

    assert widening is not None
    assert widening.forms[0].weight < 0.5


def test_records_of_other_shapes_are_taken():
    class Kind(StrEnum):
        TWO_WAY = "two-way"

    @dataclass
    class Record:
        short: str
        expansion: tuple[str, ...]
        kind: Kind
        note: str = ""
        category: str = "agency"

    assert Row.of(Record("ก", ("ข",), Kind.TWO_WAY)) == Row("ก", ("ข",), "two-way", "", "agency")
    assert Row.of(("ก", ["ข"], "one-way", "weak")) == Row("ก", ("ข",), "one-way", "weak")


def test_the_segmenter_is_given_words_without_spaces():
    words = Synonyms([Row("กิ่ง อ.นบพิตำ", ("อำเภอนบพิตำ", "ก/ข"))]).words()

    assert words == ["อำเภอนบพิตำ"]
