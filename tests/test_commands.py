"""The commands and the settings: what they refuse, and the words they refuse it with."""

from __future__ import annotations

import importlib.util
import os
import socket
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

import config
from app import serving

ROOT = Path(__file__).resolve().parent.parent


def script(name: str) -> ModuleType:
    """A Python file of bin/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "bin" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


setup = script("_setup")
translations = script("_translations")


# --- settings ----------------------------------------------------------------------------------


@pytest.fixture
def load(tmp_path):
    """``config.load`` in an empty folder, without the environment of the tests."""

    def load(dotenv: str = "", **environ: str) -> config.Config:
        file = tmp_path / ".env"
        file.write_text(dotenv, "utf-8")
        return config.load({"DATA_DIR": str(tmp_path), "CONTENT_DIR": ""} | environ, dotenv=file)

    return load


PUBLIC = {"SITE_URL": "https://learning.example.org"}
LONG_KEY = "f3Qw9zLr0XcVbNm5tYp8aHs2"

REFUSED = [
    # settings                                           words of the sentence
    ({"SEARCH_ENGINE": "sphinx"}, ["SEARCH_ENGINE", "sphinx", "whoosh"]),
    ({"DATABASE_URL": "nowhere"}, ["DATABASE_URL", "postgresql+psycopg://"]),
    ({"DATABASE_URL": "mysql://a:hidden@h/d"}, ["mysql", "postgresql+psycopg://"]),
    ({"DATABASE_URL": "postgresql+asyncpg://h/d"}, ["asyncpg", "not installed"]),
    ({"TEST_DATABASE_URL": "nowhere"}, ["TEST_DATABASE_URL"]),
    ({"PORT": "80000"}, ["PORT", "80000", "65535"]),
    ({"PORT": "eighty"}, ["PORT", "eighty"]),
    ({"WEB_WORKERS": "0"}, ["WEB_WORKERS", "1 to 64"]),
    ({"SITE_LOCALE": "de"}, ["SITE_LOCALE", "de", "th, en"]),
    ({"SITE_TIMEZONE": "Siam/Nakhon"}, ["SITE_TIMEZONE", "Asia/Bangkok"]),
    ({"SITE_URL": "learning.example.org"}, ["SITE_URL", "https://"]),
    ({"MAIL_URL": "http://user:hidden@mail.example.org"}, ["MAIL_URL", "smtp://"]),
    ({"RATE_LIMITS": "perhaps"}, ["RATE_LIMITS", "on or off"]),
    ({"FROZEN_NOW": "tomorrow"}, ["FROZEN_NOW", "2026-11-01T09:00:00+07:00"]),
    ({"CONTENT_DIR": "/no/such/folder"}, ["CONTENT_DIR", "/no/such/folder"]),
    (PUBLIC | {"FROZEN_NOW": "2026-11-01"}, ["FROZEN_NOW", "public"]),
    (PUBLIC | {"RATE_LIMITS": "off"}, ["RATE_LIMITS", "public"]),
    (PUBLIC | {"SECRET_KEY": "change-me"}, ["SECRET_KEY", "known or short"]),
    (PUBLIC | {"SECRET_KEY": "your_secret_key_here"}, ["SECRET_KEY", "known or short"]),
    (PUBLIC | {"SECRET_KEY": "x" * 40}, ["SECRET_KEY", "known or short"]),
    (PUBLIC | {"DATABASE_URL": "postgresql://h/d"}, ["SECRET_KEY is missing", "share"]),
]


@pytest.mark.parametrize(
    ("settings", "words"), REFUSED, ids=["-".join([*said, *words[:1]]) for said, words in REFUSED]
)
def test_a_setting_that_cannot_work_is_refused_in_words(load, settings, words):
    with pytest.raises(config.ConfigError) as refused:
        load(**settings)

    assert all(word in str(refused.value) for word in words), str(refused.value)
    assert "hidden" not in str(refused.value)  # a password is never shown


@pytest.mark.parametrize(
    "settings",
    [
        {"FROZEN_NOW": "2026-11-01T09:00:00+07:00", "RATE_LIMITS": "off", "SECRET_KEY": "dev"},
        PUBLIC | {"SECRET_KEY": LONG_KEY},
        PUBLIC | {"SECRET_KEY": LONG_KEY, "DATABASE_URL": "postgresql://h/d"},
        PUBLIC,  # alone on its SQLite, the site makes and keeps its key
    ],
)
def test_what_is_refused_elsewhere_is_taken_where_it_is_safe(load, settings):
    assert load(**settings).PRODUCTION is ("SITE_URL" in settings)


def test_nothing_set_is_a_site_on_this_machine(load, tmp_path):
    site = load()

    assert (site.HOST, site.PORT, site.SEARCH_ENGINE, site.RATE_LIMITS) == (
        "127.0.0.1",
        8000,
        "whoosh",
        True,
    )
    assert site.database.database == str(tmp_path / "instance" / "app.db")
    assert site.CONTENT_DIR is None  # set to nothing: stays empty
    assert site.SITE_URL == "http://127.0.0.1:8000"
    assert load(PORT="8123").SITE_URL == "http://127.0.0.1:8123"


def test_the_environment_wins_over_the_file_and_paths_mean_its_folder(load, tmp_path):
    site = load(dotenv="PORT=8001\nHOST=0.0.0.0\nCONTENT_DIR=.\n", PORT="8002")

    assert (site.HOST, site.PORT) == ("0.0.0.0", 8002)
    site = config.load({"DATA_DIR": str(tmp_path)}, dotenv=tmp_path / ".env")
    folder = site.CONTENT_DIR
    assert folder == tmp_path


def test_a_frozen_time_without_zone_is_meant_in_the_zone_of_the_site(load):
    moment = load(FROZEN_NOW="2026-11-01T09:00").FROZEN_NOW

    assert moment is not None
    assert moment.utcoffset() == timedelta(hours=7)


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(load, tmp_path):
    key = load().secret_key

    assert len(key) >= 48
    assert load().secret_key == key
    assert stat.S_IMODE((tmp_path / "instance" / "secret_key").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_named(load, tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(config.ConfigError, match=r"cannot be written .* DATA_DIR"):
        load(DATA_DIR=str(tmp_path / "file"))


def test_every_setting_is_in_the_example_file():
    example = (ROOT / ".env.example").read_text("utf-8")

    assert [name for name in config._READERS if f"#{name}=" not in example] == []


# --- the set-up --------------------------------------------------------------------------------


def test_without_venv_the_package_of_debian_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(setup.SetupError) as refused:
        setup.make_venv()

    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert f"sudo apt install {package}" in str(refused.value)


PIP_SAYS = [
    # what pip printed                                                        what we say
    ("NewConnectionError: [Errno 101] Network is unreachable", "cannot be reached"),
    ("Temporary failure in name resolution", "cannot be reached"),
    ("ERROR: No matching distribution found (from versions: none)", "cannot be reached"),
    ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "hash differs"),
    ("OSError: [Errno 28] No space left on device", "disk"),
    ("error: something never seen before", "something never seen before"),
]


@pytest.mark.parametrize(("said", "reason"), PIP_SAYS, ids=[case[1] for case in PIP_SAYS])
def test_the_reason_of_a_failed_installation_is_told(said, reason):
    assert reason in setup.explain(said)


def test_a_filled_folder_needs_neither_pip_nor_network(monkeypatch, tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("a==1\n")
    monkeypatch.setattr(setup, "VENV", tmp_path)
    monkeypatch.setattr(setup, "REQUIREMENTS", {"site": requirements})
    monkeypatch.setattr(setup, "venv_version", lambda: "3.11")
    assert not setup.is_filled("site")

    setup.stamp_file("site").write_text(setup.stamp("site"))

    assert setup.is_filled("site")
    requirements.write_text("a==2\n")
    assert not setup.is_filled("site")


def test_an_old_python_is_told_what_is_needed(tmp_path):
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -c ] && echo "found here: Python 3.9.2" || exit 1\n')
    old.chmod(0o755)
    for tool in ("dirname", "basename"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")

    ran = subprocess.run(
        ["/bin/sh", ROOT / "bin" / "serve"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 2
    assert "Python 3.11 or newer" in ran.stderr
    assert "Python 3.9.2" in ran.stderr


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_requirements_carry_hashes_and_no_address(name):
    lines = (ROOT / name).read_text("utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith((" ", "#"))]

    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert not [line for line in lines if "://" in line or line.strip().startswith("--find")]


# --- serving -----------------------------------------------------------------------------------


def test_a_taken_port_is_told_with_the_next_one():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with (
            pytest.raises(serving.StartError) as refused,
            serving.bound("127.0.0.1", port),
        ):
            pass

    assert f"port {port} is taken" in str(refused.value)
    assert f"PORT={port + 1} bin/serve" in str(refused.value)


def test_a_free_port_is_held():
    with serving.bound("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine_is_told(host):
    with (
        pytest.raises(serving.StartError, match=r"HOST is .* 127\.0\.0\.1"),
        serving.bound(host, 0),
    ):
        pass


# --- bin/test and the translations -------------------------------------------------------------


@pytest.mark.parametrize(("required", "status"), [("1", 1), ("0", 0), ("", 0)])
def test_a_skip_is_a_failure_where_all_is_required(tmp_path, required, status):
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "def test_runs(): pass\n"
        "@pytest.mark.skipif(True, reason='no such thing here')\n"
        "def test_skips(): pass\n"
    )

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "tests.support.report", tmp_path],
        env=os.environ | {"REQUIRE_ALL": required, "PYTHONPATH": str(ROOT), "FAILED_CHECKS": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == status, ran.stdout
    assert "no such thing here" in ran.stdout
    assert "1 passed" in ran.stdout.splitlines()[-1]


def test_a_failed_check_fails_the_run_of_passing_tests(tmp_path):
    (tmp_path / "test_some.py").write_text("def test_runs(): pass\n")

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.support.report", tmp_path],
        env=os.environ | {"PYTHONPATH": str(ROOT), "FAILED_CHECKS": "lint (mend: so)"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 1
    assert "lint (mend: so)" in ran.stdout
    assert "1 passed" in ran.stdout.splitlines()[-1]


def test_fragments_and_the_catalogue_are_read_together(monkeypatch, tmp_path):
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "one.th.po").write_text('msgid "Save"\nmsgstr "เก็บ"\n', "utf-8")
    (tmp_path / "fragments" / "two.th.po").write_text('msgid "Save"\nmsgstr "บันทึก"\n', "utf-8")
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    monkeypatch.setattr(translations, "PO", tmp_path / "messages.po")

    catalog, faults = translations.thai()

    assert catalog["Save"].string == "เก็บ"
    assert len(faults) == 1 and "two.th.po" in faults[0]
