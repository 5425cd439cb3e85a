"""What the client can read: media types and languages, by their weights."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from starlette.types import Scope

from api.problems import NOT_ACCEPTABLE, Problem

LANGUAGES = ("nl", "fr", "de", "en")


class MediaType(StrEnum):
    """A form in which a resource can be had."""

    JSON = "application/json"
    GEOJSON = "application/geo+json"
    NDJSON = "application/x-ndjson"
    HTML = "text/html"
    CSV = "text/csv"
    ZSTD = "application/zstd"
    ZIP = "application/zip"
    ATOM = "application/atom+xml"


def read_header(scope: Scope, name: bytes) -> str:
    """Return a header as one, however often it was sent; empty when it was not."""
    return b",".join([value for key, value in scope["headers"] if key == name]).decode("latin-1")


@lru_cache(maxsize=512)
def choose_media_type(accept: str, offered: tuple[MediaType, ...]) -> MediaType:
    """Return the offered type that the client likes best; the first one when it has no taste.

    Raises the problem notAcceptable when there is none.
    """
    if not accept.strip():
        return offered[0]
    wanted = list(_read_weights(accept))
    best = max(offered, key=lambda media: _weigh(media, wanted))
    if _weigh(best, wanted) <= 0:
        names = ", ".join(offered)
        raise Problem(type=NOT_ACCEPTABLE, detail=f"This resource can be had as {names}.")
    return best


def accepts_encoding(scope: Scope, name: str) -> bool:
    """Whether the client asks for an encoding by name; `gzip;q=0` asks for it not to be used."""
    wanted = _read_weights(read_header(scope, b"accept-encoding"))
    return any(text == name and weight > 0 for text, weight in wanted)


def _weigh(media: str, wanted: Sequence[tuple[str, float]]) -> float:
    """Return the weight of a type: that of the most specific range that covers it."""
    ranges = (media, media.partition("/")[0] + "/*", "*/*")
    for name in ranges:
        weights = [weight for text, weight in wanted if text == name]
        if weights:
            return max(weights)
    return 0.0


@lru_cache(maxsize=512)
def choose_languages(accept_language: str) -> tuple[str, ...]:
    """Return the languages of ours that the client reads, the best first; never fails.

    `nl-BE` counts as `nl`; `*` and what we do not have are passed over.
    """
    weights: dict[str, float] = {}
    for text, weight in _read_weights(accept_language):
        language = text.partition("-")[0]
        if language in LANGUAGES and weight > 0:
            weights[language] = max(weight, weights.get(language, 0.0))
    return tuple(sorted(weights, key=lambda language: -weights[language]))


def _read_weights(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        text, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if text:
            yield text, _read_quality(parameters)


def _read_quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return min(1.0, quality) if quality > 0 else 0.0
    return 1.0
