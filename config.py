"""What a machine must know before the site can start: the environment, typed and checked.

Everything else that is called "a setting" is edited in the administration pages.  A value
comes from the environment, else from ``.env`` beside this file, else it is the default
below.  ``load()`` refuses what cannot work, in one sentence that names the setting, the
value and the way out; nothing else in the project reads the environment.

Three variants: ``Development`` (the default on this machine), ``Production`` (chosen by
itself as soon as ``SITE_URL`` is an address that others can reach) and ``Test``.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent

SEARCH_ENGINES = ("whoosh", "tantivy")
LOCALES = ("th", "en")
#: The databases that the migrations and the tests know, and the driver of each.
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
#: Keys that stand in manuals and examples: whoever knows them can sign in as anybody.
KNOWN_KEYS = frozenset(
    {"changeme", "default", "dev", "development", "key", "password", "secret", "secretkey"}
    | {"flasksecretkey", "mysecret", "mysecretkey", "supersecret", "supersecretkey", "test"}
    | {"replacethisbyalongrandomtext", "yoursecretkey", "yoursecretkeyhere"}
)
MIN_KEY_LENGTH = 16


class ConfigError(Exception):
    """A setting with which the site cannot start; the text says which, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of one site.  Build it with ``load()``; tests build ``Test(...)``."""

    #: Refuses what would be unsafe where others can reach the site.
    PRODUCTION: ClassVar[bool] = False
    #: Shortens what only costs time in tests (password hashing stays as it is).
    TESTING: ClassVar[bool] = False

    #: Folder of the project itself: code, migrations, the starter library.
    ROOT: ClassVar[Path] = ROOT

    # Folder that holds instance/app.db, instance/uploads/ and search_index/.
    DATA_DIR: Path = ROOT
    # Folder of the library that an empty site loads at its first start; None: stay empty.
    CONTENT_DIR: Path | None = ROOT / "content"
    # SQLAlchemy URL; None: SQLite in DATA_DIR.
    DATABASE_URL: str | None = None
    # Name of the search engine of a new search_index/ folder.
    SEARCH_ENGINE: str = "whoosh"
    # Signs cookies and one-time links; None: made once and kept in DATA_DIR/instance/.
    SECRET_KEY: str | None = None
    # Name of the site, on every page and in feeds.
    SITE_NAME: str = "เมืองนครเรียนรู้"
    # Address of the site without closing slash; links in mail, feeds and QR start with it.
    SITE_URL: str = "http://127.0.0.1:8000"
    # Language of readers who chose none: th or en.
    SITE_LOCALE: str = "th"
    # IANA zone in which dates are shown and days begin.
    SITE_TIMEZONE: str = "Asia/Bangkok"
    # Address to listen on; 0.0.0.0 means every network card.
    HOST: str = "127.0.0.1"
    # TCP port, 1 to 65535.
    PORT: int = 8000
    # Number of serving processes; the default is the number of cores this process may use.
    WEB_WORKERS: int = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    # smtp://user:password@host:587 or smtps://…; None: mail stays in the outbox.
    MAIL_URL: str | None = None
    # redis://host:6379/0; None: limits and caches stay in each process.
    REDIS_URL: str | None = None
    # LINE id or address shown as the help line, until set in the administration pages.
    HELP_CONTACT: str | None = None
    # Brakes on log-in, sign-up, posting and bursts; False only outside production.
    RATE_LIMITS: bool = True
    # The moment at which the clock stands still (aware), for trying what happens later.
    FROZEN_NOW: datetime | None = None
    # Where PostgreSQL tests make and drop their databases.
    TEST_DATABASE_URL: str | None = None

    @property
    def instance_dir(self) -> Path:
        """Folder of what must be kept: database, uploads, secret key."""
        return self.DATA_DIR / "instance"

    @property
    def uploads_dir(self) -> Path:
        return self.instance_dir / "uploads"

    @property
    def index_dir(self) -> Path:
        """Folder of the search index; may be deleted at any time."""
        return self.DATA_DIR / "search_index"

    @property
    def mail_sender(self) -> str:
        """Address that mail comes from: that of the mail account, else one of our host."""
        user = unquote(urlsplit(self.MAIL_URL or "").username or "")
        return user if "@" in user else f"no-reply@{urlsplit(self.SITE_URL).hostname}"

    @property
    def database(self) -> URL:
        """The database as SQLAlchemy wants it, driver included."""
        url = database_url(self.DATABASE_URL or "sqlite:///app.db")
        if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
            url = url.set(database=str(self.instance_dir / url.database))
        return url

    @property
    def secret_key(self) -> str:
        """The key in force: the given one, else the one kept in ``instance/`` (made if absent)."""
        return self.SECRET_KEY or _kept_key(self.instance_dir / "secret_key")

    def as_flask(self) -> dict[str, Any]:
        """Every setting, and what Flask and its extensions derive from them."""
        https = self.SITE_URL.startswith("https://")
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "PRODUCTION": self.PRODUCTION,
            "TESTING": self.TESTING,
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": self.database,
            "INSTANCE_DIR": self.instance_dir,
            "UPLOADS_DIR": self.uploads_dir,
            "INDEX_DIR": self.index_dir,
            "MAIL_SENDER": self.mail_sender,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": https,
            "REMEMBER_COOKIE_HTTPONLY": True,
            "REMEMBER_COOKIE_SAMESITE": "Lax",
            "REMEMBER_COOKIE_SECURE": https,
            "PREFERRED_URL_SCHEME": "https" if https else "http",
            "WTF_CSRF_TIME_LIMIT": None,  # a draft may lie open for hours
            # Bytes. A Thai letter is three bytes, nine in a urlencoded form: a text of
            # 340,000 letters is 3 MB. Werkzeug's own limit of 500 kB would lose it.
            "MAX_FORM_MEMORY_SIZE": 8_000_000,
            "MAX_CONTENT_LENGTH": 16_000_000,
            "MAX_FORM_PARTS": 2_000,
            "BABEL_DEFAULT_LOCALE": self.SITE_LOCALE,
            "BABEL_DEFAULT_TIMEZONE": self.SITE_TIMEZONE,
            "RATELIMIT_ENABLED": self.RATE_LIMITS,
            "RATELIMIT_STORAGE_URI": self.REDIS_URL or "memory://",
        }


@dataclass(frozen=True, kw_only=True)
class Development(Config):
    """A site on this machine, for trying and for building."""


@dataclass(frozen=True, kw_only=True)
class Test(Config):
    """What tests build: an empty site of its own, brakes off unless asked for."""

    TESTING: ClassVar[bool] = True
    __test__: ClassVar[bool] = False  # pytest: a setting, not a test case

    CONTENT_DIR: Path | None = None
    SECRET_KEY: str | None = "only-for-tests-0123456789"
    WEB_WORKERS: int = 1
    RATE_LIMITS: bool = False


@dataclass(frozen=True, kw_only=True)
class Production(Config):
    """A site that others can reach."""

    PRODUCTION: ClassVar[bool] = True


def load(environ: Mapping[str, str] | None = None, dotenv: Path | None = ROOT / ".env") -> Config:
    """Read and check the settings.

    :param environ: the environment; ``os.environ`` when absent.
    :param dotenv: file of further settings, read when it exists; the environment wins.
    :raises ConfigError: for a value that cannot work.
    """
    values = _Values(os.environ if environ is None else environ, dotenv)
    settings = {name: read(values, name) for name, read in _READERS.items() if values.has(name)}
    settings = {name: value for name, value in settings.items() if value is not _ABSENT}
    # Links must lead back to this very server, also when only the port was chosen.
    settings.setdefault("SITE_URL", f"http://127.0.0.1:{settings.get('PORT', Config.PORT)}")
    config = (Development if _is_local(settings["SITE_URL"]) else Production)(**settings)
    check(config)
    return config


def check(config: Config) -> None:
    """Refuse settings that do not go together, or folders that cannot be written.

    :raises ConfigError: naming the setting and the way out.
    """
    if config.PRODUCTION:
        _check_production(config)
    for folder in (config.DATA_DIR, config.instance_dir, config.index_dir):
        _check_writable(folder)
    if config.CONTENT_DIR and not config.CONTENT_DIR.is_dir():
        raise ConfigError(
            f"CONTENT_DIR is {config.CONTENT_DIR}, which is not a folder. Name the folder of the "
            f"starter library, or set it to nothing to start with an empty site."
        )


def _check_production(config: Config) -> None:
    where = f"because the site is public (SITE_URL is {config.SITE_URL})"
    if config.FROZEN_NOW:
        raise ConfigError(f"FROZEN_NOW is refused {where}: remove it, or try it on 127.0.0.1.")
    if not config.RATE_LIMITS:
        raise ConfigError(f"RATE_LIMITS=off is refused {where}: remove it; it is for load tests.")
    make_one = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
    if config.SECRET_KEY is None and config.database.get_backend_name() != "sqlite":
        raise ConfigError(
            f"SECRET_KEY is missing. Servers that share a database must share one key, so that a "
            f"log-in on one holds on the other. Make one: {make_one}"
        )
    if config.SECRET_KEY is not None and _is_known(config.SECRET_KEY):
        raise ConfigError(
            f"SECRET_KEY is a known or short text ({len(config.SECRET_KEY)} characters): whoever "
            f"guesses it can sign in as anybody. Make one: {make_one}"
        )


def _is_known(key: str) -> bool:
    plain = re.sub(r"[\W_]|\d+$", "", key.lower())
    return len(key) < MIN_KEY_LENGTH or plain in KNOWN_KEYS or len(set(key)) < 6


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(
            f"The folder {folder} cannot be written ({error.strerror}). Give this account the "
            f"right to write there, or set DATA_DIR to a folder of its own."
        ) from error


def database_url(text: str) -> URL:
    """``text`` as a SQLAlchemy URL with the driver that this project installs.

    :raises ConfigError: when it is no URL, or of a database that the project does not know.
    """
    hint = "Write postgresql+psycopg://user:password@host/name, or leave it away for SQLite."
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise ConfigError(f"DATABASE_URL is not a database address. {hint}") from error
    kind = url.drivername.split("+")[0].replace("postgres", "postgresql", 1)
    kind = "postgresql" if kind.startswith("postgresql") else kind
    if kind not in DRIVERS:
        raise ConfigError(f"DATABASE_URL names {url.drivername!r}, which is unknown here. {hint}")
    if "+" in url.drivername and url.drivername not in DRIVERS.values():
        raise ConfigError(
            f"DATABASE_URL asks for the driver {url.drivername!r}, which is not installed. {hint}"
        )
    return url.set(drivername=DRIVERS[kind])


def _kept_key(file: Path) -> str:
    """The key in ``file``; made when absent, once, also when two processes start together."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".secret_key.")
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(secrets.token_urlsafe(48) + "\n")
            try:
                os.link(draft, file)  # fails when another process was first: its key counts
            except FileExistsError:
                pass
            finally:
                os.unlink(draft)
        key = file.read_text("ascii").strip()
    except OSError as error:
        raise ConfigError(f"The secret key in {file} cannot be kept ({error.strerror}).") from error
    if len(key) < MIN_KEY_LENGTH:
        raise ConfigError(f"The secret key in {file} is damaged. Delete the file; all log-ins end.")
    return key


# --- reading -------------------------------------------------------------------------------

_ABSENT = object()


class _Values:
    """Texts by name, and the folder that a relative path in each is meant from."""

    def __init__(self, environ: Mapping[str, str], dotenv: Path | None) -> None:
        self.environ = environ
        self.file = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
        self.file_folder = dotenv.parent if dotenv is not None else ROOT

    def has(self, name: str) -> bool:
        return name in self.environ or self.file.get(name) is not None

    def text(self, name: str) -> str:
        value = self.environ[name] if name in self.environ else self.file[name]
        return (value or "").strip()

    def folder(self, name: str) -> Path:
        return Path.cwd() if name in self.environ else self.file_folder


def _text(values: _Values, name: str) -> Any:
    return values.text(name) or _ABSENT


def _path(values: _Values, name: str) -> Any:
    text = values.text(name)
    if not text:
        return None if name == "CONTENT_DIR" else _ABSENT
    return (values.folder(name) / Path(text).expanduser()).resolve()


def _number(low: int, high: int) -> Callable[[_Values, str], Any]:
    def read(values: _Values, name: str) -> Any:
        text = values.text(name)
        if not text:
            return _ABSENT
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ConfigError(f"{name} is {text!r}. Write a number from {low} to {high}.")
        return int(text)

    return read


def _one_of(*known: str) -> Callable[[_Values, str], Any]:
    def read(values: _Values, name: str) -> Any:
        text = values.text(name)
        if text and text not in known:
            raise ConfigError(f"There is no {name} {text!r}. Known: {', '.join(known)}.")
        return text or _ABSENT

    return read


def _switch(values: _Values, name: str) -> Any:
    text = values.text(name).lower()
    if not text:
        return _ABSENT
    if text not in ("on", "off", "1", "0", "true", "false", "yes", "no"):
        raise ConfigError(f"{name} is {text!r}. Write on or off.")
    return text in ("on", "1", "true", "yes")


def _database(values: _Values, name: str) -> Any:
    text = values.text(name)
    if not text:
        return _ABSENT
    try:
        return database_url(text).render_as_string(hide_password=False)
    except ConfigError as error:
        raise ConfigError(str(error).replace("DATABASE_URL", name, 1)) from error


def _url(*schemes: str) -> Callable[[_Values, str], Any]:
    def read(values: _Values, name: str) -> Any:
        text = values.text(name)
        if not text:
            return _ABSENT
        try:
            parts = urlsplit(text)
            good = parts.scheme in schemes and parts.hostname and parts.port != 0
        except ValueError:
            good = False
        if not good:
            # The value may hold a password: it is not shown.
            kinds = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ConfigError(f"{name} is not an address that begins with {kinds} and a host name.")
        return text.rstrip("/")

    return read


def _redis(values: _Values, name: str) -> Any:
    text = _url("redis", "rediss")(values, name)
    if text is not _ABSENT and importlib.util.find_spec("redis") is None:
        raise ConfigError(
            f"{name} is set, but the package for it is not installed. Leave it away on one "
            f"server, or install it: .venv/bin/python -m pip install redis"
        )
    return text


def _zone(values: _Values, name: str) -> Any:
    text = values.text(name)
    try:
        return ZoneInfo(text).key if text else _ABSENT
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"There is no {name} {text!r}. Write it as Asia/Bangkok.") from error


def _moment(values: _Values, name: str) -> Any:
    text = values.text(name)
    if not text:
        return _ABSENT
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{name} is {text!r}. Write it as 2026-11-01T09:00:00+07:00.") from error
    zone = _zone(values, "SITE_TIMEZONE") if values.has("SITE_TIMEZONE") else _ABSENT
    local = Config.SITE_TIMEZONE if zone is _ABSENT else str(zone)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(local))


def _is_local(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_READERS: dict[str, Callable[[_Values, str], Any]] = {
    "DATA_DIR": _path,
    "CONTENT_DIR": _path,
    "DATABASE_URL": _database,
    "SEARCH_ENGINE": _one_of(*SEARCH_ENGINES),
    "SECRET_KEY": _text,
    "SITE_NAME": _text,
    "SITE_URL": _url("http", "https"),
    "SITE_LOCALE": _one_of(*LOCALES),
    "SITE_TIMEZONE": _zone,
    "HOST": _text,
    "PORT": _number(1, 65535),
    "WEB_WORKERS": _number(1, 64),
    "MAIL_URL": _url("smtp", "smtps"),
    "REDIS_URL": _redis,
    "HELP_CONTACT": _text,
    "RATE_LIMITS": _switch,
    "FROZEN_NOW": _moment,
    "TEST_DATABASE_URL": _database,
}
