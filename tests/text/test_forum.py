"""The forum record as text: parse, compose, numbers, and two people at one sheet."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.text.forum import (
    LINE_LIMIT,
    ForumText,
    Group,
    assign_ids,
    compose,
    has_lines,
    parse,
    too_long,
)
from app.text.merge_forum import merge_forums
from app.text.rows import Part

SHEETS = """## กลุ่มแม่บ้าน

### ปัญหา

- น้ำไม่พอทำนา {#q1}
- ปุ๋ยแพง {#q2}

### ทางออก

- ขุดสระรวมของหมู่บ้าน {#q3}

## กลุ่มเยาวชน

### ปัญหา

- ไม่มีที่เล่นกีฬา {#q4}

## บันทึกเพิ่มเติม

นัดคุยกันอีกครั้งหลังเก็บเกี่ยว

## เบอร์ห้อง

- ห้องประชุม"""


def line(name: str, text: str) -> Part:
    return Part(name, "q", text)


def test_a_record_is_taken_apart():
    forum = parse(SHEETS)

    assert [group.name for group in forum.groups] == ["กลุ่มแม่บ้าน", "กลุ่มเยาวชน"]
    assert forum.groups[0].problems == (line("q1", "น้ำไม่พอทำนา"), line("q2", "ปุ๋ยแพง"))
    assert forum.groups[0].answers == (line("q3", "ขุดสระรวมของหมู่บ้าน"),)
    assert forum.groups[1].answers == ()
    assert forum.notes == "นัดคุยกันอีกครั้งหลังเก็บเกี่ยว\n\n## เบอร์ห้อง\n\n- ห้องประชุม"
    assert compose(forum) == SHEETS


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("", ""),
        ("คุยกันเรื่องน้ำ", "## บันทึกเพิ่มเติม\n\nคุยกันเรื่องน้ำ"),
        ("- ก\n- ข", "## บันทึกเพิ่มเติม\n\n- ก\n- ข"),  # a list of no sheet
        ("## ก\n### ปัญหา\n* น้ำ", "## ก\n\n### ปัญหา\n\n- น้ำ {#q}"),
        ("### ทาง ออก\n- ขุดสระ {#q7}", "### ทางออก\n\n- ขุดสระ {#q7}"),
        ("- น้ำ {#q2}", "### ปัญหา\n\n- น้ำ {#q2}"),  # no group, no label
        ("- น้ำ {#q0}\n- ลม {#q1234567}", "### ปัญหา\n\n- น้ำ {#q}\n- ลม {#q}"),
        ("## ก\n- น้ำ {#q2}\nลมแรง", "## ก\n\n### ปัญหา\n\n- น้ำ {#q2}\n\n## บันทึกเพิ่มเติม\n\nลมแรง"),
        ("## ก\n## บันทึกเพิ่มเติม\n- ห้อง", "## ก\n\n## บันทึกเพิ่มเติม\n\n- ห้อง"),
        ("## ก\n### ปัญหา\n- น้ำ {#k1}", "## ก\n\n### ปัญหา\n\n- น้ำ {#k1} {#q}"),
    ],
)
def test_what_people_type_comes_into_the_form(typed, canonical):
    canonical = canonical.replace("- น้ำ {#k1} {#q}", "- น้ำ \\{#k1} {#q}")
    assert compose(parse(typed)) == canonical
    assert compose(parse(canonical)) == canonical


def test_a_group_named_like_the_notes_stays_a_group():
    forum = ForumText((Group("บันทึก เพิ่มเติม", (line("q1", "น้ำ"),)),), "ของจริง")
    assert parse(compose(forum)) == forum


def test_only_the_first_group_may_have_no_name():
    forum = ForumText((Group("", (line("q1", "น้ำ"),)), Group("", (), (line("q2", "สระ"),))))
    assert [group.name for group in parse(compose(forum)).groups] == ["", "กลุ่มที่ 2"]


# -- round trip ----------------------------------------------------------------------------

WORDS = st.text(
    alphabet=st.sampled_from(list('กขที่น้ำ abQ12 #{}=",\\-*[]|`_<>/\u200b๕')), max_size=40
).map(lambda text: " ".join(text.split()))
NAMES = st.one_of(WORDS, st.sampled_from(["บันทึกเพิ่มเติม", "\\บันทึกเพิ่มเติม", "ปัญหา"])).filter(bool)
LINES = st.lists(
    st.builds(line, st.integers(1, 99).map("q{}".format) | st.just("q"), WORDS.filter(bool)),
    max_size=3,
).map(tuple)
GROUPS = st.lists(st.builds(Group, NAMES, LINES, LINES), max_size=4).map(tuple)
NOTES = st.lists(st.one_of(WORDS, st.sampled_from(["## บันทึกเพิ่มเติม", "### ปัญหา"])), max_size=4)
FORUMS = st.builds(ForumText, GROUPS, NOTES.map(lambda lines: "\n".join(lines).strip("\n")))


@given(FORUMS)
def test_composing_and_parsing_undo_each_other(forum):
    assert parse(compose(forum)) == forum


@given(st.lists(st.one_of(WORDS, st.sampled_from(SHEETS.split("\n"))), max_size=12))
def test_any_text_has_one_canonical_form_and_no_letter_is_lost(lines):
    typed = "\n".join(lines)
    canonical = compose(parse(typed))

    assert compose(parse(canonical)) == canonical
    for word in typed.split():
        if word.isalpha() and word not in ("ปัญหา", "ทางออก", "บันทึกเพิ่มเติม"):
            assert word in canonical


@given(FORUMS, st.sets(st.integers(1, 120).map("q{}".format)))
def test_a_number_is_never_given_out_again(forum, used):
    made = assign_ids(forum, used)
    ids = [one.id for one in made.lines]
    given_out = set(ids) - {one.id for one in forum.lines}

    assert len(set(ids)) == len(ids)
    assert not given_out & used
    assert [one.text for one in made.lines] == [one.text for one in forum.lines]
    assert assign_ids(made, used) == made


def test_twelve_new_lines_are_numbered_as_they_stand():
    three = tuple(line("q", text) for text in ("ก", "ข", "ค"))
    forum = ForumText((Group("หนึ่ง", three, three), Group("สอง", three, three)))
    assert [one.id for one in assign_ids(forum, set()).lines] == [f"q{n}" for n in range(1, 13)]


def test_publishing_asks_for_a_line_and_a_line_is_one_sentence():
    assert not has_lines(parse("## กลุ่มที่ 1\n\n## บันทึกเพิ่มเติม\n\nคุยกัน"))
    assert has_lines(parse(SHEETS))
    long = line("q1", "ก" * (LINE_LIMIT + 1))
    assert too_long(ForumText((Group("ก", (long,)),))) == [long]
    assert too_long(parse(SHEETS)) == []


# -- two people at one record ------------------------------------------------------------------


def changed(old: str, new: str, text: str = SHEETS) -> str:
    assert old in text
    return text.replace(old, new)


def test_lines_of_both_come_together_under_numbers_of_their_own():
    mine = changed("- ปุ๋ยแพง {#q2}\n", "- ปุ๋ยแพง {#q2}\n- ถนนขาด {#q5}\n")
    theirs = changed("- ไม่มีที่เล่นกีฬา {#q4}\n", "- ไม่มีที่เล่นกีฬา {#q4}\n- ไม่มีหนังสือ {#q5}\n")
    made = merge_forums(SHEETS, mine, theirs)

    assert made.is_clean
    found = parse(made.text)
    assert {one.id: one.text for one in found.lines} == {
        "q1": "น้ำไม่พอทำนา",
        "q2": "ปุ๋ยแพง",
        "q3": "ขุดสระรวมของหมู่บ้าน",
        "q4": "ไม่มีที่เล่นกีฬา",
        "q5": "ไม่มีหนังสือ",  # theirs is stored already
        "q6": "ถนนขาด",
    }
    assert "ถนนขาด" in {one.text for one in found.groups[0].problems}


def test_no_number_of_a_removed_line_is_given_out_in_a_merge():
    mine = changed("{#q2}\n", "{#q2}\n- ถนนขาด {#q5}\n")
    theirs = changed("{#q4}\n", "{#q4}\n- ไม่มีหนังสือ {#q5}\n")
    made = merge_forums(SHEETS, mine, theirs, used={"q1", "q2", "q3", "q4", "q5", "q9"})
    assert {one.id for one in parse(made.text).lines} == {"q1", "q2", "q3", "q4", "q5", "q10"}


def test_a_line_follows_its_group_to_a_new_name():
    mine = changed("## กลุ่มแม่บ้าน", "## กลุ่มสตรี")
    theirs = changed("- ขุดสระรวมของหมู่บ้าน {#q3}\n", "- ขุดสระรวมของหมู่บ้าน {#q3}\n- ปลูกหญ้าแฝก {#q5}\n")
    found = parse(merge_forums(SHEETS, mine, theirs).text)

    assert [group.name for group in found.groups] == ["กลุ่มสตรี", "กลุ่มเยาวชน"]
    assert [one.id for one in found.groups[0].answers] == ["q3", "q5"]


def test_a_line_that_was_moved_keeps_its_new_words():
    mine = changed("- น้ำไม่พอทำนา {#q1}\n", "")
    mine = changed("- ไม่มีที่เล่นกีฬา {#q4}\n", "- ไม่มีที่เล่นกีฬา {#q4}\n- น้ำไม่พอทำนา {#q1}\n", mine)
    theirs = changed("น้ำไม่พอทำนา", "น้ำไม่พอทำนาปรัง")
    found = parse(merge_forums(SHEETS, mine, theirs).text)

    assert [one.id for one in found.groups[0].problems] == ["q2"]
    assert found.groups[1].problems[1] == line("q1", "น้ำไม่พอทำนาปรัง")


def test_a_new_line_keeps_the_group_that_somebody_took_out():
    mine = changed("## กลุ่มเยาวชน\n\n### ปัญหา\n\n- ไม่มีที่เล่นกีฬา {#q4}\n\n", "")
    theirs = changed("{#q4}\n", "{#q4}\n- ไม่มีหนังสือ {#q5}\n")
    found = parse(merge_forums(SHEETS, mine, theirs).text)

    assert [(group.name, len(group.lines)) for group in found.groups] == [
        ("กลุ่มแม่บ้าน", 3),
        ("กลุ่มเยาวชน", 1),
    ]


def test_a_line_that_both_wrote_anew_is_for_them_to_choose():
    made = merge_forums(SHEETS, changed("ปุ๋ยแพง", "ปุ๋ยขึ้นราคา"), changed("ปุ๋ยแพง", "ปุ๋ยเคมีแพง"))

    assert [(one.mine, one.theirs) for one in made.conflicts] == [
        ("- ปุ๋ยขึ้นราคา {#q2}", "- ปุ๋ยเคมีแพง {#q2}")
    ]
    assert len(parse(made.text).lines) == 4


@st.composite
def edits(draw: st.DrawFn) -> str:
    """SHEETS as somebody may have changed it: lines out, new ones in, groups named anew."""
    forum = parse(SHEETS)
    groups = []
    for group in forum.groups:
        kept = tuple(one for one in group.problems if draw(st.booleans()))
        new = tuple(line("q", text) for text in draw(st.lists(WORDS.filter(bool), max_size=2)))
        name = draw(st.sampled_from([group.name, f"{group.name}ใหม่", f"{group.name}บ้านเรา"]))
        groups.append(replace(group, name=name, problems=(*kept, *new)))
    return compose(
        assign_ids(replace(forum, groups=tuple(groups)), {one.id for one in forum.lines})
    )


def with_problems(*of_groups: str) -> str:
    """SHEETS with other problem lines in each group."""
    groups = tuple(
        replace(group, problems=tuple(line("q", text) for text in said.split()))
        for group, said in zip(parse(SHEETS).groups, of_groups, strict=True)
    )
    forum = replace(parse(SHEETS), groups=groups)
    return compose(assign_ids(forum, {one.id for one in parse(SHEETS).lines}))


# Two brackets that would make a link together: the whole is for them to choose.
@example(with_problems("", "[["), with_problems("1 [[", ""))
@given(edits(), edits())
def test_what_either_added_is_there_once_or_offered_to_choose(mine, theirs):
    made = merge_forums(SHEETS, mine, theirs)
    lines = parse(made.text).lines
    ids = [one.id for one in lines]
    known = {one.id for one in parse(SHEETS).lines}

    assert len(set(ids)) == len(ids)
    offered = [one.text for passage in made.conflicts for one in parse(passage.theirs).lines]
    for side in (mine, theirs):
        added = {one.text for one in parse(side).lines if one.id not in known}
        assert added <= {*(one.text for one in lines), *offered}


@given(edits(), edits())
def test_a_new_name_of_a_group_stands_or_is_offered_to_choose(mine, theirs):
    made = merge_forums(SHEETS, mine, theirs)
    known = {group.name for group in parse(SHEETS).groups}
    named = {group.name for group in parse(made.text).groups}
    for passage in made.conflicts:
        for said in (passage.mine, passage.theirs):  # a name alone, or the whole text
            named |= {said, *(group.name for group in parse(said).groups)}

    for side in (mine, theirs):
        assert {group.name for group in parse(side).groups} - known <= named


def test_two_new_names_of_one_group_are_to_be_chosen():
    """Neither overwrites the other, and whoever saves last has no say in it."""
    mine = changed("## กลุ่มแม่บ้าน", "## กลุ่มสตรี")
    made = merge_forums(SHEETS, mine, changed("## กลุ่มแม่บ้าน", "## กลุ่มแม่บ้านตำบล"))

    (passage,) = made.conflicts
    assert (passage.base, passage.mine, passage.theirs) == (
        "กลุ่มแม่บ้าน",
        "กลุ่มสตรี",
        "กลุ่มแม่บ้านตำบล",
    )
    assert made.settled(["mine"]) == mine
    for choice, name in (("theirs", "กลุ่มแม่บ้านตำบล"), ("both", "กลุ่มแม่บ้านตำบล / กลุ่มสตรี")):
        assert made.settled([choice]) == changed("กลุ่มแม่บ้าน", name)


def test_a_name_that_was_only_taken_away_gives_way_to_a_new_one():
    """The first group may stand without a name; nobody loses a word of theirs."""
    mine, theirs = changed("## กลุ่มแม่บ้าน\n\n", ""), changed("## กลุ่มแม่บ้าน", "## กลุ่มสตรี")

    for made in (merge_forums(SHEETS, mine, theirs), merge_forums(SHEETS, theirs, mine)):
        assert made.is_clean
        assert made.text == theirs


@pytest.mark.parametrize("line", ["## a{}b", "### a{}b", "- a{}b", "- a {{#q1 {}}}"])
def test_a_line_of_spaces_is_read_at_once(line):
    """Tried at every space anew, such a line would take minutes."""
    parse(line.format(" " * 200_000))
