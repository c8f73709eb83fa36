"""Three texts become one, and nothing of either is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.text.merge import Passage, merge

paragraphs = st.lists(st.sampled_from(["กา", "นา มี", "# ห", "- ก\n- ข", "```\n\nx\n```", "ปู"]))
texts = st.one_of(paragraphs.map("\n\n".join), st.text("ก ข\n`|-", max_size=30))


@given(texts, texts)
def test_what_one_side_changed_wins(base, changed):
    assert merge(base, base, base).text == base
    assert merge(base, changed, base).text == changed
    assert merge(base, base, changed).text == changed
    assert merge(base, changed, changed).text == changed


@given(texts, texts, texts)
def test_the_passages_are_the_same_from_both_sides(base, mine, theirs):
    turned = [Passage(p.base, p.theirs, p.mine) for p in merge(base, theirs, mine).conflicts]
    assert list(merge(base, mine, theirs).conflicts) == turned


@given(paragraphs, st.integers(0, 9), st.integers(0, 9))
def test_no_inserted_paragraph_is_lost(base, here, there):
    mine, theirs = list(base), list(base)
    mine.insert(here, "ของฉัน")
    theirs.insert(there, "ของเขา")
    made = merge("\n\n".join(base), "\n\n".join(mine), "\n\n".join(theirs))
    told = [made.text, *(p.mine + p.theirs for p in made.conflicts)]
    assert any("ของฉัน" in text for text in told)
    assert any("ของเขา" in text for text in told)
