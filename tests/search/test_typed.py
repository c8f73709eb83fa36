"""What is typed into the box besides words."""

from __future__ import annotations

import pytest

from app.search import typed
from app.search.typed import Choice

# typed, words, phrases, without, choices, why
CASES = [
    ("ปุ๋ยหมัก ชุมชน", "ปุ๋ยหมัก ชุมชน", (), (), (), "words alone"),
    ('"แผนแม่บท ชุมชน" ปี', "ปี", ("แผนแม่บท ชุมชน",), (), (), "a phrase"),
    ("“แผนแม่บท”", "", ("แผนแม่บท",), (), (), "curly marks"),
    ("ปุ๋ย -เคมี", "ปุ๋ย", (), ("เคมี",), (), "a word left out"),
    ("ปุ๋ย –เคมี", "ปุ๋ย", (), ("เคมี",), (), "a long dash, as phones make it"),
    ('ปุ๋ย -"สาร เคมี"', "ปุ๋ย", (), ("สาร เคมี",), (), "a phrase left out"),
    ("ปุ๋ย-เคมี", "ปุ๋ย-เคมี", (), (), (), "a dash inside a word is no sign"),
    ("tag:ปุ๋ย", "", (), (), ("tag=ปุ๋ย",), "a keyword"),
    ("คำสำคัญ:ปุ๋ย", "", (), (), ("tag=ปุ๋ย",), "in Thai"),
    ('โครงการ:"ชุมชน อินทรีย์" นา', "นา", (), (), ("program=ชุมชน อินทรีย์",), "a value with spaces"),
    ("ตำบล:บางจาก", "", (), (), ("community=ตำบลบางจาก",), "a level names the place"),
    ("พื้นที่:ต.บางจาก", "", (), (), ("community=ต.บางจาก",), "a place by any name"),
    ("ปี:2548..2550", "", (), (), ("year=2548..2550",), "years in a row"),
    ("ปี:๒๕๔๙", "", (), (), ("year=๒๕๔๙",), "Thai digits"),
    ("year:2006", "", (), (), ("year=2006",), "ค.ศ."),
    ("ปีงบประมาณ:2550", "", (), (), ("fiscal_year=2550",), "the fiscal year is another one"),
    ("ปี:เก่า", "ปี:เก่า", (), (), (), "no year: plain words"),
    ("ชนิด:บทเรียน", "", (), (), ("kind=lesson",), "a value in Thai"),
    ("-ชนิด:บทเรียน", "", (), (), ("-kind=lesson",), "a choice left out"),
    ("KIND:lesson", "", (), (), ("kind=lesson",), "any case"),
    ("ผู้เขียน:ครูตัวอย่าง", "", (), (), ("author=ครูตัวอย่าง",), "who wrote"),
    ("password:x status:draft", "password:x status:draft", (), (), (), "other names are words"),
    ("เวลา 14:59 น.", "เวลา 14:59 น.", (), (), (), "a time is no choice"),
    ("http://example.org/a", "http://example.org/a", (), (), (), "nor is an address"),
    ('เขา "บอก', 'เขา "บอก', (), (), (), "a mark without its other"),
    ('""', "", (), (), (), "nothing between the marks"),
]


@pytest.mark.parametrize(
    ("text", "words", "phrases", "without", "choices", "why"), CASES, ids=[c[0] for c in CASES]
)
def test_the_parts_of_a_query(text, words, phrases, without, choices, why):
    parts = typed.read(text)

    told = tuple(f"{'-' * c.is_without}{c.facet}={c.value}" for c in parts.choices)
    assert (parts.words, parts.phrases, parts.without, told) == (words, phrases, without, choices)


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("ปุ๋ยหมัก", False),
        ('"ปุ๋ยหมัก" -เคมี ปี:2549', False),
        ("password:x", True),
        ("ปุ๋ย AND หมัก", True),
        ("(ปุ๋ย)", True),
        ("ปุ๋ย*", True),
        ('"ปุ๋ย', True),
        ("http://example.org", False),
    ],
)
def test_other_signs_are_told_as_read_plainly(text, is_plain):
    assert typed.read(text).is_plain is is_plain


def test_a_choice_is_taken_out_of_what_was_typed():
    text = "ปุ๋ย ปี:2549 หมัก"
    (choice,) = typed.read(text).choices

    assert choice == Choice("year", "2549", "ปี:2549")
    assert typed.without_pieces(text, [choice.typed]) == "ปุ๋ย หมัก"


@pytest.mark.parametrize("text", ["-" * 5000, '"' * 5000, "tag:" * 2000, "ปี:1 " * 1000, "\ud800:x"])
def test_strange_queries_are_read_like_any_other(text):
    parts = typed.read(text)

    assert len(parts.words) <= len(text)


@pytest.mark.parametrize(
    ("text", "piece", "left"),
    [
        ("ปี:2549..2550 ปี:2549 เวที", "ปี:2549", "ปี:2549..2550 เวที"),
        ("-tag:ก เวที tag:ก", "tag:ก", "-tag:ก เวที"),
        ("tag:แผนชุมชน tag:แผน", "tag:แผน", "tag:แผนชุมชน"),
    ],
)
def test_only_the_piece_itself_is_taken_out(text, piece, left):
    assert typed.without_pieces(text, [piece]) == left
