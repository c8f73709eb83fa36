"""What the tests of search share: a glossary, documents, and questions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.search.documents import Document
from app.search.query import SearchQuery
from app.search.synonyms import Row

PUBLIC = frozenset({"public"})

#: Rows of every kind; facts of the language, worded by us.
GLOSSARY = [
    Row("กศน.", ("การศึกษานอกโรงเรียน",), "two-way"),
    Row("อบต.", ("องค์การบริหารส่วนตำบล",), "whole-token"),
    Row("ธ.ก.ส.", ("ธนาคารเพื่อการเกษตรและสหกรณ์การเกษตร", "BAAC"), "two-way"),
    Row("กข.คจ.", ("โครงการแก้ไขปัญหาความยากจน",), "two-way"),
    Row("พม.", ("กระทรวงการพัฒนาสังคม",), "whole-token"),
    Row("อพม.", ("อาสาสมัครพัฒนาสังคม",), "whole-token"),
    Row("สคส.", ("สถาบันส่งเสริมการจัดการความรู้เพื่อสังคม",), "whole-token"),
    Row("สคส.", ("สำนักงานคุ้มครองข้อมูลส่วนบุคคล",), "whole-token"),
    Row("มอ.", ("มหาวิทยาลัยสงขลานครินทร์",), "whole-token", "dot required"),
    Row("คอน", ("นครศรีธรรมราช",), "whole-token", "never inside ขอนแก่น, คอนกรีต"),
    Row("เมืองนคร", ("นครศรีธรรมราช",), "two-way", "not when followed by ปฐม, นายก"),
    Row("หลบ", ("กลับ",), "whole-token", "query only; also hide"),
    Row("กม.", ("กิโลเมตร",), "whole-token", "context: never expand on its own"),
    Row("ปลูกต้นไม้ใช้หนี้", ("ธนาคารต้นไม้",), "one-way", "related idea"),
    Row("กองทุนสวัสดิการ", ("กองทุนสวัสดิการชุมชน",), "one-way"),
    Row("ชุมชนอินทรีย์", ("แก้จนเมืองนคร",), "two-way", "never merge with เกษตรอินทรีย์"),
    Row("เกษตรอินทรีย์", ("เกษตรปลอดสาร",), "one-way", "never merge with ชุมชนอินทรีย์"),
    Row("KM", ("การจัดการความรู้", "จัดการความรู้"), "two-way"),
    Row("SML", ("โครงการพัฒนาศักยภาพของหมู่บ้าน",), "two-way"),
    Row("คุณเอือ", ("คุณเอื้อ",), "one-way", "", "variant"),
    Row("ปี48", ("2548",), "two-way", "rule: two digits"),
]

_START = datetime(2005, 6, 1, 12, 0, tzinfo=UTC)


def document(body: str = "", *, number: int = 1, **more: object) -> Document:
    """A public document; its age follows its number."""
    given = {
        "key": f"entry:{number}",
        "kind": "post",
        "title": "เรื่องของเรา",
        "created": _START + timedelta(days=number),
        "updated": _START + timedelta(days=number),
        **more,
    }
    return Document(number=number, body=body, **given)  # type: ignore[arg-type]


def asking(text: str = "", **more: object) -> SearchQuery:
    """A query; facets may be given by name: ``asking("ครู", kind="lesson")``."""
    known = {"sort", "page", "per_page"}
    facets = {
        name: frozenset([value] if isinstance(value, str) else value)  # type: ignore[arg-type]
        for name, value in more.items()
        if name not in known
    }
    rest = {name: value for name, value in more.items() if name in known}
    return SearchQuery(text=text, facets=facets, **rest)  # type: ignore[arg-type]
