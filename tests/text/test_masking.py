"""A phrase that is known by its digest alone is found wherever it stands, and nothing else is."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.masking import MASK, covered, digest, masked

KEY = b"of this site"


def known(*phrases: str) -> dict[int, set[bytes]]:
    found: dict[int, set[bytes]] = defaultdict(set)
    for phrase in phrases:
        found[len(phrase)].add(digest(phrase, KEY))
    return found


@pytest.mark.parametrize(
    ("text", "phrases", "expected"),
    [
        ("โทร 1-2345 นะ", ("1-2345",), f"โทร {MASK} นะ"),
        ("1-2345", ("1-2345",), MASK),
        ("1-23451-2345", ("1-2345",), MASK + MASK),
        ("1-234", ("1-2345",), "1-234"),
        ("", ("1-2345",), ""),
        ("นายแดงกับนายดำ", ("นายแดง", "นายดำ"), f"{MASK}กับ{MASK}"),
        ("นายแดง สวนมะลิ", ("นายแดง", "นายแดง สวนมะลิ"), MASK),
        ("Nai Daeng, nai daeng", ("nai daeng",), f"Nai Daeng, {MASK}"),
        ("😀😀 ป้าแดง 😀", ("ป้าแดง",), f"😀😀 {MASK} 😀"),
        ("โทร ๑-๒๓๔๕", ("1-2345",), "โทร ๑-๒๓๔๕"),
    ],
)
def test_a_phrase_is_covered_where_it_stands_letter_by_letter(text, phrases, expected):
    assert covered(text, known(*phrases), KEY) == expected


@given(st.text(alphabet="ab ก", max_size=60), st.text(alphabet="ab ก", min_size=4, max_size=6))
def test_it_covers_what_is_masked_by_who_knows_the_phrase(text, phrase):
    assert covered(text, known(phrase), KEY) == masked(text, phrase)


def test_without_the_key_nobody_can_try_a_phrase_out():
    assert covered("โทร 1-2345", known("1-2345"), b"of another") == "โทร 1-2345"
