"""Plain text keeps its look when it is rendered as Markdown."""

from __future__ import annotations

import markdown
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from app.formats.plain_markdown import to_markdown

EXTENSIONS = ["nl2br", "tables", "pymdownx.tilde", "pymdownx.mark", "pymdownx.tasklist"]
EXTENSIONS.append("pymdownx.magiclink")  # makes addresses links before it looks for stars


def shown(source: str) -> list[str]:
    """The lines that a reader sees of rendered ``source``."""
    page = html.fromstring(f"<div>{markdown.markdown(source, extensions=EXTENSIONS)}</div>")
    for line_break in page.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "").lstrip("\n")
    return [line.strip() for line in page.text_content().split("\n") if line.strip()]


CASES = [
    # line                                  why
    ("1)โครงสร้าง", "a number with a bracket and no space"),
    ("1. ข้อแรก", "would become a list"),
    ("3. ข้อสาม", "would begin to count at another number"),
    ("๑. ข้อแรก", "a Thai digit is a digit as well"),
    ("- ขีด", "would become a list"),
    ("+ บวก", "would become a list"),
    ("* ดาว", "would become a list"),
    ("# หัวข้อ", "would become a heading"),
    ("#แท็ก #แท็ก", "would become a heading"),
    ("> อ้าง", "would become a quotation"),
    ("---", "would become a rule"),
    ("===", "would underline a heading"),
    ("***", "would become a rule"),
    ("**หนา** และ *เอน*", "stars"),
    ("__หนา__ และ _เอน_ แต่ a_b_c", "underscores"),
    ("`โค้ด` ```", "backticks"),
    ("~~~", "a fence"),
    ("ราคา ~~100~~ 80", "struck out"),
    ("==เน้น==", "marked"),
    ("[ชื่อ](http://example.org)", "a link"),
    ("[[หน้า]] ![รูป](x.png)", "a wiki link and a picture"),
    ("[a]: http://example.org", "a reference"),
    ("<b>หนา</b> 3 < 5 > 2 <!-- ก -->", "tags and comparisons"),
    ("&amp; &lt; AT&T R&D;", "entities"),
    ("&#1 &copy &#12a;", "entities that never end"),
    ("C:\\temp\\*", "backslashes"),
    ("{: .note} {#k1}", "attributes"),
    ("http://example.org/a_b/_c_/~d?x=1&y=2", "an address"),
    ("|---|---|", "a table"),
    ("ดังนั้น\xa0ถ้า", "a no-break space"),
]


@pytest.mark.parametrize(("line", "why"), CASES, ids=[case[1] + case[0][:3] for case in CASES])
def test_a_line_looks_the_same(line, why):
    assert shown(to_markdown([line])) == [line], why
    assert shown(to_markdown(["ก่อน", line, "หลัง"])) == ["ก่อน", line, "หลัง"], why


def test_bullets_are_meant_as_a_list():
    source = to_markdown(["ของที่ใช้", "• มูลไก่", "•ใบยาง *สด*", "เท่านี้"])

    assert source == "ของที่ใช้\n\n- มูลไก่\n- ใบยาง \\*สด\\*\n\nเท่านี้"
    assert "<ul>" in markdown.markdown(source)


def test_blank_lines_part_paragraphs_once():
    assert to_markdown(["", "ก", "", " \xa0", "ข", "ค ", ""]) == "ก\n\nข\nค"


SIGNS = st.text(alphabet="กข ab12.)(*_`~=#>-+|[]{}<!/&;:\\^\"'", max_size=30)


@given(st.lists(SIGNS, max_size=5))
@settings(max_examples=80)
def test_any_signs_look_the_same(lines):
    wanted = [" ".join(line.split()) for line in lines if line.strip()]

    seen = [" ".join(line.split()) for line in shown(to_markdown(lines))]

    assert seen == wanted
