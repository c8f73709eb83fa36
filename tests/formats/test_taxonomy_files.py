"""communities.yaml, programs.yaml, glossary.yaml."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.records import (
    CommunityRecord,
    GlossaryRecord,
    HostRecord,
    LinkRecord,
    MoneyRecord,
    NameRecord,
    ProgramRecord,
    ReadError,
)
from app.formats.taxonomy_files import READERS, read_list
from app.vocabulary import Certainty, CommunityKind, GlossaryKind, ProgramLinkKind


def test_a_community_with_its_names():
    text = """
- name: อำเภอสมมุติ
  slug: amphoe-sommut
  kind: amphoe
  aliases: [กิ่งสมมุติ]
  names:
    - {name: กิ่งอำเภอสมมุติ, status: กิ่งอำเภอ, to: 2007-09-08, certainty: general}
    - ชื่อเก่า
- {name: กลุ่มปุ๋ยหมัก, slug: klum-pui, kind: group, places: [amphoe-sommut]}
"""
    assert list(read_list(text, path="communities.yaml")) == [
        CommunityRecord(
            name="อำเภอสมมุติ",
            slug="amphoe-sommut",
            kind=CommunityKind.AMPHOE,
            aliases=("กิ่งสมมุติ",),
            names=(
                NameRecord(
                    name="กิ่งอำเภอสมมุติ",
                    status="กิ่งอำเภอ",
                    until="2007-09-08",
                    certainty=Certainty.GENERAL,
                ),
                NameRecord(name="ชื่อเก่า"),
            ),
        ),
        CommunityRecord(
            name="กลุ่มปุ๋ยหมัก",
            slug="klum-pui",
            kind=CommunityKind.GROUP,
            places=("amphoe-sommut",),
        ),
    ]


def test_a_program_with_hosts_links_and_money():
    text = """
- name: โครงการสมมุติ
  slug: sommut
  short_name: สมมุติ
  core: true
  years: 2548–2549
  hosts: [ชุมชน, {year: ๒๕๔๙, name: อำเภอ}]
  funded_by: [{name: ทุนสมมุติ, year: 2548, note: บางส่วน}]
  became:
    - {program: next, kind: renamed, year: 2550, certainty: inferred}
    - other
  money:
    - {code: M1, amount: "13,000,000", what: งบ, year: 2549, fiscal: true, approximate: yes,
       spending: planned}
"""
    assert list(read_list(text, path="programs.yaml")) == [
        ProgramRecord(
            name="โครงการสมมุติ",
            slug="sommut",
            short_name="สมมุติ",
            core=True,
            years="2548–2549",
            hosts=(HostRecord(name="ชุมชน"), HostRecord(name="อำเภอ", year=2549)),
            funded_by=(
                LinkRecord(
                    target="ทุนสมมุติ", kind=ProgramLinkKind.FUNDED_BY, year="2548", note="บางส่วน"
                ),
            ),
            became=(
                LinkRecord(
                    target="next",
                    kind=ProgramLinkKind.RENAMED,
                    year="2550",
                    certainty=Certainty.INFERRED,
                ),
                LinkRecord(target="other", kind=ProgramLinkKind.CONTINUES),
            ),
            money=(
                MoneyRecord(
                    code="M1",
                    amount=13_000_000,
                    what="งบ",
                    year="2549",
                    fiscal=True,
                    approximate=True,
                    spending="planned",
                ),
            ),
        )
    ]


def test_expansions_as_a_list_or_with_bars():
    text = "- {short: สสต., expansion: ก|ข, kind: one-way}\n- {short: มมม., expansion: [ค]}\n"

    assert list(read_list(text, path="glossary.yaml")) == [
        GlossaryRecord(short="สสต.", expansion=("ก", "ข"), kind=GlossaryKind.ONE_WAY),
        GlossaryRecord(short="มมม.", expansion=("ค",), kind=GlossaryKind.TWO_WAY),
    ]


def test_one_bad_item_is_named_and_the_others_come_in():
    text = "- {name: ก, slug: a}\n- {nam: ข, slug: b}\n- ค\n- {name: ง, slug: d}\n"
    found = list(read_list(text, path="communities.yaml"))

    records = [item for item in found if isinstance(item, CommunityRecord)]
    faults = [item for item in found if isinstance(item, ReadError)]
    assert [record.slug for record in records] == ["a", "d"]
    assert [(fault.code, fault.line) for fault in faults] == [
        ("required", 2),
        ("unknown_key_near", 2),
        ("not_names", 3),
    ]


@pytest.mark.parametrize(
    ("text", "codes"),
    [("", []), ("# nothing\n", []), ("a: b\n", ["not_list"]), ("- [\n", ["yaml"])],
)
def test_a_file_that_is_no_list(text, codes):
    found = list(read_list(text, path="programs.yaml"))

    assert [item.code for item in found if isinstance(item, ReadError)] == codes


@given(st.text(max_size=200), st.sampled_from(sorted(READERS)))
@settings(max_examples=80)
def test_no_text_breaks_the_reader(text, path):
    for attempt in (text, f"- {text}", f"- {{name: {text}}}", f"- name: a\n  money: {text}"):
        for item in read_list(attempt, path=path):
            assert not isinstance(item, ReadError) or item.message()
