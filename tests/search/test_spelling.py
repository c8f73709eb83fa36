"""The likely word behind a misspelt one."""

from __future__ import annotations

import pytest

from app.search import spelling
from app.search.spelling import Speller, distance
from app.text import keyboard, thai

WORDS = {
    "ชุมชน": 60,
    "คุณ": 50,
    "คุณอำนวย": 12,
    "อำนวย": 14,
    "จัดการ": 30,
    "ความรู้": 40,
    "เศรษฐกิจ": 9,
    "พอเพียง": 11,
    "จังหวัด": 70,
    "ปุ๋ย": 20,
    "หมัก": 18,
    "สวัสดี": 2,
    "ของ": 90,
    "facilitator": 3,
}


@pytest.fixture(scope="module")
def speller():
    return Speller(WORDS, 100, thai.is_word)


# typed, meant, why
CASES = [
    ("คุณอำนวน", "คุณอำนวย", "a wrong letter that cuts the word apart"),
    ("เศรษกิจ", "เศรษฐกิจ", "a letter left out"),
    ("จังหวดั", "จังหวัด", "two letters the other way round"),
    ("จังวหัด", "จังหวัด", "the same in the middle"),
    ("จังหวััด", None, "a doubled mark is mended by folding already"),
    ("ชุมขน", "ชุมชน", "two words that are there, and together nowhere"),
    ("ความรุ้", "ความรู้", "a short vowel for a long one"),
    ("facilitater", "facilitator", "Latin"),
    ("ชุมชน", None, "rightly spelt"),
    ("จัดการความรู้ของชุมชน", None, "rightly spelt words in a row"),
    ("เศรษกิจพอเพียง", "เศรษฐกิจพอเพียง", "one of two words"),
    ("กระบือ", None, "a word of the language that is not here"),
    ("ฆฆซซ", None, "nothing near"),
    ("2549", None, "a number"),
]


@pytest.mark.parametrize(("text", "meant", "why"), CASES, ids=[c[0] for c in CASES])
def test_what_was_meant(speller, text, meant, why):
    folded = thai.fold(text)

    mended = folded
    for found in reversed(speller.corrections(folded)):
        assert folded[found.start : found.stop] == found.typed
        mended = mended[: found.start] + found.meant[0] + mended[found.stop :]

    assert (mended if mended != folded else None) == meant, why


@pytest.mark.parametrize(
    ("one", "other", "nearer"),
    [
        ("สาธารนสุข", "สาธารณสุข", "สาธารลสุข"),  # one sound before another letter
        ("ค่า", "ค้า", "คา"),  # another tone before none
        ("จังหวัก", "จังหวัด", "จังหวัม"),  # the key beside before one far away
    ],
)
def test_likely_errors_are_nearer(one, other, nearer):
    assert distance(one, other) < distance(one, nearer) or distance(other, one) < distance(
        other, nearer
    )


def test_distance_is_symmetric_and_zero_only_for_the_same():
    pairs = [("ชุมชน", "ชุมขน"), ("ปุ๋ย", "ปุย"), ("กข", "ขก"), ("ครู", "ครูู")]

    assert all(distance(a, b) == pytest.approx(distance(b, a)) for a, b in pairs)
    assert all(distance(a, b) > 0 for a, b in pairs)
    assert distance("ชุมชน", "ชุมชน") == 0


def test_further_readings_are_told_behind_the_likeliest():
    words = {"ปุ๋ย": 9, "หมด": 30, "หมัก": 4, "ปุ๋ยหมัก": 2}

    (found,) = Speller(words, 60, thai.is_word).corrections("ปุ๋ยหมัด")

    assert set(found.meant) >= {"ปุ๋ยหมด", "ปุ๋ยหมัก"}


def test_words_beyond_two_edits_are_not_near(speller):
    assert [near.word for near in speller.nearest("จังหวัด")] == []
    assert [near.word for near in speller.nearest("จันหวัก")] == ["จังหวัด"]
    assert speller.nearest("จันหลัก") == []


def test_compounds_are_offered_only_when_their_parts_are_held():
    words = spelling.lexicon_of({"คุณ": 4, "อำนวย": 6, "#tag": 3, "y2549": 2}, ["คุณอำนวย", "คุณเอื้อ"])

    assert words == {"คุณ": 4, "อำนวย": 6, "คุณอำนวย": 2}


@pytest.mark.parametrize(
    ("text", "other"),
    [("l;ylfu", "สวัสดี"), ("86I", "คุณ"), ("ดฟแรสระฟะนพ", "facilitator"), ("sml", "หทส")],
)
def test_the_other_layout(text, other):
    assert list(spelling.on_the_other_layout(text)) == [other]


@pytest.mark.parametrize(
    ("text", "reads"), [("สวัสดี", True), ("หทส", False), ("สวัสดี ชุมชน", True), ("คุึณ", False)]
)
def test_only_what_reads_like_language_was_meant(text, reads):
    assert spelling.reads_well(text, thai.is_word) is reads


def test_every_key_has_a_letter_on_both_layouts():
    keys = "`1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./"

    for key in keys[1:]:
        assert keyboard.to_latin(keyboard.to_thai(key)) == key
    assert keyboard.are_neighbours("ก", "ด")
    assert not keyboard.are_neighbours("ก", "ม")
