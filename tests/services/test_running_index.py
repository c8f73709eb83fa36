"""The index of a running site: real processes, harmed and told from outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from app.search.engine import IndexUnusable
from app.search.engines.folder import IndexFolder
from tests.test_serving import PATIENCE, ROOT, Site, eventually

BEING_BUILT = "กำลังทำดัชนีค้นหาใหม่"
QUERY = f"/search?q={quote('วงน้ำชา')}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, library_site) -> Path:
    folder = tmp_path_factory.mktemp("running") / "site"
    shutil.copytree(library_site, folder)
    return folder


@pytest.fixture(scope="module")
def site(folder) -> Iterator[Site]:
    site = Site(folder)
    site.start()
    yield site
    os.killpg(site.process.pid, signal.SIGKILL)
    site.process.wait(PATIENCE)


class Reader:
    """Asks again and again, each time for a page that no cache holds."""

    def __init__(self, site: Site) -> None:
        self.site, self.asked = site, 0
        self.statuses: set[int] = set()

    def page(self) -> str:
        self.asked += 1
        url = f"http://127.0.0.1:{self.site.port}{QUERY}&n={self.asked}"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                self.statuses.add(answer.status)
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            self.statuses.add(error.code)
            return ""

    def finds_it(self) -> bool:
        """Whether twelve answers in a row, of whichever process, come from the index."""
        return all("<mark>วงน้ำชา</mark>" in self.page() for _ in range(12))


def flask(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    settings = {"DATA_DIR": str(folder), "CONTENT_DIR": "", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-P", "-m", "app", "search", *words],
        env=os.environ | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def is_whole(folder: Path) -> bool:
    try:
        return IndexFolder(folder / "search_index").verify() > 0
    except (IndexUnusable, OSError):
        return False


def deleted(index: Path) -> None:
    index.rename(index.with_name("lost"))
    shutil.rmtree(index.with_name("lost"))


def replaced(index: Path) -> None:
    deleted(index)
    # The running site may be first to make the folder anew; the foreign file comes all the same.
    index.mkdir(exist_ok=True)
    (index / "notes.txt").write_text("files of something else")


def zeroed_in_place(index: Path) -> None:
    for file in IndexFolder(index).generation().iterdir():
        with file.open("r+b") as open_file:
            open_file.write(bytes(file.stat().st_size))


@pytest.mark.parametrize("harm", [deleted, replaced, zeroed_in_place])
def test_harm_under_running_processes_heals_without_one_failed_page(site, folder, harm):
    reader = Reader(site)
    assert eventually(reader.finds_it)

    harm(folder / "search_index")

    assert eventually(lambda: reader.page() != "" and is_whole(folder) and reader.finds_it())
    assert reader.statuses == {200}


def test_a_build_beside_a_running_site_is_done_by_the_site(site, folder):
    reader = Reader(site)
    assert eventually(reader.finds_it)
    was = IndexFolder(folder / "search_index").generation()

    said = flask(folder, "rebuild")

    assert said.returncode == 0, said.stderr
    assert "The running site builds the index" in said.stdout
    assert IndexFolder(folder / "search_index").generation() != was
    assert reader.finds_it()
    checked = flask(folder, "check")
    assert checked.returncode == 0
    assert "Index and database are equal." in checked.stdout
    assert reader.statuses == {200}


def test_files_cut_short_under_running_processes_end_them_and_new_ones_heal(site, folder):
    """A map of a file that was cut ends the process that reads there: the system says so."""
    for file in IndexFolder(folder / "search_index").generation().glob("*.[pt]*"):
        os.truncate(file, 10)
    reader = Reader(site)

    def answers() -> bool:
        try:
            return reader.page() != "" and is_whole(folder) and reader.finds_it()
        except OSError:  # the process ended in the middle of the answer
            return False

    assert eventually(answers)
    assert reader.statuses == {200}
