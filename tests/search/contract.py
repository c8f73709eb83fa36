"""What every search engine must do.  Subclass EngineContract and provide ``engine``."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from app.search.documents import Deletion
from app.search.engine import SearchEngine
from app.search.query import SearchQuery
from app.text import excerpt, thai
from tests.support.search import PUBLIC, asking, document


def numbers(engine: SearchEngine, query: object, audience: frozenset[str] = PUBLIC) -> list[int]:
    """The numbers found, in their order."""
    return [hit.number for hit in engine.search(query, audience=audience).hits]  # type: ignore[arg-type]


def hold(engine: SearchEngine, *texts: str) -> None:
    """Let ``engine`` hold ``texts`` as documents 1, 2, 3 …"""
    engine.apply([document(text, number=n) for n, text in enumerate(texts, 1)], sequence=len(texts))


# text, query, found, why
THAI_CASES = [
    ("การจัดการความรู้ของครูไทย", "ครู", True, "a word inside an unspaced sentence"),
    ("การจัดการความรู้ของครูไทย", "ความรู้ของค", True, "letters across words, cut anywhere"),
    ("ครูสอนดี", "รูส", True, "three letters that stand there, if last"),
    ("ครูสอนดี", "รูก", False, "letters that do not stand there"),
    ("ปรัชญาเศรษฐกิจพอเพียง", "พอเพียง", True, "a word inside a compound"),
    ("ตั้งงบกลางไว้ก่อน", "งบ", True, "two letters"),
    ("ประชุมทั้งปี", "ปี", True, "two letters at the end of a run"),
    ("นํ้าตาลในเลือด", "น้ำตาล", True, "sara am typed as two signs in the text"),
    ("น้ำตาลในเลือด", "นำ้ตาล", True, "a tone typed after sara am in the query"),
    ("เเก้จนด้วยกัน", "แก้จน", True, "two sara e in the text"),
    ("ชุม\u200bชนของเรา", "ชุมชน", True, "a zero-width space in the text"),
    ("สอนแบบ PBL ปี ๒๕๖๗", "2567", True, "Thai digits in the text"),
    ("เริ่มในปี2550ที่วัด", "๒๕๕๐", True, "Thai digits in the query"),
    ("เริ่มในปี2550ที่วัด", "พ.ศ. 2550", True, "the era word is dropped"),
    ("เริ่มในปี2550ที่วัด", "ค.ศ. 2007", True, "the other era"),
    ("เริ่มในปี2550ที่วัด", "2007", True, "the other era, bare"),
    ("เริ่มในปี2550ที่วัด", "ปี50", True, "two digits after ปี"),
    ("จดไว้เมื่อ 19 ตุลาคม 2007", "2550", True, "ค.ศ. in the text"),
    ("เริ่มในปี2550ที่วัด", "2551", False, "another year"),
    ("โทร. 075-2550", "2007", False, "a telephone number is no year"),
    ("ใช้เงิน 2550 บาท", "2007", False, "money is no year"),
    ("ใช้เงิน 2550 บาท", "2550", True, "but its letters stand there"),
    ("อาคารเลขที่ 125507", "2550", False, "digits inside a longer number"),
    ("นำร่อง3ตำบลแรก", "3 ตำบล", True, "a space between number and noun in the query"),
    ("นำร่อง 3 ตำบลแรก", "3ตำบล", True, "and in the text"),
    ("นำร่อง3ตำบลแรก", "สามตำบล", True, "a number word in the query"),
    ("นำร่องสามตำบลแรก", "๓ ตำบล", True, "a number word in the text"),
    ("ตั้งไว้ 15,000ล้าน", "15000 ล้าน", True, "comma and space"),
    ("ตั้งไว้ 15,000ล้าน", "15000", True, "the number alone"),
    ("งบSMLมาแล้ว", "sml", True, "case, and Latin that touches Thai"),
    ("งานUKM11ที่จังหวัด", "UKM", True, "Latin that touches digits"),
    ("งานUKMที่จังหวัด", "KM", False, "a short form inside another one"),
    ("ผ่านทางกศน.อำเภอ", "กศน", True, "a short form without its dot"),
    ("ผ่านทาง กศน อำเภอ", "กศน.", True, "a short form with its dot"),
    ("ผ่านทาง ก.ศ.น. อำเภอ", "กศน", True, "a short form with all its dots"),
    ("ผ่านทางกศน.อำเภอ", "การศึกษานอกโรงเรียน", True, "the long form finds the short one"),
    ("การศึกษานอกโรงเรียนของเรา", "กศน.", True, "and back"),
    ("ทั้งอบต.และวัด", "องค์การบริหารส่วนตำบล", True, "a short form with its dot touches a word"),
    ("ที่ อบต ของเรา", "องค์การบริหารส่วนตำบล", True, "without its dot it stands alone"),
    ("เดินรอบตลาด", "องค์การบริหารส่วนตำบล", False, "its letters inside other words"),
    ("เดินรอบตลาด", "อบต.", False, "its letters inside other words"),
    ("เงินกู้ ธกส มาแล้ว", "ธ.ก.ส.", True, "no dots in the text"),
    ("เงินกู้ธ.ก.ส.มาแล้ว", "ธกส", True, "all dots in the text"),
    ("สมาชิกกข.คจ.เก่า", "กขคจ", True, "dots between groups"),
    ("อพม.ประจำตำบล", "พม.", False, "a short form inside a longer one"),
    ("ได้รับ ส.ค.ส. จากเพื่อน", "สคส.", False, "a greeting card is not the institute"),
    ("งานของมอ.หาดใหญ่", "มหาวิทยาลัยสงขลานครินทร์", True, "the dot is written"),
    ("แปลว่า มอ ในอักษร", "มหาวิทยาลัยสงขลานครินทร์", False, "the dot is required"),
    ("จังหวัดนครศรีธรรมราช", "คอน", True, "a whole token, widened"),
    ("กลับ คอน กันเถอะ", "นครศรีธรรมราช", True, "a whole token in the text"),
    ("จังหวัดขอนแก่น", "คอน", False, "other letters"),
    ("ถนนคอนกรีตหน้าวัด", "คอน", False, "inside another word"),
    ("ถนนคอนกรีตหน้าวัด", "นครศรีธรรมราช", False, "inside another word"),
    ("ไปเมืองนครปฐมกัน", "นครศรีธรรมราช", False, "another place begins with these letters"),
    ("ไปเมืองนครกัน", "นครศรีธรรมราช", True, "the place itself"),
    ("เดินกลับวัด", "หลบ", True, "a dialect word in the query"),
    ("เดินหลบแดด", "กลับ", False, "query only: not back"),
    ("ระยะกิโลเมตร", "กม.", False, "a context that is not known widens nothing"),
    ("กองทุนสวัสดิการชุมชนบ้านเรา", "กองทุนสวัสดิการ", True, "one way"),
    ("ธนาคารต้นไม้ของวัด", "ปลูกต้นไม้ใช้หนี้", False, "related is not the same"),
    ("เกษตรอินทรีย์ในสวน", "ชุมชนอินทรีย์", False, "never merged"),
    ("ชุมชนอินทรีย์ปีแรก", "เกษตรอินทรีย์", False, "never merged"),
    ("คุณเอือของจังหวัด", "คุณเอื้อ", True, "a misspelling in the text"),
    ("คุณเอื้อของจังหวัด", "คุณเอือ", True, "a misspelling in the query"),
    ("คุณอำนวยของตำบล", "คุณอำนวน", True, "a letter off, when nothing else is found"),
    ("เวทีที่ตำบลบางจาก", "ต.บางจาก", True, "a short form before a place in the query"),
    ("เวทีที่ ต. บางจาก", "ตำบลบางจาก", True, "and in the text"),
    ("วันนี้มีเวที", "โรงสีข้าว", False, "nothing of it stands there"),
]


# query, numbers found of EXACT, why
EXACT = {
    1: "ครูอาสากศน.พาทำปุ๋ยหมักชีวภาพ",
    2: "ปุ๋ยหมักของชีวิต ภาพถ่ายในวัด",
    3: "เดินรอบตลาดแล้วทำปุ๋ยคอก",
    4: "ถนนคอนกรีตหน้าสำนักงาน อบต. เก่า",
    5: "มีคนเดินในเมืองนครทำปุ๋ยหมัก",
}
PHRASE_CASES = [
    ('"ปุ๋ยหมักชีวภาพ"', {1}, "letters in a row, not its words apart"),
    ("“ปุ๋ยหมักชีวภาพ”", {1}, "curly quotation marks"),
    ('"ปุ๋ยหมัก" ถ่ายในวัด', {2}, "a phrase is required, and a rare word beside it counts as ever"),
    ('"ปุ๋ยคอก" ปุ๋ยหมัก', {3}, "words without the phrase are not enough"),
    ('"หมักชีว"', {1}, "a phrase may begin and end inside words"),
    ('"กศน."', {1}, "a short form in a phrase"),
    ('"การศึกษานอกโรงเรียน"', set(), "a phrase stands for nothing else"),
    ('"คอน"', set(), "whole-token rules win over letters"),
    ('"อบต."', {4}, "the same for a short form inside other words"),
    ("ปุ๋ย -ปุ๋ยหมัก", {3}, "what is ruled out is not found"),
    ("ปุ๋ยหมัก -กศน", {2, 5}, "a short form ruled out in any spelling"),
    ("ปุ๋ยหมัก -คน", {1, 2}, "a word ruled out as a word: นคร holds its letters"),
    ('ปุ๋ยหมัก -"ภาพถ่าย"', {1, 5}, "a phrase ruled out"),
    ("-ปุ๋ย", {4}, "only what is left out: everything else"),
    ('""', {1, 2, 3, 4, 5}, "nothing between the marks: browsing"),
    ("ปุ๋ย - หมัก", {1, 2, 3, 5}, "a dash with a space is no sign"),
    ("password:ปุ๋ยหมัก", {1, 2, 5}, "an unknown name is plain words"),
]


class EngineContract:
    """What any SearchEngine must do."""

    @pytest.mark.parametrize(
        ("query", "wanted", "why"), PHRASE_CASES, ids=[f"{c[0]}: {c[2]}" for c in PHRASE_CASES]
    )
    def test_phrases_and_what_is_ruled_out(self, engine, query, wanted, why):
        hold(engine, *EXACT.values())

        assert set(numbers(engine, asking(query))) == wanted, why

    def test_choices_that_are_ruled_out(self, engine):
        engine.apply(
            [document("ปุ๋ยหมัก", number=1, kind="lesson"), document("ปุ๋ยหมัก", number=2)], sequence=1
        )

        without = SearchQuery(text="ปุ๋ยหมัก", without={"kind": frozenset({"lesson"})})

        assert numbers(engine, asking("ปุ๋ยหมัก")) == [2, 1]
        assert numbers(engine, without) == [2]

    def test_a_year_beside_words_ranks_and_finds_nothing_by_itself(self, engine):
        others = [f"เวทีหมู่บ้าน{n}" for n in range(9)]
        hold(engine, "ทำปุ๋ยหมักในปี 2549", "ทำปุ๋ยหมัก", "เวทีในปี 2549", *others)

        assert numbers(engine, asking("ปุ๋ยหมัก 2549")) == [1, 2]
        assert numbers(engine, asking("ฆฆซซ zzzz 2549")) == []
        assert set(numbers(engine, asking("2549"))) == {1, 3}  # alone it is what is looked for

    def test_what_others_say_beneath_is_found_last_and_told_so(self, engine):
        engine.apply(
            [
                document("เรื่องน้ำหลากหน้าฝนที่ผ่านมา", number=1, comments="เลี้ยงผึ้งโพรง " * 30),
                document("ชวนกันเลี้ยง ผึ้งโพรง หลังบ้าน", number=2),
                document("เรื่องสวน", number=3, title="ผึ้งโพรง"),
            ],
            sequence=1,
        )

        result = engine.search(asking("ผึ้งโพรง"), audience=PUBLIC)

        assert [hit.number for hit in result.hits] == [3, 2, 1]
        assert [hit.in_comments for hit in result.hits] == [False, False, True]
        beneath = result.hits[2]
        assert next(beneath.snippet[a:b] for a, b in beneath.snippet_spans) == "ผึ้งโพรง"

    def test_the_best_hits_are_named_whatever_the_page(self, engine):
        hold(engine, *(f"ปุ๋ยหมักกองที่ {n}" for n in range(1, 31)))

        second = engine.search(asking("ปุ๋ยหมัก", page=2, per_page=5, sort="oldest"), audience=PUBLIC)

        assert sorted(second.best) == list(range(1, 31))
        assert [hit.number for hit in second.hits] == [6, 7, 8, 9, 10]
        assert engine.search(asking(), audience=PUBLIC).best == ()

    @pytest.mark.parametrize(
        ("query", "unsure"),
        [("ปุ๋ยหมัก", False), ("ปุ๋ยหมัด", True), ("ปุ๋ยหมัก zzzz", True), ("ลับเฉพาะ", True)],
    )
    def test_a_word_that_stands_in_nothing_allowed_is_told(self, engine, query, unsure):
        hold(engine, "ทำปุ๋ยหมัก", "เลี้ยงผึ้ง")
        engine.apply([document("ลับเฉพาะ", number=9, audience=("user:1",))], sequence=3)

        assert engine.search(asking(query), audience=PUBLIC).is_unsure is unsure

    def test_versions_and_words_of_what_is_held(self, engine):
        engine.apply([document("ครู", number=1, version=4), document("ครู", number=2)], sequence=1)
        engine.apply([Deletion(key="entry:2"), document("นา", number=3, version=7)], sequence=2)

        assert engine.versions() == {"entry:1": 4, "entry:3": 7}
        assert engine.vocabulary()["ครู"] >= 1

    @pytest.mark.parametrize(
        ("text", "query", "found", "why"), THAI_CASES, ids=[f"{c[1]}: {c[3]}" for c in THAI_CASES]
    )
    def test_thai(self, engine, text, query, found, why):
        # Others around it, so that weights and totals are those of a collection.
        hold(engine, text, "ทำนาหน้าฝน", "เลี้ยงผึ้งบนเขา", "วันนี้ฝนตกหนัก")

        assert (1 in numbers(engine, asking(query))) is found, why

    def test_a_deleted_document_is_not_found(self, engine):
        hold(engine, "ห้องเรียนในสวน", "ห้องเรียนริมทะเล")
        assert numbers(engine, asking("ห้องเรียน")) == [2, 1]  # they were there

        engine.apply([Deletion(key="entry:1"), Deletion(key="entry:99")], sequence=3)

        assert numbers(engine, asking("ห้องเรียน")) == [2]
        assert engine.count() == 1

    def test_a_changed_document_is_found_by_its_new_words_only(self, engine):
        hold(engine, "เลี้ยงปลาดุก")

        engine.apply([document("เลี้ยงผึ้งโพรง", number=1)], sequence=2)

        assert numbers(engine, asking("ปลาดุก")) == []
        assert numbers(engine, asking("ผึ้งโพรง")) == [1]
        assert engine.count() == 1

    def test_the_last_of_a_batch_counts(self, engine):
        old, new = document("เก่า", number=1), document("ใหม่", number=1)

        engine.apply([old, Deletion(key="entry:1"), new], sequence=3)

        assert engine.count() == 1
        assert numbers(engine, asking("ใหม่")) == [1]

    def test_the_sequence_is_remembered(self, engine):
        assert engine.sequence == 0
        hold(engine, "ก้าวแรก")
        assert engine.sequence == 1
        engine.apply([], sequence=7)
        assert engine.sequence == 7

    def test_a_rebuild_replaces_everything(self, engine):
        hold(engine, "ของเดิม", "ของเดิมอีกชิ้น")
        done: list[int] = []

        engine.rebuild([document("ของใหม่", number=5)], sequence=9, progress=done.append)

        assert numbers(engine, asking()) == [5]
        assert (engine.count(), engine.sequence, done) == (1, 9, [1])

    def test_nobody_finds_what_is_not_for_them(self, engine):
        engine.apply(
            [
                document("ข้าวไร่ของเรา", number=1, audience=("user:7",), title="ร่างข้าวไร่"),
                document("ข้าวไร่ของเขา", number=2),
            ],
            sequence=1,
        )

        assert numbers(engine, asking("ข้าวไร่")) == [2]
        assert numbers(engine, asking()) == [2]
        assert numbers(engine, asking("1")) == []
        assert set(numbers(engine, asking("ข้าวไร่"), frozenset({"public", "user:7"}))) == {1, 2}
        assert numbers(engine, asking("ข้าวไร่"), frozenset()) == []
        counted = engine.search(asking("ข้าวไร่"), audience=PUBLIC).facets["kind"]
        assert [(row.slug, row.count) for row in counted] == [("post", 1)]
        assert [offer.text for offer in engine.suggest("ร่าง")] == []

    def test_excluded_keys_are_neither_found_nor_counted(self, engine):
        hold(engine, "เวทีแรก", "เวทีที่สอง")

        result = engine.search(
            asking("เวที"), audience=PUBLIC, exclude=frozenset({"entry:2", "none"})
        )

        assert [hit.number for hit in result.hits] == [1]
        assert (result.total, result.facets["kind"][0].count) == (1, 1)

    def test_a_title_hit_comes_first(self, engine):
        engine.apply(
            [
                document("เล่าเรื่องปุ๋ยหมักเล็กน้อยในบันทึกนี้", number=1),
                document("วันนี้ไปดูงานมา", number=2, title="ปุ๋ยหมักบ้านเรา"),
                document("ไม่มีอะไรตรง", number=3),
            ],
            sequence=1,
        )

        assert numbers(engine, asking("ปุ๋ยหมัก")) == [2, 1]

    def test_a_comment_does_not_outrank_a_title(self, engine):
        engine.apply(
            [
                document("งานวันนี้", number=1, names="สวนยาง สวนยาง สวนยาง"),
                document("งานวันนี้", number=2, title="สวนยางของเรา"),
            ],
            sequence=1,
        )

        assert numbers(engine, asking("สวนยาง")) == [2, 1]

    def test_what_was_typed_ranks_before_its_other_names(self, engine):
        hold(engine, "การศึกษานอกโรงเรียนอำเภอ", "ครูกศน.อำเภอ", "ทำนา")

        assert numbers(engine, asking("กศน.")) == [2, 1]

    def test_words_that_stand_together_rank_before_scattered_ones(self, engine):
        hold(engine, "แผนงานและแม่บทของหมู่บ้านกับชุมชน", "แผนแม่บทชุมชนของหมู่บ้าน", "ทำนา")

        assert numbers(engine, asking("แผนแม่บทชุมชน"))[0] == 2

    def test_a_word_inside_another_ranks_last(self, engine):
        hold(engine, "ดูตาของเขา", "ตลาดนัดเช้านี้มีตาก", "ทำนา")

        assert numbers(engine, asking("ตา"))[0] == 1

    def test_a_record_number_comes_first(self, engine):
        engine.apply(
            [
                document("เปลี่ยนไปแล้ว", number=140140),
                document("อ้างถึงบันทึก 140140 และ 140140", number=2),
            ],
            sequence=1,
        )

        assert numbers(engine, asking("140140")) == [140140, 2]
        assert numbers(engine, asking("หมายเลขบันทึก: 140140"))[0] == 140140
        assert numbers(engine, asking("#140140"))[0] == 140140

    def test_a_year_is_found_in_the_facet_too(self, engine):
        engine.apply(
            [document("ไม่บอกปี", number=1, years=(2550,)), document("อื่น", number=2)], sequence=1
        )

        assert numbers(engine, asking("2007")) == [1]

    def test_a_number_and_its_noun_are_one(self, engine):
        hold(engine, "นำร่อง 13 ตำบล", "นำร่อง 3 ตำบล", "3 คนจากตำบลนี้", "ทำนา")

        assert numbers(engine, asking("3 ตำบล")) == [2]

    def test_a_number_ranks_alike_in_all_its_spellings(self, engine):
        hold(engine, "3ตำบลนำร่องและ 3 ตำบล", "สามตำบล", "ทำนา", "ไปดูงาน 3 ตำบล ที่อื่น ๆ มา")

        orders = [
            numbers(engine, asking(query)) for query in ("3 ตำบล", "3ตำบล", "สามตำบล", "๓ตำบล")
        ]

        assert len(orders[0]) == 3
        assert orders == [orders[0]] * 4

    def test_a_whole_tag_ranks_before_a_part_of_one(self, engine):
        engine.apply(
            [
                document("งาน", number=1, tags=("a",), tag_names=("กระบวนการบูรณาการแผน",)),
                document("งาน", number=2, tags=("b",), tag_names=("บูรณาการ",)),
                document("ทำนา", number=3),
            ],
            sequence=1,
        )

        assert numbers(engine, asking("บูรณาการ")) == [2, 1]

    def test_a_year_beside_words_does_not_hide_what_has_the_words(self, engine):
        hold(engine, "ปุ๋ยหมักในปี 2549", "ปุ๋ยหมักในปี 2550", "ทำนา")

        assert numbers(engine, asking("ปุ๋ยหมัก 2550")) == [2, 1]

    def test_tags_names_and_authors_are_searched(self, engine):
        engine.apply(
            [
                document(number=1, tags=("t-1",), tag_names=("บัญชีครัวเรือน",)),
                document(number=2, names="อำเภอลานสกา"),
                document(number=3, author_name="นางตัวอย่าง ใจดี"),
                document(number=4, summary="สรุปเรื่องโรงสี"),
            ],
            sequence=1,
        )

        for query, number in (("บัญชีครัวเรือน", 1), ("ลานสกา", 2), ("ใจดี", 3), ("โรงสี", 4)):
            assert numbers(engine, asking(query)) == [number]

    def test_a_question_finds_what_holds_part_of_its_words(self, engine):
        hold(engine, "สหกรณ์โคนมแห่งแรกตั้งขึ้นที่ราชบุรีเมื่อนานมาแล้ว", "ทำนา", "ปลูกยาง", "เลี้ยงผึ้ง")

        assert numbers(engine, asking("สหกรณ์โคนมแห่งแรกของประเทศตั้งอยู่จังหวัดอะไร"))[0] == 1

    def test_no_words_browse_from_newest_to_oldest(self, engine):
        hold(engine, "หนึ่ง", "สอง", "สาม")

        result = engine.search(asking(), audience=PUBLIC)

        assert [hit.number for hit in result.hits] == [3, 2, 1]
        assert (result.total, result.notes) == (3, [])

    def test_orders(self, engine):
        engine.apply(
            [
                document("เวที", number=1, title="ไก่ชน"),
                document("เวที", number=3, title="กบนา"),
                document("เวที", number=2, title="เกาะแต้ว"),
            ],
            sequence=1,
        )

        assert numbers(engine, asking("เวที", sort="newest")) == [3, 2, 1]
        assert numbers(engine, asking("เวที", sort="oldest")) == [1, 2, 3]
        assert numbers(engine, asking("เวที", sort="title")) == [3, 2, 1]
        assert numbers(engine, asking(sort="title")) == [3, 2, 1]

    def test_pages(self, engine):
        hold(engine, *["เวทีชาวบ้าน"] * 25)

        first = engine.search(asking("เวที", per_page=10), audience=PUBLIC)
        third = engine.search(asking("เวที", per_page=10, page=3), audience=PUBLIC)
        beyond = engine.search(asking("เวที", per_page=10, page=9_999), audience=PUBLIC)

        assert [len(page.hits) for page in (first, third, beyond)] == [10, 5, 0]
        assert {page.total for page in (first, third, beyond)} == {25}
        assert {hit.number for hit in first.hits}.isdisjoint(hit.number for hit in third.hits)

    def test_facets_count_over_all_hits(self, engine):
        hold(engine, *["เวทีชาวบ้าน"] * 25)

        result = engine.search(asking("เวที", per_page=5), audience=PUBLIC)

        assert [(row.slug, row.count) for row in result.facets["kind"]] == [("post", 25)]

    def test_a_facets_own_choice_does_not_shrink_its_list(self, engine):
        engine.apply(
            [
                document("เวที", number=1, kind="post", years=(2548,), communities=("a", "top")),
                document("เวที", number=2, kind="lesson", years=(2549,), communities=("b", "top")),
                document("เวที", number=3, kind="lesson", years=(2549, 2550), programs=("p",)),
            ],
            sequence=1,
        )

        result = engine.search(asking("เวที", kind="lesson", year=["2549", "2550"]), audience=PUBLIC)

        counts = {
            name: {row.slug: row.count for row in rows} for name, rows in result.facets.items()
        }
        assert result.total == 2
        assert counts["kind"] == {"lesson": 2}  # under the years
        assert counts["year"] == {"2549": 2, "2550": 1}  # under the kind
        assert counts["community"] == {"b": 1, "top": 1}
        assert counts["program"] == {"p": 1}
        both = engine.search(asking("เวที", community=["a", "b"], kind="post"), audience=PUBLIC)
        assert both.total == 1
        assert {row.slug: row.count for row in both.facets["community"]} == {
            "a": 1,
            "top": 1,
            "b": 0,
        }

    def test_a_choice_that_nothing_has_is_told_with_zero(self, engine):
        hold(engine, "เวที")

        result = engine.search(asking("เวที", tag="none"), audience=PUBLIC)

        assert (result.total, result.hits) == (0, [])
        assert [(row.slug, row.count) for row in result.facets["tag"]] == [("none", 0)]

    def test_hits_show_what_was_found(self, engine):
        engine.apply(
            [document("ปีแรกตั้งไว้ 15,000 ล้านบาท", number=1, title="งบ๑๕,๐๐๐ล้าน", summary="ย่อ")],
            sequence=1,
        )

        (hit,) = engine.search(asking("15000ล้าน"), audience=PUBLIC).hits

        assert [hit.snippet[a:b] for a, b in hit.snippet_spans] == ["15,000 ล้าน"]
        assert [hit.title[a:b] for a, b in hit.title_spans] == ["๑๕,๐๐๐ล้าน"]
        assert "\n" not in hit.snippet
        assert hit.snippet.startswith("ย่อ")

    def test_other_names_are_marked(self, engine):
        hold(engine, "ไปอบรมผ่านทางกศน.อำเภอ")

        (hit,) = engine.search(asking("การศึกษานอกโรงเรียน"), audience=PUBLIC).hits

        assert [hit.snippet[a:b] for a, b in hit.snippet_spans] == ["กศน"]

    NOTES = (
        ("2007", "2007 = พ.ศ. 2550"),
        ("๒๕๕๐", "๒๕๕๐ = พ.ศ. 2550 = ค.ศ. 2007"),
        ("ปี50", "ปี50 = พ.ศ. 2550"),
        ("กศน", "กศน. = การศึกษานอกโรงเรียน"),
        ("๓ ตำบล", "๓ = 3 = สาม"),
        ("สามตำบล", "สาม = 3"),
        ("กองทุนสวัสดิการ", "กองทุนสวัสดิการ → กองทุนสวัสดิการชุมชน"),
    )

    @pytest.mark.parametrize(("query", "note"), NOTES, ids=[case[0] for case in NOTES])
    def test_rules_that_applied_are_told(self, engine, query, note):
        hold(engine, "อะไรก็ได้")

        assert note in engine.search(asking(query), audience=PUBLIC).notes

    def test_both_bodies_of_a_short_form_are_told_and_found(self, engine):
        hold(engine, "สถาบันส่งเสริมการจัดการความรู้เพื่อสังคม", "สำนักงานคุ้มครองข้อมูลส่วนบุคคล")

        result = engine.search(asking("สคส."), audience=PUBLIC)

        assert result.total == 2
        assert len([note for note in result.notes if note.startswith("สคส. =")]) == 2

    def test_related_words_are_offered(self, engine):
        hold(engine, "อะไรก็ได้")

        assert engine.search(asking("ปลูกต้นไม้ใช้หนี้"), audience=PUBLIC).related == ["ธนาคารต้นไม้"]

    def test_a_new_word_counts_at_once(self, engine):
        from app.search import synonyms

        hold(engine, "วิสาหกิจชุมชนบ้านเรา")
        assert numbers(engine, asking("วสช.")) == []

        synonyms.learn([("วสช.", ("วิสาหกิจชุมชน",), "two-way", "")])

        assert numbers(engine, asking("วสช.")) == [1]

    def test_suggestions(self, engine):
        engine.apply(
            [
                document(
                    number=1, title="บัญชีครัวเรือนของเรา", tags=("h",), tag_names=("บัญชีครัวเรือน",)
                ),
                document(number=2, title="สมุดบัญชีเล่มแรก"),
                document(number=3, title="ทำนา"),
            ],
            sequence=1,
        )

        offered = engine.suggest("บัญ", 5)

        assert [(one.text, one.kind) for one in offered] == [
            ("บัญชีครัวเรือน", "tag"),
            ("บัญชีครัวเรือนของเรา", "title"),
            ("สมุดบัญชีเล่มแรก", "title"),
        ]
        assert len(engine.suggest("บัญ", 1)) == 1
        assert engine.suggest("บ") == []

    STRANGE = (
        '"(("[[{{' * 250,
        "ครู OR " * 300,
        "ก" * 1_000_000,
        "ตากลม" * 10_000,
        "\ud800\udfff ครู",
        "\u0e48\u0e49\u0e4a\u0e33" * 50,
        "\x00\x01\x02",
        "ที่ ของ และ ใน",
        "password:x status:draft *?~^",
        "🇹🇭👩\u200d🌾",
        "%%%___\\\\",
        "1" * 400,
        "9" * 5_000,
        "\ufdfa" * 400,
    )

    @pytest.mark.parametrize("query", STRANGE, ids=[repr(text[:12]) for text in STRANGE])
    def test_strange_queries_are_plain_words(self, engine, query):
        hold(engine, "ครูสอนดี", "ก" * 3000, "ที่ของเรา")

        result = engine.search(asking(query), audience=PUBLIC)

        assert 0 <= result.total <= 3
        assert len(result.hits) == result.total

    def test_syntax_is_taken_as_text_and_says_so(self, engine):
        hold(engine, "ครูสอนดี")

        assert engine.search(asking("title:(ครู"), audience=PUBLIC).is_plain
        assert numbers(engine, asking("title:(ครู")) == [1]
        assert not engine.search(asking("ครู"), audience=PUBLIC).is_plain

    def test_strange_documents_do_no_harm(self, engine):
        engine.apply(
            [
                document("\ud800 ครู \x00", number=1, title="\udfff", names="x" * 100_000),
                document("", number=2, title="", created=datetime(1, 1, 2, tzinfo=UTC)),
                document("é ñ 中文 🇹🇭 ครู", number=3, communities=("ตำบล/ก", "a b", "a\nb")),
            ],
            sequence=1,
        )

        assert set(numbers(engine, asking("ครู"))) == {1, 3}
        assert numbers(engine, asking("中文")) == [3]
        assert numbers(engine, asking("ñ")) == [3]
        assert numbers(engine, asking(community="a\nb")) == [3]
        assert engine.count() == 3

    def test_any_string_of_three_letters_is_found(self, engine):
        dice = random.Random(11)
        texts = [
            "ข" + "".join(dice.choice("กขคงจนมรสวอาิีุู่้เแโ") for _ in range(dice.randint(20, 90)))
            for _ in range(12)
        ]
        hold(engine, *texts)
        for number, text in enumerate(map(thai.fold, texts), 1):
            borders = [at for at in range(len(text)) if excerpt.is_border(text, at)]
            for _ in range(6):
                start, stop = sorted(dice.sample(borders, 2))
                part = text[start:stop]
                if len(part) < 3:
                    continue
                assert number in numbers(engine, asking(part)), part
