"""Comparing two texts: what changed is told, and no text makes it slow."""

from __future__ import annotations

import pytest

from app.text.diff import compare_words, matcher_of

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
