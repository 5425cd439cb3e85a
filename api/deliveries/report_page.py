"""The page of a delivery: what was wrong, what would change. One file, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from registry.deliveries import rendering
from registry.deliveries.rendering import Document

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent / "templates"
_STYLE = (_FOLDER / "report.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""What the page is sent with: it may load nothing, and its address goes nowhere."""


@cache
def _open_templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow

    templates = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {
        name: getattr(rendering, name)
        for name in (
            *(
                "describe_change",
                "describe_counts",
                "describe_delivery",
                "describe_fields",
                "describe_state",
                "describe_street",
            ),
            *(
                "format_moment",
                "format_number",
                "format_share",
                "list_drift",
                "list_findings",
                "list_notes",
            ),
            *("list_places", "pair", "sort_kinds", "SEVERITIES"),
        )
    }
    return templates


def make_report_page(
    *,
    language: str,
    report: Document | None,
    preview: Document | None = None,
    delivery: Document | None = None,
    languages: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the page in a language; `languages` are the others with where they are.

    `delivery` is its document of the API, None for a file that was checked without one.
    """
    return (
        _open_templates()
        .get_template("report.html")
        .render(
            language=language,
            words=rendering.read_words(language),
            report=report,
            preview=preview,
            delivery=delivery,
            languages=languages,
            style=_STYLE,
        )
    )
