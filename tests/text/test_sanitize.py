"""The allow-list: what people's HTML may hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.sanitize import TAGS, sanitize, visible_text

REL = ' rel="nofollow ugc noopener"'
CASES = [
    # html, sanitised, why
    ("<p>ก <strong>ข</strong></p>", "<p>ก <strong>ข</strong></p>", "plain text marks"),
    ("<script>alert(1)</script>ก", "ก", "scripts go with their text"),
    ("<style>p{}</style>ก", "ก", "styles go with their text"),
    ('<p style="color:red" onclick="x()">ก</p>', "<p>ก</p>", "style and handlers"),
    ("<svg><circle/></svg><math><mi>x</mi></math>ก", "ก", "no svg, no math"),
    ('<iframe src="https://example.org"></iframe>ก', "ก", "no frames"),
    ("<form><input name=q><button>ก</button></form>", "ก", "no forms"),
    ('<a href="javascript:alert(1)">ก</a>', f"<a{REL}>ก</a>", "no script addresses"),
    (
        '<a href="https://example.org/">ก</a>',
        f'<a href="https://example.org/"{REL}>ก</a>',
        "leaves",
    ),
    ('<a href="//example.org/">ก</a>', f'<a href="//example.org/"{REL}>ก</a>', "leaves, no scheme"),
    ('<a href="/posts/1">ก</a>', '<a href="/posts/1">ก</a>', "stays"),
    ('<a href="#k1" target="_blank">ก</a>', '<a href="#k1">ก</a>', "stays; no new windows"),
    ('<a href="tel:0">ก</a>', f'<a href="tel:0"{REL}>ก</a>', "telephone"),
    ('<img src="/files/a.webp" alt="ก">', '<img src="/files/a.webp" alt="ก">', "our picture"),
    ('<img src="https://example.org/a.png" alt="ก">ข', "ข", "a picture of another site"),
    ('<img src="//example.org/a.png">ข', "ข", "the same without a scheme"),
    ('<img src="data:image/png;base64,AA">ข', "ข", "a picture in the text"),
    (
        '<p class="site-header lesson-group">ก</p>',
        '<p class="lesson-group">ก</p>',
        "our classes only",
    ),
    ('<p id="main">ก</p>', "<p>ก</p>", "ids on headings and rows only"),
    ("<td align='left'>ก</td>", "ก", "a cell without its table"),
    ("<ol start='3'><li id='k1'>ก</li></ol>", '<ol start="3"><li id="k1">ก</li></ol>', "kept"),
    ("<b>ก", "<b>ก</b>", "what is open is closed"),
    ("<!-- ก -->ข", "ข", "comments"),
]


@pytest.mark.parametrize(("html", "wanted", "why"), CASES, ids=[c[2] for c in CASES])
def test_what_is_left_of_html(html, wanted, why):
    assert sanitize(html) == wanted, why


PLAIN = [
    ("<h2>ก</h2>\n<p>ข<br>ค</p>", "ก\nข\nค", "blocks on lines of their own"),
    ("<p>ก <b>ข</b>ค</p>", "ก ขค", "inline marks join nothing and part nothing"),
    ("<p>a &lt;b&gt; &amp;amp;</p>", "a <b> &amp;", "letters, not entities, once"),
    ('<h2 id="ก">ก <a class="anchor" href="#ก">#</a></h2>', "ก", "signs of headings"),
    ('<a href="/x" title="a &gt; b">ก</a>', "ก", "a sign inside an attribute"),
    ("<ul><li>ก</li><li>ข</li></ul>", "ก\nข", "items"),
]


@pytest.mark.parametrize(("html", "text", "why"), PLAIN, ids=[c[2] for c in PLAIN])
def test_the_text_a_reader_sees(html, text, why):
    assert visible_text(html) == text, why


PIECES = st.sampled_from(
    [
        "<a href='",
        "<img src=",
        "<p onclick='x'>",
        "javascript:",
        "<svg onload=x>",
        "<style>",
        "'>",
        '">',
        "</a>",
        "ก",
        "<!--",
        "-->",
        "&#106;",
        "data:text/html,",
        "<math><mtext>",
        "<iframe srcdoc='",
        "<table><td>",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_nothing_dangerous_is_left_whatever_was_written(html):
    clean = sanitize(html)

    for tag, attributes in tags_of(clean):
        assert tag in TAGS
        for name, value in attributes:
            assert not name.startswith("on")
            assert name not in ("style", "srcdoc", "target")
            assert not re.match(r"\s*(?:javascript|data|vbscript):", value or "")
    assert sanitize(clean) == clean


def tags_of(html: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    found = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attributes: found.append((tag, attributes))
    reader.feed(html)
    reader.close()
    return found
