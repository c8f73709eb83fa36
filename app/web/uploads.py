"""Photos and files: received in parts, shown to whom consent allows, kept in one's album.

For JavaScript: POST /uploads/parts, PUT /uploads/parts/<token>?offset=N, then POST
…/finish; GET …/<token> tells how much is here.  Without it: the form of /account/files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid, NotFound, Refused
from app.formats.uploaded import SIZES
from app.policy import Permission, can, ensure
from app.queries import uploads as upload_queries
from app.services import upload_files, uploads
from app.vocabulary import PhotoConsent, UploadKind, UploadState
from app.web import labels, photos
from app.web.helpers import actor, page_number, page_url, safe_next, viewer

if TYPE_CHECKING:
    from app.models import Entry, Upload

bp = Blueprint("uploads", __name__)

#: Of one request with whole files, as the form without JavaScript sends them.
MOST_REQUEST = 64_000_000
TAKES_FILES = frozenset({"uploads.receive", "voice.attach"})
MOST_AT_ONCE = 20
PER_PAGE = 24
#: A file that a browser opens by itself may do nothing at all.
SEALED = "default-src 'none'; sandbox; frame-ancestors 'none'"


@bp.app_url_value_preprocessor
def make_room(endpoint: str | None, _values: object) -> None:
    """Take larger requests where whole files are sent; everywhere else texts are enough."""
    if endpoint in TAKES_FILES:
        request.max_content_length = MOST_REQUEST


@bp.errorhandler(Refused)
def on_refused(error: Refused) -> ResponseReturnValue:
    """Why a file is not taken, for the script or as a page."""
    if wants_json():
        return jsonify(error=error.said), error.status
    return show_album(refused=[error.said]), error.status


def wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


# -- parts -------------------------------------------------------------------------------------


@bp.post("/uploads/parts")
@login_required
def begin() -> ResponseReturnValue:
    """Announce a file: form fields name, size (bytes), kind (photo, file or voice)."""
    size = request.form.get("size", "")
    if not (size.isascii() and size.isdecimal() and len(size) < 13):
        raise Refused(422, _("This file is empty. Choose another one."))
    said = request.form.get("kind", "")
    kind = UploadKind(said) if said in set(UploadKind) else UploadKind.PHOTO
    name = request.form.get("name", "")
    upload = uploads.begin(actor(), name=name, size=int(size), kind=kind)
    return jsonify(token=upload.token, offset=0, part=uploads.PART_BYTES), 201


@bp.get("/uploads/parts/<token>")
@login_required
def state_of_parts(token: str) -> ResponseReturnValue:
    """Where to go on after a line that broke."""
    return jsonify(offset=uploads.arrived(actor(), token))


@bp.put("/uploads/parts/<token>")
@login_required
def append(token: str) -> ResponseReturnValue:
    """Add the bytes of the body at ``?offset=``; 409 with the place where to go on."""
    if (request.content_length or 0) > uploads.MOST_PART_BYTES:
        raise uploads.too_big()
    wanted = request.args.get("offset", "")
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 13):
        return jsonify(offset=uploads.arrived(actor(), token)), 409
    data = request.get_data(cache=False)
    here = uploads.append(actor(), token, offset=int(wanted), data=data)
    return jsonify(offset=here), 200 if here == int(wanted) + len(data) else 409


@bp.post("/uploads/parts/<token>/finish")
@login_required
def finish(token: str) -> ResponseReturnValue:
    return jsonify(told(uploads.finish(actor(), token)))


@bp.delete("/uploads/parts/<token>")
@login_required
def cancel(token: str) -> ResponseReturnValue:
    uploads.cancel(actor(), token)
    return "", 204


def told(upload: Upload) -> dict[str, Any]:
    """What the script is told of an upload."""
    is_ready_photo = upload.kind is UploadKind.PHOTO and upload.state is UploadState.READY
    return {
        "id": upload.id,
        "kind": upload.kind,
        "state": upload.state,
        "name": upload.name,
        "alt": upload.alt,
        "consent": upload.consent,
        "child": upload.has_child,
        "thumb": photos.photo_path(upload, SIZES[0]) if is_ready_photo else "",
        "error": uploads.refusal(upload.fault).said if upload.fault else "",
    }


# -- the album ---------------------------------------------------------------------------------


@bp.get("/account/files")
@login_required
def album() -> ResponseReturnValue:
    return show_album()


@bp.post("/account/files")
@login_required
def receive() -> ResponseReturnValue:
    """Whole files from a plain form; one that is refused does not stop the others."""
    ensure(actor(), Permission.UPLOAD_CREATE)
    sent = [file for file in request.files.getlist("files") if file.filename]
    if not sent:
        raise Refused(422, _("Choose a photo or file first."))
    refused, status = [], 200
    for file in sent[:MOST_AT_ONCE]:
        try:
            uploads.receive(actor(), name=file.filename or "", stream=file.stream, kind=None)
        except Refused as error:
            refused.append(f"{file.filename}: {error.said}"[:400])
            status = error.status
    if refused:
        return show_album(refused=refused), status
    flash(_("It has arrived. Photos are ready in a moment."), "good")
    return redirect(page_url("/account/files"))


def show_album(refused: list[str] | None = None) -> str:
    person = actor()
    page = page_number()
    count = upload_queries.count_own(person)
    return render_template(
        "uploads/album.html",
        uploads=upload_queries.own(person, limit=PER_PAGE, page=page),
        used=upload_queries.used_bytes(person),
        quota=uploads.quota(),
        most=uploads.MOST_BYTES,
        refused=refused or [],
        page=page,
        pages=max(1, -(-count // PER_PAGE)),
        told=told,
    )


@bp.get("/uploads/<number:upload_id>/state")
@login_required
def state(upload_id: int) -> ResponseReturnValue:
    """Whether the worker is done with it."""
    return jsonify(told(one_to_edit(upload_id)))


@bp.get("/uploads/<number:upload_id>/edit")
@login_required
def edit(upload_id: int) -> ResponseReturnValue:
    return show_form(one_to_edit(upload_id))


@bp.post("/uploads/<number:upload_id>/edit")
@login_required
def save(upload_id: int) -> ResponseReturnValue:
    upload = one_to_edit(upload_id)
    consent = request.form.get("consent", "")
    try:
        if consent not in set(PhotoConsent):
            raise Invalid({"consent": [_("This is not one of the choices.")]})
        upload = uploads.describe(
            actor(),
            upload,
            alt=request.form.get("alt", ""),
            consent=PhotoConsent(consent),
            has_child="child" in request.form,
        )
    except Invalid as error:
        if wants_json():
            return jsonify(error=str(error)), 422
        return show_form(upload, errors=error.fields), 422
    if wants_json():
        return jsonify(told(upload))
    flash(_("Your changes are saved."), "good")
    return redirect(safe_next(page_url("/account/files")))


@bp.post("/uploads/<number:upload_id>/withdrawal")
@login_required
def withdraw(upload_id: int) -> ResponseReturnValue:
    upload = one_to_edit(upload_id)
    uploads.withdraw(actor(), upload, reason=request.form.get("reason", "")[:200])
    if wants_json():
        return "", 204
    flash(_("It is gone from every page and in every size."), "good")
    return redirect(safe_next(page_url("/account/files")))


def one_to_edit(upload_id: int) -> Upload:
    """The upload, for those who look after it; the others do not learn that it is there."""
    upload = upload_queries.get_visible(actor(), upload_id)
    ensure(actor(), Permission.UPLOAD_EDIT, upload)
    return upload


def show_form(upload: Upload, errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "uploads/edit.html", upload=upload, errors=errors or {}, told=told(upload)
    )


# -- the bytes ---------------------------------------------------------------------------------


@bp.get("/uploads/<number:upload_id>")
def show(upload_id: int) -> ResponseReturnValue:
    """Where a link in a text leads: the large photo, or the file."""
    upload = upload_queries.get_visible(viewer(), upload_id)
    if upload.kind is UploadKind.PHOTO:
        return redirect(photos.photo_path(upload, SIZES[-1]))
    return redirect(photos.file_path(upload))


@bp.get("/uploads/<number:upload_id>/<name>")
def send(upload_id: int, name: str) -> ResponseReturnValue:
    """One size of a photo, or a file to be saved; never shown as a page of ours."""
    upload = upload_queries.get_visible(viewer(), upload_id)
    if upload.state is not UploadState.READY:
        raise NotFound("not prepared yet")
    if upload.kind is not UploadKind.PHOTO:
        return sealed(upload) if name == upload.name else redirect(photos.file_path(upload))
    side = name.removesuffix(".webp")
    if side not in {str(one) for one in SIZES}:
        raise NotFound("no such size")
    return sealed(upload, int(side))


def sealed(upload: Upload, side: int | None = None) -> ResponseReturnValue:
    """The bytes of an upload (``side``: one size of a photo), or the part that was asked for.

    A browser that opens them by themselves may do nothing with them.
    """
    is_photo = side is not None
    path = (
        upload_files.size_of(upload.sha256, side)
        if side is not None
        else upload_files.file_of(upload.sha256)
    )
    if not path.is_file():
        raise NotFound("its bytes are gone")
    response = send_file(
        path,
        mimetype="image/webp" if is_photo else upload.mime,
        as_attachment=not is_photo,
        download_name=path.name if is_photo else upload.name,
        etag=f"{upload.sha256[:24]}-{path.name}",
        conditional=True,
    )
    response.headers["Content-Security-Policy"] = SEALED
    if upload_queries.is_public(upload):
        response.headers["Cache-Control"] = "public, no-cache"  # kept, and asked for each time
    else:
        response.headers["Cache-Control"] = "private, no-store"
    return response


# -- the writing form --------------------------------------------------------------------------


@bp.app_template_global("upload_panel")
def upload_panel(entry: Entry | None) -> dict[str, Any] | None:
    """What writing/_uploads.html shows; None for whoever may not send photos."""
    person = viewer()
    if person is None or not can(person, Permission.UPLOAD_CREATE):
        return None
    if request.method == "POST" and "uploads_form" in request.form:
        ids = uploads.ids_of(request.form.getlist("uploads"))
        known = upload_queries.of_ids(person, ids)
        if entry is not None:
            known |= {use.upload_id: use.upload for use in upload_queries.used_by(entry)}
        chosen = [known[one] for one in dict.fromkeys(ids) if one in known]
    elif entry is not None:
        chosen = [use.upload for use in upload_queries.shown_in(person, entry)]
    else:
        chosen = []
    return {
        "chosen": [told(upload) for upload in chosen],
        "album": [
            told(upload)
            for upload in upload_queries.own(person, limit=12)
            if upload.state is UploadState.READY
            and upload.kind is not UploadKind.VOICE  # listened to where it is typed, in no text
            and upload not in chosen
        ],
        "consents": labels.PHOTO_CONSENTS,
        "most": uploads.MOST_BYTES,
    }


bp.add_app_template_filter(photos.without_photos, "without_photos")


@bp.app_template_global("upload_url")
def upload_url(upload: Upload) -> str:
    if upload.kind is UploadKind.PHOTO:
        return f"/uploads/{upload.id}"
    return photos.file_path(upload)


def chosen_in_form() -> list[int] | None:
    """Uploads that the writing form lists for its entry; None: the form does not say."""
    if "uploads_form" not in request.form:
        return None
    return uploads.ids_of(request.form.getlist("uploads"))
