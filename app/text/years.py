"""Years and dates as Thai people write them.

Inside, a year is an integer of the Buddhist era (พ.ศ., C.E. + 543) and a date is ISO.  A
year from 2400 to 2700 is พ.ศ. already and is never raised again: 2550 never becomes 3093.
Two digits are พ.ศ. 25xx, and only after ปี or inside a date.

Dates before พ.ศ. 2484 are refused: until then the Thai year began in April, so day and year
do not tell the day; such a date is kept as the text it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from app.text.cleaning import with_plain_digits

BANGKOK: Final = ZoneInfo("Asia/Bangkok")
ERA_OFFSET: Final = 543
BE_YEARS: Final = range(2400, 2701)
CE_YEARS: Final = range(2400 - ERA_OFFSET, 2701 - ERA_OFFSET)
FIRST_SURE_YEAR: Final = 2484  # พ.ศ.: from this one on a year begins in January
MOST_YEARS: Final = 60
MOST_DATE: Final = 100  # code points; no date is longer
MOST_AHEAD: Final = timedelta(days=366)  # what is told of has been, or is planned soon

Language = Literal["th", "en"]
Era = Literal["be", "ce"]

MONTHS: Final = (
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
)
SHORT_MONTHS: Final = (
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
)
MONTHS_EN: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS: Final = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์")
WEEKDAYS_EN: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_SHORT_WEEKDAYS = ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา.")

_SPACES = re.compile("[\\s\u200b]+")

_BE_WORD = r"พ\.?\s?ศ\.?|B\.?\s?E\.?"
_CE_WORD = r"ค\.?\s?ศ\.?|C\.?\s?E\.?|A\.?\s?D\.?"
_YEAR_WORD = r"ปีงบประมาณ|ปีงบฯ?|ปีการศึกษา|ปี"
_YEAR = re.compile(
    rf"(?P<word>{_YEAR_WORD})?\s?(?:(?P<be>{_BE_WORD})|(?P<ce>{_CE_WORD}))?\s?(?P<digits>\d+)"
    rf"\s?(?:(?P<be_after>B\.?E\.?)|(?P<ce_after>C\.?E\.?|A\.?D\.?))?",
    re.IGNORECASE,
)


class OldThaiDate(ValueError):
    """A date before พ.ศ. 2484, when the Thai year began in April: keep it as text."""


class TurnedRound(ValueError):
    """A range of years that ends before it begins: nobody knows which end was meant."""


def to_be(text: str | int) -> int:
    """The year that ``text`` says, พ.ศ.

    Takes 2550, 2007, ๒๕๕๐, "พ.ศ. 2550", "ค.ศ. 2007", "2007 CE", "ปีงบประมาณ 2550" and,
    after ปี only, two digits: "ปี50".

    :raises ValueError: with the reason; also when the word and the number disagree
        ("ค.ศ. 2550").
    """
    said = _plain(str(text))
    found = _YEAR.fullmatch(said)
    if found is None:
        raise ValueError(f"{said[:40]!r} is not a year")
    return _year_of(found, short=bool(found["word"]))


def _year_of(found: re.Match[str], *, short: bool) -> int:
    digits = found["digits"]
    is_be, is_ce = found["be"] or found["be_after"], found["ce"] or found["ce_after"]
    if is_be and is_ce:
        raise ValueError(f"{found[0]!r} names two eras")
    if len(digits) == 2 and short and not is_ce:
        return 2500 + int(digits)
    year = int(digits) if len(digits) == 4 else 0
    if year in BE_YEARS and not is_ce:
        return year
    if year in CE_YEARS and not is_be:
        return year + ERA_OFFSET
    raise ValueError(
        f"{found[0]!r} is no year between พ.ศ. {BE_YEARS[0]} and {BE_YEARS[-1]}"
        f" (ค.ศ. {CE_YEARS[0]} to {CE_YEARS[-1]})"
    )


_PARTS = re.compile(r"[,;、/]|\s?และ\s?|\sand\s|(?<=\d{4})\s(?=\d{4})", re.IGNORECASE)
_RANGE = re.compile(r"\.{2,3}|…|[-–—~]|ถึง|\sto\s", re.IGNORECASE)


def parse_years(text: str, *, may_turn: bool = False) -> tuple[int, ...]:
    """The years that ``text`` lists, พ.ศ., ascending, each once.

    Takes "2548..2550", "2548-2550", "2548–50", "2548, 2550", "ปี48 ถึง 50" and every form
    of ``to_be``; an empty text is no year.

    :param may_turn: take a range from either end, as whoever searches may write it.
    :raises TurnedRound: for a range that ends before it begins.
    :raises ValueError: for a piece that is no year, or more than 60 years.
    """
    years: set[int] = set()
    for piece in _PARTS.split(_plain(text)):
        if not piece.strip():
            continue
        years.update(_span(piece.strip(), may_turn))
        if len(years) > MOST_YEARS:
            raise ValueError(f"more than {MOST_YEARS} years in {text[:40]!r}")
    return tuple(sorted(years))


def _span(piece: str, may_turn: bool) -> range:
    """One year, or all from the first to the last."""
    ends = [end.strip() for end in _RANGE.split(piece)]
    first = to_be(ends[0])
    if len(ends) == 1:
        return range(first, first + 1)
    if len(ends) != 2:
        raise ValueError(f"{piece[:40]!r} is not a range of years")
    last = _last_of(first, ends[1])
    if last < first:
        if not may_turn:
            raise TurnedRound(f"{piece[:40]!r} ends before it begins")
        first, last = last, first
    if last - first >= MOST_YEARS:
        raise ValueError(f"more than {MOST_YEARS} years in {piece[:40]!r}")
    return range(first, last + 1)


def _last_of(first: int, end: str) -> int:
    """The end of a range; "48" in "2546-48" borrows its century, "07" in "2550-07" may not."""
    if re.fullmatch(r"\d\d", end):
        last = first - first % 100 + int(end)
        if last <= first:
            raise TurnedRound(f"{end!r} is no year after {first}")
        return last
    return to_be(end)


def fiscal_year(day: date) -> int:
    """The fiscal year, พ.ศ., that ``day`` lies in: year n runs from 1 October n-1.

    A datetime is taken as it stands in Bangkok.
    """
    if isinstance(day, datetime):
        day = day.astimezone(BANGKOK).date() if day.tzinfo else day.date()
    return day.year + ERA_OFFSET + (day.month >= 10)


# -- years inside a text -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YearSpan:
    """A year that a text names: text[start:stop], and the year, พ.ศ."""

    start: int
    stop: int
    year: int


_IN_TEXT = re.compile(
    rf"(?P<word>{_YEAR_WORD})?\s?(?:(?P<be>{_BE_WORD})|(?P<ce>{_CE_WORD}))?\s?"
    r"(?P<be_after>)(?P<ce_after>)(?<!\d)(?P<digits>\d{4}|\d\d)(?![\d/:@]|[.,]\d|-\d{1,3}(?!\d))"
)
_NO_BORDER = frozenset(".,/:#@-+")
_RANGE_BEFORE = re.compile(r"(?<!\d)(?:2[4-7]|19|20)\d\d(?:\.\.|-)$")
_NOT_A_YEAR_BEFORE = re.compile(r"(?:เลขที่|หมู่(?:ที่)?|ม\.|โทร\.?|โทรศัพท์|ข้อ|มาตรา|No\.?|#)\s?$")
_NOT_A_YEAR_AFTER = re.compile(
    r"\s?(?:บาท|ล้าน|แสน|หมื่น|พัน|คน|ครัวเรือน|ไร่|ต้น|กิโล|กก\.|กม\.|เมตร|หน้า|หมู่บ้าน|ตำบล|%)"
)


def years_in(text: str) -> Iterator[YearSpan]:
    """Years that a running text names, for proposals; sums, phone and house numbers are left.

    Positions count code points of ``text``.
    """
    plain = with_plain_digits(text)
    for found in _IN_TEXT.finditer(plain):
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        if not _is_meant(found, plain, start):
            continue
        try:
            year = _year_of(found, short=bool(found["word"]))
        except ValueError:
            continue
        yield YearSpan(start, found.end(), year)


def _is_meant(found: re.Match[str], text: str, start: int) -> bool:
    """Whether the digits are a year, and not a sum, a count, a house or a phone number."""
    before = text[max(0, start - 16) : start]
    if len(found["digits"]) == 2 and (not found["word"] or re.search(r"\d\s?$", before)):
        return False
    if len(found["digits"]) == 4 and (found["word"] or found["be"] or found["ce"]):
        return True
    is_border = not before or before[-1] not in _NO_BORDER or _RANGE_BEFORE.search(before)
    return (
        bool(is_border)
        and _NOT_A_YEAR_BEFORE.search(before) is None
        and _NOT_A_YEAR_AFTER.match(text, found.end()) is None
    )


# -- dates ---------------------------------------------------------------------------------


def _month_names() -> dict[str, int]:
    names: dict[str, int] = {}
    for number in range(1, 13):
        english = MONTHS_EN[number - 1].lower()
        for name in (MONTHS[number - 1], SHORT_MONTHS[number - 1], english, english[:3]):
            names[name.replace(".", "")] = number
    names["sept"] = 9
    return names


_MONTH_NAMES = _month_names()
_DATE = re.compile(
    r"(?:(?:วัน)?(?P<weekday>[ก-๎]+\.?|[a-z]+,?)\s?(?:ที่)?\s?)?"
    r"(?P<day>\d{1,2})\s?(?P<month>(?:[ก-๎]+\.?){1,3}?|[a-z]+\.?)[\s,]*?"
    rf"(?:(?P<be>{_BE_WORD})|(?P<ce>{_CE_WORD}))?\s?(?P<digits>\d{{4}}|\d\d)(?!\d)"
    r"(?P<be_after>)(?P<ce_after>)(?P<rest>.*)",
    re.IGNORECASE,
)
_SLASHED = re.compile(
    r"(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<digits>\d{4}|\d\d)(?!\d)"
    r"(?P<be>)(?P<ce>)(?P<be_after>)(?P<ce_after>)(?P<rest>.*)"
)
_ISO = re.compile(
    r"(?P<digits>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"
    r"(?P<be>)(?P<ce>)(?P<be_after>)(?P<ce_after>)(?P<rest>.*)"
)
_TIME = re.compile(
    r"(?:[\s,T]*(?:เวลา\s?)?(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:\.\d+)?)?"
    r"\s?(?:น\.?|นาฬิกา)?\s?(?P<zone>Z|[+-]\d\d:?\d\d)?)?\s?",
    re.IGNORECASE,
)


def parse_thai_datetime(text: str) -> datetime:
    """The moment that ``text`` says, with the zone Asia/Bangkok (or the one it names).

    "19 ตุลาคม 2007 14:59 น.", "19 ต.ค. 50", "วันศุกร์ที่ 19 ตุลาคม พ.ศ. 2550 เวลา 14.59 น.",
    "19/10/2550", "2007-10-19T14:59", "19 October 2550, 14:59"; without a time it is midnight.

    :raises OldThaiDate: before พ.ศ. 2484.
    :raises ValueError: no such day or time, or a weekday that the day was not.
    """
    said = _plain(text[:MOST_DATE])
    found = _ISO.fullmatch(said) or _SLASHED.fullmatch(said) or _DATE.fullmatch(said)
    if found is None:
        raise ValueError(f"{said[:60]!r} is not a date")
    day = _day_of(found, said)
    clock = _TIME.fullmatch(found["rest"])
    if clock is None:
        raise ValueError(f"{found['rest'][:40]!r} is not a time")
    _check_weekday(found.groupdict().get("weekday"), day)
    hour, minute, second = (int(clock[name] or 0) for name in ("hour", "minute", "second"))
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=_zone(clock["zone"]))


def parse_thai_date(text: str) -> date:
    """The day that ``text`` says, as parse_thai_datetime reads it.

    :raises ValueError: as parse_thai_datetime.
    """
    return parse_thai_datetime(text).date()


_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def parse_day(text: str) -> date:
    """The day of a date field: an ISO day, its year from 2400 on พ.ศ., or any Thai date.

    "2549-07-21" is what a browser sends when somebody types the Thai year into its calendar.

    :raises OldThaiDate: a Thai date before พ.ศ. 2484; an ISO day may be older.
    :raises ValueError: no such day.
    """
    found = _ISO_DAY.fullmatch(_plain(text[:MOST_DATE]))
    if found is None:
        return parse_thai_date(text)
    year, month, day = (int(group) for group in found.groups())
    return date(year - ERA_OFFSET if year >= BE_YEARS[0] else year, month, day)


def _day_of(found: re.Match[str], said: str) -> date:
    month = found["month"]
    number = int(month) if month.isdecimal() else _MONTH_NAMES.get(_bare(month), 0)
    if not number:
        raise ValueError(f"{month!r} is not a month")
    year = _year_of(found, short=True)
    if year < FIRST_SURE_YEAR:
        raise OldThaiDate(f"{said[:60]!r} is from before พ.ศ. {FIRST_SURE_YEAR}")
    return date(year - ERA_OFFSET, number, int(found["day"]))


def _check_weekday(name: str | None, day: date) -> None:
    if not name:
        return
    word = name.rstrip(",").removeprefix("วัน").removesuffix("ที่").strip().casefold()
    right = day.weekday()
    known = {
        WEEKDAYS[right],
        _SHORT_WEEKDAYS[right],
        WEEKDAYS_EN[right].casefold(),
        WEEKDAYS_EN[right][:3].casefold(),
        "พฤหัส" if right == 3 else "",
    }
    if word and word != "วัน" and word not in known:
        raise ValueError(f"{day.isoformat()} was a {WEEKDAYS_EN[right]}, not {name!r}")


def _zone(name: str | None) -> tzinfo:
    if not name:
        return BANGKOK
    if name in "Zz":
        return UTC
    sign = -1 if name[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[-2:])))


def _bare(month: str) -> str:
    return month.replace(".", "").casefold()


def _plain(text: str) -> str:
    """Arabic digits, single spaces; era words and months stay as they are."""
    return _SPACES.sub(" ", with_plain_digits(text)).strip()


# -- months of plans: "2550-07" ---------------------------------------------------------------

_YEAR_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})")
_MONTH_YEAR = re.compile(
    rf"(?:(?P<number>\d{{1,2}})\s?/|(?:เดือน\s?)?(?P<name>(?:[ก-๎]+\.?){{1,3}}?|[a-z]+\.?)[\s,]*)\s?"
    rf"(?:ปี\s?)?(?P<year>(?:{_BE_WORD}|{_CE_WORD})?\s?(?:\d{{4}}|\d\d))",
    re.IGNORECASE,
)


def parse_month(text: str) -> str:
    """A month and year as "2550-07", the year พ.ศ.; empty for an empty text.

    Takes "2550-07", "2007-07", "7/2550", "ก.ค. 2550", "กรกฎาคม 50", "July 2007".

    :raises ValueError: for anything else.
    """
    said = _plain(text[:MOST_DATE])
    if not said:
        return ""
    found = _YEAR_MONTH.fullmatch(said)
    if found:
        return _year_month(to_be(found["year"]), int(found["month"]), said)
    named = _MONTH_YEAR.fullmatch(said)
    if named is None:
        raise ValueError(f"{said[:40]!r} is not a month and a year")
    number = int(named["number"] or _MONTH_NAMES.get(_bare(named["name"] or ""), 0))
    return _year_month(to_be(f"ปี {named['year']}"), number, said)


def _year_month(year: int, month: int, said: str) -> str:
    if not 1 <= month <= 12:
        raise ValueError(f"{said[:40]!r} names no month")
    return f"{year:04d}-{month:02d}"


def thai_month(value: str, *, lang: str = "th", era: str = "be") -> str:
    """ "2550-07" as "กรกฎาคม 2550"; any other text comes back as it is."""
    found = _YEAR_MONTH.fullmatch(value)
    if found is None or not 1 <= int(found["month"]) <= 12:
        return value
    names = MONTHS_EN if lang == "en" else MONTHS
    year = int(found["year"]) - (ERA_OFFSET if era == "ce" else 0)
    return f"{names[int(found['month']) - 1]} {year}"


def thai_date(
    value: date | datetime,
    *,
    lang: str = "th",
    era: str = "be",
    time: bool = False,
    weekday: bool = False,
    short: bool = False,
) -> str:
    """``value`` as readers see it, in Bangkok: "19 ตุลาคม 2550 14:59 น."

    :param lang: "th" or "en" ("19 October 2550, 14:59").
    :param era: "be" for พ.ศ., "ce" for ค.ศ.
    :param time: with the clock; a plain date has none.
    :param weekday: with the day of the week before it.
    :param short: month as "ต.ค." or "Oct".
    :raises ValueError: for a datetime without a zone: nobody can say what day it is.
    """
    has_clock = isinstance(value, datetime)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be shown")
        value = value.astimezone(BANGKOK)
    english = lang == "en"
    year = value.year + (0 if era == "ce" else ERA_OFFSET)
    month = _month_name(value.month, english=english, short=short)
    shown = f"{value.day} {month} {year}"
    if weekday:
        shown = _weekday_name(value.weekday(), english=english) + shown
    if time and has_clock:
        shown += f", {value:%H:%M}" if english else f" {value:%H:%M} น."
    return shown


def _month_name(month: int, *, english: bool, short: bool) -> str:
    if english:
        return MONTHS_EN[month - 1][:3] if short else MONTHS_EN[month - 1]
    return (SHORT_MONTHS if short else MONTHS)[month - 1]


def _weekday_name(day: int, *, english: bool) -> str:
    return f"{WEEKDAYS_EN[day]}, " if english else f"วัน{WEEKDAYS[day]}ที่ "
