"""Entries as Markdown files: read, refused with every fault, written back the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.content_folder import path_of, read_entry, write_entry
from app.formats.entry_files import entry_or_problems
from app.formats.records import EntryRecord, ReadError, SourceRecord
from app.text.cleaning import UncleanText, clean_line, clean_text
from app.text.years import BANGKOK
from app.vocabulary import EntryKind, LessonForm, LessonState, License, Status

LESSON = """---
number: 900123
kind: lesson
form: full
status: draft
book: สมุดตัวอย่าง
title: กองปุ๋ยเล็กไม่แฉะ
summary: เริ่มจากกองเล็ก
author: นางตัวอย่าง ใจดี
teller: [นายสมมุติ ขยันยิ่ง, กลุ่มปุ๋ยหมัก]
recorder: ผู้บันทึก
created: 2007-10-19T14:59:00+07:00
updated: 2012-02-11T21:06:00+07:00
license: cc-by-nc-sa-3.0-th
communities: [tambon-bang-chak, อำเภอนบพิตำ]
programs: pilot-3-tambon
years: [2548..2550]
tags:
  - ปุ๋ยหมัก
  - ดิน
source: {system: gotoknow, url: "https://example.org/posts/1", missing: [author, reads]}
state: tried
happened: 2007-03-05
drawn: 5 เมษายน 2550
contact: ที่ทำการกลุ่ม
with: [ครูอาสา]
evidence: ["https://example.org/a", ภาพถ่าย]
removed: [k2, n10]
---

## เป้าหมาย
กองไม่แฉะ
"""


def test_every_name_of_the_contract_is_read():
    entry = read_entry(LESSON, path="lessons/900123.md")

    assert entry == EntryRecord(
        number=900123,
        kind=EntryKind.LESSON,
        form=LessonForm.FULL,
        status=Status.DRAFT,
        book="สมุดตัวอย่าง",
        title="กองปุ๋ยเล็กไม่แฉะ",
        summary="เริ่มจากกองเล็ก",
        author="นางตัวอย่าง ใจดี",
        tellers=("นายสมมุติ ขยันยิ่ง", "กลุ่มปุ๋ยหมัก"),
        recorder="ผู้บันทึก",
        created=datetime(2007, 10, 19, 14, 59, tzinfo=BANGKOK),
        updated=datetime(2012, 2, 11, 21, 6, tzinfo=BANGKOK),
        license=License.CC_BY_NC_SA_3_TH,
        communities=("tambon-bang-chak", "อำเภอนบพิตำ"),
        programs=("pilot-3-tambon",),
        years=(2548, 2549, 2550),
        tags=("ปุ๋ยหมัก", "ดิน"),
        source=SourceRecord(
            system="gotoknow", url="https://example.org/posts/1", missing=("author", "reads")
        ),
        state=LessonState.TRIED,
        happened=date(2007, 3, 5),
        drawn=date(2007, 4, 5),
        contact="ที่ทำการกลุ่ม",
        participants=("ครูอาสา",),
        evidence=("https://example.org/a", "ภาพถ่าย"),
        removed=("k2", "n10"),
        body="## เป้าหมาย\nกองไม่แฉะ",
    )


def test_lines_are_remembered_for_later_complaints():
    entry = read_entry(LESSON, path="lessons/900123.md")

    assert entry.path == "lessons/900123.md"
    assert entry.lines["communities"] == 15
    assert LESSON.split("\n")[entry.line - 1] == "## เป้าหมาย"


@pytest.mark.parametrize(
    ("path", "kind", "slug"),
    [
        ("posts/1.md", EntryKind.POST, ""),
        ("lessons/1.md", EntryKind.LESSON, ""),
        ("pages/about.md", EntryKind.PAGE, "about"),
        ("pages/ปลาทู.md", EntryKind.PAGE, "ปลาทู"),
        ("1.md", EntryKind.POST, ""),
    ],
)
def test_the_folder_tells_the_kind_where_the_file_does_not(path, kind, slug):
    entry = read_entry("---\ntitle: ก\n---\n", path=path)

    assert (entry.kind, entry.slug, entry.status) == (kind, slug, Status.PUBLISHED)


VALUES = [
    # line                                       field       value
    ("number: ๙๐๐๑๒๓", "number", 900123),
    ("number: 1,000,001", "number", 1_000_001),
    ("number:", "number", None),
    ("title: 2550", "title", "2550"),
    ("title: no", "title", "no"),
    ('title: "  ก   ข "', "title", "ก ข"),
    ("years: 2005", "years", (2548,)),
    ("years: [๒๕๕๐, 2548, 2550]", "years", (2548, 2550)),
    ("teller: คนเดียว", "tellers", ("คนเดียว",)),
    ("tags: [ก, ก, ข]", "tags", ("ก", "ข")),
    ("kind: Story", "kind", EntryKind.STORY),
    ("created: 2007-10-19", "created", datetime(2007, 10, 19, tzinfo=BANGKOK)),
    ("created: 2007-10-19 14:59", "created", datetime(2007, 10, 19, 14, 59, tzinfo=BANGKOK)),
    ("created: 2007-10-19T07:59:00Z", "created", datetime(2007, 10, 19, 7, 59, tzinfo=UTC)),
    ("created: 2550-10-19T14:59", "created", datetime(2007, 10, 19, 14, 59, tzinfo=BANGKOK)),
    (
        "created: 19 ตุลาคม 2550 14:59 น.",
        "created",
        datetime(2007, 10, 19, 14, 59, tzinfo=BANGKOK),
    ),
    ("happened: 2551-02-29", "happened", date(2008, 2, 29)),
]


@pytest.mark.parametrize(("line", "field", "value"), VALUES, ids=[case[0] for case in VALUES])
def test_a_value_is_read_for_what_its_field_means(line, field, value):
    title = "" if line.startswith("title") else "title: ก\n"

    assert getattr(read_entry(f"---\n{title}{line}\n---\n"), field) == value


FAULTS = [
    # line                       code                    words of the reason
    ("titel: ก", "unknown_key_near", "“titel” is not a known name. Did you mean “title”?"),
    ("zzz: ก", "unknown_key", "Known are: kind, number"),
    ("kind: lessen", "unknown_value_near", "Did you mean “lesson”?"),
    ("kind: คลิป", "unknown_value", "Known are: post, story, lesson, page"),
    ("status: hidden", "unknown_value", "Known are: draft, published"),
    ("license: cc-by-sa-4", "unknown_value_near", "Did you mean “cc-by-sa-4.0”?"),
    ("number: 0", "bad_number", "from 1 to"),
    ("number: 12a", "bad_number", "12a"),
    ("number: 99999999999", "bad_number", "99999999999"),
    ("number: [1]", "not_word", "“number” takes one value"),
    ("created: เมื่อวาน", "bad_moment", "2007-10-19T14:59:00+07:00"),
    ("happened: 2550-02-29", "bad_day", "2550-02-29"),
    ("years: [ปีก่อน]", "bad_year", "ปีก่อน"),
    ("years: 1..9999", "bad_year", "1..9999"),
    ("tags: [{a: b}]", "not_words", "list of plain values"),
    ("source: เว็บ", "not_names", "title: …"),
    ("source: {url: x}", "required", "“system” is missing"),
    ("source: {system: x, uri: y}", "unknown_key_near", "Did you mean “url”?"),
    ("removed: [k0]", "bad_part", "k0"),
    ("summary: &a ก", "yaml_anchor", "not allowed"),
]


@pytest.mark.parametrize(("line", "code", "words"), FAULTS, ids=[case[0] for case in FAULTS])
def test_a_fault_names_file_line_and_reason(line, code, words):
    with pytest.raises(ReadError) as refused:
        read_entry(f"---\ntitle: ก\n{line}\n---\n", path="posts/7.md")

    assert refused.value.code == code
    assert (refused.value.path, refused.value.line) == ("posts/7.md", 3)
    assert words in refused.value.message()
    assert refused.value.message().startswith("posts/7.md, line 3: ")


def test_all_faults_of_a_file_are_named_at_once():
    faults = list(entry_or_problems("---\nnumber: x\nkind: y\n---\nก\x07\n", path="posts/7.md"))

    assert [fault.code for fault in faults if isinstance(fault, ReadError)] == [
        "unclean",
        "unknown_value",
        "bad_number",
        "required",
    ] or {fault.code for fault in faults if isinstance(fault, ReadError)} == {
        "unclean",
        "unknown_value",
        "bad_number",
        "required",
    }


def test_a_character_that_cannot_be_stored_names_its_line():
    with pytest.raises(ReadError) as refused:
        read_entry("---\ntitle: ก\n---\n\nหนึ่ง\nสอง\x00\n", path="posts/7.md")

    assert (refused.value.code, refused.value.line) == ("unclean", 6)
    assert "U+0000" in refused.value.message()


def test_windows_line_ends_and_a_byte_order_mark_are_taken():
    assert read_entry("\ufeff" + LESSON.replace("\n", "\r\n")) == read_entry(LESSON)


def test_a_file_is_written_in_the_order_of_the_contract():
    entry = EntryRecord(
        kind=EntryKind.POST,
        number=900001,
        title="ข้อแรก: เริ่ม",
        created=datetime(2007, 10, 19, 14, 59, tzinfo=BANGKOK),
        communities=("ตำบลบางจาก อำเภอเมืองนครศรีธรรมราช",),
        years=(2548,),
        body="เนื้อ\n---\nความ",
    )

    assert write_entry(entry) == (
        "---\nnumber: 900001\nkind: post\nstatus: published\n"
        'title: "ข้อแรก: เริ่ม"\ncreated: 2007-10-19T14:59:00+07:00\n'
        "license: not-recorded\ncommunities: [ตำบลบางจาก อำเภอเมืองนครศรีธรรมราช]\n"
        "years: [2548]\n---\n\nเนื้อ\n---\nความ\n"
    )
    assert path_of(entry) == "posts/900001.md"


# -- any entry ---------------------------------------------------------------------------------


def cleaned(clean):
    def stable(text: str) -> bool:
        try:
            return clean(text) == text
        except UncleanText:
            return False

    return stable


SOME = st.text(max_size=40) | st.text(
    alphabet="กำนี้ a1:#-,[]{}'\"\\&*!|>%@`~\n\xa0\u200b", max_size=20
)
LINE = SOME.map(lambda text: " ".join(text.split())).filter(cleaned(clean_line))
WORD = LINE.filter(bool)
TEXT = SOME.map(lambda text: text.strip()).filter(cleaned(clean_text))
WORDS = st.lists(WORD, unique=True, max_size=3).map(tuple)
ZONES = st.sampled_from([UTC, BANGKOK, timezone(timedelta(hours=-3, minutes=-30))])
MOMENTS = st.none() | st.datetimes(datetime(1950, 1, 1), datetime(2399, 12, 31), timezones=ZONES)
DAYS = st.none() | st.dates(date(1900, 1, 1), date(2399, 12, 31))
SOURCES = st.builds(
    SourceRecord,
    system=WORD,
    url=LINE,
    imported=MOMENTS,
    missing=WORDS,
    reads=st.none() | st.integers(0, 10**9),
    leftover=TEXT,
)
ENTRIES = st.builds(
    EntryRecord,
    kind=st.sampled_from(EntryKind),
    title=WORD,
    body=TEXT,
    number=st.none() | st.integers(1, 2_147_483_647),
    slug=st.from_regex(r"[a-zก-ฮ][a-z0-9ก-ฮ-]{0,10}", fullmatch=True),
    form=st.none() | st.sampled_from(LessonForm),
    status=st.sampled_from([Status.DRAFT, Status.PUBLISHED]),
    book=LINE,
    summary=TEXT,
    author=LINE,
    tellers=WORDS,
    recorder=LINE,
    participants=WORDS,
    created=MOMENTS,
    updated=MOMENTS,
    license=st.sampled_from(License),
    communities=WORDS,
    programs=WORDS,
    years=st.lists(st.integers(2400, 2700), unique=True, max_size=3).map(sorted).map(tuple),
    tags=WORDS,
    source=st.none() | SOURCES,
    state=st.none() | st.sampled_from(LessonState),
    happened=DAYS,
    drawn=DAYS,
    contact=LINE,
    evidence=WORDS,
    removed=st.lists(st.sampled_from(["k1", "k22", "g3", "n4"]), unique=True).map(tuple),
)


@given(ENTRIES)
@settings(max_examples=80)
def test_what_is_written_reads_back(entry):
    if entry.kind is not EntryKind.PAGE:
        entry = EntryRecord(
            **{name: getattr(entry, name) for name in EntryRecord.__slots__ if name != "slug"}
        )

    assert read_entry(write_entry(entry), path=path_of(entry)) == entry


@given(st.text(max_size=300), st.text(max_size=60))
@settings(max_examples=80)
def test_no_text_breaks_the_reader(front, body):
    for text in (front, f"---\n{front}\n---\n{body}", f"---\ntitle: {front}\n---\n{body}"):
        found = list(entry_or_problems(text, path="posts/1.md"))
        assert found
        for fault in found:
            assert isinstance(fault, EntryRecord) or fault.message()


def test_the_consent_of_a_teller_travels_in_the_front_matter():
    front = "kind: post\ntitle: ก\nteller: นางตัวอย่าง ใจดี\n"
    noted = "consent: {kind: spoken, date: 2006-07-21, taken_by: ตัวอย่าง คนจด}\n"
    entry = read_entry(f"---\n{front}{noted}---\nข\n", path="posts/1.md")
    assert entry.consent is not None
    assert (entry.consent.kind, entry.consent.taken_by) == ("spoken", "ตัวอย่าง คนจด")
    assert read_entry(write_entry(entry), path="posts/1.md") == entry
    with pytest.raises(ReadError):
        read_entry(f"---\n{front}consent: {{kind: spoken}}\n---\nข\n", path="posts/1.md")
