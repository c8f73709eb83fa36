"""Security headers on every answer: thirty lines of our own instead of an unmaintained package."""

from __future__ import annotations

from flask import Flask, Response, g, request

#: No inline script, no inline style, nothing from another host, on any page.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: What a page that plays recordings may do besides, and one that makes them.
PLAYS = {"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; media-src 'self'"}
RECORDS = {
    "Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; media-src 'self' blob:",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}


def allow_sound(*, records: bool = False) -> None:
    """Let the page of this request play recordings of ours; ``records``: and make some."""
    g.sound_headers = RECORDS if records else PLAYS


def init_app(app: Flask) -> None:
    is_https = str(app.config["SITE_URL"]).startswith("https://")

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in {**HEADERS, **g.get("sound_headers", {})}.items():
            response.headers.setdefault(name, value)
        if is_https and request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
