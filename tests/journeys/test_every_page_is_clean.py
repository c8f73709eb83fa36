"""Every kind of page: axe, width, bytes, light and dark, phone and laptop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from app.models import User
from app.services import drafts, limiting, proposals, writing
from app.vocabulary import LimitedTo
from tests import factories
from tests.journeys.conftest import Visit, fits, log_in

#: One of each kind.
PAGES = {
    "home": "/",
    "posts": "/posts",
    "story": "/posts/900016",
    "lessons": "/lessons",
    "lesson": "/posts/900023",
    "pages": "/pages",
    "page": "/pages/about",
    "privacy": "/pages/privacy",
    "results": "/search?q=แผนชุมชน",
    "no-results": "/search?q=ฆฆซซ zzzz 2549",
    "typed-filters": "/search?q=ชุมชน:บางจาก ปี:2548..2550 เวที ชุมชน:ไม่มีที่นี่",
    "named-page": "/search?q=SML",
    "browse": "/search",
    "communities": "/communities",
    "province": "/communities/province-nakhon-si-thammarat",
    "tambon": "/communities/tambon-karo",
    "programs": "/programs",
    "program": "/programs/km-kaejon",
    "years": "/years",
    "year": "/years/2549",
    "tags": "/tags",
    "history": "/posts/900016/history",
    "links": "/posts/900016/links",
    "words": "/glossary",
    "people": "/people",
    "log-in": "/account/login",
    "sign-up": "/account/sign-up",
    "reset": "/account/reset",
    "report": "/report",
    "missing": "/posts/5",
    "api-docs": "/api/docs",
    "talk": "/pages/about/talk",
    "talk of a community": "/communities/tambon-karo/talk",
    "proposing": "/pages/about/proposals/new",
}
SIZES = {"phone": (360, 640), "laptop": (1280, 800)}
#: Findings of axe that fail a page.
GRAVE = ("serious", "critical")
KB = 1000
#: ux.md: compressed bytes of a first visit, before photographs.
BUDGET = {"document": 20 * KB, "stylesheet": 12 * KB, "script": 30 * KB, "font": 20 * KB}


#: The same markup in another size: these stand for the others.
SAMPLE = (
    *("home", "lesson", "results", "tambon", "year", "log-in", "story", "page"),
    *("communities", "program", "history", "words", "sign-up", "missing"),
)
Picture = Callable[[Page, str], None]


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_grave_and_nothing_sticks_out(
    visit: Visit, picture: Picture, size: str
) -> None:
    page = visit(*SIZES[size])
    faults: list[str] = []
    for name in PAGES if size == "phone" else SAMPLE:
        page.goto(PAGES[name])
        faults += faults_of(page, name, picture, f"page-{name}-{size}")
    assert not faults, "\n".join(faults)


#: Pages behind the log-in, by who opens them.
WRITERS = {
    "write": "/write",
    "story": "/write/story",
    "short note": "/write/note",
    "journal": "/people/{name}/journal",
    "new series": "/series/new",
    "quick lesson": "/write/quick",
    "full lesson": "/write/lesson",
    "drafts": "/drafts",
    "account": "/account",
    "profile": "/account/profile",
    "password": "/account/password",
    "tokens": "/account/tokens",
    "consent": "/account/consent",
    "comment": "/posts/900016/comments/new",
    "comment in a community": "/communities/tambon-karo/comments/new",
    "book": "/books/new",
    "refused": "/admin/settings",
    "files": "/account/files",
    "steps": "/steps",
    "proposals": "/proposals",
}
KEEPERS = {
    "admin": "/admin",
    "reports": "/admin/reports",
    "people": "/admin/people",
    "settings": "/admin/settings",
    "texts of consent": "/admin/consent",
    "log": "/admin/log",
    "mail": "/admin/mail",
    "health": "/admin/health",
    "invitations": "/invitations",
    "rights": "/people/{name}/rights",
    "code": "/people/{name}/code",
    "badge": "/people/{name}/badge",
    "block": "/people/{name}/block",
    "searches": "/admin/searches",
    "word": "/glossary/new",
    "community": "/communities/new",
    "program": "/programs/km-kaejon/edit",
    "hiding": "/entries/900016/hiding",
}
#: What a facilitator opens who looks after ``{page}``, a page with an edit, a lock and a proposal.
TENDERS = {
    "notices": "/notifications",
    "proposals": "/proposals",
    "proposal": "/proposals/{proposal}",
    "limited page": "/posts/{page}",
    "name": "/entries/{page}/name",
    "limit": "/entries/{page}/limit",
    "kind": "/entries/{page}/kind",
    "review": "/entries/{page}/review",
    "blacking out": "/entries/{page}/blackout",
    "restoring": "/posts/900016/revisions/1/restore",
    "wanted pages": "/admin/pages",
    "orphan pages": "/admin/pages?list=orphan",
    "untouched pages": "/admin/pages?list=untouched",
    "state of a lesson": "/lessons/900023/lesson/state",
}


@pytest.mark.parametrize(("right", "pages"), [("writer", WRITERS), ("admin", KEEPERS)])
def test_pages_behind_the_log_in_are_clean_on_a_phone(
    visit: Visit,
    person: Callable[..., User],
    picture: Picture,
    right: str,
    pages: dict[str, str],
) -> None:
    page, member = visit(360, 640), person("member", name="ตัวอย่าง สมาชิก")
    log_in(page, person(right))
    faults: list[str] = []
    for name, path in pages.items():
        answer = page.goto(path.format(name=member.username))
        if answer is None or answer.status not in (200, 403):
            faults.append(f"{name}: does not open ({answer and answer.status})")
            continue
        faults += faults_of(page, name, picture, f"inside-{right}-{name}")
    assert not faults, "\n".join(faults)


def test_pages_that_look_after_a_shared_text_are_clean_on_a_phone(
    visit: Visit, person: Callable[..., User], picture: Picture
) -> None:
    keeper = person("facilitator", "tambon-bang-chak", name="ตัวอย่าง คุณอำนวย")
    text = factories.page(keeper, title="หน้าของทุกคน", body="บรรทัดแรก\n\nบรรทัดที่สอง")
    other = person("writer", "tambon-bang-chak", name="ตัวอย่าง คนแก้")
    draft = replace(drafts.draft_of(text), body="บรรทัดแรก\n\nบรรทัดใหม่")
    writing.save(other, text, draft, base=1)
    proposed = proposals.propose(
        person("member"), text, title=text.title, body="บรรทัดแรก", base=1, note="สั้นกว่า"
    )
    limiting.limit(keeper, text, to=LimitedTo.FACILITATORS, reason="รอตรวจตัวเลข")
    page = visit(360, 640)
    log_in(page, keeper)
    faults: list[str] = []
    for name, path in TENDERS.items():
        answer = page.goto(path.format(page=text.number, proposal=proposed.token))
        assert answer is not None and answer.status == 200, name
        faults += faults_of(page, name, picture, f"tending-{name}")
    assert not faults, "\n".join(faults)


def faults_of(page: Page, name: str, picture: Picture, file: str) -> list[str]:
    """What is wrong with the open page in either light; its pictures are kept in ``file``.

    Turning the light changes colours alone, so only they are looked at again.
    """
    page.emulate_media(color_scheme="light")
    picture(page, f"{file}-light".replace(" ", "-"))
    found = grave(Axe().run(page, options={"resultTypes": ["violations"]}).response)
    for letters in ("m", "xl"):
        page.evaluate("size => { document.documentElement.dataset.size = size; }", letters)
        if not fits(page):
            found.append(f"wider than the window with letters {letters}: {widest(page)}")
    page.evaluate("delete document.documentElement.dataset.size")
    page.emulate_media(color_scheme="dark")
    picture(page, f"{file}-dark".replace(" ", "-"))
    dark = page.evaluate("axe.run({runOnly: ['color-contrast'], resultTypes: ['violations']})")
    found += [f"in the dark: {one}" for one in grave(dark)]
    return [f"{name}: {one}" for one in found]


def widest(page: Page) -> list[str]:
    """What stands out of the window, the innermost last."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll("body *")]
              .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
              .map((one) => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 60)}`)
              .slice(-3)"""
        )
    )


def grave(answer: dict[str, Any]) -> list[str]:
    """What axe holds against a page, with the first element it means."""
    return [
        f"{one['id']} ({len(one['nodes'])}): {one['nodes'][0]['target']} {one['help']}"
        for one in answer["violations"]
        if one["impact"] in GRAVE
    ]


def grave_on(page: Page) -> list[str]:
    """What axe holds against the open page as it stands."""
    return grave(Axe().run(page, options={"resultTypes": ["violations"]}).response)


@pytest.mark.parametrize("name", ["home", "story", "lesson", "results", "program", "communities"])
def test_a_first_visit_costs_no_more_than_its_budget(visit: Visit, name: str) -> None:
    page = visit()
    sent: dict[str, int] = {}
    too_big: list[str] = []

    def add(response: Response) -> None:
        kind = response.request.resource_type
        size = response.request.sizes()["responseBodySize"]
        sent[kind] = sent.get(kind, 0) + size

    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(PAGES[name], wait_until="networkidle")
    for answer in answers:
        add(answer)
    preloaded = page.locator("link[rel=preload][as=font]").evaluate_all(
        "links => links.map(link => link.href)"
    )
    fonts = [answer for answer in answers if answer.url in preloaded]
    sent["font preloaded"] = sum(one.request.sizes()["responseBodySize"] for one in fonts)
    limits = {**BUDGET, "font preloaded": BUDGET["font"]}
    limits.pop("font")
    too_big = [
        f"{kind}: {sent.get(kind, 0)} of {most}"
        for kind, most in limits.items()
        if sent.get(kind, 0) > most
    ]
    assert fonts and not too_big, too_big
    assert (
        sum(size for kind, size in sent.items() if kind not in ("image", "font preloaded"))
        <= 150 * KB
    )


def test_a_second_page_costs_little_more_than_its_text(visit: Visit) -> None:
    page = visit()
    page.goto("/", wait_until="networkidle")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/posts/900016", wait_until="networkidle")
    assert sum(answer.request.sizes()["responseBodySize"] for answer in answers) <= 30 * KB
