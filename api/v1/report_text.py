"""What may not stand in a report: what is about people, and what is no text."""

import re
import unicodedata

_UNWANTED = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Unicode categories: controls (line breaks too), invisible and turning marks, separators."""

_MAIL = re.compile(r"\S@\S")
# From 0 on, nine or ten digits; from + or 00 on, eight to fifteen: as Belgians group them. Lists of
# house numbers and coordinates do not begin with 0.
_TELEPHONE = re.compile(
    r"(?<!\d)(?<!\d[.,])(?:(?:\+|00)[\s./()-]{0,3}[1-9](?:[\s./()-]{0,3}\d){7,14}"
    r"|0(?:[\s./()-]{0,3}\d){8,9})(?!\d)"
)
# 85.07.30-033.28, however it is divided.
_NATIONAL_NUMBER = re.compile(
    r"(?<!\d)\d\d[\s.-]?\d\d[\s.-]?\d\d[\s./-]{0,3}\d{3}[\s.-]?\d\d(?!\d)"
)
_ABOUT_PEOPLE = (
    (_MAIL, "an e-mail address"),
    (_TELEPHONE, "a telephone number"),
    (_NATIONAL_NUMBER, "a national number"),
)


def find_fault(text: str) -> str | None:
    """Return what is wrong with the text of a report, None when it can be taken."""
    if any(unicodedata.category(character) in _UNWANTED for character in text):
        return "text has a line break or another character in it that cannot be seen: one line."
    if not text.strip():
        return "text is empty: leave it out when there is nothing to add."
    # Wide digits and @ are digits and @ to who reads them.
    plain = unicodedata.normalize("NFKC", text)
    for pattern, what in _ABOUT_PEOPLE:
        if pattern.search(plain):
            return f"text looks as if {what} were in it: leave out everything that is about people."
    return None
