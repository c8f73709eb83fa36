"""A stored page in English: the words of the form change, those of people stay."""

from __future__ import annotations

from app.text import form_words, forum, lesson, markdown

BODY = "\n\n".join(
    (
        "## เป้าหมาย",
        "ลงมือ เปิดอยู่ {.part-label}",
        "## ข้อเรียนรู้",
        '- ข้อแรก {#k1 source="จากคำบอกเล่า" teller="ตัวอย่าง คนเล่า"}\n- สรุป {#g1 from="k1"}',
        "## ก้าวต่อไปและข้อเสนอแนะ",
        '- ทำต่อ {#n1 who="กลุ่ม" due=2550-07 state=open}\n- จบแล้ว {#n2 state=closed closed_by=12}',
        "ฝากไว้",
    )
)


def page_of(body: str) -> str:
    source = lesson.to_markdown_for_reading(lesson.parse(body))
    return markdown.render(source, links={}).html


def test_what_the_form_says_is_english_and_what_people_wrote_is_not():
    said = form_words.in_english("lesson", page_of(BODY))
    for words in (
        ">Before<",
        ">Goal<",
        ">Principles<",
        ">Points<",
        ">Advice<",
        ">Sums up <",
        ">From: จากคำบอกเล่า<",
        ">Told by: ตัวอย่าง คนเล่า<",
        ">Who: กลุ่ม<",
        ">When: July 2550<",
        ">Open<",
        ">Closed<",
        ">Closed by lesson <",
        'id="เป้าหมาย"',  # links that were given out lead on
        "ลงมือ เปิดอยู่",
        "ฝากไว้",
    ):
        assert words in said, words
    assert not [said_ for said_ in form_words.BESIDE.values() if f">{said_.th}" in said]


def test_a_heading_of_a_writer_that_only_sounds_like_the_form_stays():
    html = markdown.render("## เป้าหมาย\n\n## ปัญหา", links={}).html
    said = form_words.in_english("", html)
    assert ">Goal<" not in said and ">Problems<" not in said
    assert "เป้าหมาย <a" in said


def test_the_sheets_of_a_forum_have_english_headings():
    body = forum.compose(
        forum.ForumText((forum.Group("กลุ่มที่ 2", (forum.Part("q1", "q", "น้ำไม่พอ"),)),), "จดไว้")
    )
    said = form_words.in_english("forum", markdown.render(body, links={}).html)
    for words in (">Group 2<", ">Problems<", ">Further notes<", "น้ำไม่พอ", "จดไว้"):
        assert words in said, words
