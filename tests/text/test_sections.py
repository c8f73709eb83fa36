"""Where a section of a text begins in what was typed."""

from __future__ import annotations

import pytest

from app.text.sections import line_of

TEXT = "นำ\n\n## ก\n\nหนึ่ง #ไม่ใช่หัวข้อ\n\n### ข\n#แท็ก\n## ก"


@pytest.mark.parametrize(
    ("links", "wanted", "line"),
    [
        (["ก", "ข", "ก-2"], "ก", 2),
        (["ก", "ข", "ก-2"], "ข", 6),
        (["ก", "ข", "ก-2"], "ก-2", 8),
        (["ก", "ข", "ก-2"], "ค", None),
        (["ก", "ข"], "ก", None),  # a line that looks like a heading is none
    ],
)
def test_the_line_of_a_heading_is_found(links, wanted, line):
    assert line_of(TEXT, links, wanted) == line
