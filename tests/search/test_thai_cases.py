"""The queries that a saved page must answer, over a page of the same shape written by us."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.search.registry import open_engine
from app.search.synonyms import Row
from tests.support.search import PUBLIC, asking, document

FIRST = (
    "งานออมทรัพย์และงานวัดที่พวกเราดูแลได้เอาแผนของรัฐกับงานประจำมารวมกันเพื่อบูรณาการให้ตรงกับคนในพื้นที่"
    "โดยเดินไปกับกลุ่มออมและชาวบ้าน(นับครูและพระเข้าไว้ด้วย)"
)
PAGE = f"""{FIRST}

ตำบลของเรามีคนทำงาน2ทางคือ
1)ทางราชการเช่นเกษตร/สาธารณสุข
2)ทางท้องถิ่นทั้งอบต.เทศบาลและกลุ่มแม่บ้าน

แผนของจังหวัดในปี2550ได้งบจากของเดิมที่เคยเรียกว่างบซีอีโอและSML แล้วเปลี่ยนชื่อไปเป็นอยู่ดีมีสุข

ปี2551ตั้งไว้ทั้งประเทศ16,000ล้านบาทแบ่งกันไป กันไว้อีก1,400 ล้านบาทให้จังหวัดที่พร้อม

เราเริ่มจากพื้นที่3ตำบลในปี2548 มีทุนวิจัยของสกว.มาช่วยบางส่วน
ปี2549 จังหวัดให้เงินประมาณ14ล้านบาทผ่านทางกศน.ทำต่อทุกอำเภอ วางทางไว้6ปี

ทุกคนเปลี่ยนจากผู้สั่งเป็นผู้หนุนหรือคุณอำนวย ใช้แผนแม่บทชุมชนเป็นฐานของการคุยกันในหมู่บ้าน

ครูจากมหาวิทยาลัยวลัยลักษณ์มาฟังด้วยในงานUKM12ว่าควรเรียนไปกับชาวบ้าน ไม่ใช่มาสอนอย่างเดียว
โทร.ภายใน2907 ภายนอก 075 000000
"""

GLOSSARY = [
    Row("กศน.", ("การศึกษานอกโรงเรียน",), "two-way"),
    Row("อบต.", ("องค์การบริหารส่วนตำบล",), "whole-token"),
    Row("สกว.", ("สำนักงานกองทุนสนับสนุนการวิจัย",), "whole-token"),
    Row("SML", ("โครงการพัฒนาศักยภาพของหมู่บ้าน",), "two-way"),
]

CASES = [
    ("คุณอำนวย", "a word inside an unspaced sentence"),
    ("วลัยลักษณ์", "a word inside an unspaced sentence"),
    ("แผนแม่บทชุมชน", "a word inside an unspaced sentence"),
    ("บูรณาการ", "a word inside an unspaced sentence"),
    ("กศน", "dots of a short form do not count"),
    ("กศน.", "dots of a short form do not count"),
    ("ก.ศ.น.", "dots of a short form do not count"),
    ("สกว.", "dots of a short form do not count"),
    ("งบ", "two letters"),
    ("ปี", "two letters"),
    ("พ.ศ. 2550", "the era word is dropped; the text has ปี2550"),
    ("๒๕๕๐", "Thai digits"),
    ("2550", "the text has ปี2550"),
    ("2007", "the other era"),
    ("ค.ศ. 2007", "the other era"),
    ("ปี50", "two digits"),
    ("3 ตำบล", "the text has 3ตำบล"),
    ("3ตำบล", "as in the text"),
    ("สามตำบล", "a number word"),
    ("๓ ตำบล", "Thai digits and a space"),
    ("14 ล้าน", "the text has 14ล้าน"),
    ("16000", "the text has 16,000"),
    ("16000 ล้าน", "comma and space"),
    ("16000ล้าน", "comma"),
    ("1400ล้าน", "the text has 1,400 ล้าน"),
    ("sml", "case"),
    ("ukm", "Latin that touches digits"),
    ("140140", "the record number"),
    ("การศึกษานอกโรงเรียน", "the text has only กศน."),
    ("องค์การบริหารส่วนตำบล", "the text has only อบต."),
    ("สำนักงานกองทุนสนับสนุนการวิจัย", "the text has only สกว."),
]


@pytest.fixture(scope="module", params=["memory", "whoosh"])
def engine(request, tmp_path_factory):
    engine = open_engine(request.param, tmp_path_factory.mktemp("index"), create=True)
    others = ["วันนี้ฝนตกทั้งวันที่สวนยาง", "ถนนคอนกรีตหน้าโรงเรียน", "จังหวัดขอนแก่นปลูกอ้อย", "เลี้ยงผึ้งโพรง"]
    page = document(
        PAGE,
        number=140140,
        title="สามปีของการออมไปด้วยกัน",
        summary=FIRST,
        years=(2548, 2549, 2550, 2551),
        created=datetime(2007, 10, 19, 7, 59, tzinfo=UTC),
    )
    engine.rebuild(
        [page, *(document(text, number=n) for n, text in enumerate(others, 1))], sequence=1
    )
    yield engine
    engine.close()


@pytest.fixture(autouse=True)
def glossary(glossary):
    from app.search import synonyms

    return synonyms.learn(GLOSSARY)


@pytest.mark.parametrize(("query", "why"), CASES, ids=[case[0] for case in CASES])
def test_the_page_is_found(engine, query, why):
    result = engine.search(asking(query), audience=PUBLIC)

    assert [hit.number for hit in result.hits][:1] == [140140], why


@pytest.mark.parametrize("query", ["คอน", "ขอนแก่นอินทรีย์สุดขอบฟ้า", "2907", "3093", "โรงสี"])
def test_it_is_not_found_by_what_it_does_not_say(engine, query):
    found = [hit.number for hit in engine.search(asking(query), audience=PUBLIC).hits]

    assert (140140 in found) is (query == "2907")  # its letters stand there, as no year


def test_the_summary_is_shown_once(engine):
    (hit, *_) = engine.search(asking("พวกเราดูแล"), audience=PUBLIC).hits

    assert hit.snippet.count("งานออมทรัพย์และงานวัด") == 1
