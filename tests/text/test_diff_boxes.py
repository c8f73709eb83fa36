"""What differs between two texts of one form is told by box, row and field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.text import forum as forum_text
from app.text import lesson as lesson_text
from app.text.diff_boxes import NAME, ORDER, TEXT, Spot, forum_changes, lesson_changes
from app.text.forum import ANSWERS, PROBLEMS, ForumText, Group
from app.text.lesson import BOX, LessonText
from app.text.merge_lesson import shown
from app.text.rows import Part

K1 = Part("k1", "k", "กองไว้ใกล้ครัว", source="จากคำบอกเล่า")
K2 = Part("k2", "k", "กลับกองทุกสัปดาห์")
G1 = Part("g1", "g", "ทำใกล้บ้านจึงได้ทำ", sums=("k1",))
N1 = Part("n1", "n", "ไปดูงาน", who="กลุ่มแม่บ้าน", state="open")
LESSON = LessonText({"goal": "ให้ทุกบ้านทำ"}, (K1, K2), (G1,), (N1,))
LEARNED, NEXT, GOAL = BOX["learned"].label, BOX["next"].label, BOX["goal"].label

Q1, Q2, Q3 = Part("q1", "q", "น้ำไม่พอ"), Part("q2", "q", "ขุดสระ"), Part("q3", "q", "ปุ๋ยแพง")
FORUM = ForumText((Group("กลุ่มนา", (Q1,), (Q2,)), Group("กลุ่มสวน", (Q3,))), "เริ่มเก้าโมง")


def row(kind: str, name: str, older: str, newer: str, field: str = TEXT) -> Spot:
    return Spot(kind, name, field, older, newer)


@pytest.mark.parametrize(
    ("changed", "label", "spots"),
    [
        ({"boxes": {"goal": "ให้ครึ่งหนึ่งทำ"}}, GOAL, [row("", "", "ให้ทุกบ้านทำ", "ให้ครึ่งหนึ่งทำ")]),
        ({"boxes": {}}, GOAL, [row("", "", "ให้ทุกบ้านทำ", "")]),
        ({"lead": "เกริ่น"}, "", [row("", "", "", "เกริ่น")]),
        (
            {"points": (replace(K1, text="กองไว้หลังบ้าน"), K2)},
            LEARNED,
            [row("k", "k1", K1.text, "กองไว้หลังบ้าน")],
        ),
        (
            {"points": (replace(K1, source=""), K2)},
            LEARNED,
            [row("k", "k1", "จากคำบอกเล่า", "", "source")],
        ),
        ({"points": (K1,)}, LEARNED, [row("k", "k2", K2.text, "")]),
        ({"points": (K2, K1)}, LEARNED, [row("k", "", "k1, k2", "k2, k1", ORDER)]),
        (
            {"principles": (replace(G1, sums=("k1", "k2")),)},
            LEARNED,
            [row("g", "g1", "k1", "k1, k2", "sums")],
        ),
        (
            {"steps": (replace(N1, due="2550-07", state="closed"),)},
            NEXT,
            [row("n", "n1", "", "2550-07", "due"), row("n", "n1", "open", "closed", "state")],
        ),
    ],
)
def test_a_lesson_tells_the_box_the_row_and_the_field(changed, label, spots):
    older, newer = (lesson_text.compose(text) for text in (LESSON, replace(LESSON, **changed)))
    found = lesson_changes(older, newer)
    assert [(change.label, list(change.spots)) for change in found] == [(label, spots)]


@pytest.mark.parametrize(
    ("changed", "label", "spots"),
    [
        (
            ForumText((Group("กลุ่มทำนา", (Q1,), (Q2,)), FORUM.groups[1]), FORUM.notes),
            "กลุ่มทำนา",
            [row("", "", "กลุ่มนา", "กลุ่มทำนา", NAME)],
        ),
        (
            ForumText((Group("กลุ่มนา", (Q1,)), FORUM.groups[1]), FORUM.notes),
            "กลุ่มนา",
            [row(ANSWERS, "q2", Q2.text, "")],
        ),
        (
            ForumText((Group("กลุ่มนา", (Q1, Q2)), FORUM.groups[1]), FORUM.notes),
            "กลุ่มนา",
            [row(PROBLEMS, "q2", "", Q2.text), row(ANSWERS, "q2", Q2.text, "")],
        ),
        (
            replace(FORUM, groups=FORUM.groups[::-1]),
            "",
            [row("", "", "กลุ่มนา, กลุ่มสวน", "กลุ่มสวน, กลุ่มนา", ORDER)],
        ),
        (
            replace(FORUM, notes="เริ่มสิบโมง"),
            forum_text.NOTES,
            [row("", "", "เริ่มเก้าโมง", "เริ่มสิบโมง")],
        ),
    ],
)
def test_a_forum_tells_the_group_and_the_line(changed, label, spots):
    found = forum_changes(forum_text.compose(FORUM), forum_text.compose(changed))
    assert [(change.label, list(change.spots)) for change in found] == [(label, spots)]


def test_texts_that_are_the_same_differ_nowhere():
    lesson, forum = lesson_text.compose(LESSON), forum_text.compose(FORUM)
    assert lesson_changes(lesson, lesson) == forum_changes(forum, forum) == []


def test_a_whole_text_that_two_people_changed_is_read_without_its_marks():
    for text in (lesson_text.compose(LESSON), forum_text.compose(FORUM)):
        read = shown(text, in_form=True)
        assert "#" not in read and "{" not in read
    assert shown("## หัวข้อของฉัน", in_form=False) == "## หัวข้อของฉัน"
