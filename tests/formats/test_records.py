"""Complaints are whole sentences that can be translated."""

from __future__ import annotations

import re

import pytest

from app.formats.records import MESSAGES, ReadError

THAI = {
    "“%(name)s” is missing.": "ยังไม่ได้ใส่ “%(name)s”",
    "%(path)s, line %(line)s: %(reason)s": "%(path)s บรรทัด %(line)s: %(reason)s",
}


def test_a_complaint_is_translated_before_its_holes_are_filled():
    fault = ReadError("required", "posts/1.md", 3, {"name": "title"})

    assert fault.message() == "posts/1.md, line 3: “title” is missing."
    assert fault.message(lambda text: THAI[text]) == ("posts/1.md บรรทัด 3: ยังไม่ได้ใส่ “title”")
    assert fault.at("b.md").message() == "b.md, line 3: “title” is missing."


def test_place_is_told_as_far_as_it_is_known():
    assert ReadError("empty").message() == "The file is empty."
    assert ReadError("empty", "a.md").message() == "a.md: The file is empty."


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_every_sentence_takes_its_holes(code):
    holes = re.findall(r"%\((\w+)\)s", MESSAGES[code])

    sentence = ReadError(code, "", 0, dict.fromkeys(holes, "ก")).message()

    assert "%" not in sentence
    assert sentence.endswith((".", "?"))
