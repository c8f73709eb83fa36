"""The words by which a GotoKnow page is known: labels, furniture, footer, licences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from app.text.years import parse_thai_datetime
from app.vocabulary import License

# In these patterns \s takes the no-break space too, and \d the Thai digits.  Runs of spaces
# are bounded, so that no page makes a search quadratic.
_S = r"\s{0,20}"
_SPACE = r"[^\S\n]{0,20}"

NUMBER = re.compile(rf"หมายเลขบันทึก{_S}[:：]?{_S}#?(\d{{1,10}})")
TAGS = re.compile(
    rf"คำสำคัญ{_SPACE}(?:\({_SPACE}[Tt]ags?{_SPACE}\){_SPACE}:?|:)"
    rf"|(?m:^){_SPACE}(?:คำสำคัญ|[Tt]ags{_SPACE}:)(?={_SPACE}(?:\n|#))"
)
COMMENT_HEAD = re.compile(
    rf"ความ(?:คิด)?เห็น{_S}\({_S}(\d[\d,]{{0,8}}){_S}\)"
    rf"|(?m:^){_SPACE}ความ(?:คิด)?เห็น{_SPACE}:?{_SPACE}(?m:$)"
)
NO_COMMENTS = re.compile(r"ไม่มีความ(?:คิด)?เห็น")

_LABELS = {
    "number": r"หมายเลขบันทึก",
    "created": r"(?:เขียน|สร้าง)เมื่อ",
    "updated": r"แก้ไข(?:ล่าสุด)?เมื่อ|แก้ไขล่าสุด",
    "license": r"สัญญาอนุญาต",
    "reads": rf"(?:จำนวนที่อ่าน{_S}:?{_S})?จำนวนที่อ่าน|จำนวนคนอ่าน",
    "tags": TAGS.pattern,
    "author": rf"ผู้เขียน{_S}:|เขียนโดย",
    "book": rf"(?:อยู่ใน)?(?:สมุด|บล็อก){_S}:",
    "flowers": rf"(?m:^){_SPACE}(?:ให้)?ดอกไม้",
}
_LABEL = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _LABELS.items()))


def tail_values(text: str) -> tuple[dict[str, tuple[str, str]], str]:
    """Label and value for each labelled field, and the text before the first label.

    Values end where the next label begins, with or without a space between.  Of a label
    that comes twice, the first value that says something counts.
    """
    found = list(_LABEL.finditer(text))
    values: dict[str, tuple[str, str]] = {}
    for at, label in enumerate(found):
        stop = found[at + 1].start() if at + 1 < len(found) else len(text)
        value = re.sub(r"\A\s*[:：]?\s*", "", text[label.end() : stop]).strip()
        name = label.lastgroup or ""
        if not values.get(name, ("", ""))[1]:
            values[name] = (label[0].strip(), value)
    before = text[: found[0].start()].strip() if found else text.strip()
    return values, before


_DATE = re.compile(
    r"(?:วัน)?[^\d\n(]{0,20}?"
    rf"(\d{{1,2}}{_S}[\u0e01-\u0e4e.]{{3,14}}{_S}(?:พ\.ศ\.|ค\.ศ\.)?{_S}\d{{4}}"
    rf"(?:{_S}(?:เวลา|@|,)?{_S}\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?(?:{_S}น\.?)?)?)"
)
#: The slot of "3 ปีที่แล้ว", emptied when a page is saved.
_RELATIVE = re.compile(r"\A\s*\([^()\n]{0,60}\)")


def moment_of(text: str) -> tuple[datetime | None, str]:
    """The date that ``text`` begins with, and what follows it and the relative time."""
    found = _DATE.match(text)
    if found is None:
        return None, _RELATIVE.sub("", text).strip()
    said = re.sub(r"\s*(?:@|,|เวลา)\s*", " ", found[1])
    try:
        moment = parse_thai_datetime(said)
    except (ValueError, OverflowError):
        return None, text.strip()
    return moment, _RELATIVE.sub("", text[found.end() :]).strip()


def number_of(text: str) -> int:
    """A number with or without thousands commas, in Thai digits too."""
    return int(text.replace(",", ""))


# -- licences -------------------------------------------------------------------------------

_TERMS = {
    "by": r"แสดงที่มา|\bby\b|attribution",
    "nc": r"ไม่ใช[้่]เพื่อการค้า|\bnc\b|noncommercial",
    "nd": r"(?:ไม่|ห้าม)(?:ดัดแปลง|แก้ไข)|\bnd\b|noderiv",
    "sa": r"(?:อนุญาต|สัญญาอนุญาต)?แบบเดียวกัน|\bsa\b|sharealike",
}


def license_of(words: str) -> tuple[License, bool]:
    """The licence that a page names, and whether its words say exactly this one.

    A Creative Commons licence without a version is taken for the Thai 3.0 one, which the
    site offered; then, and for words that are no licence, the second value is False and
    the words must be kept.
    """
    said = words.casefold()
    if "สงวนสิทธิ์" in said or "all rights reserved" in said:
        return License.ALL_RIGHTS_RESERVED, True
    if re.search(r"\bcc0\b", said):
        return License.CC0, True
    terms = [term for term, pattern in _TERMS.items() if re.search(pattern, said)]
    version = re.search(r"\b([34])\.0", said)
    suffix = "4.0" if version and version[1] == "4" else "3.0-th"
    name = "-".join(["cc", *terms, suffix])
    if "by" in terms and name in set(License):
        return License(name), version is not None
    return License.NOT_RECORDED, False


# -- furniture ------------------------------------------------------------------------------

HONORIFIC = re.compile(
    r"(?:นาย|นางสาว|นาง|น\.\s?ส\.|ดร\.|ผศ\.|รศ\.|ศ\.|อ\.|อาจารย์|คุณครู|ครู|พระ)"
    r"[^?!:;\d\s]{2,30}(?:\s[^?!:;\d\s]{2,30}){1,3}\Z"
)
AUTHOR_LINE = re.compile(r"(?:เขียนโดย|ผู้เขียน|โดย)\s*:?\s+(\S[^\n]{0,80})\Z")
BOOK_LINE = re.compile(
    r"(?:(?:เขียน|อยู่)?(?:ใน)?(?:สมุด|บล็อก)\s*:|เขียนใน(?:สมุด|บล็อก)?\s)\s*(\S[^\n]{0,120})\Z"
)
_FOLLOW_WORDS = ("เลิกติดตาม", "กำลังติดตาม", "ผู้ติดตาม", "ติดตาม", "ติดต่อ")
# fmt: off
_MENU_WORDS = (
    "หน้าแรก", "สมุดบันทึก", "สมุด", "บันทึก", "บล็อก", "อนุทิน", "แพลนเน็ต", "ถาม-ตอบ",
    "คำถาม", "แฟ้มไฟล์", "ไฟล์อัลบั้ม", "ไฟล์", "คำสำคัญ", "ดอกไม้", "ให้ดอกไม้", "สถิติ",
    "ฟีด", "แผงจัดการ", "ประวัติ", "อีเมลติดต่อ", "ค้นหา", "เข้าสู่ระบบ", "เข้าระบบ",
    "สมัครสมาชิก", "ออกจากระบบ", "เพิ่มเติม", "เมนู", "แชร์", "แบ่งปัน", "พิมพ์หน้านี้",
    "พิมพ์", "ถูกใจ", "ชอบ", "ตอบ", "ตอบกลับ", "แจ้งลบ", "ลบ", "แก้ไข", "GotoKnow",
    "GotoKnow.org", "RSS", "Atom", "Feed", "Facebook", "Twitter", "Tweet", "Share", "Like",
    "LINE", "Login", "ก่อนหน้า", "ถัดไป", "เก่ากว่า", "ใหม่กว่า",
)
# fmt: on


def _only(words: Iterable[str]) -> re.Pattern[str]:
    """A line of these words, counts and marks, and nothing else.

    Groups are atomic and the longest word is tried first: there is one way to read a line.
    """
    any_word = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    marks = r"[\s()\d,.:|·/]*+"
    return re.compile(rf"{marks}(?:(?>{any_word}){marks})++\Z", re.IGNORECASE)


_FOLLOW = _only(_FOLLOW_WORDS)
_MENU = _only(_MENU_WORDS + _FOLLOW_WORDS)
_HELP = re.compile(r"พบปัญหาการใช้งาน")
_SISTER = re.compile(r"ClassStart(?:\s{1,5}Books)?\Z")
#: Lines of the sister products; further up the name stands in the text of a comment.
_FOOTER_LINES = 12


def is_follow(line: str) -> bool:
    """Whether the line is the "follow" or "contact" that stands by an author's name."""
    return bool(line) and len(line) <= 80 and bool(_FOLLOW.match(without_bullet(line)))


def is_furniture(line: str) -> bool:
    """Whether the line holds words of the site's menus and nothing else."""
    line = without_bullet(line)
    return bool(line) and len(line) <= 200 and bool(_MENU.match(line))


def footer_of(lines: Sequence[str]) -> int:
    """The line where the site speaks of itself until the end of the page."""
    words = [without_bullet(line) for line in lines]
    helps = [at for at, word in enumerate(words) if _HELP.match(word)]
    if helps:
        return helps[-1]
    near_the_end = len(words)
    below = 0
    while near_the_end and below < _FOOTER_LINES:
        near_the_end -= 1
        below += bool(words[near_the_end])
    sisters = (at for at in range(near_the_end, len(words)) if _SISTER.match(words[at]))
    return next(sisters, len(lines))


def without_bullet(line: str) -> str:
    return line.lstrip("•·●▪ \t\xa0").rstrip()


def folded(line: str) -> str:
    """``line`` for comparing two copies of it: spaces of any kind count once."""
    return " ".join(line.split()).casefold()


# -- stray tags -----------------------------------------------------------------------------

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>p|br|div|span|font|b|i|u|em|strong|a|img|ul|ol|li|table|tbody|thead|"
    r"tr|td|th|h[1-6]|center|blockquote|hr|pre|sup|sub|small|big|tt|meta|link|style|script|"
    r"o:p|st1:\w{1,30}|v:\w{1,30}|w:\w{1,30}|xml)(?:\s[^<>\n]{0,2000})?/?>",
    re.IGNORECASE,
)
_BREAKING = frozenset({"br", "div", "tr"})
_PARTING = frozenset(
    {"p", "ul", "ol", "table", "center", "blockquote", "hr", "pre"}
    | {f"h{level}" for level in range(1, 7)}
)
_ENTITIES = {
    "&nbsp;": "\xa0",
    "&quot;": '"',
    "&lt;": "<",
    "&gt;": ">",
    "&#39;": "'",
    "&amp;": "&",
}
_ENTITY = re.compile("|".join(_ENTITIES))


def without_stray_tags(text: str) -> str:
    """``text`` without the HTML that old editors left in it to be read by people.

    Tags that parted lines still do; a "<" that begins no known tag stays.
    """
    if "<" in text:
        text = _TAG.sub(_in_place_of_tag, _without_comments(text))
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)


def _in_place_of_tag(tag: re.Match[str]) -> str:
    name = tag["name"].lower()
    if name == "li":
        return "" if tag["end"] else "\n• "
    if name in _PARTING:
        return "\n\n"
    return "\n" if name in _BREAKING and not tag["end"] else ""


def _without_comments(text: str) -> str:
    """``text`` without <!-- … -->; one that never ends stays."""
    kept: list[str] = []
    end = 0
    while (start := text.find("<!--", end)) >= 0:
        stop = text.find("-->", start)
        if stop < 0:
            break
        kept.append(text[end:start])
        end = stop + 3
    kept.append(text[end:])
    return "".join(kept)
