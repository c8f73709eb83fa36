"""Thai letters: two spellings of one word are equal, and words are cut where words end."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from app.text import thai

SAME = [
    # typed                     normalised            why
    ("น้ี", "นี้", "a tone typed before the vowel above"),
    ("ก่ี่", "กี่", "a tone typed twice around a vowel"),
    ("นำ้", "น้ำ", "a tone typed after sara am"),
    ("นํ้า", "น้ำ", "sara am as two signs around a tone"),
    ("นบพิตํา", "นบพิตำ", "sara am as two signs"),
    ("วา่", "ว่า", "a tone typed after sara aa"),
    ("ก่่อน", "ก่อน", "a doubled tone"),
    ("กิิน", "กิน", "a doubled vowel"),
    ("เเก้จน", "แก้จน", "two sara e for sara ae"),
    ("การ์", "การ์", "right order stays"),
    ("ที่นี่มีน้ำ", "ที่นี่มีน้ำ", "right order stays"),
    ("ชุม\u200bชน", "ชุมชน", "a zero-width space inside a word"),
    ("ชุม\u00adชน\ufeff", "ชุมชน", "a soft hyphen and a byte order mark"),
    ("เมือง\u00a0นคร", "เมือง นคร", "a no-break space"),
    ("เมือง \t\n นคร", "เมือง นคร", "runs of spaces"),
    ("SML Km", "sml km", "case"),
    ("๒๕๕๐", "2550", "Thai digits"),
    ("15,000", "15000", "a thousands comma"),
    ("1,300,000 ล้าน", "1300000ล้าน", "two commas, and the space before the noun"),
    ("2548,2549", "2548,2549", "a list of years is no number"),
    ("3 ตำบล", "3ตำบล", "the space between a number and its noun"),
    ("ปี 2550", "ปี2550", "the space before a number"),
    ("cafe\u0301", "café", "NFC"),
    ("ＫＭ", "km", "full-width letters"),
    ("Straße", "strasse", "case folding of other letters"),
    ("\ud800ก", "\ufffdก", "a lone surrogate is shown as one that cannot be read"),
    ("", "", "nothing"),
]


@pytest.mark.parametrize(("typed", "expected", "why"), SAME, ids=[case[2] for case in SAME])
def test_two_spellings_are_equal(typed, expected, why):
    assert thai.normalise(typed) == expected, why
    assert thai.normalise(thai.normalise(typed)) == expected, "once is enough"


FOLDED = [
    ("ธ.ก.ส.", "ธกส.", "dots inside a short form"),
    ("พ.พ.พ.", "พพพ.", "dots inside a short form"),
    ("รพ.สต.", "รพ.สต.", "groups of letters keep their dots"),
    ("ส.ค.ส.", "ส.ค.ส.", "a greeting card is not the institute"),
    ("ต. บางจาก", "ต.บางจาก", "a short form before its place"),
    ("กิ่ง อ. นบพิตำ", "กิ่งอ.นบพิตำ", "a short form of two words"),
    ("จบแล้ว. ต่อไป", "จบแล้ว. ต่อไป", "the end of a sentence stays"),
]


@pytest.mark.parametrize(("typed", "expected", "why"), FOLDED, ids=[case[0] for case in FOLDED])
def test_search_folds_short_forms_too(typed, expected, why):
    assert thai.fold(typed) == expected, why


@pytest.mark.parametrize("typed", [case[0] for case in SAME + FOLDED])
def test_positions_lead_back_to_what_was_typed(typed):
    folded = thai.fold_with_positions(typed)

    assert folded.text == thai.fold(typed)
    assert len(folded.starts) == len(folded.text) + 1
    assert folded.starts == sorted(folded.starts)
    assert folded.starts[-1] == len(typed)


def test_a_span_covers_the_letters_as_typed():
    typed = "ตั้งงบไว้ 15,000\u00a0ล้านบาท"
    folded = thai.fold_with_positions(typed)
    start = folded.text.index("15000ล้าน")

    first, stop = folded.span(start, start + len("15000ล้าน"))

    assert typed[first:stop] == "15,000\u00a0ล้าน"


def test_a_span_does_not_end_in_a_blank():
    typed = "3 ตำบล"
    assert thai.fold_with_positions(typed).span(0, 1) == (0, 1)


@pytest.fixture
def own_words():
    thai.set_words(["กะหรอ", "ชุมชนอินทรีย์", "กศน.", "อบต.", "เก้าหมู่บ้านสมมติ"])
    yield
    thai.set_words([])


CUT = [
    ("คุณอำนวยกับชาวบ้าน", ["คุณ", "อำนวย", "กับ", "ชาวบ้าน"]),
    ("ใช้KMแก้จน", ["ใช้", "km", "แก้", "จน"]),
    ("UKM11ที่มวล", ["ukm", "11", "ที่", "มวล"]),
    ("เศรษฐกิจพอเพียง", ["เศรษฐกิจพอเพียง"]),
    ("ผ่านทางกศน.ทำงาน", ["ผ่าน", "ทาง", "กศน", "ทำงาน"]),
    ("ทั้งอบต.และวัด", ["ทั้ง", "อบต", "และ", "วัด"]),
    ("ตำบลกะหรอมีเวที", ["ตำบล", "กะหรอ", "มี", "เวที"]),
    ("คอนกรีต", ["คอนกรีต"]),
    ("...!?", []),
]


@pytest.mark.parametrize(("text", "words"), CUT, ids=[case[0] for case in CUT])
def test_segment_cuts_into_words(own_words, text, words):
    folded = thai.fold(text)
    tokens = thai.segment(folded)

    assert [token.text for token in tokens] == words
    assert all(folded[token.start : token.stop] == token.text for token in tokens)


def test_the_index_holds_the_parts_of_a_compound():
    assert "พอเพียง" in thai.cut("เศรษฐกิจพอเพียง")


def test_words_count_from_the_moment_they_are_added():
    before = [token.text for token in thai.segment("บ้านพรุเตียวสมมติ")]
    version = thai.words_version()

    thai.add_words(["พรุเตียวสมมติ"])
    after = [token.text for token in thai.segment("บ้านพรุเตียวสมมติ")]
    thai.set_words([])

    assert "พรุเตียวสมมติ" not in before
    assert after == ["บ้าน", "พรุเตียวสมมติ"]
    assert thai.words_version() > version


def test_cutting_loses_no_letter_of_any_thai_text():
    dice = random.Random(7)
    letters = "กขคงจนมรสอาิีุู่้์ำเแโใไ็ัๆฯ"
    for _ in range(300):
        text = "".join(dice.choice(letters) for _ in range(dice.randint(1, 700)))
        assert "".join(thai.cut(text)) == text


@pytest.mark.parametrize("piece", ["ตากลม", "ก", "เ", "์", "มหา", "ก.", "1,", "\u200b", "é", "ำ้"])
def test_hostile_text_is_cut_in_order_and_in_bounds(piece):
    folded = thai.fold(piece * (21_000 // len(piece)))

    tokens = thai.segment(folded)

    assert all(folded[token.start : token.stop] == token.text for token in tokens)
    assert all(one.stop <= other.start for one, other in pairwise(tokens))


def test_newmm_cuts_where_nlpo3_is_missing():
    words, _ = thai.load_words(["ชุมชน", "เรียน", "รู้", "ร่วม", "กัน"])
    cut = thai.newmm_cutter(words)

    assert cut("ชุมชนเรียนรู้ร่วมกัน") == ["ชุมชน", "เรียน", "รู้", "ร่วม", "กัน"]


def test_compounds_are_left_to_their_parts():
    words, compounds = thai.load_words(["หมู่", "บ้าน", "หมู่บ้าน", "ครู", "ก ข", "mixed", ""])

    assert words == {"หมู่", "บ้าน", "ครู"}
    assert compounds == {"หมู่บ้าน"}
