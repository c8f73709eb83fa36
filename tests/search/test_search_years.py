"""Which digits of a text are a year, and which year they are."""

from __future__ import annotations

import pytest

from app.search.years import find_years
from app.text import thai

YEARS = [
    ("2550", [2550]),
    ("๒๕๕๐", [2550]),
    ("พ.ศ. 2550", [2550]),
    ("พ.ศ.2550", [2550]),
    ("พศ 2550", [2550]),
    ("ค.ศ. 2007", [2550]),
    ("2007", [2550]),
    ("ปี50", [2550]),
    ("ปี 48 และปี 49", [2548, 2549]),
    ("ปีพ.ศ. 2550", [2550]),
    ("ยุทธศาสตร์ในปี2550ได้งบ", [2550]),
    ("19 ตุลาคม 2550 14:59 น.", [2550]),
    ("ต.ค. 50", [2550]),
    ("ตุลาคม 50", [2550]),
    ("2548-2550", [2548, 2550]),
    ("2548–2550", [2548, 2550]),
    ("ปีงบประมาณ ๒๕๕๑", [2551]),
    ("ภายในปี 2550", [2550]),
    ("3093", []),
    ("ปี 12 เดือน", []),
    ("อายุ 25 ปี", []),
    ("2,550 บาท", []),
    ("2550 บาท", []),
    ("2500 คน", []),
    ("โทร. 2550", []),
    ("075-2548", []),
    ("บ้านเลขที่ 2550", []),
    ("หมู่ 2550", []),
    ("140116", []),
    ("14:59", []),
    ("1/2550/7", []),
]


@pytest.mark.parametrize(("text", "years"), YEARS, ids=[case[0] for case in YEARS])
def test_years_in_a_text(text, years):
    assert [found.year for found in find_years(thai.fold(text))] == years


@pytest.mark.parametrize("text", ["พ.ศ. 2550", "ค.ศ. 2007", "ปี50", "ปีงบประมาณ 2550"])
def test_the_era_word_belongs_to_the_year(text):
    folded = thai.fold(text)
    (found,) = find_years(folded)

    assert (found.start, found.stop) == (0, len(folded))
