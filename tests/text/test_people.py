"""Names of people without what stands before them.  All names are made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.people import split_honorific

NAMES = [
    # written, honorific, name, why
    ("นายตัวอย่าง ใจดี", "นาย", "ตัวอย่าง ใจดี", "touching"),
    ("นาย ตัวอย่าง ใจดี", "นาย", "ตัวอย่าง ใจดี", "with a space"),
    ("นางสาวสมมุติ", "นางสาว", "สมมุติ", "the longer word wins over นาง"),
    ("นางสมมุติ", "นาง", "สมมุติ", "นาง"),
    ("น.ส. สมมุติ", "น.ส.", "สมมุติ", "short form"),
    ("ด.ช.สมมุติ", "ด.ช.", "สมมุติ", "a boy"),
    ("ผศ.ดร.ตัวอย่าง ใจดี", "ผศ.ดร.", "ตัวอย่าง ใจดี", "two ranks"),
    ("รศ. นพ. ตัวอย่าง", "รศ. นพ.", "ตัวอย่าง", "two ranks with spaces"),
    ("ศาสตราจารย์ ดร.ตัวอย่าง", "ศาสตราจารย์ ดร.", "ตัวอย่าง", "written out"),
    ("พระครูตัวอย่าง", "พระครู", "ตัวอย่าง", "a monk"),
    ("พระมหาสมมุติ", "พระมหา", "สมมุติ", "a learned monk"),
    ("พล.ต.อ.ตัวอย่าง", "พล.ต.อ.", "ตัวอย่าง", "police"),
    ("ว่าที่ ร.ต. ตัวอย่าง", "ว่าที่ ร.ต.", "ตัวอย่าง", "acting rank"),
    ("ม.ร.ว.ตัวอย่าง", "ม.ร.ว.", "ตัวอย่าง", "of royal descent"),
    ("ท่านผู้ว่าฯ ตัวอย่าง", "ท่านผู้ว่าฯ", "ตัวอย่าง", "an office before a name"),
    ("ผู้ใหญ่บ้าน ตัวอย่าง", "ผู้ใหญ่บ้าน", "ตัวอย่าง", "an office before a name"),
    ("ท่านผู้ว่าฯ", "", "ท่านผู้ว่าฯ", "an office alone is the name"),
    ("กำนัน", "", "กำนัน", "an office alone is the name"),
    ("นายกเทศมนตรี", "", "นายกเทศมนตรี", "no Mister Kthetsamontri"),
    ("นายกิตติ", "นาย", "กิตติ", "a name that goes on like the office"),
    ("นายอำเภอ", "", "นายอำเภอ", "an office"),
    ("คุณากร", "", "คุณากร", "a name that begins like คุณ"),
    ("คุณตัวอย่าง", "คุณ", "ตัวอย่าง", "คุณ"),
    ("คุณอำนวยตำบล", "", "คุณอำนวยตำบล", "a role, not a name"),
    ("ครูตัวอย่าง", "ครู", "ตัวอย่าง", "a teacher"),
    ("ครู กศน.", "", "ครู กศน.", "a role, not a name"),
    ("ตา ดำ", "ตา", "ดำ", "a short word needs its space"),
    ("ตาดำ", "", "ตาดำ", "a short word needs its space"),
    ("Dr. Example", "Dr.", "Example", "English"),
    ("Dr.Example", "Dr.", "Example", "English, touching"),
    ("Drake Example", "", "Drake Example", "a name that begins like Dr"),
    ("  นาย   ตัวอย่าง   ใจดี ", "นาย", "ตัวอย่าง ใจดี", "spaces folded"),
    ("กลุ่มแม่บ้าน", "", "กลุ่มแม่บ้าน", "not a person at all"),
]


@pytest.mark.parametrize(
    ("written", "honorific", "name", "why"), NAMES, ids=[f"{c[0]}: {c[3]}" for c in NAMES]
)
def test_the_name_without_its_honorific(written, honorific, name, why):
    assert split_honorific(written) == (honorific, name), why


@given(st.text(alphabet="นายงสวคุณพระครูดร.ผศกา ", max_size=30))
def test_no_letter_is_lost_and_the_name_is_never_empty(written):
    honorific, name = split_honorific(written)

    assert (honorific + name).replace(" ", "") == written.replace(" ", "")
    assert name or not written.split()
