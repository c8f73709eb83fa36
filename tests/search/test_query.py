"""An address becomes a query; what cannot be read becomes its plain default."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from app.search.query import SearchQuery


def query(*pairs: tuple[str, str]) -> SearchQuery:
    return SearchQuery.from_args(MultiDict(pairs))


def test_an_empty_address_browses():
    found = query()

    assert found == SearchQuery()
    assert found.is_browsing()
    assert found.args() == []


def test_everything_of_an_address_is_read():
    found = query(
        ("q", " นำร่อง  ๓\nตำบล "),
        ("kind", "post"),
        ("kind", "lesson"),
        ("community", "tambon-bang-chak"),
        ("year", "2548..2550"),
        ("year", "ค.ศ. 2009"),
        ("fiscal_year", "๒๕๕๑"),
        ("tag", "บัญชี"),
        ("sort", "newest"),
        ("page", "3"),
        ("per_page", "50"),
    )

    assert found.text == "นำร่อง ๓ ตำบล"
    assert found.facets == {
        "kind": frozenset({"post", "lesson"}),
        "community": frozenset({"tambon-bang-chak"}),
        "year": frozenset({"2548", "2549", "2550", "2552"}),
        "fiscal_year": frozenset({"2551"}),
        "tag": frozenset({"บัญชี"}),
    }
    assert (found.sort, found.page, found.per_page) == ("newest", 3, 50)


BAD = [
    ("page", "0"),
    ("page", "-1"),
    ("page", "two"),
    ("page", "9" * 40),
    ("page", ""),
    ("per_page", "0"),
    ("per_page", "²"),
    ("sort", "password"),
    ("year", "nonsense"),
    ("year", "0"),
    ("kind", "   "),
    ("unknown", "x"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_what_cannot_be_read_becomes_the_default(name, value):
    assert query((name, value)) == SearchQuery()


def test_numbers_are_held_to_their_limits():
    assert query(("per_page", "5000")).per_page == 100
    assert query(("page", "99999999")).page == 10_000


def test_a_megabyte_of_words_and_choices_is_cut():
    found = query(("q", "ก" * 1_000_000), *[("tag", f"t{n}") for n in range(500)])

    assert len(found.text) == 1_000
    assert len(found.facets["tag"]) == 60


def test_a_plain_mapping_will_do():
    found = SearchQuery.from_args({"q": "ครู", "kind": ["post", "page"]})

    assert (found.text, found.facets) == ("ครู", {"kind": frozenset({"post", "page"})})


def test_an_address_can_be_made_again():
    first = query(
        ("q", "ครู"), ("year", "2548..2550"), ("tag", "ก ข&ค"), ("sort", "title"), ("page", "2")
    )

    assert ("year", "2548..2550") in first.args()
    assert query(*first.args()) == first
