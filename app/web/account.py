"""One's own account: get in and out, profile, password, keys, consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import login_required, login_user, logout_user

from app.errors import Invalid
from app.queries import people
from app.queries import series as series_queries
from app.queries import taxonomy as taxonomy_queries
from app.services import access_tokens, accounts, claims, consent, passwords, settings
from app.services.accounts import SignUp
from app.vocabulary import Right, TokenScope
from app.web import language, resuming
from app.web.helpers import actor, help_contact, page_url, person_url, safe_next, viewer

if TYPE_CHECKING:
    from app.models import Community, User

bp = Blueprint("account", __name__)

#: Fields of the profile that are plain text.
PROFILE_FIELDS = ("display_name", "about", "duty", "school", "field", "email", "locale")


@bp.after_request
def keep_private(response: Response) -> Response:
    """Nothing between us and the reader keeps a page of an account."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


# --- getting in and out ----------------------------------------------------------------


@bp.get("/account/login")
def log_in() -> ResponseReturnValue:
    if viewer() is not None:
        return redirect(safe_next(page_url("/account")))
    return show_log_in()


@bp.post("/account/login")
def enter() -> ResponseReturnValue:
    try:
        user = accounts.log_in(
            request.form.get("login", ""),
            request.form.get("password", ""),
            address=request.remote_addr or "",
        )
    except Invalid as error:
        return show_log_in(errors=error.fields), 422
    begin_session(user, stay="remember" in request.form)
    return after_log_in()


def begin_session(user: User, *, stay: bool = True) -> None:
    """Sign somebody in with a session that has nothing of the one before."""
    session.clear()
    g.pop("csrf_token", None)
    login_user(user)
    session.permanent = stay
    g.viewer = user
    refresh()  # the language of the account, from this page on


def after_log_in() -> ResponseReturnValue:
    """Back to where somebody was: to a changed consent first, or to an interrupted form."""
    kept = resuming.KeptForm.carried()
    target = safe_next(page_url("/"))
    if people.must_agree(actor()):
        if kept is not None:
            return resuming.show_consent(kept)
        return redirect(page_url("/account/consent", next=target))
    return resuming.show_again(kept) if kept is not None else redirect(target)


def show_log_in(
    *, login: str = "", errors: dict[str, list[str]] | None = None, is_new: bool = False
) -> str:
    return render_template(
        "account/login.html",
        login=login or request.form.get("login", ""),
        remember=request.method == "GET" or is_new or "remember" in request.form,
        next=safe_next(""),
        kept=resuming.KeptForm.carried(),
        is_new=is_new,
        errors=errors or {},
        with_session=True,
    )


@bp.post("/account/logout")
def leave() -> ResponseReturnValue:
    """Log out; a session that was copied from this one ends too."""
    person = viewer()
    if person is not None:
        accounts.end_sessions(person)
    forget_session()
    return redirect(page_url("/"))


def forget_session() -> None:
    logout_user()
    session.clear()
    g.viewer = None


@bp.post("/account/sessions")
@login_required
def end_sessions() -> ResponseReturnValue:
    accounts.end_sessions(actor())
    forget_session()
    flash(_("You are logged out on every device."), "good")
    return redirect(page_url("/account/login"))


# --- signing up ------------------------------------------------------------------------


@bp.get("/account/sign-up")
def sign_up() -> ResponseReturnValue:
    if viewer() is not None:
        return redirect(page_url("/account"))
    if settings.get("sign_up") != "open":
        return render_template(
            "account/closed.html", whom=people.to_ask(None, limit=8), contact=help_contact()
        )
    return show_sign_up(action=page_url("/account/sign-up"))


@bp.post("/account/sign-up")
def create() -> ResponseReturnValue:
    return take_sign_up(token="", action=page_url("/account/sign-up"))


def take_sign_up(*, token: str, action: str, code: str = "", **context: Any) -> ResponseReturnValue:
    """Make the account that a sign-up form asks for and begin its session.

    A telephone number leads to the log-in form whether it was new or not: nobody learns
    here whose numbers have an account.
    """
    form = sign_up_form()
    try:
        address = request.remote_addr or ""
        user = (
            claims.sign_up(form, code=code, address=address)
            if code
            else accounts.sign_up(form, token=token, address=address)
        )
    except Invalid as error:
        return show_sign_up(action=action, errors=error.fields, **context), 422
    if user is None or user.phone:
        return show_log_in(login=form.login, is_new=True)
    begin_session(user)
    flash(_("Welcome! Your account is ready."), "good")
    return redirect(person_url(user) if code else page_url("/account"))


def sign_up_form() -> SignUp:
    version = request.form.get("text_version", "")
    return SignUp(
        login=request.form.get("login", ""),
        password=request.form.get("password", ""),
        display_name=request.form.get("display_name", ""),
        agreed="agreed" in request.form,
        email=request.form.get("email", ""),
        school=request.form.get("school", ""),
        duty=request.form.get("duty", ""),
        text_version=int(version) if version.isascii() and version.isdecimal() else None,
    )


def show_sign_up(*, action: str, errors: dict[str, list[str]] | None = None, **context: Any) -> str:
    return render_template(
        "account/sign_up.html",
        action=action,
        form=request.form,
        text=people.consent_in_force(),
        shortest=passwords.SHORTEST_PASSWORD,
        errors=errors or {},
        with_session=True,
        **context,
    )


# --- a forgotten password --------------------------------------------------------------


@bp.get("/account/reset")
def reset() -> ResponseReturnValue:
    return show_reset()


@bp.post("/account/reset")
def use_code() -> ResponseReturnValue:
    try:
        user = passwords.use_reset_code(
            request.form.get("login", ""),
            request.form.get("code", ""),
            request.form.get("new", ""),
            address=request.remote_addr or "",
        )
    except Invalid as error:
        faults = {{"password": "new"}.get(name, name): said for name, said in error.fields.items()}
        return show_reset(faults), 422
    begin_session(user)
    flash(_("Your new password is set; all older sessions have ended."), "good")
    return redirect(page_url("/account"))


def show_reset(errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "account/reset.html",
        login=request.form.get("login", ""),
        shortest=passwords.SHORTEST_PASSWORD,
        errors=errors or {},
        with_session=True,
    )


# --- the account itself ----------------------------------------------------------------


@bp.get("/account")
@login_required
def index() -> ResponseReturnValue:
    return render_template(
        "account/index.html",
        rights=people.rights_of(actor()),
        books=people.books_of(actor()),
        series=series_queries.owned_by(actor()),
        agreed=people.has_agreed(actor()),
        can_invite=people.may_invite_somewhere(actor()),
    )


@bp.get("/account/profile")
@login_required
def profile() -> ResponseReturnValue:
    values = {name: getattr(actor(), name) or "" for name in PROFILE_FIELDS}
    place = actor().community
    return show_profile({**values, "community": place.slug if place else ""})


@bp.post("/account/profile")
@login_required
def save_profile() -> ResponseReturnValue:
    values = {name: request.form.get(name, "") for name in (*PROFILE_FIELDS, "community")}
    try:
        place = community_of(values["community"])
        accounts.edit_profile(
            actor(), community=place, **{name: values[name] for name in PROFILE_FIELDS}
        )
    except Invalid as error:
        return show_profile(values, error.fields), 422
    flash(_("Your profile is saved."), "good")
    return redirect(person_url(actor()))


def community_of(slug: str, *, field: str = "community") -> Community | None:
    """The community of a chosen slug; None for none, Invalid for one that does not exist."""
    if not slug:
        return None
    found = people.find_community(slug)
    if found is None:
        raise Invalid({field: [_("This is not one of the choices.")]})
    return found


def show_profile(values: dict[str, str], errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "account/profile.html",
        values=values,
        places=taxonomy_queries.place_options(language.current()),
        errors=errors or {},
    )


@bp.get("/account/password")
@login_required
def password() -> ResponseReturnValue:
    return show_password({})


@bp.post("/account/password")
@login_required
def change_password() -> ResponseReturnValue:
    stays = session.permanent
    try:
        user = passwords.change_password(
            actor(), old=request.form.get("old", ""), new=request.form.get("new", "")
        )
    except Invalid as error:
        return show_password(error.fields), 422
    begin_session(user, stay=stays)
    flash(_("Your new password is set; all other sessions have ended."), "good")
    return redirect(page_url("/account"))


def show_password(errors: dict[str, list[str]]) -> str:
    return render_template(
        "account/password.html", shortest=passwords.SHORTEST_PASSWORD, errors=errors
    )


# --- keys for programs -----------------------------------------------------------------


@bp.get("/account/tokens")
@login_required
def tokens() -> ResponseReturnValue:
    return show_tokens()


@bp.post("/account/tokens")
@login_required
def make_token() -> ResponseReturnValue:
    scope = request.form.get("scope", "")
    if scope not in [one.value for one in TokenScope]:
        return show_tokens(errors={"scope": [_("Choose what this key may do.")]}), 422
    made = access_tokens.make(
        actor(), actor(), scope=TokenScope(scope), name=request.form.get("name", "")
    )
    return show_tokens(made=made)


@bp.post("/account/tokens/<number:token_id>/revocation")
@login_required
def revoke_token(token_id: int) -> ResponseReturnValue:
    access_tokens.revoke(actor(), token_id)
    flash(_("The key no longer works."), "info")
    return redirect(page_url("/account/tokens"))


def show_tokens(made: str = "", errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "account/tokens.html",
        tokens=people.tokens_of(actor()),
        made=made,
        name="" if made else request.form.get("name", ""),
        scope="" if made else request.form.get("scope", ""),
        writes=any(grant.right is not Right.MEMBER for grant in actor().grants),
        errors=errors or {},
    )


# --- consent ---------------------------------------------------------------------------


@bp.get("/account/consent")
@login_required
def show_consent() -> ResponseReturnValue:
    return resuming.show_consent(next_page=safe_next(""))


@bp.post("/account/consent")
@login_required
def agree() -> ResponseReturnValue:
    kept = resuming.KeptForm.carried()
    version = request.form.get("text_version", "")
    try:
        if "agreed" not in request.form:
            raise Invalid({"agreed": [_("Tick the box if you agree.")]})
        consent.agree(actor(), version=int(version) if version.isdecimal() else 0)
    except Invalid as error:
        return resuming.show_consent(kept, next_page=safe_next(""), errors=error.fields), 422
    if kept is not None:
        return resuming.show_again(kept)
    flash(_("Thank you. Your agreement is kept with its date."), "good")
    return redirect(safe_next(page_url("/account/consent")))
