"""Every text of the interface has its Thai words, and neither language leaks into the other."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).parents[1]
THAI = re.compile(r"[\u0e00-\u0e7f]")
LATIN = re.compile(r"[A-Za-z]{2}")
HOLE = re.compile(r"%\((\w+)\)[sd]")
#: English texts that speak of Thai letters.
ABOUT_LETTERS = ("From ก to ฮ", "กศน.")
#: Texts that stand in both languages as they are.
ALIKE = {"LINE", "CC0 1.0", "RSS", "Atom"}

#: What the product calls its things (English text of the code: Thai on the page).
WORDS = {
    "Write": "เขียน",
    "Post": "บันทึก",
    "Story": "เรื่องเล่า",
    "Lesson": "บทเรียน",
    "Quick lesson": "บทเรียนสั้น",
    "Quick lesson (AAR)": "บทเรียนสั้น (AAR)",
    "Lesson library": "คลังบทเรียน",
    "Knowledge page": "หน้าความรู้",
    "Talk": "พูดคุย",
    "Book": "สมุด",
    "Place/community": "พื้นที่/ชุมชน",
    "Program/work": "โครงการ/งาน",
    "Keywords": "คำสำคัญ",
    "Year": "ปี",
    "Fiscal year": "ปีงบประมาณ",
    "Comments": "ความเห็น",
    "Teller": "ผู้เล่า",
    "Author": "ผู้เขียน",
    "Record number": "หมายเลขบันทึก",
    "Points": "ขุมความรู้",
    "Principles": "แก่นความรู้",
    "Next steps": "ก้าวต่อไป",
    "Open": "เปิดอยู่",
    "Closed": "ปิดแล้ว",
    "State of the lesson": "สถานะบทเรียน",
    "Told": "เล่าไว้",
    "Tried": "ลองทำแล้ว",
    "Confirmed": "ยืนยันแล้ว",
    "Used elsewhere": "มีที่อื่นนำไปใช้",
    "No longer works": "ใช้ไม่ได้แล้ว",
    "Supported by a source": "มีหลักฐานยืนยัน",
    "Not yet confirmed": "ยังไม่ได้รับการยืนยัน",
    "Not known": "ไม่ทราบ",
    "Related to this": "เกี่ยวข้องกับบันทึกนี้",
    "What links here": "หน้าอื่นที่ลิงก์มาหน้านี้",
    "History": "ประวัติการแก้ไข",
    "Compare": "เปรียบเทียบ",
    "Search": "ค้นหา",
    "Search results": "ผลการค้นหา",
    "Filters": "ตัวกรอง",
    "Clear filters": "ล้างตัวกรอง",
    "Keep as draft": "เก็บร่าง",
    "Save changes": "เก็บการแก้ไข",
    "Preview": "ดูตัวอย่าง",
    "Publish": "เผยแพร่",
    "Edit": "แก้ไข",
    "Delete": "ลบ",
    "Restore": "กู้คืน",
    "Comment": "แสดงความเห็น",
    "Share": "แบ่งปัน",
    "Print": "พิมพ์",
    "Report a problem": "แจ้งปัญหา",
    "Fill up to a full lesson": "เติมเป็นบทเรียนเต็ม",
    "Not in the list? Type its name": "ไม่มีในรายการ – พิมพ์ชื่อ",
    "Nobody has told anything yet. Be the first.": "ยังไม่มีใครเล่า เขียนเป็นคนแรก",
    "The draft is kept, %(time)s.": "เก็บร่างแล้ว %(time)s น.",
    "Not filled in yet: %(field)s": "ยังไม่ได้ใส่: %(field)s",
    "No comments": "ไม่มีความเห็น",
    "Waiting for review": "รอตรวจ",
    "No licence stated": "ไม่ระบุสัญญาอนุญาต",
    "Number of readers not known": "ไม่ทราบจำนวนที่อ่าน",
    "Did you mean “%(text)s”?": "คุณหมายถึง “%(text)s” ใช่ไหม",
    "Also searched: %(what)s": "ค้นรวม: %(what)s",
    "Member": "สมาชิก",
    "Writer": "ผู้เขียน",
    "Facilitator": "ผู้ดูแลชุมชน",
    "Moderator": "ผู้ดูแลเนื้อหา",
    "Administrator": "ผู้ดูแลระบบ",
}
#: Words that are no labels here (product words, "Do not use").
UNWELCOME = ("โพสต์", "ประชาชน")


def tool() -> ModuleType:
    """bin/_translations.py, the tool that compiles and merges."""
    spec = importlib.util.spec_from_file_location(
        "_translations", ROOT / "bin" / "_translations.py"
    )
    assert spec is not None and spec.loader is not None
    module = sys.modules.setdefault("_translations", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def translations() -> ModuleType:
    return tool()


@pytest.fixture(scope="module")
def said(translations: ModuleType) -> Catalog:
    return translations.said()


@pytest.fixture(scope="module")
def thai(translations: ModuleType) -> Catalog:
    catalog, conflicts = translations.thai()
    assert conflicts == []
    return catalog


def pairs(said: Catalog, thai: Catalog) -> Iterator[tuple[Message, tuple[str, ...]]]:
    """Every text of the code with its Thai words (empty where there are none)."""
    for message in said:
        if not message.id:
            continue
        found = thai.get(message.id, message.context)
        words = found.string if found is not None else ""
        yield message, (words,) if isinstance(words, str) else tuple(words)


def english(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def test_every_text_has_its_thai_words(said, thai):
    lacking = [message.id for message, words in pairs(said, thai) if not all(words)]
    assert lacking == []


def test_thai_words_are_thai(said, thai):
    foreign = [
        message.id
        for message, words in pairs(said, thai)
        if not set(english(message)) & ALIKE
        and not all(THAI.search(word) for word in words if LATIN.search(HOLE.sub("", word)))
    ]
    assert foreign == []


def test_english_texts_of_the_code_hold_no_thai_but_terms_in_brackets(said, thai):
    """A term that has no English name may stand behind its English: "Points (ขุมความรู้)"."""
    wrong = [
        text
        for message in said
        if message.id
        for text in english(message)
        if not any(letters in text for letters in ABOUT_LETTERS)
        and THAI.search(re.sub(r"\([^)]*\)|[“‘][^”’]*[”’]|พ\.ศ\.|ค\.ศ\.", "", text))
    ]
    assert wrong == []


def test_holes_are_the_same_in_both_languages(said, thai):
    wrong = [
        message.id
        for message, words in pairs(said, thai)
        for word in words
        if not set(HOLE.findall(word)) <= set(HOLE.findall(" ".join(english(message))))
    ]
    assert wrong == []


@pytest.mark.parametrize(("text", "label"), WORDS.items())
def test_the_words_of_the_product(thai, text, label):
    found = thai.get(text)
    assert found is not None
    assert found.string == label


@pytest.mark.parametrize("word", UNWELCOME)
def test_no_unwelcome_word(thai, word):
    assert [message.id for message in thai if word in str(message.string)] == []


def test_no_thai_stands_in_templates_outside_gettext():
    """Words of the interface go through gettext; what is Thai in any language says lang="th"."""
    wrong = []
    for path in sorted((ROOT / "app" / "templates").rglob("*.html")):
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
        text = re.sub(r"<(\w+)[^>]*\blang=\"th\"[^>]*>[^<{]*</\1>", "", text)
        text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text, flags=re.S)
        if THAI.search(text):
            wrong.append(path.name)
    assert wrong == []
