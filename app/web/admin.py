"""Administration: what moderators, administrators and facilitators look after."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import login_required

from app.errors import Forbidden, Invalid, NotFound
from app.policy import Permission, can, ensure
from app.queries import moderation, people, searches
from app.queries import taxonomy as taxonomy_queries
from app.services import consent, reports, settings, upkeep
from app.vocabulary import AuditAction, ReportStatus
from app.web import setting_forms
from app.web.health import LEAST_FREE, MOST_BEHIND
from app.web.helpers import actor, page_number, page_url
from app.web.people import may_change_rights

bp = Blueprint("admin", __name__)

PER_PAGE = 50
#: Words for the deeds of the log.
DEEDS: dict[str, Any] = {
    AuditAction.CREATE: _l("wrote"),
    AuditAction.SAVE: _l("changed"),
    AuditAction.PUBLISH: _l("published"),
    AuditAction.WITHDRAW: _l("took back to draft"),
    AuditAction.BIN: _l("put into the bin"),
    AuditAction.RESTORE: _l("took out of the bin"),
    AuditAction.HIDE: _l("hid"),
    AuditAction.UNHIDE: _l("showed again"),
    AuditAction.ASSIGN_AUTHOR: _l("assigned the author"),
    AuditAction.RENAME: _l("gave a new title"),
    AuditAction.UNDO: _l("undid a change"),
    AuditAction.LIMIT: _l("limited who may edit"),
    AuditAction.LESSON_STATE: _l("changed the state of a lesson"),
    AuditAction.STEP_CLOSE: _l("closed a next step"),
    AuditAction.CLAIM_CODE: _l("made a code for a teller"),
    AuditAction.CLAIM: _l("took over texts told before"),
    AuditAction.UNLIMIT: _l("opened for editing again"),
    AuditAction.PROPOSAL_ACCEPT: _l("accepted a proposed change"),
    AuditAction.PROPOSAL_REFUSE: _l("refused a proposed change"),
    AuditAction.CONVERT: _l("made it another kind"),
    AuditAction.REVIEW: _l("set when it is looked through again"),
    AuditAction.BLACK_OUT: _l("blacked out a phrase"),
    AuditAction.STEP_BACK: _l("stepped back as co-author"),
    AuditAction.ERASE: _l("emptied out of the bin for good"),
    AuditAction.COMMENT_HIDE: _l("hid a comment"),
    AuditAction.COMMENT_UNHIDE: _l("showed a comment again"),
    AuditAction.COMMENT_REMOVE: _l("removed a comment"),
    AuditAction.REPORT_CLOSE: _l("closed a report"),
    AuditAction.ACCOUNT_CREATE: _l("made an account"),
    AuditAction.ACCOUNT_BLOCK: _l("blocked an account"),
    AuditAction.ACCOUNT_UNBLOCK: _l("let an account in again"),
    AuditAction.RIGHT_GRANT: _l("gave a right"),
    AuditAction.RIGHT_REMOVE: _l("took a right back"),
    AuditAction.BADGE: _l("changed the badge of faculty"),
    AuditAction.INVITE: _l("made or called back an invitation"),
    AuditAction.RESET_CODE: _l("made a one-time code"),
    AuditAction.PASSWORD: _l("set a new password"),
    AuditAction.TOKEN: _l("made a key for programs"),
    AuditAction.COMMUNITY_SAVE: _l("saved a community"),
    AuditAction.PROGRAM_SAVE: _l("saved a program"),
    AuditAction.UPLOAD: _l("sent a photo, file or recording"),
    AuditAction.UPLOAD_CONSENT: _l("changed the consent of a photo"),
    AuditAction.UPLOAD_WITHDRAW: _l("took away a photo, file or recording"),
    AuditAction.VOICE_CONSENT: _l("noted the consent of a voice note"),
    AuditAction.VOICE_QUEUE: _l("put a voice note into the typing queue"),
    AuditAction.VOICE_TAKE_BACK: _l("took a voice note out of the typing queue"),
    AuditAction.VOICE_TYPE: _l("typed a voice note"),
    AuditAction.VOICE_APPROVE: _l("approved a typed voice note"),
    AuditAction.VOICE_SEND_BACK: _l("sent a typed voice note back"),
    AuditAction.PROGRAM_CONFIRM: _l("confirmed a program"),
    AuditAction.PROGRAM_REFUSE: _l("refused a program"),
    AuditAction.TAG_MERGE: _l("merged keywords"),
    AuditAction.WORD_SAVE: _l("saved a word"),
    AuditAction.SETTING: _l("changed a setting"),
    AuditAction.CONSENT_TEXT: _l("changed the text of consent"),
    AuditAction.IMPORT: _l("imported"),
}


@bp.after_request
def keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/admin")
@login_required
def index() -> ResponseReturnValue:
    doors = doors_for_actor()
    if not doors:
        raise Forbidden(actor(), Permission.REPORTS_READ)
    return render_template("admin/index.html", doors=doors)


def doors_for_actor() -> list[tuple[str, str, str, str]]:
    """(address, icon, name, what it is) of the pages that the actor may open."""
    person = actor()
    doors = []
    if can(person, Permission.REPORTS_READ):
        count = moderation.count_reports()
        waiting = ngettext("%(num)d report is open", "%(num)d reports are open", count)
        doors.append(("/admin/reports", "flag", _("Reports"), waiting))
    if can(person, Permission.PEOPLE_BLOCK) or may_change_rights(person):
        doors.append(("/admin/people", "users", _("People"), _("Rights, one-time codes, badges")))
    if people.may_invite_somewhere(person):
        doors.append(("/invitations", "plus", _("Invitations"), _("Print a link or a square code")))
    proposed = taxonomy_queries.proposed_programs()
    if any(can(person, Permission.PROGRAM_DECIDE, program) for program in proposed):
        doors.append(("/programs", "layers", _("Proposed programs"), _("Confirm or refuse")))
    if can(person, Permission.WORDS_EDIT):
        count = searches.count_unanswered()
        waiting = ngettext("%(num)d search found nothing", "%(num)d searches found nothing", count)
        doors.append(("/admin/searches", "search", _("Searches without a find"), waiting))
        doors.append(("/glossary", "library", _("Glossary"), _("Short forms and other words")))
        about = _("Wanted, without links to them, long untouched")
        doors.append(("/admin/pages", "book-open", _("Pages that need care"), about))
        about = _("What readers would change")
        doors.append(("/proposals", "pen-line", _("Proposed changes"), about))
    if can(person, Permission.AUDIT_READ):
        doors.append(("/admin/log", "history", _("Log"), _("Who did what, when and why")))
    if can(person, Permission.SITE_SET):
        doors += [
            ("/admin/settings", "settings", _("Settings"), _("Name, help line, limits, sign-up")),
            ("/admin/consent", "shield-check", _("Text of consent"), _("Versions and a new one")),
            ("/admin/health", "info", _("Health"), _("Search index, jobs, disk, versions")),
        ]
        if not current_app.config["MAIL_URL"]:
            doors.append(("/admin/mail", "send", _("Mail"), _("What was not sent, for reading")))
    return doors


# --- reports ---------------------------------------------------------------------------


@bp.get("/admin/reports")
@login_required
def report_list() -> ResponseReturnValue:
    status = ReportStatus.CLOSED if request.args.get("status") == "closed" else ReportStatus.OPEN
    page = page_number()
    rows = reports.listed(actor(), status=status, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    counts = {one: moderation.count_reports(one) for one in ReportStatus}
    return render_template(
        "admin/reports.html",
        reports=rows,
        status=status,
        counts=counts,
        page=page,
        pages=pages_for(counts[status]),
    )


@bp.get("/admin/reports/<number:report_id>")
@login_required
def report(report_id: int) -> ResponseReturnValue:
    ensure(actor(), Permission.REPORTS_READ)
    return show_report(report_id)


@bp.post("/admin/reports/<number:report_id>")
@login_required
def close_report(report_id: int) -> ResponseReturnValue:
    try:
        reports.close(actor(), report_id, outcome=request.form.get("outcome", ""))
    except Invalid as error:
        return show_report(report_id, error.fields), 422
    flash(_("The report is closed."), "good")
    return redirect(page_url("/admin/reports"))


def show_report(report_id: int, errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "admin/report.html",
        report=moderation.get_report(report_id),
        outcome=request.form.get("outcome", ""),
        errors=errors or {},
    )


# --- people ----------------------------------------------------------------------------


@bp.get("/admin/people")
@login_required
def people_list() -> ResponseReturnValue:
    """Moderators see all accounts, facilitators those of their communities."""
    person, text, page = actor(), request.args.get("q", "")[:100], page_number()
    within = None
    if not can(person, Permission.PEOPLE_BLOCK):
        within = people.reach_of(person)
        if within is not None and not within:
            raise Forbidden(person, Permission.PEOPLE_BLOCK)
    total = people.count_listed(text=text, within=within)
    return render_template(
        "admin/people.html",
        rows=people.listed(text=text, within=within, limit=PER_PAGE, offset=(page - 1) * PER_PAGE),
        text=text,
        total=total,
        page=page,
        pages=pages_for(total),
    )


# --- settings and consent --------------------------------------------------------------


@bp.get("/admin/settings")
@login_required
def setting_list() -> ResponseReturnValue:
    ensure(actor(), Permission.SITE_SET)
    typed = {
        name: setting_forms.as_typed(name, settings.get(name)) for name in setting_forms.FIELDS
    }
    return show_settings(typed, {})


@bp.post("/admin/settings")
@login_required
def save_settings() -> ResponseReturnValue:
    ensure(actor(), Permission.SITE_SET)
    typed = {name: request.form.get(name, "") for name in setting_forms.FIELDS}
    try:
        values = setting_forms.parse(typed)
    except Invalid as error:
        return show_settings(typed, error.fields), 422
    settings.put_all(actor(), values)
    flash(_("The settings are saved."), "good")
    return redirect(page_url("/admin/settings"))


def show_settings(typed: dict[str, str], errors: dict[str, list[str]]) -> str:
    return render_template(
        "admin/settings.html", fields=setting_forms.FIELDS, values=typed, errors=errors
    )


@bp.get("/admin/consent")
@login_required
def consent_texts() -> ResponseReturnValue:
    ensure(actor(), Permission.SITE_SET)
    now_in_force = people.consent_in_force()
    return show_consent_texts(
        thai=now_in_force.text_th if now_in_force else "",
        english=now_in_force.text_en if now_in_force else "",
    )


@bp.post("/admin/consent")
@login_required
def publish_consent() -> ResponseReturnValue:
    thai, english = request.form.get("text_th", ""), request.form.get("text_en", "")
    try:
        text = consent.publish_text(actor(), thai=thai, english=english)
    except Invalid as error:
        return show_consent_texts(thai=thai, english=english, errors=error.fields), 422
    flash(_("Version %(n)d is in force; everybody is asked again.", n=text.version), "good")
    return redirect(page_url("/admin/consent"))


def show_consent_texts(
    *, thai: str, english: str, errors: dict[str, list[str]] | None = None
) -> str:
    return render_template(
        "admin/consent.html",
        texts=people.consent_texts(),
        thai=thai,
        english=english,
        errors=errors or {},
    )


# --- log, mail, health -----------------------------------------------------------------


@bp.get("/admin/log")
@login_required
def log() -> ResponseReturnValue:
    ensure(actor(), Permission.AUDIT_READ)
    asked, who, page = request.args.get("action", ""), request.args.get("who", ""), page_number()
    action = AuditAction(asked) if asked in list(AuditAction) else None
    found = people.find_by_username(who) if who else None
    actor_id = found.id if found else (0 if who else None)
    rows = moderation.logged(
        action=action, actor_id=actor_id, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
    )
    return render_template(
        "admin/log.html",
        rows=rows,
        names=moderation.names_of_targets(row.target for row in rows),
        deeds=DEEDS,
        action=action.value if action else "",
        who=who,
        page=page,
        pages=pages_for(moderation.count_logged(action=action, actor_id=actor_id)),
    )


@bp.get("/admin/mail")
@login_required
def mail() -> ResponseReturnValue:
    ensure(actor(), Permission.SITE_SET)
    files = sorted(outbox().glob("*.eml"), reverse=True)
    page = page_number()
    shown = files[(page - 1) * PER_PAGE : page * PER_PAGE]
    return render_template(
        "admin/mail.html",
        letters=[(file.name, read_letter(file)) for file in shown],
        is_sent=bool(current_app.config["MAIL_URL"]),
        page=page,
        pages=pages_for(len(files)),
    )


@bp.get("/admin/mail/<name>")
@login_required
def letter(name: str) -> ResponseReturnValue:
    ensure(actor(), Permission.SITE_SET)
    files = {file.name: file for file in outbox().glob("*.eml")}
    if name not in files:
        raise NotFound(f"no letter {name}")
    return render_template("admin/letter.html", letter=read_letter(files[name]), name=name)


def outbox() -> Path:
    return Path(current_app.config["INSTANCE_DIR"]) / "outbox"


def read_letter(file: Path) -> dict[str, str]:
    """Head and text of a kept mail."""
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    return {
        "to": str(message["To"] or ""),
        "subject": str(message["Subject"] or ""),
        "date": str(message["Date"] or ""),
        "text": str(body.get_content()) if body else "",
    }


@bp.get("/admin/health")
@login_required
def health() -> ResponseReturnValue:
    return render_template(
        "admin/health.html",
        health=upkeep.health(actor()),
        least_free=LEAST_FREE,
        most_behind=MOST_BEHIND,
    )


@bp.post("/admin/health/jobs")
@login_required
def retry_jobs() -> ResponseReturnValue:
    count = upkeep.retry_jobs(actor())
    flash(ngettext("%(num)d job runs again.", "%(num)d jobs run again.", count), "good")
    return redirect(page_url("/admin/health"))


def pages_for(total: int) -> int:
    return max(1, -(-total // PER_PAGE))
