"""Buttons, pasting, suggestions and the preview: a text is made without knowing its marks."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.models import User
from app.vocabulary import Status
from tests import factories
from tests.journeys.conftest import Site, Visit, fits, follow, log_in
from tests.journeys.lessons import add_row, press_row

#: What Word puts on the clipboard: its own lists, odd spaces, styles on everything.
WORD_MARK = "<![if !supportLists]><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span>"
WORD_ITEM = f"<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>{WORD_MARK}<![endif]>"
FROM_WORD = f"""<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>
<style>p.MsoNormal {{margin:0cm; font-family:"TH SarabunPSK"}}</style></head><body lang=TH>
<!--StartFragment-->
<h1 style='color:#2F5496'><b>เริ่ม<span style='mso-spacerun:yes'>&nbsp;</span>อย่างไร</b></h1>
<p class=MsoNormal style='text-indent:36pt'><span
style='font-size:16.0pt'>เรานัด</span><b>ทุกวันพระ</b><span
lang=EN-US>&nbsp;</span>ที่ <i>ร้านน้ำชา</i><o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
{WORD_ITEM}เตรียมน้ำ</p>
{WORD_ITEM}ชวน<a href="https://example.org/a">เพื่อน</a></p>
<ol><li>หนึ่ง<ul><li>ย่อย</li></ul></li><li>สอง</li></ol>
<table><tr><td>ปี</td><td>บ้าน</td></tr><tr><td>2549</td><td>10</td></tr></table>
<script>document.title = "broken"</script><img src="file:///c:/photo.png">
<!--EndFragment--></body></html>"""

AS_MARKDOWN = """## เริ่ม อย่างไร

เรานัด**ทุกวันพระ** ที่ *ร้านน้ำชา*

- เตรียมน้ำ
- ชวน[เพื่อน](https://example.org/a)
1. หนึ่ง
   - ย่อย
2. สอง

ปี · บ้าน
2549 · 10"""

FROM_LINE = "10:42\tแม่บ้าน\tพรุ่งนี้\u00a0นัดกัน\r\n\r\n\r\n\r\n10:43\tป้า\tจ้า\u200b  \r\nเจอกัน"
FROM_LINE_CLEAN = "10:42  แม่บ้าน  พรุ่งนี้ นัดกัน\n\n10:43  ป้า  จ้า\nเจอกัน"

PASTE = """(field, [html, text]) => {
  const data = new DataTransfer();
  if (html) data.setData("text/html", html);
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
  if (field.dispatchEvent(event)) document.execCommand("insertText", false, text);
}"""


@pytest.fixture
def writer(person: Callable[..., User]) -> User:
    return person("writer", "tambon-karo", name="ตัวอย่าง คนไม่รู้โค้ด")


def text_of(page: Page) -> str:
    return page.input_value("#f-body").lstrip("\n")


def tool(page: Page, do: str) -> None:
    page.locator(f".tools [data-do={do}]").click()


def select(page: Page, words: str) -> None:
    page.locator("#f-body").evaluate(
        "(field, words) => { const at = field.value.lastIndexOf(words); field.focus();"
        " field.setSelectionRange(at, at + words.length); }",
        words,
    )


def empty(page: Page) -> None:
    page.locator("#f-body").press("Control+a")
    page.keyboard.press("Delete")


def caret(page: Page) -> list[object]:
    found: list[object] = page.evaluate(
        "[document.activeElement.id, document.activeElement.selectionStart]"
    )
    return found


def test_a_text_is_made_with_buttons_and_pasting(
    visit: Visit, site: Site, writer: User, picture: Callable[[Page, str], None]
) -> None:
    factories.post(writer, title="มุมหนังสือในร้านน้ำชาบ้านคีรี")
    secret = factories.writer(at="tambon-karo")
    factories.post(secret, title="มุมหนังสือลับของคนอื่น", status=Status.DRAFT)
    page = visit(360, 640, is_mobile=True)
    log_in(page, writer)
    page.goto("/write/story")
    sizes = page.locator(".tools button:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(r => Math.min(r.width, r.height))"
    )
    assert len(sizes) == 10 and min(sizes) >= 44
    assert fits(page)

    buttons(page)
    pasting(page)
    picture(page, "editor-360-pasted")
    suggestions(page, writer)


def buttons(page: Page) -> None:
    body = page.locator("#f-body")
    body.click()
    page.keyboard.type("เรื่องแรก")
    tool(page, "heading")
    assert text_of(page) == "## เรื่องแรก"
    expect(page.locator(".tools [data-do=heading]")).to_have_attribute("aria-pressed", "true")
    tool(page, "heading")
    assert text_of(page) == "เรื่องแรก"
    select(page, "แรก")
    tool(page, "bold")
    assert text_of(page) == "เรื่อง**แรก**"
    tool(page, "bold")
    assert text_of(page) == "เรื่องแรก"
    page.keyboard.press("Control+z")
    assert text_of(page) == "เรื่อง**แรก**", "the browser's own undo takes a button back"

    empty(page)
    tool(page, "list")
    page.keyboard.type("น้ำ")
    page.keyboard.press("Enter")
    page.keyboard.type("ปุ๋ย")
    assert text_of(page) == "- น้ำ\n- ปุ๋ย"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("จบ")
    assert text_of(page) == "- น้ำ\n- ปุ๋ย\n\nจบ", "an empty item ends the list"
    body.press("Control+a")
    tool(page, "numbers")
    assert text_of(page) == "1. น้ำ\n2. ปุ๋ย\n\n3. จบ"

    select(page, "ปุ๋ย")
    tool(page, "link")
    page.fill("#link-address", "example.org/ปุ๋ย (1)")
    page.keyboard.press("Enter")
    assert "[ปุ๋ย](https://example.org/ปุ๋ย%20%281%29)" in text_of(page)
    assert page.url.endswith("/write/story"), "Enter in the link does not send the form"


def test_what_comes_after_a_list_is_no_part_of_its_last_item(
    visit: Visit, site: Site, writer: User
) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, writer)
    page.goto("/write/story")
    page.fill("#f-title", "ขุดบ่อ")

    for button, typed, kept in (
        (None, "แล้วเริ่มขุด", "แล้วเริ่มขุด"),
        ("quote", "ขุดให้ลึก", "> ขุดให้ลึก"),
        ("page", "บ่อ", "[[บ่อ"),
    ):
        begin_list(page)
        page.keyboard.press("Enter")
        if button is None:
            page.keyboard.press("Enter")
        else:
            tool(page, "list")  # takes the mark of the empty item away
            tool(page, button)
        page.keyboard.type(typed)
        assert text_of(page) == f"- จอบ\n- เสียม\n\n{kept}"

    begin_list(page)
    page.keyboard.press("Enter")
    tool(page, "quote")
    page.keyboard.type("หนึ่ง")
    page.keyboard.press("Enter")
    tool(page, "quote")
    tool(page, "quote")
    page.keyboard.type("สอง")
    assert text_of(page) == "- จอบ\n- เสียม\n\n> หนึ่ง\n\n> สอง"

    begin_list(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    tool(page, "link")
    page.fill("#link-address", "example.org")
    page.keyboard.press("Enter")
    assert text_of(page) == "- จอบ\n- เสียม\n\nhttps://example.org"
    tool(page, "page")
    assert text_of(page).endswith("\n\nhttps://example.org [["), "an address ends before a link"
    page.keyboard.press("Escape")

    begin_list(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("แล้วเริ่มขุด")
    follow(page.locator(".buttons-sticky button[value=draft]"))
    page.locator(".tabs a").first.click()
    expect(page.locator("article .prose li").last).to_have_text("เสียม")
    expect(page.locator("article .prose > p").last).to_have_text("แล้วเริ่มขุด")


def begin_list(page: Page) -> None:
    page.locator("#f-body").click()
    empty(page)
    tool(page, "list")
    page.keyboard.type("จอบ")
    page.keyboard.press("Enter")
    page.keyboard.type("เสียม")


def pasting(page: Page) -> None:
    body = page.locator("#f-body")
    empty(page)
    body.evaluate(PASTE, [FROM_WORD, "x"])
    assert text_of(page) == AS_MARKDOWN
    empty(page)
    body.evaluate(PASTE, ["", FROM_LINE])
    assert text_of(page) == FROM_LINE_CLEAN
    empty(page)
    page.keyboard.type("ดูที่นี่")
    select(page, "ที่นี่")
    body.evaluate(PASTE, ["", "https://example.org/"])
    assert text_of(page) == "ดู[ที่นี่](https://example.org/)"
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")


def suggestions(page: Page, writer: User) -> None:
    body = page.locator("#f-body")
    body.press_sequentially("ต่อจาก [[มุมหนัง")
    offered = page.locator("#editor-suggestions [role=option]")
    expect(offered.first).to_contain_text("บ้านคีรี")
    assert "ลับ" not in page.locator("#editor-suggestions").inner_text()
    chosen = page.locator("#editor-suggestions [aria-selected=true]")
    assert body.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Escape")
    expect(page.locator("#editor-suggestions")).to_be_hidden()
    body.press_sequentially("สือ")
    expect(offered.first).to_contain_text("บ้านคีรี")
    page.keyboard.press("Enter")
    assert text_of(page).endswith("ต่อจาก [[มุมหนังสือในร้านน้ำชาบ้านคีรี]]")

    body.press_sequentially(f" ถาม @{writer.username}")
    expect(offered.first).to_contain_text(writer.username)
    offered.first.click()
    expect(body).to_have_value(re.compile(f" ถาม @{writer.username} $"))
    tool(page, "page")
    expect(offered.first).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    assert text_of(page).endswith(f"@{writer.username} ")


def test_the_preview_is_the_page_and_leads_back_to_the_caret(
    visit: Visit, site: Site, writer: User, picture: Callable[[Page, str], None]
) -> None:
    page = visit(1280, 800)
    log_in(page, writer)
    page.goto("/write/lesson")
    folded = page.locator("details.box:not([open])")
    assert folded.count() == 4, "what need not be filled waits folded"
    folded.first.locator("summary").click()
    page.fill("#f-title", "ทำปุ๋ยใช้เองทั้งหมู่บ้าน")
    page.fill("#f-years", "2549")
    page.fill("#f-box_goal", "อยากให้ทุกบ้านทำเอง")
    page.locator("#f-box_actions").focus()
    assert page.locator(".tools + .link-asked + #f-box_actions").count() == 1
    page.keyboard.type("นัดกันที่บ้าน")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+b")
    assert "ตัวหนา" in page.input_value("#f-box_actions")
    page.keyboard.press("Control+z")
    before = caret(page)
    assert before[0] == "f-box_actions"

    # From the keyboard alone: into the toolbar, along it by arrows, and back.
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    seen = page.locator("dialog.seen")
    expect(seen.locator("h1")).to_have_text("ทำปุ๋ยใช้เองทั้งหมู่บ้าน")
    for said in ("บทเรียน", writer.display_name, "กะหรอ", "พ.ศ. 2549", "งานของชุมชนเอง", "สิ่งที่ทำ"):
        expect(seen).to_contain_text(said)
    assert page.evaluate("document.activeElement.id") == "preview"
    assert fits(page)
    picture(page, "editor-1280-preview")
    page.keyboard.press("Escape")
    expect(seen).to_be_hidden()
    assert caret(page) == before

    page.set_viewport_size({"width": 360, "height": 640})
    page.locator(".buttons-sticky button[value=preview]").click()
    expect(seen.locator("h1")).to_be_visible()
    picture(page, "editor-360-preview")
    page.locator("[data-seen-off]").click()
    page.set_viewport_size({"width": 1280, "height": 800})

    # Ctrl+S keeps the draft; what was previewed is what the page shows.
    text = seen_text(page)
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/edit"))
    page.locator(".tabs a").first.click()
    page.wait_for_url(re.compile(r"/lessons/\d+/[^/]+$"))
    assert page.locator("article .prose").inner_text() == text


def seen_text(page: Page) -> str:
    """The text of the preview, as it is seen."""
    page.locator("#f-box_actions").focus()
    page.locator(".buttons-sticky button[value=preview]").click()
    expect(page.locator("dialog.seen")).to_be_visible()
    text = page.locator("dialog.seen .prose").inner_text()
    page.keyboard.press("Escape")
    return text


@pytest.mark.parametrize("height", [800, 620])
def test_the_buttons_of_a_link_stand_above_the_foot(
    visit: Visit, writer: User, height: int
) -> None:
    page = visit(1280, height)
    log_in(page, writer)
    page.goto("/write/story")
    page.locator("#f-body").focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#link-address")).to_be_focused()
    page.wait_for_function(
        """() => {
          const one = document.querySelector("[data-link-done]");
          const at = one.getBoundingClientRect();
          return one.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2));
        }"""
    )  # the page glides there


def test_who_saves_with_the_keys_writes_on_where_the_caret_was(visit: Visit, writer: User) -> None:
    page = visit(1280, 620)
    log_in(page, writer)
    page.goto("/write/story")
    page.fill("#f-title", "จดไปเก็บไป")
    page.fill("#f-body", "\n".join(f"บรรทัดที่ {number}" for number in range(40)))
    page.evaluate("document.getElementById('f-body').setSelectionRange(0, 6)")
    for address in ("**/edit", "**/edit"):
        with page.expect_navigation(url=address):
            page.keyboard.press("Control+s")
        expect(page.locator("#f-body")).to_be_focused()
        expect(page.locator("#f-body")).to_be_in_viewport()
        expect(page.locator(".keeping")).to_contain_text("เก็บร่างแล้ว")
        page.keyboard.insert_text("ข้อ")
    expect(page.locator("#f-body")).to_have_value(re.compile("^ข้อข้อ"))


def test_a_row_that_was_taken_out_comes_back_to_its_place(visit: Visit, writer: User) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, writer)
    page.goto("/write/lesson")
    for at, text in enumerate(("เริ่มจากน้อย", "ชวนเพื่อนบ้าน", "จดทุกวัน")):
        add_row(page, "points", at, text, js=True)
    add_row(page, "principles", 0, "ค่อย ๆ ทำ", js=True)
    page.fill("#f-principles-0-sums", "k1, k2")

    press_row(page, "points:remove:1", js=True)
    expect(page.locator("#f-points-1-text")).to_have_value("จดทุกวัน")
    expect(page.locator("#f-principles-0-sums")).to_have_value("k1")
    gone = page.locator("#f-points > .row-gone")
    expect(gone).to_contain_text("เอาออกแล้ว")
    assert fits(page)
    gone.get_by_role("button").click()
    expect(page.locator("#f-points-1-text")).to_have_value("ชวนเพื่อนบ้าน")
    expect(page.locator("#f-points-1-text")).to_be_focused()
    expect(page.locator("#f-points-2-text")).to_have_value("จดทุกวัน")
    expect(page.locator("#f-principles-0-sums")).to_have_value("k1, k2")
    expect(gone).to_be_hidden()

    add_row(page, "points", 3, "", js=True)
    press_row(page, "points:remove:3", js=True)
    expect(gone).to_be_hidden()  # there was nothing in it


def test_what_is_typed_goes_along_into_the_full_form(visit: Visit, writer: User) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, writer)
    page.goto("/write/quick")
    page.fill("#f-title", "โอ่งหน้าบ้าน")
    page.keyboard.press("Enter")  # "next" on a phone
    expect(page.locator("#f-title")).not_to_be_focused()
    assert page.url.endswith("/write/quick")
    page.locator(".buttons-sticky button[value=draft]").click()
    page.wait_for_url("**/edit")
    page.fill("#f-box_goal", "พิมพ์ต่อแล้วยังไม่ได้เก็บ")
    page.locator("a[data-carry]").click()
    page.wait_for_url("**/edit?form=full")
    expect(page.locator("#f-box_goal")).to_have_value("พิมพ์ต่อแล้วยังไม่ได้เก็บ")
    expect(page.locator("textarea[name^=box_]")).to_have_count(8)


def test_a_place_is_found_as_people_type_it(visit: Visit, writer: User) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, writer)
    page.goto("/write/quick")
    field = page.locator("[data-narrow]").first
    field.evaluate("one => { one.closest('details').open = true; }")
    shown = page.locator(f"#{field.get_attribute('data-narrow')} .choice:not([hidden])")
    for typed, place in (
        ("ต. กะหรอ", "หมู่ที่ 8 ต.กะหรอ"),
        ("ตำบล กะหรอ", "หมู่ที่ 8 ต.กะหรอ"),
        ("ม.๘ กะหรอ", "หมู่ที่ 8 ต.กะหรอ"),
        ("หมู่ 8 กะหรอ", "หมู่ที่ 8 ต.กะหรอ"),
        ("อ.นบพิตำ", "ตำบลกรุงชิง"),
    ):
        field.fill(typed)
        expect(shown.filter(has_text=place)).to_have_count(1)
        expect(shown.filter(has_text="ขนอม")).to_have_count(0)
    none = page.locator(".picker-find [role=status]").first
    expect(none).to_be_empty()
    field.fill("ไม่มีที่ไหนชื่อนี้")
    expect(none).to_contain_text("ไม่มีในรายการ")
