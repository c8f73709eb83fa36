"""What people agree to at sign-up.  A changed text is a new version and is asked for again."""

from __future__ import annotations

from flask_babel import gettext as _

from app.clock import now
from app.db import transaction
from app.errors import Invalid
from app.models import Consent, ConsentText, User
from app.policy import Permission, ensure
from app.queries import people
from app.services import audit
from app.text.cleaning import clean_text
from app.vocabulary import AuditAction

LONGEST_TEXT = 20_000

FIRST_TEXT_TH = """เมื่อสมัครใช้งาน ท่านยินยอมให้เว็บนี้เก็บและแสดงข้อมูลดังต่อไปนี้

- ชื่อที่ท่านเลือกให้แสดง ชุมชนหรือสำนักวิชา และหน้าที่ของท่าน แสดงคู่กับสิ่งที่ท่านเขียน
- ชื่อผู้ใช้อยู่ในที่อยู่หน้าของท่านบนเว็บ หมายเลขโทรศัพท์ใช้สำหรับเข้าระบบเท่านั้น \
ไม่แสดงให้ใครเห็น อีเมลไม่จำเป็นต้องให้
- บันทึก บทเรียน และความเห็นของท่าน พร้อมวันเวลาและประวัติการแก้ไข
- เราไม่ส่งข้อมูลของท่านให้ผู้อื่น และไม่ใช้บริการติดตามจากภายนอก

ท่านขอดู ขอแก้ หรือขอให้ลบข้อมูลของท่านได้ทุกเมื่อ โดยกด “แจ้งปัญหา” ที่ท้ายทุกหน้า \
รายละเอียดอยู่ในหน้าความเป็นส่วนตัว"""

FIRST_TEXT_EN = """By signing up you agree that this site keeps and shows the following.

- The name you choose to show, your community or school and your duty, beside what you write.
- Your user name stands in the address of your page. A telephone number is used to log in only \
and is shown to nobody. No e-mail address is needed.
- Your posts, lessons and comments, with their times and their history.
- We give your data to nobody and use no outside tracking.

You may ask to see, correct or remove your data at any time through “Report a problem” at the \
foot of every page. The privacy page says more."""


def agree(actor: User, *, version: int) -> Consent | None:
    """Keep that ``actor`` agrees to the text in force; None when they had agreed before.

    Invalid when ``version``, the one that was shown, is no longer in force.
    """
    with transaction() as session:
        text = people.consent_in_force()
        if text is None or text.version != version:
            raise Invalid({"agreed": [_("The text has changed meanwhile. Please read it again.")]})
        if people.has_agreed(actor):
            return None
        consent = Consent(user_id=actor.id, text_id=text.id, given_at=now())
        session.add(consent)
    return consent


def publish_text(actor: User | None, *, thai: str, english: str) -> ConsentText:
    """Put a new version into force; everybody is asked again, older versions stay listed."""
    texts = {"text_th": clean_text(thai), "text_en": clean_text(english)}
    faults = {}
    for name, said in texts.items():
        if not said.strip():
            faults[name] = [_("Both languages are needed.")]
        elif len(said) > LONGEST_TEXT:
            faults[name] = [
                _("Too long: %(n)d letters; at most %(most)d.", n=len(said), most=LONGEST_TEXT)
            ]
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.SITE_SET)
        before = people.consent_in_force()
        if before is not None and (before.text_th, before.text_en) == tuple(texts.values()):
            faults["text_th"] = [_("This is the text in force already.")]
        if faults:
            raise Invalid(faults)
        text = ConsentText(version=before.version + 1 if before else 1, created_at=now(), **texts)
        session.add(text)
        session.flush()
        audit.record(actor, AuditAction.CONSENT_TEXT, f"consent:{text.version}")
    return text
