"""The best stretch of a text, cut where Thai may be cut."""

from __future__ import annotations

import random
import unicodedata

import pytest

from app.text import excerpt
from app.text.excerpt import first_words, window
from app.text.thai import word_starts

STORY = "วันแรกของเวทีมีคนมาน้อย " * 20 + "คุณอำนวยชวนคุยเรื่องปุ๋ยหมักของบ้านเรา " + "แล้วทุกคนก็กลับบ้าน " * 20


def place_of(word: str) -> tuple[int, int]:
    start = STORY.index(word)
    return start, start + len(word)


def test_the_window_shows_the_matches():
    spans = [place_of("คุณอำนวย"), place_of("ปุ๋ยหมัก")]

    found = window(STORY, spans, width=80)

    assert [found.text[a:b] for a, b in found.spans] == ["คุณอำนวย", "ปุ๋ยหมัก"]
    assert found.text == STORY[found.start : found.stop]
    assert len(found.text) <= 80 + 30


def test_without_matches_it_is_the_head():
    found = window(STORY, [], width=60)

    assert STORY.startswith(found.text)
    assert found.spans == []


def test_distinct_words_count_more_than_one_word_again_and_again():
    text = "ข้าว ข้าว ข้าว ข้าว " + "ก" * 300 + " ข้าวกับปลา"
    spans = [(at, at + 4) for at in range(0, 20, 5)]
    last = text.index("ข้าวกับปลา")
    spans += [(last, last + 4), (last + 7, last + 10)]

    found = window(text, spans, width=60)

    assert found.text.endswith("ข้าวกับปลา")


def test_a_short_text_is_shown_whole():
    found = window("ครูสอนดี", [(0, 3)], width=160)

    assert found == ("ครูสอนดี", [(0, 3)], 0, 8)


def test_overlapping_spans_are_joined():
    assert excerpt.joined_spans([(4, 9), (0, 5), (9, 9), (12, 14)]) == [(0, 9), (12, 14)]


@pytest.mark.parametrize("span", [(-1, 2), (0, 99), (3, 2)])
def test_a_span_outside_the_text_is_refused(span):
    with pytest.raises(ValueError, match="lies outside"):
        window("ครูสอนดี", [span])


BORDERS = [
    ("กำ", 1, False, "sara am stays with its letter"),
    ("กี่", 1, False, "a vowel above"),
    ("กี่", 2, False, "a tone"),
    ("กา", 1, False, "sara aa: UAX 29 parts it, a reader does not"),
    ("เก", 1, False, "a vowel before its letter"),
    ("กข", 1, True, "two letters"),
    ("e\u0301a", 1, False, "a combining accent"),
    ("e\u0301a", 2, True, "after the accent"),
    ("👩\u200d🌾", 1, False, "a joined sign"),
    ("👍🏽", 1, False, "a skin tone"),
    ("🇹🇭🇱🇦", 1, False, "half a flag"),
    ("🇹🇭🇱🇦", 2, True, "between flags"),
    ("\r\n", 1, False, "one line end"),
]


@pytest.mark.parametrize(("text", "place", "border", "why"), BORDERS, ids=[b[3] for b in BORDERS])
def test_borders(text, place, border, why):
    assert excerpt.is_border(text, place) is border, why


def test_no_cut_parts_a_mark_from_its_letter():
    dice = random.Random(3)
    letters = "กขนมรสอาิีุู่้์ำเแ็ั 1a"
    for _ in range(400):
        text = "".join(dice.choice(letters) for _ in range(dice.randint(0, 400)))
        start = dice.randint(0, len(text))
        stop = dice.randint(start, min(len(text), start + 10))

        found = window(text, [(start, stop)], width=dice.randint(5, 60))

        for end in (found.start, found.stop):
            if 0 < end < len(text):
                assert unicodedata.category(text[end]) != "Mn"
                assert text[end] != "\u0e33"
        assert all(0 <= a < b <= len(found.text) for a, b in found.spans)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ก" * 80, "ก" * 80),
        ("ก" * 81, "ก" * 79 + "…"),
        ("ก" * 78 + "กิ่ก", "ก" * 78 + "…"),
        ("ก" * 78 + " ขค", "ก" * 78 + "…"),
        ("ก" + "ิ" * 200, "ก" + "ิ" * 78 + "…"),
    ],
    ids=["fits", "one too many", "a letter keeps its marks", "no space before …", "only marks"],
)
def test_a_long_text_is_shortened_for_a_heading(text, shown):
    assert excerpt.shortened(text) == shown


TITLES = [
    # text                                   title                         why
    ("ฝนตกทั้งวัน", "ฝนตกทั้งวัน", "a short line is its own title"),
    ("\n\n# หัวข้อ\nเนื้อ", "หัวข้อ", "the first line that says something, without its mark"),
    ("- **ขุด**คลอง [[น้ำ|น้ำใส]]", "ขุดคลอง น้ำใส", "marks and links leave their words"),
    ("![ภาพ](/uploads/1)\nคลอง", "ภาพ", "a picture says its name"),
    ("---\n!!!", "", "signs alone are no words"),
    ("1. ก่อน\n2. หลัง", "ก่อน", "the number of a list is no word"),
]


@pytest.mark.parametrize(("text", "title", "why"), TITLES, ids=[case[2] for case in TITLES])
def test_the_first_words_of_a_text_are_its_title(text, title, why):
    assert first_words(text) == title, why


def test_a_title_is_cut_between_thai_words():
    text = "เราคุยกันเรื่องปุ๋ยหมักและบัญชีครัวเรือน" * 3

    title = first_words(text)

    assert len(title) <= 60
    assert title.endswith("…")
    kept = title[:-1]
    assert text.startswith(kept)
    assert len(kept) in word_starts(text)


def test_a_first_word_without_end_is_cut_all_the_same():
    assert len(first_words("a" * 500)) == 60


@pytest.mark.parametrize("sign", ["[", "[[", "![[", "[a](", "> "])
def test_the_title_of_a_text_of_signs_is_made_at_once(sign):
    """Looked through as a whole, such a text would take minutes."""
    assert len(first_words(sign * 200_000 + "คำ")) <= 60
