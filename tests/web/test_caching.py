"""Kept pages: what they show is what may be seen now, and they do not fill the memory."""

from __future__ import annotations

from app.services import lifecycle
from app.web.caching import KeptPage, PageStore
from tests import factories


def test_a_kept_page_does_not_go_on_showing_the_title_of_what_was_hidden(app, client):
    author = factories.writer()
    shown = factories.post(author, title="ปุ๋ยหมักใบไม้", tags=("ปุ๋ย",))
    other = factories.post(author, title="เรื่องที่จะถูกซ่อน", tags=("ปุ๋ย",))
    address = f"/posts/{shown.number}"
    client.get(address)
    assert other.title in client.get(address).get_data(as_text=True)

    lifecycle.hide(factories.moderator(), other, reason="ลอง")

    assert other.title not in client.get(address).get_data(as_text=True)


def test_pages_are_kept_up_to_a_number_of_bytes():
    store = PageStore(most=100, most_bytes=1000)

    for number in range(20):
        store.put(number, KeptPage(b"x" * 100, ()))
    store.put("too large", KeptPage(b"x" * 600, ()))

    assert [store.get(number) is not None for number in range(20)] == [False] * 10 + [True] * 10
    assert store.get("too large") is None
