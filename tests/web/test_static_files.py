"""What is sent of our own scripts."""

from __future__ import annotations

import pytest

from app.web import static_files


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/* one */\na();\n", "a();\n"),
        ("  /* two\n     lines */\n  a();\n", "  a();\n"),
        ("  // why\n  a();\n", "  a();\n"),
        ("a(); // why\n", "a(); // why\n"),
        ("/* x */ a();\nb(); /* y */\n", "/* x */ a();\nb(); /* y */\n"),
        ('a("/* no comment */");\n', 'a("/* no comment */");\n'),
        ("f(/^image\\//.test(x));\n", "f(/^image\\//.test(x));\n"),
    ],
)
def test_only_comments_on_lines_of_their_own_are_left_out(tmp_path, monkeypatch, written, sent):
    monkeypatch.setattr(static_files, "FOLDER", tmp_path)
    (tmp_path / "a.js").write_text(written)
    assert static_files.served_text(tmp_path / "a.js").decode() == sent


def test_a_style_sheet_and_the_work_of_others_are_sent_as_they_are():
    for name in ("site.css", "editor.css"):
        file = static_files.FOLDER / name
        assert static_files.served_text(file) == file.read_bytes()
    for file in (static_files.FOLDER / "vendor").rglob("*.js"):
        assert static_files.served_text(file) == file.read_bytes()
