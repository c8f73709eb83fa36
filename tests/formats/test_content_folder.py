"""A folder of files: a fixed order, and every fault named while the rest comes in."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from app.formats import read
from app.formats.content_folder import read_folder
from app.formats.records import EntryRecord, FileRecord, ReadError, Record
from app.vocabulary import EntryKind
from tests.formats.pages import text_page


def put(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def entry(title: str, number: int | None = None) -> str:
    return f"---\n{f'number: {number}' if number else ''}\ntitle: {title}\n---\nเนื้อ\n"


def paths(found: list[Record | ReadError]) -> list[str]:
    return [item.path for item in found]


def faults(found: list[Record | ReadError]) -> list[tuple[str, str, int]]:
    return [(item.code, item.path, item.line) for item in found if isinstance(item, ReadError)]


def test_everything_comes_in_a_fixed_order(tmp_path):
    content = "ภาพ".encode()
    name = hashlib.sha256(content).hexdigest()
    put(tmp_path / "files" / f"{name}.jpg", content)
    put(tmp_path / "pages/about.md", entry("เกี่ยวกับ"))
    put(tmp_path / "lessons/9.md", entry("เก้า"))
    put(tmp_path / "posts/10.md", entry("สิบ", 10))
    put(tmp_path / "posts/9.md", entry("เก้า", 9))
    put(tmp_path / "posts/.hidden.md", "?")
    put(tmp_path / "posts/notes.txt", "?")
    put(tmp_path / "glossary.yaml", "- {short: ก.}\n")
    put(tmp_path / "programs.yaml", "- {name: ก, slug: a}\n")
    put(tmp_path / "communities.yaml", "- {name: ก, slug: a}\n")
    put(tmp_path / "README.md", "ไม่ใช่บันทึก")

    found = list(read_folder(tmp_path))

    assert paths(found) == [
        "communities.yaml",
        "programs.yaml",
        "glossary.yaml",
        "posts/9.md",
        "posts/10.md",
        "lessons/9.md",
        "pages/about.md",
        f"files/{name}.jpg",
    ]
    assert found[-1] == FileRecord(sha256=name, extension="jpg", size=len(content))
    assert list(read_folder(tmp_path)) == found


def test_a_bad_file_is_named_and_the_others_come_in(tmp_path):
    put(tmp_path / "posts/1.md", entry("หนึ่ง", 1))
    put(tmp_path / "posts/2.md", "---\ntitle: [\n---\n")
    put(tmp_path / "posts/3.md", b"---\ntitle: a\n---\n\xff\n")
    put(tmp_path / "posts/4.md", entry("สี่", 4).encode("utf-8-sig"))
    put(tmp_path / "posts/5.md", entry("ห้า", 5).encode("utf-16"))
    put(tmp_path / "posts/6.md", "")
    put(tmp_path / "files/abc.jpg", b"x")
    put(tmp_path / f"files/{'0' * 64}.jpg", b"x")

    found = list(read_folder(tmp_path))

    assert [item.number for item in found if isinstance(item, EntryRecord)] == [1, 4]
    assert faults(found) == [
        ("yaml", "posts/2.md", 3),
        ("encoding", "posts/3.md", 4),
        ("encoding", "posts/5.md", 1),
        ("empty", "posts/6.md", 0),
        ("wrong_sum", f"files/{'0' * 64}.jpg", 0),
        ("wrong_sum", "files/abc.jpg", 0),
    ]


def test_a_number_or_page_that_is_there_already_is_named(tmp_path):
    put(tmp_path / "posts/1.md", entry("หนึ่ง", 5))
    put(tmp_path / "lessons/2.md", entry("สอง", 5))
    put(tmp_path / "pages/a.md", entry("ก"))

    found = list(read_folder(tmp_path))

    assert faults(found) == [("taken", "lessons/2.md", 2)]
    assert found[1].message() == "lessons/2.md, line 2: 5 stands in posts/1.md already."


def test_links_that_lead_out_are_refused_and_links_inside_are_followed(tmp_path):
    outside = put(tmp_path / "secret/1.md", entry("ความลับ"))
    folder = tmp_path / "content"
    put(folder / "posts/1.md", entry("หนึ่ง", 1))
    (folder / "posts/2.md").symlink_to(outside)
    (folder / "posts/3.md").symlink_to("3.md")
    (folder / "posts/4.md").symlink_to("nowhere.md")
    (folder / "lessons").symlink_to(tmp_path / "secret")
    (folder / "programs.yaml").symlink_to("/etc/passwd")
    (folder / "pages").mkdir()
    (folder / "pages/a.md").symlink_to("../posts/1.md")

    found = list(read_folder(folder))

    assert [(item.path, item.kind) for item in found if isinstance(item, EntryRecord)] == [
        ("posts/1.md", EntryKind.POST)
    ]
    assert faults(found) == [
        ("outside", "programs.yaml", 0),
        ("outside", "posts/2.md", 0),
        ("missing", "posts/3.md", 0),
        ("missing", "posts/4.md", 0),
        ("outside", "lessons", 0),
        ("taken", "pages/a.md", 2),
    ]


def test_what_is_no_file_is_not_waited_for(tmp_path):
    put(tmp_path / "posts/1.md", entry("หนึ่ง", 1))
    (tmp_path / "posts/2.md").mkdir()
    os.mkfifo(tmp_path / "posts/3.md")
    put(tmp_path / "lessons", "ไม่ใช่โฟลเดอร์")

    found = list(read_folder(tmp_path))

    assert faults(found) == [
        ("not_a_file", "posts/2.md", 0),
        ("not_a_file", "posts/3.md", 0),
        ("not_a_file", "lessons", 0),
    ]


def test_a_heap_of_files_and_one_file(tmp_path):
    one = put(tmp_path / "ก.md", entry("หนึ่ง"))
    put(tmp_path / "ข.md", entry("สอง"))

    assert paths(list(read_folder(tmp_path))) == ["ก.md", "ข.md"]
    assert paths(list(read_folder(one))) == ["ก.md"]


def test_one_file_keeps_the_kind_of_its_folder(tmp_path):
    (page,) = read(put(tmp_path / "pages/about.md", entry("เกี่ยวกับ")))

    assert isinstance(page, EntryRecord)
    assert (page.kind, page.slug, page.path) == (EntryKind.PAGE, "about", "pages/about.md")


@pytest.mark.parametrize("name", ["page.txt", "page.HTML"])
def test_a_saved_page_is_known_by_its_ending(tmp_path, name):
    (post,) = read(put(tmp_path / name, text_page()))

    assert isinstance(post, EntryRecord)
    assert (post.number, post.path) == (123456, name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nothing", "missing"),
        ("photo.jpg", "unknown_format"),
        ("empty", "empty_folder"),
        ("other.txt", "not_gotoknow"),
        ("a\x00b", "missing"),
    ],
)
def test_what_cannot_be_imported_is_said(tmp_path, name, code):
    put(tmp_path / "photo.jpg", b"\xff\xd8")
    put(tmp_path / "other.txt", "ข่าว")
    (tmp_path / "empty").mkdir()

    (fault,) = read(str(tmp_path / name))

    assert isinstance(fault, ReadError)
    assert fault.code == code
    assert fault.message()


def test_a_name_that_is_no_text_can_be_printed(tmp_path):
    place = os.fsencode(tmp_path / "posts")
    os.mkdir(place)
    try:
        with open(place + b"/\xff.md", "wb") as file:
            file.write(b"?")
    except OSError:
        return  # this file system has no such names

    (fault,) = read_folder(tmp_path)

    assert fault.path == "posts/\ufffd.md"
    fault.message().encode()
