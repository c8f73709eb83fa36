"""Markdown: the dialect, the rows of lessons, and what no text can do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import markdown
from app.text.lesson import parse, to_markdown_for_reading
from app.text.markdown import Heading, Renderer, render

REL = ' rel="nofollow ugc noopener"'
DIALECT = [
    # source, html, why
    (
        "ก **ข** *ค* ~~ง~~ ==จ==",
        "<p>ก <strong>ข</strong> <em>ค</em> <del>ง</del> <mark>จ</mark></p>",
        "signs",
    ),
    ("ครู**สอน**ดี", "<p>ครู<strong>สอน</strong>ดี</p>", "bold inside an unspaced sentence"),
    ("**“คำ”**ต่อ", "<p><strong>“คำ”</strong>ต่อ</p>", "bold quotation marks, glued"),
    ("ก\nข", "<p>ก<br>\nข</p>", "a new line is a new line"),
    ("    ย่อหน้า\nต่อ", "<p>ย่อหน้า<br>\nต่อ</p>", "Thai paragraphs open with spaces"),
    ("ก\n- ข\n- ค", "<p>ก</p>\n<ul>\n<li>ข</li>\n<li>ค</li>\n</ul>", "a list right after a line"),
    ("- ก\n  - ข", "<ul>\n<li>ก<ul>\n<li>ข</li>\n</ul>\n</li>\n</ul>", "two spaces nest"),
    ("- ก\n    - ข", "<ul>\n<li>ก<ul>\n<li>ข</li>\n</ul>\n</li>\n</ul>", "four spaces nest"),
    (
        "1. ก\n\n   ต่อ\n2. ข",
        "<ol>\n<li>\n<p>ก</p>\n<p>ต่อ</p>\n</li>\n<li>\n<p>ข</p>\n</li>\n</ol>",
        "a paragraph of an item, then the next item",
    ),
    ("3. ก\n4. ข", '<ol start="3">\n<li>ก</li>\n<li>ข</li>\n</ol>', "the first number counts"),
    ("ปี\n2550. ใหม่", "<p>ปี<br>\n2550. ใหม่</p>", "a year at the beginning of a line is no item"),
    ("1)ก\n2)ข", "<p>1)ก<br>\n2)ข</p>", "numbers with brackets stay as typed"),
    ("- [ ] ก\n- [x] ข", None, "tasks"),
    ("#แท็ก", "<p>#แท็ก</p>", "a tag is no heading"),
    ("ก\n-----\nข", "<p>ก</p>\n<hr>\n<p>ข</p>", "a line of hyphens is a rule"),
    ("ราว ~10 คน ~20 คน", "<p>ราว ~10 คน ~20 คน</p>", "about, not small letters"),
    ("5 * 3 * 2 a_b_c", "<p>5 * 3 * 2 a_b_c</p>", "signs that stand alone"),
    ("a < b & c &copy;", "<p>a &lt; b &amp; c ©</p>", "letters of HTML"),
    ("H<sub>2</sub>O<br>x<b>y", "<p>H<sub>2</sub>O<br>x<b>y</b></p>", "a few tags"),
    ("ก <!-- more -->ข", "<p>ก ข</p>", "comments are not for readers"),
    ("<!-- ก", "<p>&lt;!-- ก</p>", "an open comment is text"),
    ('<b onclick="x">', '<p>&lt;b onclick="x"&gt;</p>', "tags with attributes are shown"),
    ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>", "shown, not run"),
    ("```\n<i> [[ก]]\n```", "<pre><code>&lt;i&gt; [[ก]]\n</code></pre>", "code"),
    ("```\nก", "<pre><code>ก\n</code></pre>", "an open fence reaches to the end"),
    (
        "ก\n```\nข\n```\nค",
        "<p>ก</p>\n<pre><code>ข\n</code></pre>\n<p>ค</p>",
        "code between lines of text",
    ),
    ("> ก\n> ข", "<blockquote>\n<p>ก<br>\nข</p>\n</blockquote>", "quotation"),
    (
        "ดูที่https://example.org/?b&c นะ",
        f'<p>ดูที่<a href="https://example.org/?b&amp;c"{REL}>https://example.org/?b&amp;c</a> นะ</p>',
        "an address glued to Thai",
    ),
    ("me@example.org", "<p>me@example.org</p>", "a mail address is not made easier to harvest"),
    ("[ก](/posts/1)", '<p><a href="/posts/1">ก</a></p>', "link inside the site"),
    ("[ก](javascript:alert(1))", f"<p><a{REL}>ก</a></p>", "no script"),
    (
        "![ก](https://example.org/a.png)",
        f'<p><a href="https://example.org/a.png"{REL}>ก</a></p>',
        "a picture of another site is a link",
    ),
    ("| ก |\n|:-:|\n| ข |", None, "tables"),
    ("", "", "nothing"),
]


@pytest.mark.parametrize(("source", "html", "why"), DIALECT, ids=[c[2] for c in DIALECT])
def test_the_dialect(source, html, why):
    rendered = render(source)

    assert rendered.ok
    if html is not None:
        assert rendered.html == html, why
    assert "style=" not in rendered.html


def test_tasks_are_signs_not_form_fields():
    rendered = render("- [ ] ทำ\n- [x] เสร็จ")

    assert "<input" not in rendered.html
    assert rendered.plain == "☐ ทำ\n☑ เสร็จ"


def test_a_table_is_aligned_without_style():
    html = render("| ก | ข |\n|:--|--:|\n| 1 | 2 |").html

    assert '<td align="right">2</td>' in html
    assert '<th align="left">ก</th>' in html


def test_our_pictures_are_loaded_late():
    html = render("![ก](/files/a.webp)").html

    assert 'src="/files/a.webp"' in html
    assert 'loading="lazy"' in html


# -- links and headings ------------------------------------------------------------------------


def test_wiki_links_lead_to_their_page_or_to_where_it_can_be_written():
    rendered = render("[[มีแล้ว]] [[มีแล้ว|ป้าย]] [[ยัง ไม่มี]] `[[โค้ด]]`", links={"มีแล้ว": "/pages/x"})

    assert '<a class="wikilink" href="/pages/x">มีแล้ว</a>' in rendered.html
    assert '<a class="wikilink" href="/pages/x">ป้าย</a>' in rendered.html
    assert re.search(r'<a class="redlink" href="/pages/%E0[^"]*-[^"]*">ยัง ไม่มี</a>', rendered.html)
    assert rendered.links == ["มีแล้ว", "ยัง ไม่มี"]


def test_a_wiki_link_leads_to_a_heading():
    html = render("[[หน้า#ข้อ หนึ่ง|ดู]]", links={"หน้า": "/posts/5"}).html

    heading = render("## ข้อ หนึ่ง").headings[0]
    assert heading.id == "ข้อ-หนึ่ง"
    assert 'href="/posts/5#%E0%B8%82' in html


def test_headings_have_ids_of_their_own_that_no_page_uses():
    rendered = render("# แรก\n## Main\n### Main\n## แรก\n## *เอียง* `โค้ด`")

    assert rendered.headings == [
        Heading(2, "แรก", "แรก"),
        Heading(2, "h-main", "Main"),
        Heading(3, "h-main-2", "Main"),
        Heading(2, "แรก-2", "แรก"),
        Heading(2, "เอียง-โค้ด", "เอียง โค้ด"),
    ]
    for heading in rendered.headings:
        assert f'id="{heading.id}"' in rendered.html
        assert f'href="#{heading.id}"' in rendered.html
    assert "<h1" not in rendered.html


def test_mentions_are_named():
    assert render("ขอบคุณ @Example และ `@code`").mentions == ["example"]


def test_plain_is_the_text_a_reader_sees():
    source = "## หัว\n\nก **ข**[[ค|ง]]\n- จ\n\n[ฉ](https://example.org) <b>ช</b>"

    assert render(source).plain == "หัว\nก ขง\nจ\nฉ ช"


# -- lessons -----------------------------------------------------------------------------------

LESSON = """## เป้าหมาย
หวัง

## ข้อเรียนรู้
- ถาม *ก่อน* นัด {#k1 source="gotoknow.org/posts/2855, 140116" teller="นางตัวอย่าง <b> ใจดี"}
- ชวน {#k2 source="[[เวที]]"}
- หลัก {#g1 from="k1,900012#k3"}

## ก้าวต่อไปและข้อเสนอแนะ
- ทำ {#n1 who="คุณอำนวย" due=2550-07 state=open}
- เสร็จ {#n2 state=closed closed_by=900027}

- ทุกปี"""


@pytest.fixture(scope="module")
def lesson():
    return render(to_markdown_for_reading(parse(LESSON)), links={"เวที": "/pages/a"})


def test_rows_have_links_of_their_own(lesson):
    for name, kind in [("k1", "point"), ("k2", "point"), ("g1", "principle"), ("n1", "step")]:
        assert len(re.findall(f'<li class="part {kind}" id="{name}">', lesson.html)) == 1
        assert f'<a class="self" href="#{name}">#{name}</a>' in lesson.html
    assert "{#" not in lesson.html


def test_rows_tell_their_source_teller_and_plan_in_words(lesson):
    assert "ถาม <em>ก่อน</em> นัด" in lesson.html
    assert (
        f'<a href="https://gotoknow.org/posts/2855"{REL}>gotoknow.org/posts/2855</a>' in lesson.html
    )
    assert '<a href="/posts/140116">140116</a>' in lesson.html
    assert "ผู้เล่า: นางตัวอย่าง &lt;b&gt; ใจดี" in lesson.html
    assert '<a class="wikilink" href="/pages/a">เวที</a>' in lesson.html
    assert '<a href="/posts/900012#k3">900012#k3</a>' in lesson.html
    assert "ใครทำ: คุณอำนวย" in lesson.html
    assert "เมื่อไร: กรกฎาคม 2550" in lesson.html
    assert '<span class="part-state open">เปิดอยู่</span>' in lesson.html
    assert '<span class="part-state closed">ปิดแล้ว</span>' in lesson.html
    assert '<a href="/posts/900027">900027</a>' in lesson.html


def test_groups_and_the_aar_sign_are_shown_and_headings_are_the_labels(lesson):
    assert [h.text for h in lesson.headings] == ["เป้าหมาย", "ข้อเรียนรู้", "ก้าวต่อไปและข้อเสนอแนะ"]
    assert lesson.html.count('<span class="aar">AAR</span>') == 2
    assert re.findall(r'<p class="lesson-group">([^<]*)</p>', lesson.html) == [
        "ก่อนทำ",
        "เก็บไว้และทำต่อ",
    ]
    assert "{.box" not in lesson.html


def test_advice_stands_below_the_steps_as_a_list_of_its_own(lesson):
    after = lesson.html.split('id="n2"', 1)[1]

    assert '<p class="part-label">ข้อเสนอแนะ</p>\n<ul>\n<li>ทุกปี</li>' in after


def test_a_number_that_comes_twice_has_one_place():
    html = render("- ก {#k1}\n- ข {#k1}").html

    assert html.count('id="k1"') == 1
    assert html.count('class="part point"') == 2


# -- what no text can do -------------------------------------------------------------------------

SIZE = 50_000
HOSTILE = [
    ("[" * SIZE, "brackets"),
    ("[a](" * (SIZE // 4), "open links"),
    ("![" * (SIZE // 2), "open pictures"),
    ("<!" * (SIZE // 2), "open declarations"),
    ("<!--" * (SIZE // 4), "open comments"),
    ("<b>" * (SIZE // 3), "open tags"),
    ("> " * (SIZE // 2), "quotations in quotations"),
    ("\n".join(" " * (2 * level) + "- ก" for level in range(220)), "lists in lists"),
    ("\n".join("1. " * 50 for _ in range(300)), "numbers in numbers"),
    ("*_~=`[<" * (SIZE // 7), "signs of all kinds"),
    ("**a" * (SIZE // 3), "open bold"),
    ("` " * (SIZE // 2), "open code"),
    ("```\n" * (SIZE // 4), "fences"),
    ("|a|\n|-|\n" * (SIZE // 8), "tables"),
    ("# ก\n" * (SIZE // 4), "headings"),
    ("ก\n" * (SIZE // 2), "lines"),
    ("- ก {#k1 a=b" * (SIZE // 12), "rows that never end"),
    ("www." * (SIZE // 4), "addresses"),
    ("\\" * SIZE, "backslashes"),
    ("a" + "\u0301" * SIZE, "marks on one letter"),
    ("\x00\x02\x03\ud800" * 1000, "letters that are none"),
    ("\x02wzxhzdk:0\x03 klzzwxh:0001 " * 100, "marks of the library itself"),
    ("ก" * 600_000, "longer than any text"),
]


@pytest.mark.parametrize(("source", "why"), HOSTILE, ids=[c[1] for c in HOSTILE])
def test_hostile_text_never_takes_the_child_beyond_its_limit(source, why):
    render("ก")
    child = markdown._renderer.child_id()

    rendered = render(source)

    assert markdown._renderer.child_id() == child, f"the child was ended for {why}"
    if not rendered.ok:
        assert rendered.html.startswith('<div class="unrendered"><p>')
        assert rendered.headings == []
    assert "<script" not in rendered.html


def test_a_text_that_cannot_be_rendered_is_shown_letter_by_letter():
    source = "<i>ก</i>\nข\n\n" + "[a](" * 12_500

    rendered = render(source)

    assert not rendered.ok
    assert rendered.html.startswith(
        '<div class="unrendered"><p>&lt;i&gt;ก&lt;/i&gt;<br>\nข</p>\n<p>'
    )
    assert rendered.plain == source
    assert render("**หลังจากนั้น**").html == "<p><strong>หลังจากนั้น</strong></p>"


@given(st.text(alphabet=st.characters(), max_size=200))
def test_no_text_makes_it_raise(source):
    rendered = render(source)

    assert "<script" not in rendered.html


SIGNS = st.sampled_from(
    (
        *("# ", "## ", "- ", "1. ", "> ", "`", "**", "_", "]]", "]", "[", "<b>", "<i ", "&"),
        *(" {#k1}", "{.box-2}", "\n", "\n\n", "ก", "ข", " ", "\\", "==", "---"),
    )
)


@given(st.lists(SIGNS, max_size=25).map("".join))
def test_a_thai_letter_is_never_lost(source):
    rendered = render(source)

    assert rendered.ok
    for letter in "กข":
        assert rendered.plain.count(letter) >= source.count(letter)


# -- the child process ---------------------------------------------------------------------------


def test_an_ended_child_is_followed_by_another():
    renderer = Renderer()
    try:
        renderer.ask("ก", {})
        first = renderer.child_id()
        os.kill(first, 9)
        os.waitpid(first, 0)

        answer = renderer.ask("ข", {})

        assert answer["html"] == "<p>ข</p>"
        assert renderer.child_id() != first
    finally:
        renderer.close()
    assert renderer.child_id() is None


def test_threads_take_turns():
    wanted = {n: f"<p>ก {n}</p>" for n in range(40)}
    got: dict[int, str] = {}

    def work(numbers):
        for n in numbers:
            got[n] = render(f"ก {n}").html

    threads = [threading.Thread(target=work, args=(range(i, 40, 8),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == wanted


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_a_child_of_its_own():
    render("ก")
    child = markdown._renderer.child_id()
    reading, writing = os.pipe()

    process = os.fork()
    if process == 0:
        try:
            html = render("ข").html
            other = markdown._renderer.child_id() != child
            markdown.close()
            os.write(writing, b"good" if html == "<p>ข</p>" and other else b"bad")
        finally:
            os._exit(0)
    os.waitpid(process, 0)

    assert os.read(reading, 10) == b"good"
    assert render("ค").html == "<p>ค</p>"
    assert markdown._renderer.child_id() == child


def test_the_child_brings_nothing_of_the_site_but_text():
    """Its imports decide how long the first save of a process takes."""
    script = markdown.Path(markdown.__file__).with_name("markdown_child.py")
    code = (
        "import runpy, sys; sys.argv = ['x'];"
        f"runpy.run_path({str(script)!r}, run_name='__main__');"
        "print(*sorted(n for n in sys.modules if n.startswith(('app.', 'flask', 'sqlalchemy'))))"
    )

    done = subprocess.run(
        [sys.executable, "-P", "-c", code], input=b"", capture_output=True, timeout=60, check=True
    )

    loaded = done.stdout.split(b"}", 1)[1].decode().split()
    assert loaded
    assert all(name == "app.text" or name.startswith("app.text.") for name in loaded)
