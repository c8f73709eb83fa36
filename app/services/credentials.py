"""What people type to get in: names, telephone numbers, and codes printed on paper.

What is printed or shown once (invitations, one-time codes, keys) is kept as a hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from app.text.cleaning import clean_line

#: Letters of printed codes: none that look alike on paper.
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def login_names(login: str) -> tuple[str, str | None]:
    """(user name, telephone number or None) for what was typed.

    A member with a telephone number gets a user name that does not tell the number.
    """
    text = clean_line(login).lower()
    digits = re.sub(r"[\s().-]", "", text.translate({0x0E50 + n: str(n) for n in range(10)}))
    if digits.startswith("+66"):
        digits = f"0{digits[3:]}"
    if re.fullmatch(r"0\d{8,9}", digits):
        return f"m-{hashlib.sha256(secrets.token_bytes(8)).hexdigest()[:8]}", digits
    return text, None


def hash_of(secret: str) -> str:
    """What is kept of a long random secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def printed_code(groups: int) -> str:
    """A code for paper: groups of four letters that cannot be mixed up."""
    return "-".join(
        "".join(secrets.choice(CODE_LETTERS) for _letter in range(4)) for _group in range(groups)
    )


def tidy_code(code: str) -> str:
    """A code as it was printed, however it was typed."""
    letters = re.sub(r"[^a-z0-9]", "", code.lower())
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
