"""Names for addresses."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.slugs import grapheme_border, slugify

SLUGS = [
    # title, slug, why
    ("นัดเวทีให้ตรงกับปฏิทินบ้าน", "นัดเวทีให้ตรงกับปฏิทินบ้าน", "Thai stays Thai"),
    ("เมืองนคร เรียนรู้ (2550)", "เมืองนคร-เรียนรู้-2550", "everything else is a hyphen"),
    ("ปี ๒๕๕๐", "ปี-๒๕๕๐", "Thai digits stay"),
    ("Three Tambon PILOT", "three-tambon-pilot", "small letters"),
    ("  -- ก -- ", "ก", "no hyphens at the ends"),
    ("ต่าง ๆ ฯลฯ", "ต่าง-ๆ-ฯลฯ", "signs of Thai writing stay"),
    ("a/b?c#d%e", "a-b-c-d-e", "nothing that an address reads otherwise"),
    ("../../etc", "etc", "no way up"),
    ("!!!", "untitled", "never empty"),
    ("", "untitled", "never empty, of nothing"),
    ("นํ้าตาล", "น้ำตาล", "sara am typed as two signs"),
    ("เเดง", "แดง", "sara e typed twice"),
    ("ตาก\u200bลม", "ตากลม", "zero-width spaces go"),
    ("Café Ö 日本", "café-ö-日本", "letters of other scripts stay"),
    ("ุ่อ", "อ", "a slug does not begin with a mark that has no letter"),
    ("a_b", "a-b", "an underscore is no letter"),
]


@pytest.mark.parametrize(("title", "slug", "why"), SLUGS, ids=[c[2] for c in SLUGS])
def test_a_title_becomes_a_slug(title, slug, why):
    assert slugify(title) == slug, why


def test_the_fallback_can_be_chosen():
    assert slugify("?", fallback="page") == "page"


def test_a_long_title_is_cut_at_a_hyphen_when_one_is_near():
    assert slugify("หนึ่ง สอง สาม", limit=11) == "หนึ่ง-สอง"


def test_a_cut_keeps_vowels_and_tone_marks_with_their_letter():
    assert slugify("กกกกที่", limit=6) == "กกกก"
    assert slugify("กกกกน้ำ", limit=6) == "กกกก"


@given(st.text(max_size=120), st.integers(min_value=1, max_value=90))
def test_any_text_is_a_slug_within_the_limit(text, limit):
    slug = slugify(text, limit=limit, fallback="x")

    assert 1 <= len(slug) <= limit
    assert not re.search(r"[\s/?#%&<>\"'\\.:]|^-|-$|--", slug)
    assert unicodedata.category(slug[0]) not in ("Mn", "Me", "Mc")


@given(st.text(max_size=100))
def test_a_slug_of_a_slug_is_itself(text):
    slug = slugify(text)

    assert slugify(slug) == slug


@given(st.text(alphabet="กที่น้ำเข้า\u0301a", max_size=30), st.integers(0, 40))
def test_a_border_is_never_before_a_mark(text, position):
    border = grapheme_border(text, position)

    assert 0 <= border <= min(position, len(text))
    if 0 < border < len(text):
        assert unicodedata.category(text[border]) != "Mn"
        assert text[border] != "\u0e33"
