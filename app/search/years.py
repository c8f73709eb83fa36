"""Years inside running text: which digits are a year, and which year they are.

Years are พ.ศ. inside.  2400–2700 is พ.ศ. and never raised again, 1857–2157 is ค.ศ.; two
digits are a year only after ปี or a month.  Counted things, money, house and telephone
numbers are left alone (rules: docs/thai-search.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.text.thai import THAI

_MONTHS = (
    "มกราคม|กุมภาพันธ์|มีนาคม|เมษายน|พฤษภาคม|มิถุนายน|กรกฎาคม|สิงหาคม|กันยายน|ตุลาคม|พฤศจิกายน|ธันวาคม"
    "|มค|กพ|มีค|มี.ค|เมย|เม.ย|พค|มิย|มิ.ย|กค|สค|กย|ตค|พย|ธค"
)
#: Words that, after a number, make it a count.
_COUNTED = (
    "บาท|ล้าน|แสน|หมื่น|พัน|คน|ราย|ครัวเรือน|หลังคาเรือน|ครอบครัว|ตัว|ไร่|งาน|ตารางวา|กก|กิโล|เมตร|ซม|ตัน|กรัม|ลิตร"
    "|ชิ้น|เล่ม|ต้น|หลัง(?!จาก)|แห่ง|กลุ่ม|หมู่บ้าน|ตำบล|ครั้ง|ชั่วโมง|นาที|วัน|เดือน|ชุด|กองทุน|หน้า|เสียง|%"
)
#: Words that, before a number, make it a number and not a year.
_NUMBERED = re.compile(
    "(?:เลขที่|หมู่ที่|หมู่|ม\\.|โทร|โทร\\.|ภายใน|ภายนอก|จำนวน|ราคา|เป็นเงิน|ประมาณ|ราว|หมายเลข"
    "|หมายเลขบันทึก|เบอร์|รหัส|ห้อง|ข้อ) ?$"
)
_NUMBER = re.compile("(?<![0-9])[0-9]{2}(?:[0-9]{2})?(?![0-9])")
_ERA = re.compile(
    "(?P<era>(?:ปีงบประมาณ|ปีงบ|ปี) ?(?:พ\\.?ศ\\.?|ค\\.?ศ\\.?)?|พ\\.?ศ\\.?|ค\\.?ศ\\.?) ?$"
)
_MONTH = re.compile(f"(?:{_MONTHS})\\.? ?$")
#: What may not follow: parts of a longer number, and counted things.
_NO_YEAR_AFTER = re.compile(f"[.,/:][0-9]|-[0-9]{{1,3}}(?![0-9])|(?:{_COUNTED})")
_NO_YEAR_BEFORE = re.compile("(?:[0-9][.,/:]|(?<![0-9])[0-9]{1,3}-)$")
_THAI = re.compile(f"[{THAI}]")
_LOOK_BACK = 20  # letters: the longest era words and months, with room


class YearFound(NamedTuple):
    """A year and the stretch of folded text that says it, its era word included."""

    start: int
    stop: int
    year: int  # พ.ศ.
    digits: str

    @property
    def digits_start(self) -> int:
        """Where the digits begin, after the era word."""
        return self.stop - len(self.digits)


def find_years(folded: str) -> Iterator[YearFound]:
    """The years that ``folded`` (see ``thai.fold``) speaks of, from left to right."""
    for match in _NUMBER.finditer(folded):
        start, stop = match.span()
        if _NO_YEAR_AFTER.match(folded, stop):
            continue
        before = folded[max(0, start - _LOOK_BACK) : start]
        said = _ERA.search(before)
        era = said["era"].replace(".", "").replace(" ", "") if said else ""
        if len(match[0]) == 2 and not era and _MONTH.search(before):
            era = "ปี"
        year = _year_of(int(match[0]), len(match[0]), era)
        if year is None or _NO_YEAR_BEFORE.search(before) or (not era and _NUMBERED.search(before)):
            continue
        if said:
            word = start - len(before) + said.start()
            # The end of another word is no era: "…พศ. 2550" after a Thai letter.
            if era[0] == "ป" or word == 0 or not _THAI.match(folded, word - 1):
                start = word
        yield YearFound(start, stop, year, match[0])


def _year_of(number: int, length: int, era: str) -> int | None:
    """พ.ศ. of a number after ``era`` ("" when no word says it); None when it is no year."""
    if length == 2:
        return 2500 + number if era and not era.endswith("คศ") else None
    if era.endswith("คศ"):
        return number + 543 if 1400 <= number <= 2157 else None
    if 2400 <= number <= 2700 or (era.endswith("พศ") and 1900 <= number < 2400):
        return number
    return number + 543 if 1857 <= number <= 2157 else None
