"""Pages in the shape of GotoKnow's, all of it made up: people, place, numbers and text."""

from __future__ import annotations

from html import escape

TITLE = "ปุ๋ยหมักบ้านสมมุติ ทำอย่างไรให้ไม่เลิก"
SUMMARY = (
    "กลุ่มปุ๋ยหมักของเราเริ่มจากเจ็ดครัวเรือนและใช้มูลไก่กับใบยางเป็นหลัก "
    "ผมเล่าไว้ตรงนี้เผื่อหมู่บ้านอื่นจะได้ไม่ต้องลองผิดซ้ำ(ซึ่งเราลองผิดมาแล้วสามรอบ)"
)
#: Paragraphs of the text; a line break stays a line break.
PARAGRAPHS = (
    "ก่อนทำเราตกลงกัน4ข้อคือ\n1)ทุกบ้านเอาใบไม้มารวม\n2)ไม่เผา\n3)จดบัญชี\n4)กลับกองทุก7วัน",
    SUMMARY,
    "ปี2549ได้ปุ๋ย1,200กิโลกรัม ขายให้สมาชิกกิโลกรัมละ3บาท\nปี2550 ฝนมากกองปุ๋ยแฉะ",
    "ดังนั้น\xa0ถ้าใครจะทำให้เริ่มจากกองเล็กๆก่อนครับ",
)
BODY = "\n\n".join(PARAGRAPHS)
TAIL = (
    "หมายเลขบันทึก: 123456เขียนเมื่อ 5 มีนาคม 2008 09:07 น. ()"
    "แก้ไขเมื่อ 29 กุมภาพันธ์ 2012 23:59 น. ()สัญญาอนุญาต: จำนวนที่อ่านจำนวนที่อ่าน:"
)
FULL_TAIL = (
    "คำสำคัญ (Tags): #ปุ๋ยหมัก #บัญชีครัวเรือน\n"
    "หมายเลขบันทึก: 123456เขียนเมื่อ 5 มีนาคม 2008 09:07 น. (4 ปีที่แล้ว)"
    "แก้ไขเมื่อ 29 กุมภาพันธ์ 2012 23:59 น. (10 เดือนที่แล้ว)"
    "สัญญาอนุญาต: สงวนสิทธิ์ทุกประการจำนวนที่อ่านจำนวนที่อ่าน: 1,234"
)
NO_COMMENTS = "ความเห็น (0)\n\nไม่มีความเห็น"
COMMENTS = (
    "ความเห็น (2)\n\n"
    "นางตัวอย่าง ใจดี\n"
    "เขียนเมื่อ 6 มีนาคม 2008 10:00 น. ()\n\n"
    "ที่บ้านใช้มูลวัวแทนค่ะ\nกองละ3ตะกร้า\n\n"
    "นายสมมุติ ขยันยิ่ง #98765\n"
    "เขียนเมื่อ 7 มีนาคม 2008 11:30 น. ()\n\n"
    "ขอบคุณครับ จะลองทำดู"
)
FOOTER = (
    "พบปัญหาการใช้งานกรุณาแจ้ง LINE ID\xa0@gotoknow\nClassStart\n"
    "ระบบจัดการการเรียนการสอนผ่านอินเทอร์เน็ต\nทั้งเว็บทั้งแอปใช้งานฟรี\n"
    "ClassStart Books\nโครงการหนังสือจากคลาสสตาร์ท"
)


def text_page(
    *,
    above: str = "",
    title: str = TITLE,
    summary: str = SUMMARY,
    body: str = BODY,
    tail: str = TAIL,
    comments: str = NO_COMMENTS,
    footer: str = FOOTER,
) -> str:
    """A page as its text, copied from a browser."""
    head = f"{above}{title}\n\n\n" + (f"{summary}\n\n" if summary else "")
    return f"{head}{body}\n\n{tail}\n\n\n{comments}\n\n{footer}"


def html_page(
    *,
    style: str = "a",
    above: str = "",
    title: str = TITLE,
    summary: str = SUMMARY,
    body: str = BODY,
    tail: str = TAIL,
    comments: str = NO_COMMENTS,
    footer: str = FOOTER,
) -> str:
    """The same page as saved HTML; ``style`` chooses tags and class names."""
    build = {"a": _article, "b": _divisions}[style]
    return build(above, title, summary, body, tail, comments, footer)


def _article(
    above: str, title: str, summary: str, body: str, tail: str, comments: str, footer: str
) -> str:
    lead = f'<p class="lead">{_lines(summary)}</p>' if summary else ""
    paragraphs = "".join(f"<p>{_lines(part)}</p>" for part in body.split("\n\n"))
    spans = "</span>\n  <span>".join(_lines(part) for part in tail.split("()"))
    said = "".join(f"<div class='c'>{_lines(part)}</div>" for part in comments.split("\n\n"))
    return f"""<!DOCTYPE html>
<html lang="th"><head><meta charset="utf-8"><title>{escape(title)} - GotoKnow</title>
<style>p {{ color: red }}</style><script>document.write("<p>ไม่เห็น</p>")</script></head>
<body class="home-x"><nav><ul><li>หน้าแรก</li><li>สมุด</li></ul></nav>
<article>{_lines(above)}<h1 class="t-91">{escape(title)}</h1>{lead}
<div class="content">{paragraphs}</div>
<div class="meta"><span>{spans}</span></div></article>
<section id="comments">{said}</section>
<footer>{_lines(footer)}</footer></body></html>"""


def _divisions(
    above: str, title: str, summary: str, body: str, tail: str, comments: str, footer: str
) -> str:
    """Old markup: tables and divisions, capital tags, no heading element."""
    lead = f"<DIV CLASS=z1>{_lines(summary)}</DIV><BR>" if summary else ""
    text = "<BR>\n<BR>".join(_lines(part) for part in body.split("\n\n"))
    return f"""<HTML><HEAD><TITLE>{escape(title)}</TITLE></HEAD><BODY>
<DIV STYLE="display: none">เมนูที่ซ่อนไว้</DIV>
<TABLE><TR><TD>หน้าแรก</TD><TD>บล็อก</TD></TR></TABLE>
<DIV>{_lines(above)}</DIV><DIV CLASS=q><B>{escape(title)}</B></DIV><BR><BR>
{lead}<DIV CLASS=zz>{text}</DIV><BR><DIV>{_lines(tail)}</DIV>
<DIV>{_lines(comments)}</DIV><NOSCRIPT>เปิดสคริปต์</NOSCRIPT><DIV>{_lines(footer)}</DIV></BODY></HTML>"""


def _lines(text: str) -> str:
    return escape(text, quote=False).replace("\xa0", "&nbsp;").replace("\n", "<br>\n")
