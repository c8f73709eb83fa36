"""The lesson form as text: parse, compose, rows, and what publishing asks for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.lesson import (
    BOXES,
    GROUPS,
    POINT_LIMIT,
    QUICK_BOXES,
    REQUIRED_FULL,
    Fault,
    LessonText,
    Part,
    assign_ids,
    compose,
    faults,
    is_filled,
    is_in_form,
    missing,
    parse,
    part_of,
    to_markdown_for_reading,
)

FULL = """## ความเป็นมาและบริบท

เวทีเคยมีคนน้อย

## เป้าหมาย

ให้คนมาครบทุกหมู่บ้าน

## สิ่งที่ทำ

1. ถามปฏิทินของแต่ละบ้าน
2. นัดใหม่

## ผลที่เกิดขึ้น

มา *มากขึ้น*

### ตัวเลข
ไม่ได้จด

## ข้อเรียนรู้

- ถามปฏิทินบ้านก่อนนัด {#k1 source="จากคำบอกเล่า" teller="นางตัวอย่าง \\"ใจดี\\""}
- ให้คนในบ้านเป็นคนชวน {#k2 source="/posts/900017"}
- นัดตามเวลาของชาวบ้าน {#g1 from="k1,900012#k3"}

เขียนเพิ่มได้

## ก้าวต่อไปและข้อเสนอแนะ

- ทำปฏิทินตำบล {#n1 who="คุณอำนวยตำบล" due=2550-07 state=open}
- ประชุมแล้ว {#n2 state=closed closed_by=900027}

ข้อเสนอแนะ: ทำทุกปี"""


def test_the_form_is_the_one_of_the_product():
    assert [box.label for box in BOXES] == [
        "ความเป็นมาและบริบท",
        "เป้าหมาย",
        "สิ่งที่ทำ",
        "ผลที่เกิดขึ้น",
        "สิ่งที่ทำได้ดี / ปัจจัยความสำเร็จ",
        "ปัญหาและสิ่งที่ยังทำได้ไม่ดี",
        "ข้อเรียนรู้",
        "ก้าวต่อไปและข้อเสนอแนะ",
    ]
    assert [box.number for box in BOXES] == list(range(1, 9))
    assert [GROUPS.index(box.group) for box in BOXES] == [0, 0, 1, 1, 2, 2, 3, 3]
    numbers = {box.key: box.number for box in BOXES}
    assert [numbers[key] for key in QUICK_BOXES] == [2, 5, 6, 8]
    assert [numbers[key] for key in REQUIRED_FULL] == [2, 3, 4, 7]


def test_the_form_speaks_two_languages_and_its_headings_one():
    for box in BOXES:
        for said in filter(None, (box.group, box.name, box.hint, box.question)):
            assert re.search("[ก-๙]", said.of("th"))
            assert re.search("[A-Za-z]", said.of("en"))
            assert not re.search("[ก-๙]", said.of("en"))
        assert box.asked("en", quick=True) == (box.question or box.name).en
        assert box.asked("th", quick=False) == box.label
    filled = compose(LessonText({box.key: "x" for box in BOXES}))
    assert [line[3:] for line in filled.split("\n") if line.startswith("## ")] == [
        box.label for box in BOXES
    ]


def test_a_lesson_is_taken_apart():
    lesson = parse(FULL)

    assert lesson.boxes["goal"] == "ให้คนมาครบทุกหมู่บ้าน"
    assert lesson.boxes["results"] == "มา *มากขึ้น*\n\n### ตัวเลข\nไม่ได้จด"
    assert lesson.boxes["strengths"] == ""
    assert lesson.boxes["learned"] == "เขียนเพิ่มได้"
    assert lesson.boxes["next"] == "ข้อเสนอแนะ: ทำทุกปี"
    assert lesson.points[0] == Part(
        "k1", "k", "ถามปฏิทินบ้านก่อนนัด", source="จากคำบอกเล่า", teller='นางตัวอย่าง "ใจดี"'
    )
    assert lesson.principles == (Part("g1", "g", "นัดตามเวลาของชาวบ้าน", sums=("k1", "900012#k3")),)
    assert lesson.steps[0].who == "คุณอำนวยตำบล"
    assert (lesson.steps[0].due, lesson.steps[0].state) == ("2550-07", "open")
    assert (lesson.steps[1].state, lesson.steps[1].closed_by) == ("closed", "900027")


def test_what_is_composed_is_the_canonical_text():
    canonical = compose(parse(FULL))

    assert parse(canonical) == parse(FULL)
    assert compose(parse(canonical)) == canonical
    assert canonical == FULL


# -- round trip ----------------------------------------------------------------------------

WORDS = st.text(
    alphabet=st.sampled_from(list('กขที่น้ำ abK12 #{}=",\\-*[]|`_<>/\u200b๕')), max_size=40
)
LINE = WORDS.map(lambda text: " ".join(text.split()))
TRICKY = st.sampled_from(
    [
        "## เป้าหมาย",
        "\\## เป้าหมาย",
        "\\\\## ข้อเรียนรู้ ##",
        "## หัวข้ออื่น",
        "# ก",
        "- ข้อ",
        "```",
        "",
        "{#k1}",
        "##  ข้อเรียนรู้",
    ]
)
FREE_TEXT = st.lists(st.one_of(LINE, TRICKY), max_size=6).map("\n".join)
NUMBERS = st.integers(1, 99)


def rows(kind: str, **fields: st.SearchStrategy) -> st.SearchStrategy:
    made = st.builds(
        Part,
        id=st.one_of(NUMBERS.map(lambda n: f"{kind}{n}"), st.just(kind), st.just(f"{kind}-1")),
        kind=st.just(kind),
        text=LINE.filter(bool),
        **fields,
    )
    return st.lists(made, max_size=3).map(tuple)


LESSONS = st.builds(
    LessonText,
    boxes=st.fixed_dictionaries({box.key: FREE_TEXT for box in BOXES}),
    points=rows("k", source=LINE, teller=LINE),
    principles=rows(
        "g", sums=st.lists(NUMBERS.map(lambda n: f"k{n}"), unique=True, max_size=3).map(tuple)
    ),
    steps=rows(
        "n",
        who=LINE,
        due=st.sampled_from(["", "2550-07", "ปลายปี"]),
        state=st.sampled_from(["", "open", "closed"]),
        closed_by=st.sampled_from(["", "900012"]),
    ),
    lead=FREE_TEXT,
)


def canonical(text: str) -> str:
    """Free text as compose keeps it: no blank lines at its ends, no blanks at ends of lines."""
    lines = [line.rstrip() for line in text.split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


@given(LESSONS)
def test_parse_and_compose_are_inverse(lesson):
    found = parse(compose(lesson))

    assert found.points == lesson.points
    assert found.principles == lesson.principles
    assert found.steps == lesson.steps
    assert found.lead == canonical(lesson.lead)
    assert found.boxes == {key: canonical(text) for key, text in lesson.boxes.items()}


@given(FREE_TEXT)
def test_no_text_is_an_error_and_no_word_is_lost(body):
    lesson = parse(body)

    kept = compose(lesson) + "".join(box.label for box in BOXES)
    for word in body.replace("#", " ").replace("\\", " ").split():
        assert word in kept


@given(LESSONS)
def test_composing_again_changes_nothing(lesson):
    once = compose(lesson)

    assert compose(parse(once)) == once


# -- rows ----------------------------------------------------------------------------------

ROWS = [
    # sentence, part or None, why
    ("ข้อ {#k1}", Part("k1", "k", "ข้อ"), "bare"),
    ("ข้อ {#k}", Part("k", "k", "ข้อ"), "new, without a number"),
    ("ข้อ {#k-2}", Part("k-2", "k", "ข้อ"), "new, with a name for principles"),
    ("ข้อ {#k1 source=abc}", Part("k1", "k", "ข้อ", source="abc"), "value without quotes"),
    (
        'ข้อ {#k1 source="ก \\"ข\\" \\\\ {ค}"}',
        Part("k1", "k", "ข้อ", source='ก "ข" \\ {ค}'),
        "escapes",
    ),
    ('ข้อ {#k1 who="ก"}', Part("k1", "k", "ข้อ"), "a value of another kind is dropped"),
    ('ข้อ {#g1 from="k1, k2  k1"}', Part("g1", "g", "ข้อ", sums=("k1", "k2")), "list, each once"),
    ('ข้อ {#g1 from="#k1"}', Part("g1", "g", "ข้อ", sums=("k1",)), "with the sign of a link"),
    ("พูดถึง \\{#k2 ในประโยค {#k1}", Part("k1", "k", "พูดถึง {#k2 ในประโยค"), "escaped brace"),
    ("พูดถึง {#k2} แล้ว", None, "not at the end"),
    ("{#k1}", None, "no sentence"),
    ("ข้อ {#x1}", None, "no such kind"),
    ("ข้อ {#k1๒}", None, "a number in Thai digits: it would be told apart from k12 by nobody"),
    ("ข้อ {#k1 source=}", None, "no value"),
    ('ข้อ {#k1 source="ก}', None, "open quote"),
]


@pytest.mark.parametrize(("sentence", "part", "why"), ROWS, ids=[c[2] for c in ROWS])
def test_a_row(sentence, part, why):
    assert part_of(sentence) == part, why


def test_rows_count_in_their_own_box_only():
    lesson = parse(
        "## เป้าหมาย\n- ก {#k1}\n\n## ข้อเรียนรู้\n- ข {#n1}\n- ค\n\n"
        "## ก้าวต่อไปและข้อเสนอแนะ\n- ง {#k2}\n* จ {#n2}"
    )

    assert lesson.points == ()
    assert [step.id for step in lesson.steps] == ["n2"]
    assert lesson.boxes["goal"] == "- ก {#k1}"
    assert lesson.boxes["learned"] == "- ข {#n1}\n- ค"
    assert lesson.boxes["next"] == "- ง {#k2}"


def test_a_heading_that_comes_twice_adds_to_its_box():
    lesson = parse("ก่อน\n\n## เป้าหมาย\nก\n\n## สิ่งที่ทำ\nข\n\n## เป้าหมาย ##\nค")

    assert lesson.lead == "ก่อน"
    assert lesson.boxes["goal"] == "ก\n\nค"


IN_FORM = [
    ("## เป้าหมาย\nก", True, "one box"),
    ("\n\n## ข้อเรียนรู้\nก\n\n## เป้าหมาย\nข", True, "any order"),
    ("## สิ่งที่ทำได้ดี/ปัจจัยความสำเร็จ\nก", True, "spaces of a label do not count"),
    ("## เป้าหมาย\n### ย่อย\nก", True, "lower headings are text"),
    ("ก\n\n## เป้าหมาย\nข", False, "text before the first heading"),
    ("## เป้าหมาย\nก\n\n## สรุป\nข", False, "another heading"),
    ("## เป้าหมาย\nก\n\n## เป้าหมาย\nข", False, "twice"),
    ("### เป้าหมาย\nก", False, "another level"),
    ("เล่าเรื่อง", False, "no heading"),
    ("", False, "nothing"),
]


@pytest.mark.parametrize(("body", "answer", "why"), IN_FORM, ids=[c[2] for c in IN_FORM])
def test_whether_a_text_is_in_the_form(body, answer, why):
    assert is_in_form(body) is answer, why


# -- what publishing asks for ----------------------------------------------------------------


def lesson_of(*filled: str, **parts: tuple[Part, ...]) -> LessonText:
    return LessonText({box.key: "ก" if box.key in filled else "" for box in BOXES}, **parts)


POINT = (Part("k1", "k", "ข้อ"),)
STEP = (Part("n1", "n", "ทำต่อ"),)
GAPS = [
    # lesson, form, missing, why
    (lesson_of(), "full", ["goal", "actions", "results", "learned"], "all of a full one"),
    (lesson_of("goal", "actions", "results", points=POINT), "full", [], "all there"),
    (
        lesson_of("goal", "actions", "results", "learned"),
        "full",
        ["learned"],
        "box 7 needs a point, text is not enough",
    ),
    (lesson_of("goal", "actions", points=POINT), "full", ["results"], "box 4"),
    (lesson_of(), "quick", ["goal", "strengths", "next"], "all of a quick one"),
    (lesson_of("goal", "strengths", "next"), "quick", [], "box 5 is enough"),
    (lesson_of("goal", "problems", "next"), "quick", [], "box 6 is enough"),
    (lesson_of("goal", "problems", steps=STEP), "quick", [], "a row is enough for box 8"),
    (lesson_of("goal", "next"), "quick", ["strengths"], "neither 5 nor 6"),
    (lesson_of(), "free", [], "of a free text nothing is asked"),
    (
        replace(lesson_of(), boxes={"goal": " \u200b\n"}),
        "quick",
        ["goal", "strengths", "next"],
        "blanks",
    ),
    (
        lesson_of("goal", "actions", "results", points=(Part("k1", "k", "  "),)),
        "full",
        ["learned"],
        "an empty row is none",
    ),
]


@pytest.mark.parametrize(("lesson", "form", "gaps", "why"), GAPS, ids=[c[3] for c in GAPS])
def test_what_is_missing(lesson, form, gaps, why):
    assert missing(lesson, form) == gaps, why


def test_a_box_with_rows_only_is_filled():
    lesson = lesson_of(steps=STEP)

    assert is_filled(lesson, "next")
    assert not is_filled(lesson, "learned")


FAULTS = [
    (Part("k1", "k", "ก" * POINT_LIMIT), [], "just short enough"),
    (Part("k1", "k", "ก" * 201), [Fault("k1", "too_long", "201")], "one letter too many"),
    (Part("g1", "g", "ก"), [Fault("g1", "no_point")], "a principle names a point"),
    (Part("g1", "g", "ก", sums=("k9",)), [Fault("g1", "unknown_point", "k9")], "not there"),
    (Part("g1", "g", "ก", sums=("900012#k1",)), [], "a point of another lesson"),
    (Part("g1", "g", "ก", sums=("นี่",)), [Fault("g1", "unknown_point", "นี่")], "no name of a point"),
    (Part("n1", "n", "ก", due="2550-07", state="open"), [], "a good step"),
    (Part("n1", "n", "ก", due="เร็วๆ"), [Fault("n1", "bad_due", "เร็วๆ")], "no month"),
    (Part("n1", "n", "ก", due="2550-13"), [Fault("n1", "bad_due", "2550-13")], "no such month"),
    (Part("n1", "n", "ก", state="done"), [Fault("n1", "bad_state", "done")], "no such state"),
]


@pytest.mark.parametrize(("part", "found", "why"), FAULTS, ids=[c[2] for c in FAULTS])
def test_what_is_wrong_with_a_row(part, found, why):
    places = {"k": "points", "g": "principles", "n": "steps"}

    assert faults(LessonText(**{places[part.kind]: (part,)})) == found, why


# -- ids -----------------------------------------------------------------------------------


def test_new_rows_get_numbers_that_were_never_given():
    lesson = LessonText(
        points=(Part("k2", "k", "เก่า"), Part("k", "k", "ใหม่")), steps=(Part("n", "n", "ก้าว"),)
    )

    numbered = assign_ids(lesson, used={"k2", "k5", "g1"})

    assert [part.id for part in numbered.points] == ["k2", "k6"]
    assert [(step.id, step.state) for step in numbered.steps] == [("n1", "open")]


def test_a_principle_follows_the_new_points_it_names():
    lesson = LessonText(
        points=(Part("k-1", "k", "ก"), Part("k-2", "k", "ข")),
        principles=(Part("g", "g", "รวม", sums=("k-2", "k-1", "900012#k1")),),
    )

    numbered = assign_ids(lesson, used={"k1"})

    assert [part.id for part in numbered.points] == ["k2", "k3"]
    assert numbered.principles[0].sums == ("k3", "k2", "900012#k1")


def test_of_two_rows_with_one_number_the_first_keeps_it():
    lesson = LessonText(
        points=(Part("k1", "k", "ก"), Part("k1", "k", "ข")),
        principles=(Part("g1", "g", "รวม", sums=("k1",)),),
    )

    numbered = assign_ids(lesson, used={"k1"})

    assert [part.id for part in numbered.points] == ["k1", "k2"]
    assert numbered.principles[0].sums == ("k1",)


@given(LESSONS, st.sets(st.builds(lambda kind, n: f"{kind}{n}", st.sampled_from("kgn"), NUMBERS)))
def test_ids_are_given_once_and_stay(lesson, used):
    numbered = assign_ids(lesson, used)
    ids = [part.id for part in numbered.parts]
    written = {part.id for part in lesson.parts}

    assert len(set(ids)) == len(ids)
    assert not {name for name in ids if name not in written} & used
    assert assign_ids(numbered, used | set(ids)) == numbered
    assert [part.text for part in numbered.parts] == [part.text for part in lesson.parts]


# -- for reading -----------------------------------------------------------------------------


def test_only_filled_boxes_are_shown_and_principles_come_first():
    shown = to_markdown_for_reading(parse(FULL))

    assert "## เป้าหมาย {.box-2}" in shown
    assert "{.box-5}" not in shown
    assert shown.index("{#g1") < shown.index("{#k1")


def test_code_that_a_box_leaves_open_ends_with_it():
    shown = to_markdown_for_reading(parse("## เป้าหมาย\n```\nก\n\n## สิ่งที่ทำ\nข"))

    assert "```\nก\n```\n\n## สิ่งที่ทำ" in shown
