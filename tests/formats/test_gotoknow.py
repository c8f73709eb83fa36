"""Saved pages to entries: the labels decide, not the markup."""

from __future__ import annotations

from datetime import datetime
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.gotoknow import parse
from app.formats.records import ReadError
from app.text.years import BANGKOK
from app.vocabulary import EntryKind, License
from tests.formats.pages import (
    BODY,
    COMMENTS,
    FULL_TAIL,
    SUMMARY,
    TAIL,
    TITLE,
    html_page,
    text_page,
)


def test_a_page_of_text_becomes_an_entry():
    entry = parse(text_page(), path="page.txt")

    assert entry.number == 123456
    assert entry.kind is EntryKind.POST
    assert entry.title == TITLE
    assert entry.summary == SUMMARY
    assert entry.body == BODY
    assert entry.created == datetime(2008, 3, 5, 9, 7, tzinfo=BANGKOK)
    assert entry.updated == datetime(2012, 2, 29, 23, 59, tzinfo=BANGKOK)
    assert entry.created.isoformat() == "2008-03-05T09:07:00+07:00"
    assert entry.comments == ()


def test_what_the_page_lacks_is_named_and_not_made_up():
    entry = parse(text_page())

    assert entry.source is not None
    assert entry.source.system == "gotoknow"
    assert entry.source.url == "https://www.gotoknow.org/posts/123456"
    assert entry.source.missing == ("author", "license", "reads", "tags", "book")
    assert (entry.author, entry.license, entry.tags) == ("", License.NOT_RECORDED, ())
    assert entry.source.reads is None
    assert entry.source.leftover == ""


@pytest.mark.parametrize("style", ["a", "b"])
@pytest.mark.parametrize("comments", ["", COMMENTS])
@pytest.mark.parametrize("tail", [TAIL, FULL_TAIL])
def test_text_and_html_give_the_same_entry(style, comments, tail):
    parts = {"tail": tail} | ({"comments": comments} if comments else {})

    assert parse(html_page(style=style, **parts)) == parse(text_page(**parts))


def test_bytes_and_windows_line_ends_give_the_same_entry():
    page = text_page()

    assert parse(page.encode("utf-8-sig")) == parse(page)
    assert parse(page.replace("\n", "\r\n").encode()) == parse(page)


def test_a_page_in_the_old_thai_encoding_says_so_itself():
    page = html_page().replace('<meta charset="utf-8">', '<meta charset="TIS-620">')

    assert parse(page.encode("cp874")) == parse(html_page())


def test_a_full_tail_gives_author_licence_reads_and_tags():
    above = "นายสมมุติ ขยันยิ่ง\nติดตาม ติดต่อ\n"
    entry = parse(text_page(above=above, tail=FULL_TAIL))

    assert entry.title == TITLE
    assert entry.author == "นายสมมุติ ขยันยิ่ง"
    assert entry.license is License.ALL_RIGHTS_RESERVED
    assert entry.tags == ("ปุ๋ยหมัก", "บัญชีครัวเรือน")
    assert entry.body == BODY
    assert entry.source is not None
    assert entry.source.reads == 1234
    assert entry.source.missing == ("book",)


TAIL_CASES = [
    # tail                                       field       value                      why
    ("หมายเลขบันทึก: ๑๒๓๔๕๖ เขียนเมื่อ ๕ มีนาคม ๒๕๕๑ ๐๙:๐๗ น.", "number", 123456, "Thai digits, พ.ศ."),
    (TAIL.replace("เขียน", "\nเขียน").replace("แก้ไข", "\nแก้ไข"), "number", 123456, "a line each"),
    ("หมายเลขบันทึก:\n123456\nเขียนเมื่อ\n5 มีนาคม 2008 09:07 น.\n()", "number", 123456, "values below"),
    (TAIL, "license", License.NOT_RECORDED, "an emptied slot is no licence"),
    (
        TAIL.replace("สัญญาอนุญาต: ", "สัญญาอนุญาต: ซีซี: แสดงที่มา-ไม่ใช้เพื่อการค้า-อนุญาตแบบเดียวกัน"),
        "license",
        License.CC_BY_NC_SA_3_TH,
        "no version said: the Thai one of the site",
    ),
    (
        TAIL.replace("สัญญาอนุญาต: ", "สัญญาอนุญาต: CC BY-SA 4.0 "),
        "license",
        License.CC_BY_SA_4,
        "the version that it says",
    ),
    (
        TAIL.replace("สัญญาอนุญาต: ", "สัญญาอนุญาต: ใช้ได้ถ้าบอกกัน"),
        "license",
        License.NOT_RECORDED,
        "words that are no licence",
    ),
    (f"คำสำคัญ (Tags):\n#ปุ๋ย\n#ดิน ดี\n\n{TAIL}", "tags", ("ปุ๋ย", "ดิน ดี"), "a tag a line"),
    (f"คำสำคัญ: ปุ๋ย, ดิน ดี\n{TAIL}", "tags", ("ปุ๋ย", "ดิน ดี"), "commas"),
]


@pytest.mark.parametrize(
    ("tail", "field", "value", "why"), TAIL_CASES, ids=[case[3] for case in TAIL_CASES]
)
def test_the_tail_is_read_by_its_labels(tail, field, value, why):
    entry = parse(text_page(tail=tail))

    assert getattr(entry, field) == value, why
    assert entry.body == BODY, "nothing of the tail gets into the text"
    assert entry.created == datetime(2008, 3, 5, 9, 7, tzinfo=BANGKOK)


@pytest.mark.parametrize("words", ["ใช้ได้ถ้าบอกกัน", "แสดงที่มา-ไม่ใช้เพื่อการค้า"])
def test_the_words_of_an_uncertain_licence_are_kept(words):
    entry = parse(text_page(tail=TAIL.replace("สัญญาอนุญาต: ", f"สัญญาอนุญาต: {words}")))

    assert entry.source is not None
    assert entry.source.leftover == f"สัญญาอนุญาต: {words}"


def test_a_date_that_is_none_is_missing_and_kept_in_its_words():
    entry = parse(text_page(tail=TAIL.replace("29 กุมภาพันธ์ 2012", "31 กุมภาพันธ์ 2012")))

    assert entry.updated is None
    assert entry.source is not None
    assert "updated" in entry.source.missing
    assert "31 กุมภาพันธ์ 2012" in entry.source.leftover


# -- head and body --------------------------------------------------------------------------

ABOVE_CASES = [
    # above the title                       author                 why
    ("", "", "nothing above"),
    ("นางตัวอย่าง ใจดี\n", "นางตัวอย่าง ใจดี", "a name alone"),
    ("นางตัวอย่าง ใจดี\n\n", "นางตัวอย่าง ใจดี", "a name and a blank line"),
    ("ใจดี\nติดตาม\nติดต่อ\n", "ใจดี", "a pen name, follow, contact"),
    ("หน้าแรก | สมุด | ค้นหา\nใจดี\nผู้ติดตาม 12\n", "ใจดี", "the menu above"),
]


@pytest.mark.parametrize(
    ("above", "author", "why"), ABOVE_CASES, ids=[case[2] for case in ABOVE_CASES]
)
def test_an_author_above_the_title(above, author, why):
    pages = [text_page(above=above), html_page(above=above), html_page(style="b", above=above)]

    for entry in map(parse, pages):
        assert (entry.title, entry.author) == (TITLE, author), why
        assert (entry.summary, entry.body) == (SUMMARY, BODY)


def test_furniture_between_title_and_text_is_dropped():
    summary = f"ติดต่อ\nสมุด: บ้านสวนสมมุติ\n• อนุทิน\n\n{SUMMARY}"
    entry = parse(text_page(summary=summary))

    assert entry.book == "บ้านสวนสมมุติ"
    assert (entry.summary, entry.body) == (SUMMARY, BODY)


def test_without_a_copy_at_the_head_there_is_no_summary():
    entry = parse(text_page(summary="", body="ย่อหน้าแรกยาวพอสมควรและไม่ซ้ำกับใคร\n\nย่อหน้าที่สอง"))

    assert entry.summary == ""
    assert entry.body == "ย่อหน้าแรกยาวพอสมควรและไม่ซ้ำกับใคร\n\nย่อหน้าที่สอง"


COPY_CASES = [
    # copy at the head                       why
    (SUMMARY.replace(" ", "\n"), "broken at other places"),
    (SUMMARY[:60] + "...", "cut short with dots"),
    (SUMMARY[:60] + "…", "cut short with an ellipsis"),
    (SUMMARY.replace(" ", "\xa0 "), "other spaces"),
]


@pytest.mark.parametrize(("copy", "why"), COPY_CASES, ids=[case[1] for case in COPY_CASES])
def test_the_copy_goes_to_the_summary_and_the_text_keeps_its_own(copy, why):
    entry = parse(text_page(summary=copy))

    assert entry.summary == " ".join(copy.split()), why
    assert entry.body == BODY
    assert entry.body.count(SUMMARY) == 1


def test_a_copy_that_no_blank_line_parts_from_the_text_is_found():
    page = f"<html><h1>{TITLE}</h1><div>{SUMMARY}</div><div>ก่อน</div><div>{SUMMARY}</div>{TAIL}"

    entry = parse(page)

    assert (entry.summary, entry.body) == (SUMMARY, f"ก่อน\n{SUMMARY}")


def test_a_short_greeting_said_twice_is_no_summary():
    body = "สวัสดีครับ\n\nวันนี้เล่าเรื่องปุ๋ย\n\nสวัสดีครับ"

    assert parse(text_page(summary="", body=body)).body == body


def test_the_text_stays_as_written_when_it_is_rendered_as_markdown():
    body = "# ไม่ใช่หัวข้อ\n1. ข้อแรก\n- ขีด\n*ดาว* กับ [วงเล็บ]\n---\na < b & c_d"
    entry = parse(text_page(summary="", body=body))

    assert entry.body == (
        "\\# ไม่ใช่หัวข้อ\n1\\. ข้อแรก\n\\- ขีด\n\\*ดาว\\* กับ \\[วงเล็บ]\n\\---\na < b & c_d"
    )


def test_bullets_become_a_list_in_text_and_html_alike():
    text = text_page(summary="", body="ของที่ใช้\n\n• มูลไก่\n• ใบยาง\n\nเท่านี้")
    html = html_page(summary="", body="ของที่ใช้\n\nที่นี่\n\nเท่านี้").replace(
        "<p>ที่นี่</p>", "<ul><li>มูลไก่</li>\n<li><p>ใบยาง</p></li></ul>"
    )

    assert parse(text).body == "ของที่ใช้\n\n- มูลไก่\n- ใบยาง\n\nเท่านี้"
    assert parse(html).body == parse(text).body


def test_stray_tags_in_the_text_are_cleaned_and_other_signs_stay():
    body = '<p>เริ่ม<br />ต่อ</p><font color="red">แดง</font>&nbsp;จบ\n3 < 5 และ <ไม่ใช่แท็ก>'
    cleaned = "เริ่ม\nต่อ\n\nแดง\xa0จบ\n3 < 5 และ <ไม่ใช่แท็ก>"

    assert parse(text_page(summary="", body=body)).body == cleaned
    assert parse(html_page(summary="", body=body)).body == cleaned


def test_a_lost_picture_is_told():
    entry = parse(html_page().replace("<p>ปี2549", '<p><img src="x.jpg">ปี2549'))

    assert entry.body == BODY
    assert entry.source is not None
    assert "pictures" in entry.source.missing


def test_a_text_that_speaks_of_record_numbers_is_not_cut():
    body = "ดูหมายเลขบันทึก: 777 ของผมด้วย\n\nคำสำคัญ: อยู่ที่คน\n\nแล้วจึงเป็นเรื่องนี้ที่ยาวกว่าที่ใครจะคิดว่าเป็นคำสำคัญ"
    entry = parse(text_page(summary="", body=body))

    assert entry.number == 123456
    assert entry.body == body


# -- comments -------------------------------------------------------------------------------


def test_comments_are_told_apart():
    first, second = parse(text_page(comments=COMMENTS)).comments

    assert (first.author, first.number) == ("นางตัวอย่าง ใจดี", None)
    assert first.text == "ที่บ้านใช้มูลวัวแทนค่ะ\nกองละ3ตะกร้า"
    assert first.created == datetime(2008, 3, 6, 10, 0, tzinfo=BANGKOK)
    assert (second.author, second.number) == ("นายสมมุติ ขยันยิ่ง", 98765)
    assert second.text == "ขอบคุณครับ จะลองทำดู"


def test_author_and_date_on_one_line_and_the_buttons_of_the_site():
    comments = (
        "ความเห็น (1)\n\n1. นางตัวอย่าง ใจดี เขียนเมื่อ 6 มีนาคม 2008 10:00 น. ()\n"
        "IP: 10.0.xxx.1\nดีมาก\nถูกใจ (2) ตอบกลับ แจ้งลบ\n\nแสดงความคิดเห็น"
    )
    (comment,) = parse(text_page(comments=comments)).comments

    assert (comment.author, comment.text) == ("นางตัวอย่าง ใจดี", "ดีมาก")


UNTOLD = [
    # comments                                                              why
    ("ความเห็น (3)" + COMMENTS.removeprefix("ความเห็น (2)"), "one of three is not seen"),
    ("ความเห็น (2)\n\nใครสักคน\nดีมาก\n\nอีกคน\nเห็นด้วย", "no dates"),
    ("ความเห็น (1)\n\nประกาศ\n\n" + COMMENTS.split("\n\n", 1)[1], "more than the heading says"),
]


@pytest.mark.parametrize(("comments", "why"), UNTOLD, ids=[case[1] for case in UNTOLD])
def test_comments_that_cannot_be_told_are_kept_word_for_word(comments, why):
    entry = parse(text_page(comments=comments))

    assert entry.comments == (), why
    assert entry.source is not None
    assert "comments" in entry.source.missing
    for line in filter(None, comments.split("\n")):
        assert line in entry.source.leftover
    assert "ClassStart" not in entry.source.leftover


def test_a_comment_may_name_the_sister_product():
    comments = COMMENTS.replace("ขอบคุณครับ จะลองทำดู", "ลองใช้\nClassStart\nดูครับ")
    entry = parse(text_page(comments=comments))

    assert entry.comments[1].text == "ลองใช้\nClassStart\nดูครับ"


# -- what is no such page --------------------------------------------------------------------

NOT_PAGES = [
    # page                                                    code
    ("", "empty"),
    (" \n\n", "empty"),
    ("เรื่องทั่วไป ไม่มีหมายเลข", "not_gotoknow"),
    ("<!DOCTYPE html><html><body><h1>ข่าว</h1></body></html>", "not_gotoknow"),
    ("หมายเลขบันทึก: 5", "not_gotoknow"),
    (f"{TITLE}\n\nหมายเลขบันทึก: เขียนเมื่อ 5 มีนาคม 2008", "not_gotoknow"),
    (TAIL, "no_title"),
    ("ก\x00ข", "unclean"),
    ("\udcff", "unclean"),
    (b"\xff\xfe\x00", "encoding"),
]


@pytest.mark.parametrize(("page", "code"), NOT_PAGES)
def test_other_pages_are_refused_by_name(page, code):
    with pytest.raises(ReadError) as refused:
        parse(page, path="page.html")

    assert refused.value.code == code
    assert refused.value.path == "page.html"
    assert "page.html" in refused.value.message()


def test_a_wrong_encoding_names_the_line():
    with pytest.raises(ReadError) as refused:
        parse(b"one\ntwo\n\xb9\xa1", path="page.txt")

    assert refused.value.line == 3


# -- anything ---------------------------------------------------------------------------------

THAI = st.text(alphabet=[chr(code) for code in range(0x0E01, 0x0E4F)] + list(" 123.()"))


def refused_or_read(page: str | bytes) -> None:
    try:
        parse(page)
    except ReadError as error:
        assert error.message()


@given(st.binary(max_size=400))
@settings(max_examples=80)
def test_no_bytes_break_the_reader(data):
    refused_or_read(data)
    refused_or_read(b"<html><body>" + data)
    refused_or_read(TITLE.encode() + b"\n\n" + data + TAIL.encode() + data)


@given(st.text(max_size=300), st.sampled_from(["<html>{}", "{}", f"{{}}\n\n{TAIL}\n\n{{}}"]))
@settings(max_examples=80)
def test_no_text_breaks_the_reader(text, shape):
    refused_or_read(shape.replace("{}", text))


@given(
    st.lists(st.sampled_from([TITLE, SUMMARY, TAIL, FULL_TAIL, COMMENTS, "", "ติดตาม", "• ก"])),
    THAI,
)
@settings(max_examples=80)
def test_pieces_in_any_order_are_read_or_refused(pieces, thai):
    refused_or_read("\n".join([*pieces, thai]))
    refused_or_read("<html><p>" + "<p>".join(escape(piece) for piece in pieces))


@given(st.lists(THAI.filter(str.strip), min_size=1, max_size=6))
@settings(max_examples=80)
def test_any_thai_text_is_the_same_from_text_and_html(paragraphs):
    paragraphs = ["เริ่มเรื่องตรงนี้", *(" ".join(part.split()) for part in paragraphs)]
    body = "\n\n".join(paragraphs)

    text = parse(text_page(summary="", body=body))
    assert parse(html_page(summary="", body=body)) == text
    assert parse(html_page(style="b", summary="", body=body)) == text
