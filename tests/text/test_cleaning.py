"""What every door takes off a text, and what it refuses."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.cleaning import UncleanText, clean_line, clean_text

LINES = [
    # typed, cleaned, why
    ("  นัด   เวที  ", "นัด เวที", "runs of spaces folded, ends trimmed"),
    ("นัด\r\nเวที\tบ้าน", "นัด เวที บ้าน", "line breaks and tabs are spaces"),
    ("นัด\u00a0เวที", "นัด เวที", "a no-break space in a line is a space"),
    ("cafe\u0301", "café", "NFC"),
    ("\ufeffชื่อ", "ชื่อ", "the byte order mark of a file is no letter"),
    ("น้ํา", "น้ํา", "what NFC does not mend stays as it was typed"),
    ("ตาก\u200bลม", "ตาก\u200bลม", "zero-width spaces stay; the index folds them"),
    ("a\vb\fc\u2028d\u0085e", "a b c d e", "what Word and PDF write for a new line"),
    ("", "", "nothing"),
]
TEXTS = [
    ("ก\r\nข\rค", "ก\nข\nค", "one kind of line end"),
    ("ก  \nข\t\nค", "ก\nข\nค", "blanks at ends of lines go"),
    ("\n \n  ก\n\n\n", "  ก", "blank lines at both ends go, the indent of the first line stays"),
    ("ก\u00a0ข", "ก\u00a0ข", "no-break spaces inside a text stay"),
    ("- ก\n    - ข", "- ก\n    - ข", "indents are structure"),
    ("ก\u2029ข\vค", "ก\nข\nค", "other line ends"),
]
REFUSED = [
    ("ก\x00ข", 1, "NUL: PostgreSQL does not store it"),
    ("\ud800", 0, "a lone surrogate is no character"),
    ("ข้อ\x1b[0m", 3, "an escape sequence of a terminal"),
    ("ab\x02", 2, "Markdown uses it for its own marks"),
    ("ก\x9c", 1, "a control character of the second row"),
    ("ก\uffff", 1, "no XML reader takes it, so no feed may hold it"),
]


@pytest.mark.parametrize(("typed", "cleaned", "why"), LINES, ids=[c[2] for c in LINES])
def test_a_line_is_cleaned(typed, cleaned, why):
    assert clean_line(typed) == cleaned, why


@pytest.mark.parametrize(("typed", "cleaned", "why"), TEXTS, ids=[c[2] for c in TEXTS])
def test_a_text_is_cleaned(typed, cleaned, why):
    assert clean_text(typed) == cleaned, why


@pytest.mark.parametrize(("typed", "position", "why"), REFUSED, ids=[c[2] for c in REFUSED])
@pytest.mark.parametrize("clean", [clean_line, clean_text])
def test_what_cannot_be_stored_is_refused_with_its_place(clean, typed, position, why):
    with pytest.raises(UncleanText) as refused:
        clean(typed)

    assert refused.value.position == position, why
    assert f"U+{ord(typed[position]):04X}" in str(refused.value)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    for clean in (clean_line, clean_text):
        try:
            once = clean(text)
        except UncleanText:
            continue
        assert clean(once) == once
        assert once == unicodedata.normalize("NFC", once)
        once.encode("utf-8")


@given(st.text(alphabet=st.characters(min_codepoint=0x0E00, max_codepoint=0x0E5B)))
def test_no_thai_letter_is_lost(text):
    try:
        assert clean_text(text) == unicodedata.normalize("NFC", text)
    except UncleanText:  # unassigned code points of the block are no control characters
        pytest.fail("a Thai letter was refused")
