"""The rules of quality with how much they find, and the scores of municipalities and regions."""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.links import API_ROOT, make_collection_href
from api.negotiation import MediaType
from api.v1.collections import COLLECTION_TYPES, Page, answer_page, make_self
from api.v1.quality_findings import make_no_such, settle
from api.v1.quality_parameters import ScoreListParameters
from api.v1.representations import Document, strip, to_number
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.quality.rules import Rule, find_rule, list_rules
from registry.store.reading.pool import Row
from registry.store.reading.quality import ScoreFilter, list_scores

_LANGUAGES = ("nl", "fr", "de", "en")
_COUNTED = ("objects", "affected", "errors", "warnings", "remarks", "exceptions")
_KEY = (str, str)
_ROWS_PER_UNIT = 50


async def answer_rules(request: Request) -> Response:
    """Answer every rule."""
    exchange = Exchange.begin(request, offered=COLLECTION_TYPES)
    documents = [await make_rule(rule, exchange) for rule in list_rules()]
    exchange = settle(exchange, documents)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    if exchange.media is MediaType.NDJSON:
        return exchange.answer_lines(documents)
    return exchange.answer({"self": make_self(exchange), "items": documents})


async def answer_rule(request: Request, name: str) -> Response:
    """Answer one rule."""
    exchange = Exchange.begin(request, offered=COLLECTION_TYPES)
    rule = find_rule(name)
    if rule is None:
        detail = f"There is no rule {name[:100]!r}. /v1/quality/rules lists them."
        raise make_no_such("ruleId", detail, name)
    document = await make_rule(rule, exchange)
    exchange = settle(exchange, document)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    return exchange.answer({"self": document["href"], **document})


async def make_rule(rule: Rule, exchange: Exchange) -> Document:
    """Return a rule as v1 shows it."""
    services = exchange.services
    counts = await services.open_findings.count(services.pool, seq=exchange.seq)
    root = f"{services.base_url}{API_ROOT}/quality"
    texts = {language: asdict(text) for language, text in rule.texts.items()}
    return {
        "id": rule.id,
        "href": f"{root}/rules/{rule.id}",
        "severity": rule.severity,
        "resource": Resource(rule.resource).plural,
        **{
            name: {language: text[name] for language, text in texts.items()}
            for name in ("title", "explanation", "mending")
        },
        "accepted": rule.accepted,
        "rejected": rule.rejected,
        "openFindings": counts[rule.id],
        "findings": make_collection_href(root, "/findings", [("ruleId", rule.id)]),
    }


async def answer_scores(request: Request, parameters: ScoreListParameters) -> Response:
    """Answer a page of scores."""
    begun = Exchange.begin(request, offered=COLLECTION_TYPES)
    resumed = await begun.resume(parameters.cursor, key_types=_KEY)
    exchange, size = resumed.exchange, parameters.page_size
    exchange.charge(2 + size // _ROWS_PER_UNIT)
    region, code = parameters.region, parameters.municipality_code
    condition = ScoreFilter(
        regions=frozenset(Region) if region is None else frozenset({Region.from_iso_code(region)}),
        municipality_id=None if code is None else str(code),
    )
    async with exchange.services.pool.connection() as connection:
        rows = await list_scores(
            connection, condition, seq=exchange.seq, limit=size + 1, after=resumed.key
        )
    documents = [make_score(row, exchange) for row in rows[:size]]
    exchange = settle(exchange, [documents, len(rows)])
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    last = rows[size - 1] if len(rows) > size else None
    last_key = None if last is None else (last["municipality_id"], last["region"])
    return answer_page(exchange, Page(documents=documents, page_size=size, last_key=last_key))


def make_score(row: Row, exchange: Exchange) -> Document:
    """Return a score with its trend."""
    names = {language: row[f"name_{language}"] for language in _LANGUAGES}
    since = _make_since(row["seq"], exchange)
    return strip(
        {
            "region": Region(row["region"]).iso_code,
            "municipalityCode": to_number(row["municipality_id"]),
            "name": strip(names),
            "score": round(row["score"], 2),
            **{name: row[name] for name in _COUNTED},
            "asOfRelease": since.get("release"),
            "asOf": since.get("asOf"),
        }
    ) | {
        "trend": [
            {**_make_since(seq, exchange), "score": round(score, 2)}
            for seq, score in zip(row["seqs"], row["scores"], strict=True)
        ]
    }


def _make_since(seq: int, exchange: Exchange) -> dict[str, Any]:
    release = exchange.state.find_release(seq)
    return {"release": release.number, "asOf": release.published_at} if release else {}
