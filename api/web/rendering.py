"""Pages as text: templates of this package, nothing from elsewhere."""

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_FOLDER = Path(__file__).parent
_SECURITY = {
    "Content-Security-Policy": "default-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@cache
def _open_templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow

    templates = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    templates.filters["words"] = mark_code
    return templates


def mark_code(text: str) -> "Markup":
    """Set what stands between backticks as code; everything is escaped."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with the templates

    parts = (escape(part) for part in text.split("`"))
    marked = (
        Markup("<code>{}</code>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )
    return Markup("").join(marked)


@cache
def read_texts() -> dict[str, dict[str, Any]]:
    """Return the texts of the page by language."""
    return tomllib.loads((_FOLDER / "texts.toml").read_text(encoding="utf-8"))


@cache
def read_static(name: str) -> bytes:
    """Return the style sheet or the script, by the name it has on the web."""
    return (_FOLDER / "static" / name).read_bytes()


def render(template: str, values: dict[str, Any]) -> str:
    """Fill a template; everything in it is escaped."""
    return _open_templates().get_template(template).render(values)


def answer_page(template: str, values: dict[str, Any], **headers: str) -> Response:
    """Render a template and forbid it to load anything that is not ours."""
    content = render(template, values)
    return Response(content, headers={**_SECURITY, **headers}, media_type="text/html")
