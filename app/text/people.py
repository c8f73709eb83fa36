"""Names of people: what stands before the name, and the name."""

from __future__ import annotations

import re
from functools import lru_cache

#: Words that may touch the name that follows them (นายสมมุติ), longest first in use.
_GLUED = [
    "นางสาว",
    "น.ส.",
    "นาย",
    "นาง",
    "เด็กชาย",
    "เด็กหญิง",
    "ด.ช.",
    "ด.ญ.",
    "คุณครู",
    "คุณหมอ",
    "คุณพ่อ",
    "คุณแม่",
    "คุณลุง",
    "คุณป้า",
    "คุณ",
    "ท่านอาจารย์",
    "ท่านผู้หญิง",
    "ท่าน",
    "อาจารย์",
    "อ.",
    "ครู",
    "หมอ",
    "ลุง",
    "ป้า",
    "พี่",
    "น้า",
    "ศาสตราจารย์เกียรติคุณ",
    "ศาสตราจารย์",
    "รองศาสตราจารย์",
    "ผู้ช่วยศาสตราจารย์",
    "ศ.เกียรติคุณ",
    "ศ.",
    "รศ.",
    "ผศ.",
    "ดร.",
    "นพ.",
    "พญ.",
    "ทพ.",
    "ทพญ.",
    "ภก.",
    "ภญ.",
    "สพ.ญ.",
    "น.สพ.",
    "นายแพทย์",
    "แพทย์หญิง",
    "ทันตแพทย์",
    "เภสัชกร",
    "ดอกเตอร์",
    "ด็อกเตอร์",
    "พระครู",
    "พระมหา",
    "พระอาจารย์",
    "พระอธิการ",
    "พระปลัด",
    "พระสมุห์",
    "พระใบฎีกา",
    "พระครูใบฎีกา",
    "พระครูสมุห์",
    "พระครูปลัด",
    "พระ",
    "หลวงพ่อ",
    "หลวงปู่",
    "หลวงตา",
    "หลวงพี่",
    "สามเณร",
    "แม่ชี",
    "หม่อมราชวงศ์",
    "หม่อมหลวง",
    "หม่อมเจ้า",
    "ม.ร.ว.",
    "ม.ล.",
    "ม.จ.",
    "คุณหญิง",
    "พลเอก",
    "พลโท",
    "พลตรี",
    "พันเอก",
    "พันโท",
    "พันตรี",
    "ร้อยเอก",
    "ร้อยโท",
    "ร้อยตรี",
    "จ่าสิบเอก",
    "จ่าสิบโท",
    "จ่าสิบตรี",
    "สิบเอก",
    "สิบโท",
    "สิบตรี",
    "พลตำรวจเอก",
    "พลตำรวจโท",
    "พลตำรวจตรี",
    "พันตำรวจเอก",
    "พันตำรวจโท",
    "พันตำรวจตรี",
    "ร้อยตำรวจเอก",
    "ร้อยตำรวจโท",
    "ร้อยตำรวจตรี",
    "ดาบตำรวจ",
    "จ่าสิบตำรวจ",
    "สิบตำรวจเอก",
    "พล.อ.",
    "พล.ท.",
    "พล.ต.",
    "พ.อ.",
    "พ.ท.",
    "พ.ต.",
    "ร.อ.",
    "ร.ท.",
    "ร.ต.",
    "จ.ส.อ.",
    "จ.ส.ท.",
    "จ.ส.ต.",
    "ส.อ.",
    "ส.ท.",
    "ส.ต.",
    "พล.ต.อ.",
    "พล.ต.ท.",
    "พล.ต.ต.",
    "พ.ต.อ.",
    "พ.ต.ท.",
    "พ.ต.ต.",
    "ร.ต.อ.",
    "ร.ต.ท.",
    "ร.ต.ต.",
    "ด.ต.",
    "จ.ส.ต.",
    "ส.ต.อ.",
    "ว่าที่ร้อยตรี",
    "ว่าที่",
    "ผอ.",
    "ผญบ.",
    "mr.",
    "mrs.",
    "ms.",
    "dr.",
    "prof.",
]

#: Words of office: set apart only when a space follows, because a name of an office can
#: begin with them (นายกเทศมนตรี is nobody's นาย).
_SPACED = [
    "ท่านผู้ว่าราชการจังหวัด",
    "ท่านผู้ว่าฯ",
    "ท่านผู้ว่า",
    "ผู้ว่าราชการจังหวัด",
    "ผู้ว่าฯ",
    "นายอำเภอ",
    "ปลัดอำเภอ",
    "ปลัด",
    "ผู้ใหญ่บ้าน",
    "ผู้ใหญ่",
    "กำนัน",
    "สารวัตรกำนัน",
    "นายกเทศมนตรี",
    "นายก",
    "ผู้อำนวยการ",
    "ประธาน",
    "รองประธาน",
    "ตา",
    "ยาย",
    "อา",
    "ปู่",
    "ย่า",
    "โต๊ะอิหม่าม",
    "อิหม่าม",
    "ฮัจยี",
    "ฮัจญี",
    "หะยี",
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "asst.",
    "assoc.",
    "rev.",
]

#: Roles of knowledge management and words that only look like an honorific and a name.
_WHOLE = re.compile(
    "คุณ(?:เอื้อ|อำนวย|กิจ|ลิขิต|ประสาน|วิศาสตร์|ธรรม|ค่า)"
    r"|นายก(?:เทศมนตรี|รัฐมนตรี|สมาคม|สโมสร|อบ[ตจ]|องค์การ|\s|$)|นายอำเภอ|นายทะเบียน"
    "|ครูใหญ่|ครู ?กศน|พี่เลี้ยง|หมอดิน|หมอลำ|ท่านผู้ว่า"
)

#: A name does not begin with a vowel sign or tone mark that needs a letter before it:
#: คุณากร and นางาม are names as they stand.
_NO_BEGINNING = re.compile("[ะ-ฺๅ-๎ฯ.\\-]")


def _pattern(words: list[str], *, spaced: bool) -> re.Pattern[str]:
    longest_first = "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))
    return re.compile(f"(?:{longest_first})" + (r"\s+" if spaced else r"\s*"), re.IGNORECASE)


_GLUED_PATTERN = _pattern(_GLUED, spaced=False)
_SPACED_PATTERN = _pattern(_SPACED, spaced=True)


@lru_cache(maxsize=4096)
def split_honorific(name: str) -> tuple[str, str]:
    """(what stands before the name, the name): "ผศ.ดร.ตัวอย่าง ใจดี" -> ("ผศ.ดร.", "ตัวอย่าง ใจดี").

    The name is never empty: a word that stands alone (กำนัน) is the name.  A role such as
    คุณอำนวยตำบล stays whole.  Both parts are joined as they were when written one after the
    other, but for the space between them.
    """
    bare = " ".join(name.split())
    start = 0
    while True:
        stop = _next_stop(bare, start)
        if stop == start:
            break
        start = stop
    return bare[:start].strip(), bare[start:]


def _next_stop(name: str, start: int) -> int:
    """Where the name goes on after the honorific at ``start``; ``start`` when there is none."""
    whole = _WHOLE.match(name, start)
    for pattern in (_SPACED_PATTERN, _GLUED_PATTERN):
        if whole and pattern is _GLUED_PATTERN:
            continue
        found = pattern.match(name, start)
        if found and found.end() < len(name) and not _NO_BEGINNING.match(name, found.end()):
            return found.end()
    return start
