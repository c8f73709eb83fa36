"""Forms whose session ended while somebody typed: log in, and the text is there.

What was typed travels in the page itself, as a hidden field of the log-in form, so it
needs neither a session nor a row.  Secrets do not travel; they are asked for again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.errors import SignedOut
from app.queries import people
from app.web.helpers import actor, page_url, stays_here, viewer

#: Fields that are never put into a page again.
SECRETS = ("password", "old", "new", "code")
#: Forms that work without an account: their views do not ask for a log-in.
PUBLIC_FORMS = frozenset(
    {
        "account.enter",
        "account.create",
        "account.use_code",
        "invitations.accept",
        "proposals.create",
        "reports.create",
    }
)
#: The field of the log-in and consent forms that carries another form along.
CARRIER = "kept_form"


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form as it was sent: where to, and (name, value) of every field but secrets."""

    action: str
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of_request(cls) -> KeptForm:
        left_out = {"csrf_token", CARRIER, *SECRETS}
        return cls(
            action=request.full_path.rstrip("?"),
            fields=tuple(
                (name, value)
                for name, value in request.form.items(multi=True)
                if name not in left_out
            ),
        )

    @classmethod
    def carried(cls) -> KeptForm | None:
        """What the log-in form of this request carries; None when it carries nothing of ours."""
        try:
            read = json.loads(request.form.get(CARRIER, ""))
            action, fields = str(read["action"]), [(str(n), str(v)) for n, v in read["fields"]]
        except (ValueError, TypeError, KeyError):
            return None
        return cls(action, tuple(fields)) if stays_here(action) else None

    @property
    def goes_by_itself(self) -> bool:
        """Whether keeping.js sent it, which numbers each press, and goes on after the log-in."""
        return any(name == "press" and value for name, value in self.fields)

    def dump(self) -> str:
        return json.dumps({"action": self.action, "fields": self.fields}, ensure_ascii=False)


def on_signed_out() -> ResponseReturnValue:
    """Flask-Login: a view asks for an account and nobody is signed in."""
    if request.path.startswith("/api/"):
        raise SignedOut("no session")
    if request.method in ("GET", "HEAD"):
        return redirect(page_url("/account/login", next=request.full_path.rstrip("?")))
    return show_log_in(KeptForm.of_request()), 401


def is_from_elsewhere() -> bool:
    """Whether a page of another site sent this form, as the browser tells.

    Such a form is not shown again with a good token: one careless press would send it.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(str(current_app.config["SITE_URL"])).netloc}
    return origin is not None and urlsplit(origin).netloc not in ours


def on_stale_form() -> ResponseReturnValue:
    """The token of a form no longer fits: its session ended, or began anew elsewhere."""
    if is_from_elsewhere():
        return render_template("errors/400.html", status=400, errors={}, fields=[]), 400
    kept = KeptForm.carried() or KeptForm.of_request()
    if request.endpoint in PUBLIC_FORMS:
        return show_again(KeptForm.of_request(), asked=asked_again()), 400
    if viewer() is None:
        return show_log_in(kept), 400
    return show_again(kept, asked=asked_again()), 400


def asked_again() -> list[tuple[str, str]]:
    """(name, label) of the secrets of this form, which have to be typed once more."""
    labels = {
        "password": _("Password"),
        "old": _("Password of today"),
        "new": _("New password"),
        "code": _("One-time code"),
    }
    return [(name, labels[name]) for name in SECRETS if name in request.form]


def show_log_in(kept: KeptForm) -> str:
    """The log-in form with another form in its arms."""
    return render_template(
        "account/login.html",
        kept=kept,
        next="",
        login="",
        remember=True,
        errors={},
        with_session=True,
    )


def show_consent(
    kept: KeptForm | None = None,
    *,
    next_page: str = "",
    errors: dict[str, list[str]] | None = None,
) -> str:
    """The text in force with a box to tick; it carries an interrupted form along."""
    return render_template(
        "account/consent.html",
        text=people.consent_in_force(),
        given=people.consents_of(actor()),
        agreed=people.has_agreed(actor()),
        kept=kept,
        next=next_page,
        errors=errors or {},
    )


def show_again(kept: KeptForm, *, asked: list[tuple[str, str]] | None = None) -> str:
    """A kept form with one button: press save again."""
    return render_template(
        "errors/resubmit.html",
        fields=kept.fields,
        action=kept.action,
        asked=asked or [],
        errors={},
        with_session=True,
    )
