"""YAML with line numbers, and without its magic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats.frontmatter import compose, parse, split
from app.formats.records import ReadError


def test_every_value_knows_its_line():
    root = parse("title: ก\ntags:\n  - ข\n  - ค\nsource: {system: ง}\n", first_line=2)

    assert root.pairs is not None
    assert root.key_lines == {"title": 2, "tags": 3, "source": 6}
    assert [item.line for item in root.pairs["tags"].items or []] == [4, 5]
    assert (root.pairs["source"].pairs or {})["system"].word == "ง"


def test_words_stay_words():
    root = parse('a: no\nb: 2550\nc: 2007-10-19\nd: ~\ne: "null"\nf:\n')

    assert {name: node.word for name, node in (root.pairs or {}).items()} == {
        "a": "no",
        "b": "2550",
        "c": "2007-10-19",
        "d": None,
        "e": "null",
        "f": None,
    }


FAULTS = [
    # text                              code                line
    ("a: 1\nb: [1, 2\nc: 3\n", "yaml", 5),
    ("a: 1\n  b: 2\n", "yaml", 4),
    ("a: 'x\n", "yaml", 4),
    ("a: \x07\n", "yaml", 3),
    ("a: &x 1\nb: *x\n", "yaml_anchor", 3),
    ("a: !!python/object:os.system {}\n", "yaml_anchor", 3),
    ("a: 1\nb: 2\na: 3\n", "twice", 5),
    ("? [1, 2]\n: 3\n", "not_names", 3),
    ("a: 1\n---\nb: 2\n", "yaml_documents", 4),
    ("a: " + "[" * 40 + "]" * 40, "yaml_depth", 3),
    ("a: " + "x" * 300_000, "yaml_size", 3),
]


@pytest.mark.parametrize(("text", "code", "line"), FAULTS)
def test_a_fault_names_its_line(text, code, line):
    with pytest.raises(ReadError) as refused:
        parse(text, path="posts/1.md", first_line=3)

    assert (refused.value.code, refused.value.line) == (code, line)
    assert refused.value.message().startswith(f"posts/1.md, line {line}: ")


def test_nine_lines_of_aliases_are_refused_at_the_first():
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    with pytest.raises(ReadError) as refused:
        parse(bomb)

    assert (refused.value.code, refused.value.line) == ("yaml_anchor", 1)


SPLITS = [
    # text                              front          body            line of the body
    ("---\na: 1\n---\nเนื้อ\n", "a: 1\n", "เนื้อ\n", 4),
    ("---\na: 1\n---\n\n\nเนื้อ", "a: 1\n", "เนื้อ", 6),
    ("---\n---\nเนื้อ", "", "เนื้อ", 3),
    ("---\na: 1\n---", "a: 1\n", "", 4),
    ("---\na: 1\n---  \nก\n---\nข", "a: 1\n", "ก\n---\nข", 4),
]


@pytest.mark.parametrize(("text", "front", "body", "line"), SPLITS)
def test_a_file_is_cut_at_its_fences(text, front, body, line):
    parts = split(text)

    assert (parts.front, parts.body, parts.line) == (front, body, line)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), ("ก", "no_front_matter"), ("----\n", "no_front_matter")]
    + [(text, "open_front_matter") for text in ("---", "---\na: 1\n", "---\na: 1\n--- b\n")],
)
def test_a_file_without_front_matter_is_named(text, code):
    with pytest.raises(ReadError) as refused:
        split(text, path="a.md")

    assert refused.value.code == code


CLEAN = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(CLEAN, st.lists(CLEAN, max_size=4), CLEAN)
@settings(max_examples=80)
def test_what_is_composed_reads_back(word, words, inner):
    text = compose({"a": word, "b": words, "c": {"d": inner, "e": 5}, "f": True}, "")

    root = parse(split(text).front)

    found = root.pairs or {}
    assert (found["a"].word if "a" in found else "") == word
    assert [item.word for item in found["b"].items or []] == words if words else "b" not in found
    inside = found["c"].pairs or {}
    assert (inside["d"].word if "d" in inside else "") == inner
    assert (inside["e"].word, found["f"].word) == ("5", "true")


@given(st.text(max_size=200))
@settings(max_examples=80)
def test_no_text_breaks_the_parser(text):
    for attempt in (text, f"a: {text}", f"a:\n  - {text}\n  - {{b: {text}}}"):
        try:
            parse(attempt)
        except ReadError as error:
            assert error.message()
