"""Parts that stand on a page many times are made in short ways; they say what the long ones say."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import flask_babel
import pytest
from markupsafe import Markup

from app.queries import entries as queries
from app.web import helpers
from app.web.marks import mark
from tests import factories


def part(app, source, /, **given):
    """A piece of template with the building blocks at hand, as a page would show it."""
    return app.jinja_env.from_string('{% import "_ui.html" as ui %}' + source).render(**given)


@pytest.mark.parametrize("address", ["/", "/?lang=en", "/?lang=en&era=ce", "/?lang=<b>"])
def test_the_chips_of_a_card_are_chips_like_all_others(app, address):
    entry = factories.lesson(
        communities=("tambon-bang-chak", "tambon-karo"),
        proposed_program="ธนาคาร <เมล็ดพันธุ์>",
        years=(2549, 2550),
    )
    (card,) = queries.by_numbers(None, [entry.number])
    with app.test_request_context(address):
        shown = part(app, "{{ ui.entry_chips(card) }}", card=card)
        one_by_one = part(
            app,
            """
            {%- for row in card.communities %}<li>{{ ui.chip("community", community_label(row), page_url("/communities/" ~ row.slug)) }}</li>{% endfor -%}
            {%- for row in card.programs %}<li>{{ ui.chip("program", row.label, page_url("/programs/" ~ row.slug), proposed=row.confirmation == "proposed") }}</li>{% endfor -%}
            {%- for year in card.years %}<li>{{ ui.chip("year", year | year_label, page_url("/years/" ~ year)) }}</li>{% endfor -%}
            """,  # noqa: E501
            card=card,
        )

    assert one_by_one.strip()
    assert one_by_one.strip() in shown


@pytest.mark.parametrize("lang", ["th", "en"])
def test_a_template_says_what_the_translation_says(app, lang):
    with app.test_request_context(f"/?lang={lang}"):
        for text in ("Story", "Search", "Filters in use", "Lesson library"):
            assert part(app, "{{ _(text) }}", text=text) == flask_babel.gettext(text)
        said = flask_babel.gettext("Nothing found for “%(text)s”", text="&lt;i&gt;")
        shown = part(app, '{{ _("Nothing found for “%(text)s”", text="<i>") }}')
    assert shown == said


def test_two_languages_in_turn_do_not_mix(app):
    said = []
    for lang in ("th", "en", "th", "en"):
        with app.test_request_context(f"/?lang={lang}"):
            flask_babel.refresh()  # the context around the tests keeps the language before
            said.append(part(app, '{{ _("Story") }} {{ gettext("Lesson") }}'))

    assert said[0] == said[2] != said[1] == said[3] == "Story Lesson"


def test_a_language_that_is_forced_is_spoken(app):
    with app.test_request_context("/?lang=th"):
        before = part(app, '{{ _("Story") }}')
        with flask_babel.force_locale("en"):
            assert part(app, '{{ _("Story") }}') == "Story"
        assert part(app, '{{ _("Story") }}') == before != "Story"


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("q", "ปุ๋ย หมัก"), ("year", "2549")],
        [("q", "a&b=c?d#e/f+g%h"), ("q", "")],
        [("q", "x" * 500)],
        [("<b>", '"')],
    ],
)
def test_an_address_is_written_as_the_library_writes_it(pairs):
    assert helpers.query_string(pairs) == urlencode(pairs)


@pytest.mark.parametrize("address", ["/search", "/search?q=ปุ๋ย&tag=a&tag=b&page=3&lang=en"])
def test_many_choices_of_a_filter_lead_where_each_leads_alone(app, address):
    choices = [[], ["ฟืน"], ["a", "ฟืน"], ["a&b", "c d"]]
    with app.test_request_context(address):
        assert helpers.with_each("tag", choices) == [
            helpers.with_args(tag=choice, page=None) for choice in choices
        ]


@pytest.mark.parametrize("count", [0, 1, 8, 9, 40])
def test_a_long_filter_shows_eight_and_folds_the_rest(app, count):
    items = [
        {
            "name": f"<{n}>",
            "slug": str(n),
            "count": n,
            "href": f"/search?tag={n}",
            "selected": n == 0,
        }
        for n in range(count)
    ]
    with app.test_request_context("/?lang=en"):
        shown = part(app, '{{ ui.facet_group("Tags", items, "tag") }}', items=items)

    open_part, _, folded = shown.partition('<details class="facet-rest">')
    assert open_part.count("<li>") == min(count, 8)
    assert folded.count("<li>") == max(0, count - 8)
    assert (f"{count - 8} more" in folded) is (count > 8)
    assert shown.count("<ul>") == shown.count("</ul>")
    assert shown.count("<details") == shown.count("</details>")
    assert shown.count('aria-current="true"') == min(count, 1)
    assert "<0>" not in shown


def test_an_icon_is_drawn_with_its_own_label_each_time(app):
    with app.test_request_context("/"):
        plain = part(app, '{{ icon("x") }}')
        labelled = part(app, '{{ icon("x", label) }}', label="ปิด <1>")
        as_markup = part(app, '{{ icon("x", label) }}', label=Markup("ปิด &lt;1&gt;"))

    assert 'aria-hidden="true"' in plain
    assert labelled == as_markup
    assert 'aria-label="ปิด &lt;1&gt;"' in labelled


@pytest.mark.parametrize(
    ("text", "spans", "shown"),
    [
        ("ปุ๋ย <b>", (), "ปุ๋ย &lt;b&gt;"),
        ("a<b>c", ((0, 1), (1, 4)), "<mark>a&lt;b&gt;</mark>c"),  # what touches is one mark
        ("กขค", ((1, 3),), "ก<mark>ขค</mark>"),
    ],
)
def test_what_was_found_is_marked_and_everything_else_escaped(text, spans, shown):
    assert mark(text, spans) == Markup(shown)


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 kB"), (1, "1 kB"), (15_200, "16 kB"), (2_140_000, "2.1 MB"), (3 * 10**9, "3 GB")],
)
def test_a_size_is_told_without_a_word_to_translate(size, shown):
    assert helpers.file_size(size) == shown


@pytest.mark.parametrize("path", ["/", "/search", "/lessons", "/tags"])
def test_the_search_of_the_header_keeps_language_and_calendar(client, path):
    page = client.get(f"{path}?lang=en&era=ce").text
    for form in re.findall(r'<form[^>]* method="get".*?</form>', page, re.S):
        assert form.count('name="lang" value="en"') == 1, form
        assert form.count('name="era" value="ce"') == 1, form
    assert 'name="lang"' not in client.get(path).text
