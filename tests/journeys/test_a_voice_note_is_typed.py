"""A villager speaks instead of typing; a student types it; the facilitator lets it in."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Dialog, Page, Route, expect

from app.models import User
from app.vocabulary import Status
from tests import factories
from tests.journeys.conftest import Site, Visit, fits, log_in
from tests.support import sounds

TYPED = "แต่ก่อนเรากองปุ๋ยไว้ท้ายสวน พอย้ายมาไว้ข้างครัวก็ได้ทำทุกวัน"


def record(page: Page) -> None:
    page.locator("[data-start]").click()
    expect(page.locator("[data-stop]")).to_be_visible()
    expect(page.locator("[data-time]")).to_have_text("0:02")
    page.locator("[data-stop]").click()
    expect(page.locator("[data-made] audio")).to_be_visible()


def test_a_voice_note_becomes_text_by_the_hands_of_three(
    visit: Visit,
    site: Site,
    person: Callable[..., User],
    picture: Callable[[Page, str], None],
) -> None:
    recorder = person("writer", "tambon-karo", name="ตัวอย่าง คนอัดเสียง")
    typist = person("member", name="ตัวอย่าง คนช่วยพิมพ์")
    facilitator = person("facilitator", "tambon-karo")
    entry = factories.post(
        recorder,
        title="ปุ๋ยหมักข้างครัว",
        status=Status.DRAFT,
        communities=("tambon-karo",),
        tellers=("นางตัวอย่าง ใจดี",),
    )

    phone = visit(360, 640, is_mobile=True)
    log_in(phone, recorder)
    phone.goto(f"/posts/{entry.number}/edit")
    phone.get_by_role("link", name="อัดเสียงเล่า").click()
    phone.wait_for_url(re.compile(r"/voice$"))
    record(phone)
    assert fits(phone)
    picture(phone, "voice-recorded")

    lost: list[str] = []

    def lose_the_line(route: Route) -> None:
        lost.append(route.request.url)
        route.abort("connectionreset")

    phone.route("**/uploads/parts**", lose_the_line)
    phone.get_by_role("button", name="เก็บไว้กับร่าง").click()
    expect(phone.locator("#voice [data-said]")).to_contain_text("สัญญาณขาด")
    assert lost, "the recording was under way when the line broke"
    phone.reload()
    expect(phone.locator("#voice [data-said]")).to_contain_text("ค้างอยู่ในเครื่องนี้")
    expect(phone.locator("[data-made] audio")).to_be_visible()
    phone.unroute("**/uploads/parts**")
    expect(phone.locator("#f-speaker")).to_have_value("นางตัวอย่าง ใจดี")
    phone.get_by_role("button", name="เก็บไว้กับร่าง").click()
    note = phone.locator(".row-list .panel")
    expect(note).to_contain_text("อยู่กับร่าง")
    expect(note).to_contain_text("นางตัวอย่าง ใจดี")

    # Without consent it is not offered; with it, it stands in the queue.
    expect(phone.get_by_role("button", name="ส่งเข้าฝากพิมพ์")).to_have_count(0)
    helper = visit(1280, 800)
    log_in(helper, typist)
    helper.goto("/typing")
    expect(helper.get_by_text("ไม่มีเสียงรอพิมพ์")).to_be_visible()
    phone.get_by_role("link", name="จดความยินยอมของผู้พูด").click()
    phone.get_by_label("ด้วยวาจา").check()
    assert fits(phone)
    picture(phone, "voice-consent")
    phone.get_by_role("button", name="เก็บไว้เฉย ๆ").click()
    phone.get_by_role("button", name="ส่งเข้าฝากพิมพ์").click()
    expect(note).to_contain_text("อยู่ในฝากพิมพ์")
    picture(phone, "voice-queued")

    # Another member listens, slower, and types it; it is kept between two visits.
    helper.goto("/")
    helper.locator(".site-account summary").click()
    helper.locator(".menu-list").get_by_role("link", name="ฝากพิมพ์").click()
    expect(helper.locator("main")).to_contain_text("นางตัวอย่าง ใจดี")
    expect(helper.locator("main")).not_to_contain_text("ปุ๋ยหมักข้างครัว")
    picture(helper, "voice-queue")
    helper.get_by_role("link", name="ฟังและพิมพ์").click()
    audio = helper.locator("audio")
    assert audio.evaluate(
        "audio => audio.readyState > 0 || new Promise((done) => "
        "audio.addEventListener('loadedmetadata', () => done(true), { once: true }))"
    )
    helper.get_by_role("button", name="0.75×").click()
    expect(audio).to_have_js_property("playbackRate", 0.75)
    helper.get_by_role("button", name="ฉันจะพิมพ์เสียงนี้").click()
    helper.fill("#f-text", TYPED[:20])
    helper.keyboard.press("Control+s")
    expect(helper.locator(".flashes")).to_contain_text("เก็บแล้ว")
    expect(helper.locator("#f-text")).to_have_value(TYPED[:20])
    helper.fill("#f-text", TYPED)
    picture(helper, "voice-typing")
    helper.get_by_role("button", name="ส่งตรวจ").click()
    expect(helper.locator(".flashes")).to_contain_text("รอผู้เล่าหรือผู้ดูแลชุมชนตรวจรับ")

    # It waits: neither in the draft nor public.
    stranger = visit(360, 640)
    for path in (f"/posts/{entry.number}", f"/search?q={TYPED[:8]}"):
        stranger.goto(path)
        assert TYPED[:20] not in stranger.content()

    office = visit(1280, 800)
    log_in(office, facilitator)
    office.locator(".bell").click()
    expect(office.locator("main")).to_contain_text("รอคุณตรวจรับ")
    office.get_by_role("button", name="เปิดดู").click()
    expect(office.locator("audio")).to_be_visible()
    expect(office.locator("#f-text")).to_have_value(TYPED)
    picture(office, "voice-approval")
    office.fill("#f-text", f"{TYPED} (เล่าเมื่อเช้า)")
    office.get_by_role("button", name="ตรวจรับ ใส่ลงในเนื้อหา").click()
    expect(office.locator(".flashes")).to_contain_text("พร้อมชื่อผู้พิมพ์")

    stranger.goto(f"/posts/{entry.number}")
    assert TYPED not in stranger.content(), "the draft is a draft still"
    phone.goto(f"/posts/{entry.number}")
    expect(phone.locator("article, main").first).to_contain_text(f"{TYPED} (เล่าเมื่อเช้า)")
    facts = phone.locator(".facts")
    expect(facts).to_contain_text("พิมพ์โดย")
    expect(facts).to_contain_text("ตัวอย่าง คนช่วยพิมพ์")
    phone.goto(f"/posts/{entry.number}/history")
    expect(phone.locator("main")).to_contain_text("พิมพ์โดย ตัวอย่าง คนช่วยพิมพ์")
    helper.goto("/notifications")
    expect(helper.locator("main")).to_contain_text("ตรวจรับเสียงเล่าที่พิมพ์แล้ว")
    expect(helper.locator("main")).not_to_contain_text("ปุ๋ยหมักข้างครัว")


#: A microphone that takes its time, and all that it was opened for.
SLOW_MICROPHONE = """
window.tracks = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (what) => {
  await new Promise((done) => { setTimeout(done, 500); });
  const stream = await ask(what);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""


def test_a_double_tap_records_once_and_a_full_recording_ends_by_itself(
    visit: Visit, site: Site, person: Callable[..., User]
) -> None:
    recorder = person("writer", "tambon-karo")
    entry = factories.post(recorder, status=Status.DRAFT)
    # What a service worker fetches is out of the reach of ``make_small``.
    phone = visit(360, 640, is_mobile=True, service_workers="block")
    log_in(phone, recorder)

    def make_small(route: Route) -> None:
        answer = route.fetch()
        # So little that even silence fills it: how loud the beeps arrive is the machine's affair.
        small = answer.text().replace('data-most="20000000"', 'data-most="1500"')
        route.fulfill(response=answer, body=small)

    phone.route("**/voice", make_small)
    phone.add_init_script(SLOW_MICROPHONE)
    phone.goto(f"/entries/{entry.number}/voice")
    phone.evaluate(
        "for (let tap = 0; tap < 2; tap += 1) document.querySelector('[data-start]').click()"
    )
    expect(phone.locator("#voice [data-said]")).to_contain_text("จึงหยุดให้เอง")
    expect(phone.locator("[data-made] audio")).to_be_visible()
    assert phone.evaluate("tracks.map((track) => track.readyState)") == ["ended"]


def test_whoever_logs_out_is_warned_of_a_recording_and_leaves_none_behind(
    visit: Visit, site: Site, person: Callable[..., User]
) -> None:
    recorder = person("writer", "tambon-karo")
    entry = factories.post(recorder, status=Status.DRAFT)
    page = visit(1280, 800)
    log_in(page, recorder)
    page.goto(f"/entries/{entry.number}/voice")
    record(page)

    other = page.context.new_page()
    warned: list[str] = []

    def log_out(*, is_sure: bool) -> None:
        def answer(dialog: Dialog) -> None:
            warned.append(dialog.message)
            dialog.accept() if is_sure else dialog.dismiss()

        other.once("dialog", answer)
        other.locator(".site-account summary").click()
        other.get_by_role("button", name="ออกจากระบบ").click()

    other.goto("/")
    log_out(is_sure=False)
    other.goto("/")
    expect(other.locator(".site-account summary")).to_be_visible()
    log_out(is_sure=True)
    expect(other.locator(".site-account summary")).to_have_count(0)
    assert len(warned) == 2 and "เสียง" in warned[0]
    names = "indexedDB.databases().then((all) => all.map((one) => one.name))"
    assert other.evaluate(names) == [], "though another tab had it open"
    assert page.evaluate("files.of('', '')") == [], "which finds its store again"


def test_without_javascript_a_phone_sends_what_its_recorder_made(
    visit: Visit, site: Site, person: Callable[..., User]
) -> None:
    recorder = person("writer", "tambon-karo")
    entry = factories.post(recorder, status=Status.DRAFT)
    page = visit(360, 640, js=False)
    log_in(page, recorder)
    page.goto(f"/entries/{entry.number}/voice")
    expect(page.locator("[data-recorder]")).to_be_hidden()
    page.set_input_files(
        "#f-sound", {"name": "เสียง.m4a", "mimeType": "audio/mp4", "buffer": sounds.m4a()}
    )
    page.get_by_role("button", name="เก็บไว้กับร่าง").click()
    expect(page.locator(".row-list .panel")).to_contain_text("0:04 นาที")
    assert fits(page)
