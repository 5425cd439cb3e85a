"""Pages as text: nothing is loaded from elsewhere, nothing runs, everything is escaped."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from links.citizen.problems import NO_STORE
from links.citizen.texts import LANGUAGES, TEXTS, format_day, format_moment
from links.citizen.usages import name_capacity, name_kind

_FOLDER: Final = Path(__file__).parent
SECURITY: Final = {
    **NO_STORE,
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@cache
def _open_templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        moment=format_moment, day=format_day, kind=name_kind, capacity=name_capacity
    )
    return templates


def render(template: str, language: str, **values: Any) -> str:
    """Return the HTML of a page in one of the languages."""
    return (
        _open_templates()
        .get_template(template)
        .render(
            values,
            language=language,
            texts=TEXTS[language],
            languages=[(code, TEXTS[code]["language"]) for code in LANGUAGES],
        )
    )


def answer_page(html: str, language: str, *, status: int = 200) -> Response:
    """Send a page with the headers that keep it alone."""
    headers = {**SECURITY, "Content-Language": language}
    return Response(html, status_code=status, headers=headers, media_type="text/html")


@cache
def read_style() -> bytes:
    """Return the style sheet."""
    return (_FOLDER / "style.css").read_bytes()
