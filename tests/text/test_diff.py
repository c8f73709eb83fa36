"""Comparing two texts: what changed is told, and no text makes it slow."""

from __future__ import annotations

import pytest

from app.text.diff import MOST_BYTES, compare_words, matcher_of

HOSTILE = [
    (" ".join(["ก", "ข"] * 900), " ".join(["ข", "ก", "ค"] * 600), "one line of two words"),
    ("\n".join(["ก", "ข"] * 9000), "\n".join(["ข", "ก", "ค"] * 6000), "many lines of two words"),
]


@pytest.mark.parametrize(("older", "newer", "why"), HOSTILE, ids=[case[2] for case in HOSTILE])
def test_a_hostile_text_is_compared_by_its_beginning_and_end_alone(older, newer, why):
    before, after = pieces_of(older), pieces_of(newer)

    codes = matcher_of(before, after).get_opcodes()

    assert len(codes) <= 3, why  # difflib itself would tell hundreds, after minutes
    assert compare_words(older, newer), why


def pieces_of(text: str) -> list[str]:
    return text.split("\n") if "\n" in text else text.split(" ")


@pytest.mark.parametrize("repeated", [1, 400])
@pytest.mark.parametrize(
    ("older", "newer"), [("abxcd", "abycd"), ("abcd", "abd"), ("abd", "abcd"), ("aa", "aaa")]
)
def test_the_opcodes_lead_from_one_text_to_the_other(older, newer, repeated):
    before, after = list("k" * repeated + older), list("k" * repeated + newer)
    made: list[str] = []
    for tag, i1, i2, j1, j2 in matcher_of(before, after).get_opcodes():
        made += before[i1:i2] if tag == "equal" else after[j1:j2]

    assert made == after


def test_a_blank_line_is_told_only_where_nothing_else_changed():
    added = [("+", "<ins>ข</ins>")]
    assert [line for line in compare_words("ก", "ก\n\nข") if line[0] != " "] == added
    assert ("+", "<ins></ins>") in compare_words("ก\nข", "ก\n\nข")


SENTENCE = "เราคุยกันเรื่องปุ๋ยหมักและบัญชีครัวเรือนที่ศาลากลางหมู่บ้าน"


def long_texts(size: int) -> tuple[str, str]:
    """Two texts of ``size`` bytes in which every line is changed by one word."""
    lines = [f"{n} {SENTENCE}" for n in range(size // len(f"100 {SENTENCE}".encode()))]
    return "\n".join(lines), "\n".join(lines).replace("ปุ๋ยหมัก", "น้ำหมัก")


def test_words_are_marked_up_to_two_texts_of_100_kb():
    lines = compare_words(*long_texts(100_000))

    assert all("<del>ปุ๋ย" in line for sign, line in lines if sign == "-")


def test_longer_changes_are_told_by_lines():
    older, newer = long_texts(MOST_BYTES)

    lines = compare_words(older, newer)

    told = {sign: [line for at, line in lines if at == sign] for sign in "-+"}
    assert told["-"] == [f"<del>{line}</del>" for line in older.split("\n")]
    assert told["+"] == [f"<ins>{line}</ins>" for line in newer.split("\n")]


def test_a_small_change_of_a_long_text_is_told_by_words():
    older, _newer = long_texts(2 * MOST_BYTES)

    lines = compare_words(older, older.replace(f"5 {SENTENCE}", f"5 {SENTENCE}แล้ว", 1))

    assert [line for sign, line in lines if sign == "+"] == [f"5 {SENTENCE}<ins>แล้ว</ins>"]
