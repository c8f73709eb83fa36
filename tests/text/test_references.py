"""Wiki links, mentions and tags inside a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.references import (
    WikiLink,
    fences,
    mentions,
    normalise_target,
    rename,
    wiki_links,
)

LINKS = [
    # source, [(target, label, section)], why
    ("ดู[[แผนชุมชน]]ก่อน", [("แผนชุมชน", "แผนชุมชน", "")], "inside an unspaced sentence"),
    ("[[แผนชุมชน|แผนของเรา]]", [("แผนชุมชน", "แผนของเรา", "")], "with a label"),
    ("[[แผนชุมชน#ขั้นตอน]]", [("แผนชุมชน", "แผนชุมชน#ขั้นตอน", "ขั้นตอน")], "to a heading"),
    ("[[ แผน   ชุมชน ]]", [("แผน ชุมชน", "แผน ชุมชน", "")], "spaces folded"),
    ("[[ก]][[ข]]", [("ก", "ก", ""), ("ข", "ข", "")], "side by side"),
    ("[[ก|]]", [("ก", "ก", "")], "an empty label is none"),
    ("[[cafe\u0301]]", [("café", "cafe\u0301", "")], "the target is NFC"),
    ("[[ ]] [[]] [[|ก]]", [], "naming nothing"),
    ("[[ก\nข]]", [], "not across lines"),
    ("[ก]] [[ก]", [], "half a link"),
    ("`[[ก]]` ``[[ข]] ` `` [[ค]]", [("ค", "ค", "")], "code is left alone"),
    ("```\n[[ก]]\n```\n[[ข]]", [("ข", "ข", "")], "fenced code is left alone"),
    ("~~~\n[[ก]]", [], "open fence to the end"),
    ("\\[[ก]] \\\\[[ข]]", [("ข", "ข", "")], "a backslash makes it literal, two do not"),
    ("` [[ก]]\n\n`", [("ก", "ก", "")], "a span of code ends with its paragraph"),
    ("[[" + "ก" * 301 + "]]", [], "longer than any title"),
]


@pytest.mark.parametrize(("source", "links", "why"), LINKS, ids=[c[2] for c in LINKS])
def test_links_of_a_text(source, links, why):
    found = wiki_links(source)

    assert [(link.target, link.label, link.section) for link in found] == links, why
    for link in found:
        assert source[link.start : link.stop].startswith("[[")
        assert source[link.start : link.stop].endswith("]]")


RENAMES = [
    ("ดู[[เก่า]]", "ดู[[ใหม่]]", "plain"),
    ("[[เก่า|ป้าย]]", "[[ใหม่|ป้าย]]", "the label stays"),
    ("[[เก่า#ข้อ|ป้าย]]", "[[ใหม่#ข้อ|ป้าย]]", "the section stays"),
    ("[[ เก่า ]] [[เก่ามาก]]", "[[ใหม่]] [[เก่ามาก]]", "other links stay"),
    ("`[[เก่า]]`", "`[[เก่า]]`", "code stays"),
    ("ไม่มี", "ไม่มี", "nothing to do"),
]


@pytest.mark.parametrize(("source", "wanted", "why"), RENAMES, ids=[c[2] for c in RENAMES])
def test_a_renamed_page_takes_its_links_along(source, wanted, why):
    assert rename(source, "เก่า", "ใหม่") == wanted, why


def test_renaming_does_not_regard_letter_case():
    assert rename("[[UKM Network]]", "ukm network", "UKM") == "[[UKM]]"


MENTIONS = [
    ("ขอบคุณ @example และ @Example", ["example"], "each once, small letters"),
    ("(@some_one-1) @two.", ["some_one-1", "two"], "marks around"),
    ("me@example.org", [], "an address is no mention"),
    ("`@code`", [], "code"),
    ("@", [], "a sign alone"),
    ("https://example.org/@name", [], "part of an address"),
]


@pytest.mark.parametrize(("source", "names", "why"), MENTIONS, ids=[c[2] for c in MENTIONS])
def test_mentions_of_a_text(source, names, why):
    assert mentions(source) == names, why


def test_fences_pair_by_sign_and_length():
    source = "````\n```\n````\nก\n~~~ python\nข"

    assert fences(source) == [(0, 13, True), (16, len(source), False)]


@given(st.text(alphabet="[]|#ก ข`~\\\n", max_size=80))
def test_links_are_in_order_and_renaming_all_leaves_none(source):
    found = wiki_links(source)

    assert all(isinstance(link, WikiLink) for link in found)
    assert [link.start for link in found] == sorted(link.start for link in found)
    for link in found:
        assert link.target == normalise_target(link.target)
        renamed = rename(source, link.target, "ใหม่")
        assert link.target not in [left.target for left in wiki_links(renamed)]
        assert len(wiki_links(renamed)) == len(found)
