"""Photos in a text, put in when a page is shown: who may see each is known only then."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.formats.uploaded import SIZES
from app.queries import uploads as upload_queries
from app.vocabulary import PhotoConsent, UploadKind, UploadState
from app.web.helpers import site_url

if TYPE_CHECKING:
    from app.models import Entry, EntryUpload, Upload, User

#: What app/text/markdown_rules.py leaves of ![words](upload:5).
FIGURE = re.compile(r'<figure class="photo" data-upload="(\d{1,9})" title="([^"]*)"></figure>')
LIST, PAGE, LARGE = SIZES
#: How wide a photo stands in the text, for the browser's choice among the sizes.
WIDTHS = "(min-width: 44rem) 40rem, 100vw"


def of_entry(viewer: User | None, entry: Entry, *, can_edit: bool) -> dict[str, Any]:
    """What the page of an entry shows of its uploads: text, photos and files beneath, card."""
    uses = upload_queries.shown_in(viewer, entry)
    by_id = {use.upload_id: use.upload for use in uses}
    photos = [use.upload for use in uses if use.upload.kind is UploadKind.PHOTO]
    beneath = [use.upload for use in uses if use.is_listed and not use.in_text]
    return {
        "text": with_photos(entry.html, by_id, marks=can_edit),
        "photos_beneath": [
            figure(photo, "", marks=can_edit) for photo in beneath if photo.kind is UploadKind.PHOTO
        ],
        "files": [use.upload for use in uses if use.upload.kind is UploadKind.FILE],
        "share_photo": share_photo(uses),
        "has_photos": bool(photos),
    }


def share_photo(uses: Iterable[EntryUpload]) -> str:
    """The address of the picture for a share card; empty where there is none."""
    photo = upload_queries.first_public_photo(uses)
    return site_url(photo_path(photo, PAGE)) if photo is not None else ""


def for_writer(
    writer: User, source: str, entry: Entry | None, chosen: Iterable[int]
) -> dict[str, Any]:
    """What a preview shows of the writer's own uploads, and of those that the entry has.

    :param source: the text rendered; ``chosen``: uploads that the form lists for it.
    """
    in_text = [int(number) for number, _words in FIGURE.findall(source)]
    known: dict[int, Upload] = dict(upload_queries.of_ids(writer, [*in_text, *chosen]))
    if entry is not None:
        known |= {use.upload_id: use.upload for use in upload_queries.shown_in(writer, entry)}
    listed = [known[one] for one in dict.fromkeys(chosen) if one in known]
    beneath = [one for one in listed if one.id not in in_text]
    return {
        "text": with_photos(source, known, marks=True),
        "photos_beneath": [
            figure(one, "", marks=True) for one in beneath if one.kind is UploadKind.PHOTO
        ],
        "files": [one for one in listed if one.kind is UploadKind.FILE],
    }


def with_photos(source: str, known: Mapping[int, Upload], *, marks: bool = False) -> Markup:
    """Rendered HTML with the photos of ``known`` in their places; the others leave no trace."""

    def shown(found: re.Match[str]) -> str:
        upload = known.get(int(found[1]))
        if upload is None or upload.kind is not UploadKind.PHOTO:
            return ""
        return str(figure(upload, html.unescape(found[2]), marks=marks))

    return Markup(FIGURE.sub(shown, source) if "<figure" in source else source)


def without_photos(source: str) -> str:
    """The same without any: for doors that do not ask who looks."""
    return FIGURE.sub("", source) if "<figure" in source else source


def figure(photo: Upload, words: str, *, marks: bool = False) -> Markup:
    """A photo with its caption; ``marks``: what its editors should know."""
    alt = photo.alt or words
    under = words if words and words != photo.alt and photo.alt else ""
    if photo.state is not UploadState.READY:
        inner = Markup('<p class="photo-wait">{}</p>').format(_("This photo is being prepared."))
    else:
        inner = Markup(
            '<a href="{large}"><img src="{src}" srcset="{srcset}" sizes="{sizes}" '
            'width="{width}" height="{height}" alt="{alt}" loading="lazy" decoding="async"></a>'
        ).format(
            large=photo_path(photo, LARGE),
            src=photo_path(photo, PAGE),
            srcset=srcset(photo),
            sizes=WIDTHS,
            width=photo.width,
            height=photo.height,
            alt=alt,
        )
    caption = Markup("<figcaption>{}</figcaption>").format(under) if under else ""
    noted = marks_of(photo) if marks else ""
    return Markup('<figure class="photo">{}{}{}</figure>').format(inner, caption, noted)


def marks_of(photo: Upload) -> Markup:
    """Consent and child mark, in words, with the way to change them."""
    said = []
    if photo.consent is PhotoConsent.NOT_ASKED:
        said.append(_("Consent not asked: members only"))
    elif photo.consent is PhotoConsent.NO:
        said.append(_("No consent: only its editors see it"))
    if photo.has_child:
        said.append(_("A child is in it"))
    link = Markup('<a href="/uploads/{}/edit">{}</a>').format(photo.id, _("About this photo"))
    return Markup('<p class="photo-marks">{} {}</p>').format(
        Markup(" · ").join(escape(words) for words in said), link
    )


def photo_path(photo: Upload, side: int) -> str:
    return f"/uploads/{photo.id}/{side}.webp"


def file_path(upload: Upload) -> str:
    return f"/uploads/{upload.id}/{quote(upload.name)}"


def srcset(photo: Upload) -> str:
    """Every size with its width in pixels; of a small photo only those that differ."""
    widths: dict[int, int] = {}
    longest = max(photo.width, photo.height, 1)
    for side in SIZES:
        width = max(1, round(photo.width * min(1.0, side / longest)))
        widths.setdefault(width, side)
    return ", ".join(f"{photo_path(photo, side)} {width}w" for width, side in widths.items())
