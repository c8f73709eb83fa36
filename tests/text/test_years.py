"""Years and dates in every form that Thai people write."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.years import (
    BANGKOK,
    BE_YEARS,
    MONTHS,
    SHORT_MONTHS,
    OldThaiDate,
    fiscal_year,
    parse_day,
    parse_month,
    parse_thai_date,
    parse_thai_datetime,
    parse_years,
    thai_date,
    thai_month,
    to_be,
    years_in,
)

ONE_YEAR = [
    # said, พ.ศ., why
    ("2550", 2550, "พ.ศ. as it is, never 3093"),
    (2550, 2550, "a number"),
    (2007, 2550, "C.E."),
    ("2007", 2550, "C.E. as text"),
    ("๒๕๕๐", 2550, "Thai digits"),
    ("๒๐๐๗", 2550, "C.E. in Thai digits"),
    ("พ.ศ. 2550", 2550, "with its era"),
    ("พ.ศ.๒๕๕๐", 2550, "glued, Thai digits"),
    ("พศ 2550", 2550, "era without dots"),
    ("ค.ศ. 2007", 2550, "C.E. with its era"),
    ("ปี 2550", 2550, "ปี is a word about the year"),
    ("ปีพ.ศ. 2550", 2550, "two words about the year"),
    ("ปีงบประมาณ 2551", 2551, "fiscal year"),
    ("ปี50", 2550, "two digits after ปี"),
    ("ปี ๔๙", 2549, "two Thai digits after ปี"),
    ("B.E. 2550", 2550, "English era"),
    ("2007 CE", 2550, "era after the year"),
    ("AD 2007", 2550, "A.D."),
    ("  2550 ", 2550, "blanks around"),
    ("2400", 2400, "first year taken"),
    ("2700", 2700, "last year taken"),
    ("1857", 2400, "first C.E. year"),
    ("2157", 2700, "last C.E. year"),
]
NO_YEAR = [
    ("", "nothing"),
    ("50", "two digits alone are not a year"),
    ("ค.ศ. 2550", "the word says C.E., the number พ.ศ."),
    ("พ.ศ. 2007", "the word says พ.ศ., the number C.E."),
    ("3093", "raised twice"),
    ("2399", "between the eras"),
    ("2701", "after the last"),
    ("255", "three digits"),
    ("25500", "five digits"),
    ("ปี 5", "one digit"),
    ("2,550", "a sum"),
    ("ปีหน้า", "words"),
    ("2550-07", "a month"),
    ("พ.ศ. 2550 ค.ศ.", "two eras"),
]
LISTS = [
    ("2548..2550", (2548, 2549, 2550), "range of an address"),
    ("2548-2550", (2548, 2549, 2550), "hyphen"),
    ("2548 – 2550", (2548, 2549, 2550), "dash with spaces"),
    ("2548 ถึง 2550", (2548, 2549, 2550), "word"),
    ("พ.ศ. 2548 - พ.ศ. 2550", (2548, 2549, 2550), "era at both ends"),
    ("2548-50", (2548, 2549, 2550), "the second year borrows its century"),
    ("ปี48-50", (2548, 2549, 2550), "two digits at both ends"),
    ("2005-2007", (2548, 2549, 2550), "C.E."),
    ("2550, 2548", (2548, 2550), "list, ascending"),
    ("2548 2550", (2548, 2550), "spaces between"),
    ("2548 และ 2550", (2548, 2550), "word between"),
    ("2548, 2548, 2005", (2548,), "each once"),
    ("๒๕๔๘-๒๕๕๐", (2548, 2549, 2550), "Thai digits"),
    ("2548, 2550-2551", (2548, 2550, 2551), "list with a range"),
    ("", (), "nothing is no year"),
    (" , ", (), "commas only"),
]
NO_LIST = [
    ("2550-07", "a month, not years 2507 to 2550"),
    ("2548..2549..2550", "two ranges in one"),
    ("2549-2540", "turned round: nobody means ten years"),
    ("2550..2548", "turned round, as in an address"),
    ("2500-2600", "more than sixty years"),
    ("2548, หลายปี", "words"),
    ("..2550", "no beginning"),
]


@pytest.mark.parametrize(("said", "year", "why"), ONE_YEAR, ids=[c[2] for c in ONE_YEAR])
def test_a_year_in_any_form(said, year, why):
    assert to_be(said) == year, why


@pytest.mark.parametrize(("said", "why"), NO_YEAR, ids=[c[1] for c in NO_YEAR])
def test_what_is_no_year(said, why):
    with pytest.raises(ValueError, match=r"year|eras"):
        to_be(said)


@pytest.mark.parametrize(("said", "years", "why"), LISTS, ids=[c[2] for c in LISTS])
def test_lists_and_ranges_of_years(said, years, why):
    assert parse_years(said) == years, why


@pytest.mark.parametrize(("said", "why"), NO_LIST, ids=[c[1] for c in NO_LIST])
def test_what_is_no_list_of_years(said, why):
    with pytest.raises(ValueError):
        parse_years(said)


@given(st.sampled_from(BE_YEARS))
def test_a_year_is_raised_once(year):
    assert to_be(year) == year
    assert to_be(year - 543) == year
    assert to_be(to_be(year - 543)) == year


def test_whoever_searches_may_write_a_range_from_either_end():
    assert parse_years("2550..2548", may_turn=True) == (2548, 2549, 2550)


@given(st.text(max_size=40))
def test_any_text_is_years_or_a_value_error(text):
    for read in (to_be, parse_years, parse_thai_datetime, parse_month, parse_day):
        try:
            read(text)
        except ValueError:
            continue


FISCAL = [
    (date(2006, 11, 15), 2550, "15 Nov 2549 is fiscal year 2550"),
    (date(2006, 9, 30), 2549, "the last day"),
    (date(2006, 10, 1), 2550, "the first day"),
    (date(2007, 1, 1), 2550, "new year changes nothing"),
    (datetime(2006, 9, 30, 18, 0, tzinfo=UTC), 2550, "already 1 October in Bangkok"),
]


@pytest.mark.parametrize(("day", "year", "why"), FISCAL, ids=[c[2] for c in FISCAL])
def test_fiscal_year(day, year, why):
    assert fiscal_year(day) == year, why


SEVEN = timezone(timedelta(hours=7))
MOMENTS = [
    ("19 ตุลาคม 2007 14:59 น.", datetime(2007, 10, 19, 14, 59, tzinfo=SEVEN), "C.E. of a page"),
    ("19 ตุลาคม 2550 14:59 น.", datetime(2007, 10, 19, 14, 59, tzinfo=SEVEN), "พ.ศ."),
    ("11 กุมภาพันธ์ 2012 21:06 น.", datetime(2012, 2, 11, 21, 6, tzinfo=SEVEN), "February"),
    ("๑๙ ตุลาคม ๒๕๕๐", datetime(2007, 10, 19, tzinfo=SEVEN), "Thai digits, no time"),
    ("19 ต.ค. 50", datetime(2007, 10, 19, tzinfo=SEVEN), "short month, two digits"),
    ("19ต.ค.2550", datetime(2007, 10, 19, tzinfo=SEVEN), "glued"),
    ("19 ต.ค.พ.ศ.2550 เวลา 14.59 น.", datetime(2007, 10, 19, 14, 59, tzinfo=SEVEN), "dots"),
    ("วันศุกร์ที่ 19 ตุลาคม พ.ศ. 2550", datetime(2007, 10, 19, tzinfo=SEVEN), "weekday"),
    ("วันเสาร์ที่ 11 กุมภาพันธ์ 2555", datetime(2012, 2, 11, tzinfo=SEVEN), "11 Feb 2555 was Saturday"),
    ("วันที่ 19 ตุลาคม 2550", datetime(2007, 10, 19, tzinfo=SEVEN), "วันที่ is no weekday"),
    ("ศ. 19 ต.ค. 2550", datetime(2007, 10, 19, tzinfo=SEVEN), "short weekday"),
    ("19/10/2550 14:59", datetime(2007, 10, 19, 14, 59, tzinfo=SEVEN), "slashes"),
    ("19-10-50", datetime(2007, 10, 19, tzinfo=SEVEN), "hyphens, two digits"),
    ("2007-10-19", datetime(2007, 10, 19, tzinfo=SEVEN), "ISO day"),
    ("2550-10-19", datetime(2007, 10, 19, tzinfo=SEVEN), "ISO shape with a พ.ศ. year"),
    ("2007-10-19T14:59:00+07:00", datetime(2007, 10, 19, 14, 59, tzinfo=SEVEN), "ISO moment"),
    ("2007-10-19T07:59Z", datetime(2007, 10, 19, 7, 59, tzinfo=UTC), "its own zone"),
    ("19 October 2550, 14:59", datetime(2007, 10, 19, 14, 59, tzinfo=SEVEN), "English"),
    ("Fri, 19 Oct 2007", datetime(2007, 10, 19, tzinfo=SEVEN), "English weekday"),
    ("29 กุมภาพันธ์ 2551", datetime(2008, 2, 29, tzinfo=SEVEN), "leap day by the C.E. year"),
]
NO_MOMENTS = [
    ("วันเสาร์ที่ 19 ตุลาคม 2550", "it was a Friday"),
    ("31 เมษายน 2550", "no such day"),
    ("29 กุมภาพันธ์ 2550", "no leap year"),
    ("19 ตุลาคม", "no year"),
    ("19 ตุลา 2550", "no such month"),
    ("19 ตุลาคม 2550 25:00", "no such hour"),
    ("19 ตุลาคม 2550 ตอนบ่าย", "no time"),
    ("ก" * 5000 + " 1 ม.ค. 2550", "longer than any date"),
    ("", "nothing"),
]


@pytest.mark.parametrize(("said", "moment", "why"), MOMENTS, ids=[c[2] for c in MOMENTS])
def test_a_date_in_any_form(said, moment, why):
    assert parse_thai_datetime(said) == moment, why


@pytest.mark.parametrize(("said", "why"), NO_MOMENTS, ids=[c[1] for c in NO_MOMENTS])
def test_what_is_no_date(said, why):
    with pytest.raises(ValueError):
        parse_thai_datetime(said)


def test_before_2484_a_date_stays_text():
    with pytest.raises(OldThaiDate):
        parse_thai_date("1 มกราคม 2483")

    assert parse_thai_date("1 มกราคม 2484") == date(1941, 1, 1)


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_its_names(month):
    wanted = date(2007, month, 5)
    for name in (
        MONTHS[month - 1],
        SHORT_MONTHS[month - 1],
        SHORT_MONTHS[month - 1].replace(".", ""),
    ):
        assert parse_thai_date(f"5 {name} 2550") == wanted


SHOWN = [
    ({"time": True}, "19 ตุลาคม 2550 14:59 น.", "the form of the product"),
    ({}, "19 ตุลาคม 2550", "without the clock"),
    ({"era": "ce", "time": True}, "19 ตุลาคม 2007 14:59 น.", "ค.ศ. on wish"),
    ({"lang": "en", "time": True}, "19 October 2550, 14:59", "English"),
    ({"lang": "en", "era": "ce"}, "19 October 2007", "English, C.E."),
    ({"weekday": True}, "วันศุกร์ที่ 19 ตุลาคม 2550", "19 Oct 2550 was a Friday"),
    ({"weekday": True, "lang": "en"}, "Friday, 19 October 2550", "English weekday"),
    ({"short": True}, "19 ต.ค. 2550", "short month"),
    ({"short": True, "lang": "en"}, "19 Oct 2550", "short English month"),
]


@pytest.mark.parametrize(("wish", "shown", "why"), SHOWN, ids=[c[2] for c in SHOWN])
def test_a_date_as_readers_see_it(wish, shown, why):
    moment = datetime(2007, 10, 19, 7, 59, tzinfo=UTC)

    assert thai_date(moment, **wish) == shown, why


def test_a_plain_day_has_no_clock_and_a_moment_needs_a_zone():
    assert thai_date(date(2012, 2, 11), time=True, weekday=True) == "วันเสาร์ที่ 11 กุมภาพันธ์ 2555"
    with pytest.raises(ValueError, match="zone"):
        thai_date(datetime(2012, 2, 11))


@given(
    st.datetimes(min_value=datetime(1941, 1, 2), max_value=datetime(2150, 1, 1)),
    st.sampled_from(["th", "en"]),
    st.sampled_from(["be", "ce"]),
    st.booleans(),
)
def test_what_is_shown_can_be_read_again(moment, lang, era, short):
    moment = moment.replace(second=0, microsecond=0, tzinfo=BANGKOK)

    shown = thai_date(moment, lang=lang, era=era, time=True, weekday=True, short=short)

    assert parse_thai_datetime(shown) == moment


DAYS = [
    ("2549-07-21", date(2006, 7, 21), "a Thai year typed into the field of a browser"),
    ("2006-07-21", date(2006, 7, 21), "ISO"),
    ("1930-07-21", date(1930, 7, 21), "ISO, and older than Thai dates that are sure"),
    ("2551-02-29", date(2008, 2, 29), "leap day by the C.E. year"),
    ("๒๕๔๙-๐๗-๒๑", date(2006, 7, 21), "Thai digits"),
    ("21-07-2549", date(2006, 7, 21), "as it is typed"),
    ("21 กรกฎาคม 2549", date(2006, 7, 21), "in words"),
]


@pytest.mark.parametrize(("said", "day", "why"), DAYS, ids=[c[2] for c in DAYS])
def test_the_day_of_a_date_field(said, day, why):
    assert parse_day(said) == day, why


@pytest.mark.parametrize("said", ["", "2549-02-29", "2549-13-01", "0000-01-01", "พรุ่งนี้"])
def test_what_is_no_day(said):
    with pytest.raises(ValueError):
        parse_day(said)


DUE = [
    ("2550-07", "2550-07", "as it is stored"),
    ("2007-07", "2550-07", "a browser's month field"),
    ("7/2550", "2550-07", "number and year"),
    ("ก.ค. 2550", "2550-07", "short month"),
    ("กรกฎาคม 50", "2550-07", "two digits"),
    ("กรกฎาคม 2550", "2550-07", "the whole name"),
    ("กรกฎาคม ๒๕๕๐", "2550-07", "a name and Thai digits"),
    ("ก.ค. 50", "2550-07", "short in both"),
    ("เดือนกรกฎาคม พ.ศ. 2550", "2550-07", "with the words before them"),
    ("กรกฎาคม ปี 2550", "2550-07", "the word year"),
    ("กรกฎาคม ค.ศ. 2007", "2550-07", "C.E."),
    ("July 2007", "2550-07", "English"),
    ("๗/๒๕๕๐", "2550-07", "Thai digits"),
    ("", "", "nothing"),
]


@pytest.mark.parametrize(("said", "due", "why"), DUE, ids=[c[2] for c in DUE])
def test_month_and_year_of_a_plan(said, due, why):
    assert parse_month(said) == due, why


@pytest.mark.parametrize("said", ["2550-13", "13/2550", "2550", "เร็ว ๆ นี้", "0/2550"])
def test_what_is_no_month(said):
    with pytest.raises(ValueError):
        parse_month(said)


def test_a_due_month_is_shown_in_words():
    assert thai_month("2550-07") == "กรกฎาคม 2550"
    assert thai_month("2550-07", lang="en", era="ce") == "July 2007"
    assert thai_month("ปลายปี") == "ปลายปี"


IN_TEXT = [
    ("เริ่มในปี2550ที่บ้าน", [2550], "glued to its word"),
    ("พ.ศ.2548 และค.ศ. 2006", [2548, 2549], "eras"),
    ("ปี 49 กับปี๕๐", [2549, 2550], "two digits after ปี"),
    ("ช่วง 2548-2550 ทำต่อ", [2548, 2550], "both ends of a range"),
    ("งบ 2,550 บาท และ 2500 บาท", [], "sums"),
    ("บ้านเลขที่ 2550 หมู่ 2548", [], "house numbers"),
    ("โทร 075-2548 หรือ 0752548", [], "phone numbers"),
    ("มีคน 2549 คน", [], "a count"),
    ("อายุ 20 ปี 50 คน", [], "years of age, then a count"),
    ("https://example.org/2550/1", [], "an address"),
    ("หมายเลข 1402550", [], "part of a longer number"),
]


@pytest.mark.parametrize(("text", "years", "why"), IN_TEXT, ids=[c[2] for c in IN_TEXT])
def test_years_that_a_text_names(text, years, why):
    assert [span.year for span in years_in(text)] == years, why


@given(st.text(alphabet="ปีพ.ศค 0123456789๒๕๐-,/บาท", max_size=60))
def test_spans_of_years_lie_in_the_text(text):
    end = 0
    for span in years_in(text):
        assert end <= span.start < span.stop <= len(text)
        assert text[span.stop - 1].isdigit()
        end = span.stop
