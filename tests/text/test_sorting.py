"""Thai dictionary order."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.sorting import sort_key

ORDERED = [
    # words in dictionary order, why
    (
        "กะหรอ เกาะทวด ขนอม เขาพังไกร ท่าศาลา ไทยบุรี บางจาก แพรกหา โพธิ์เสด็จ มะม่วงสองต้น",
        "the consonant before its leading vowel",
    ),
    (
        "กก กฤ กะ กัน กา ก่า ก้า ก๊า ก๋า กาก กำ กิ กี กึ กื กุ กู เก เกา เก่า เก้า เกาะ แก โก ใก ไก",
        "vowels in their order, tone marks last",
    ),
    ("ก ก์ ก็ ก๊ก กกุธ กง กอ การ การ์ การณ์ การ์ตูน", "thanthakhat is a mark, not a letter"),
    ("บาง บางก บางจ บางจาก บางจากน้อย", "a beginning before what goes on"),
    ("ม้า มาน ม่าน มานะ ม้าน้ำ", "tone marks decide only between equal letters"),
    ("หมู่_2 หมู่_10 หมู่_11", "numbers by value"),
    ("หมู่_๒ หมู่_10 หมู่_๑๑", "Thai digits are digits"),
    ("2548 ๒๕๔๙ 2550 กลุ่ม", "digits before letters"),
    ("กลุ่ม ฮ Abel bee Charlie", "Thai before Latin, whatever the case"),
    ("ab Ab AB abc", "small letters before capitals, when nothing else differs"),
    ("resume résumé resumes", "accents decide between equal letters"),
]
ALIKE = [
    ("พ.ศ.", "พศ", "dots do not count"),
    ("บาง จาก", "บางจาก", "spaces do not count"),
    ("(กลุ่ม)", "กลุ่ม", "brackets do not count"),
    ("ต่างๆ", "ต่าง", "the sign of repetition does not count"),
    ("๑๐", "10", "Thai digits"),
    ("007", "7", "leading noughts"),
    ("น\u0e49\u0e4d\u0e32", "น้ำ", "sara am typed as two signs"),
    ("เเพร", "แพร", "sara e typed twice"),
]


@pytest.mark.parametrize(("words", "why"), ORDERED, ids=[c[1] for c in ORDERED])
def test_dictionary_order(words, why):
    wanted = [word.replace("_", " ") for word in words.split()]
    assert sorted(reversed(wanted), key=sort_key) == wanted, why


@pytest.mark.parametrize(("one", "other", "why"), ALIKE, ids=[c[2] for c in ALIKE])
def test_what_does_not_count(one, other, why):
    assert sort_key(one) == sort_key(other), why


@given(st.text(max_size=60))
def test_a_key_is_made_of_digits_and_small_letters(text):
    key = sort_key(text)

    assert re.fullmatch("[0-9a-z]*", key)
    assert sort_key(text) == key


@given(st.lists(st.text(alphabet="กขคนเแาำิ่้์ ab", min_size=1, max_size=8), max_size=6))
def test_the_order_is_the_same_however_the_list_began(words):
    orders = {
        tuple(sort_key(word) for word in sorted(order, key=sort_key))
        for order in itertools.islice(itertools.permutations(words), 24)
    }
    assert len(orders) == 1


@given(st.text(alphabet="กขจนางต้น", min_size=1, max_size=8), st.sampled_from("กขจ"))
def test_a_word_comes_before_a_longer_one_that_begins_with_it(word, more):
    assert sort_key(word) < sort_key(word + more)
