"""The words of made-up stories: by hand for a few, by the frequencies of Thai for many.

Sentences written by hand read well and repeat; for a load test that would flatter the
search, so texts of a large load are drawn from the words of the Thai National Corpus with
their frequencies (tnc_freq.txt of PyThaiNLP, CC0), in lengths as people write.
"""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate
from math import log

from app.services.drafts import Draft
from app.services.programs import OWN_WORK
from app.text import lesson as lesson_text
from app.vocabulary import EntryKind, LessonForm, LessonState

MARK = "(ข้อมูลทดลอง)"

GIVEN = ("ตัวอย่าง", "สมมุติ", "ทดลอง", "จำลอง", "ลองดู", "สมมติพร")
FAMILY = ("ใจดี", "ขยันเรียน", "รักบ้าน", "ชวนคุย", "ช่างเล่า", "ปลูกผัก", "จดเก่ง", "ฟังเป็น")
DUTIES = ("คนจดบันทึกของหมู่บ้าน", "กรรมการกลุ่มออมทรัพย์", "ครูสอนผู้ใหญ่", "อาสาสมัครสาธารณสุข")
TOPICS = (
    "ปุ๋ยหมัก",
    "บัญชีครัวเรือน",
    "กลุ่มออมทรัพย์",
    "สวัสดิการวันละบาท",
    "แผนชุมชน",
    "ร้านน้ำชา",
    "เครื่องแกง",
    "ผักปลอดสาร",
    "ธนาคารต้นไม้",
    "น้ำประปาหมู่บ้าน",
    "ขยะในครัวเรือน",
    "ดูแลผู้สูงอายุ",
    "เยาวชนกับคลอง",
    "สวนยาง",
    "ปลาในนาข้าว",
    "ตลาดนัดตำบล",
)
DEEDS = ("เริ่มจาก", "ลองใหม่กับ", "เรียนรู้เรื่อง", "คุยกันเรื่อง", "ดูงานเรื่อง", "ชวนเพื่อนบ้านทำ", "นับหนึ่งกับ")
SENTENCES = (
    "ตอนเช้าเรานั่งล้อมวงกันใต้ถุนบ้าน ใครมีเรื่องอะไรก็เล่าให้เพื่อนฟัง",
    "คนที่เคยทำมาก่อนบอกว่าอย่ารีบ ให้ลองทีละน้อยแล้วจดไว้",
    "เดือนแรกมีคนมาไม่ถึงสิบคน เดือนต่อมาเพื่อนชวนเพื่อนจนเต็มศาลา",
    "เราแบ่งหน้าที่กันก่อนเลิกประชุม คนหนึ่งติดต่อ คนหนึ่งจัดสถานที่ คนหนึ่งจดบันทึก",
    "พอกลับไปดูสมุดที่จดไว้จึงรู้ว่าเงินหายไปกับของเล็กน้อยที่ซื้อทุกวัน",
    "บางบ้านทำแล้วได้ผลดี บางบ้านน้ำท่วมก็ต้องเริ่มใหม่",
    "กรรมการตกลงกันว่าจะนัดทุกวันพระเพราะคนว่างพร้อมกัน",
    "เด็กโรงเรียนมาช่วยวัดแปลงและวาดแผนที่ ผู้ใหญ่ก็ได้คุยกับเด็กไปด้วย",
    "ปัญหาที่ยังแก้ไม่ได้คือคนหนุ่มสาวไปทำงานในเมืองกันหมด",
    "ถ้าจะทำอีก เราจะถามคนในบ้านก่อนว่าอยากได้อะไร",
    "มีคนจากตำบลอื่นมาดูงาน เราจึงต้องเล่าให้สั้นและเข้าใจง่าย",
    "สิ่งที่ได้คือความไว้ใจกัน เงินเป็นเรื่องรองลงมา",
)
REPLIES = (
    "ที่บ้านเราก็ลองแบบนี้ ได้ผลเหมือนกัน",
    "อยากรู้ว่าใช้เวลากี่เดือนจึงเห็นผล",
    "ขอบคุณที่เล่า จะเอาไปลองในกลุ่มของเรา",
    "ลองดูเรื่องน้ำด้วยนะ ปีที่แล้วแล้งมาก",
)
SHORT_FORMS = ("กศน.", "อบต.", "อบจ.", "พช.", "ธ.ก.ส.", "มวล.", "SML", "KM", "OTOP", "อสม.")

#: Letters of a text of a large load: most are near the middle, few are very long.
MIDDLE, SPREAD, SHORTEST, LONGEST = 1_700, 0.6, 200, 12_000
#: Words seen once in the corpus are mostly errors of its cutting.
RAREST = 2
#: The first so many words are particles and the like: no tag and no subject of a text.
COMMON = 400
#: Tags besides TOPICS, and the words that one text comes back to.
MORE_TAGS, OWN_WORDS = 300, 12
FIRST_YEAR, LAST_YEAR = 2547, 2560


@dataclass(frozen=True, slots=True)
class Places:
    """What made-up texts are about: slugs, and what people call the tambons."""

    tambons: list[str]
    programs: list[str]
    names: list[str] = field(default_factory=list)


# --- a few, by hand --------------------------------------------------------------------


def drafts_from(chance: random.Random, places: Places, count: int) -> Iterator[Draft]:
    """``count`` drafts: mostly posts and stories, a third lessons."""
    for n in range(count):
        topic = chance.choice(TOPICS)
        kind = chance.choices((EntryKind.POST, EntryKind.STORY, EntryKind.LESSON), (4, 3, 3))[0]
        draft = Draft(
            kind=kind,
            title=f"{chance.choice(DEEDS)}{topic} {MARK} {n + 1}",
            summary=chance.choice(SENTENCES),
            body=story(chance, topic),
            communities=(chance.choice(places.tambons),),
            programs=(chance.choice(places.programs),) if places.programs else (),
            years=(chance.randint(2548, 2555),),
            tags=(topic, chance.choice(TOPICS)),
        )
        yield (
            as_lesson(draft, topic, partial(story, chance, topic, letters=500))
            if kind is EntryKind.LESSON
            else draft
        )


def story(chance: random.Random, topic: str, *, letters: int = 2200) -> str:
    """Some paragraphs about ``topic``, about ``letters`` letters."""
    paragraphs = [f"เรื่องนี้แต่งขึ้นเพื่อทดลองระบบ เล่าถึง{topic}"]
    while sum(map(len, paragraphs)) < letters:
        said = chance.sample(SENTENCES, k=chance.randint(3, 6))
        paragraphs.append(f"{' '.join(said)} {chance.randint(3, 60)} คนช่วยกันทำ{topic}")
    return "\n\n".join(paragraphs)


def as_lesson(draft: Draft, topic: str, tell: Callable[[], str]) -> Draft:
    """The same as a full lesson with a point and a principle; ``tell`` fills a box."""
    boxes = {box.key: "" for box in lesson_text.BOXES}
    for key in ("goal", "actions", "results", "problems"):
        boxes[key] = tell()
    point = lesson_text.Part(
        id="k1",
        kind="k",
        text=f"จดเรื่อง{topic}ทุกวันแล้วอ่านด้วยกันทุกเดือน",
        source=lesson_text.TOLD_ORALLY,
    )
    principle = lesson_text.Part(id="g1", kind="g", text="ทำทีละน้อยและจดไว้", sums=("k1",))
    text = lesson_text.LessonText(boxes=boxes, points=(point,), principles=(principle,))
    return replace(
        draft,
        body=lesson_text.compose(text),
        form=LessonForm.FULL,
        state=LessonState.TOLD,
        programs=draft.programs or (OWN_WORK,),
    )


# --- many, by frequencies --------------------------------------------------------------


class Frequencies:
    """Thai words drawn as often as people write them."""

    def __init__(self, chance: random.Random) -> None:
        from pythainlp.corpus import thai_profanity_words
        from pythainlp.corpus.tnc import unigram_word_freqs

        unfit = thai_profanity_words()
        counted = sorted(
            (
                (word, count)
                for word, count in unigram_word_freqs().items()
                if count >= RAREST and word not in unfit and re.fullmatch("[ก-ฺเ-๎]{2,}", word)
            ),
            key=lambda pair: (-pair[1], pair[0]),
        )
        self.chance = chance
        self.words = [word for word, _count in counted]
        self.totals = list(accumulate(count for _word, count in counted))
        self.common = self.totals[COMMON - 1]
        spread = self.some(MORE_TAGS * 4, telling=True)
        self.tags = [*TOPICS, *[w for w in dict.fromkeys(spread) if len(w) > 3][:MORE_TAGS]]
        self.tag_totals = zipf(len(self.tags))

    def some(self, count: int, *, telling: bool = False) -> list[str]:
        """``count`` words; ``telling`` ones leave the most common out."""
        if not telling:
            return self.chance.choices(self.words, cum_weights=self.totals, k=count)
        rest = self.totals[-1] - self.common
        draws = (self.common + self.chance.random() * rest for _ in range(count))
        return [self.words[min(bisect(self.totals, at), len(self.words) - 1)] for at in draws]

    def text(self, letters: int, topic: str, place: str) -> str:
        """Paragraphs of unspaced sentences, about ``letters`` letters, that come back to a subject.

        Years, short forms, the place and a sentence written by hand stand among them, glued
        to their neighbours as often as not.
        """
        chance = self.chance
        words = self.some(max(1, letters * 2 // 9))  # a drawn word has four letters and a half
        own = [topic, place, *self.some(OWN_WORDS, telling=True)]
        words[5::14] = [own[n % len(own)] for n in range(len(words[5::14]))]
        words[29::60] = [self.aside() for _ in words[29::60]]
        sentences, start = [], 0
        while start < len(words):
            stop = start + chance.randint(6, 18)
            sentences.append("".join(words[start:stop]))
            start = stop
        sentences.insert(chance.randrange(len(sentences) + 1), chance.choice(SENTENCES))
        step = chance.randint(3, 7)
        paragraphs = (sentences[n : n + step] for n in range(0, len(sentences), step))
        return "\n\n".join(" ".join(said) for said in paragraphs)

    def aside(self) -> str:
        """A year, a number or a short form, in one of the ways people write it."""
        year = self.chance.randint(FIRST_YEAR, LAST_YEAR)
        count = self.chance.randint(2, 20_000)
        return self.chance.choice(
            (
                f"ปี{year}",
                f" พ.ศ. {year} ",
                f"ปี {str(year).translate(_THAI_DIGITS)} ",
                f" ค.ศ. {year - 543} ",
                f"{count:,}บาท",
                f" {count} คน",
                f"ผ่านทาง{self.chance.choice(SHORT_FORMS)}",
                f" {self.chance.choice(SHORT_FORMS)} ",
            )
        )


_THAI_DIGITS = {ord("0") + n: chr(ord("๐") + n) for n in range(10)}


def zipf(count: int) -> list[float]:
    """Cumulated weights: the n-th of ``count`` comes up as 1 / (n + 3)."""
    return list(accumulate(1 / (n + 4) for n in range(count)))


def many_drafts(chance: random.Random, places: Places, count: int) -> Iterator[Draft]:
    """``count`` drafts of a large load; some tambons and programs are told of far more."""
    words = Frequencies(chance)
    order = list(range(len(places.tambons)))
    chance.shuffle(order)
    tambon_totals, program_totals = zipf(len(order)), zipf(len(places.programs))
    for n in range(count):
        topic = chance.choices(words.tags, cum_weights=words.tag_totals)[0]
        at = chance.choices(order, cum_weights=tambon_totals)[0]
        kind = chance.choices((EntryKind.POST, EntryKind.STORY, EntryKind.LESSON), (4, 3, 3))[0]
        letters = int(min(max(chance.lognormvariate(log(MIDDLE), SPREAD), SHORTEST), LONGEST))
        first = chance.triangular(FIRST_YEAR, LAST_YEAR, 2549)
        draft = Draft(
            kind=kind,
            title=f"{chance.choice(DEEDS)}{topic}{''.join(words.some(4))} {MARK} {n + 1}",
            summary=f"{''.join(words.some(12))} {topic} {''.join(words.some(12))}",
            communities=(places.tambons[at],),
            programs=programs_of(chance, places, program_totals),
            years=tuple(range(int(first), int(first) + chance.choice((1, 1, 1, 1, 2, 3)))),
            tags=(topic, *chance.choices(words.tags, cum_weights=words.tag_totals, k=2)),
        )
        place = places.names[at]
        if kind is EntryKind.LESSON:
            yield as_lesson(draft, topic, partial(words.text, letters // 4, topic, place))
        else:
            yield replace(draft, body=words.text(letters, topic, place))


def programs_of(chance: random.Random, places: Places, totals: Sequence[float]) -> tuple[str, ...]:
    """One program mostly, two now and then, none where the site has none."""
    if not places.programs:
        return ()
    picked = chance.choices(places.programs, cum_weights=totals, k=chance.choice((1, 1, 1, 2)))
    return tuple(dict.fromkeys(picked))
