"""Pages and documents for people and tools, outside the versioned API."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.exchange import MAX_AGE_SECONDS, Exchange
from api.negotiation import LANGUAGES, MediaType
from api.problems import NOT_FOUND, PROBLEM_TYPES, Problem
from api.services import get_services
from api.v1.landing import LICENCE, list_editions
from api.v1.parameters import Language, Parameters
from api.web.rendering import answer_page, read_static, read_texts
from api.web.search_form import find_lines
from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.search.answers import LONGEST_TEXT

router = APIRouter(include_in_schema=False)

_DAY = "public, max-age=86400"
_HOUR = "public, max-age=3600"
_COST_OF_SEARCH = 5


class HomeParameters(Parameters):
    """What the page is asked; a form sends its empty field too."""

    lang: Language | None = None
    q: Annotated[str, Query(max_length=LONGEST_TEXT)] = ""


@router.get("/")
async def get_home(request: Request, parameters: Annotated[HomeParameters, Query()]) -> Response:
    """Show the page: search, data, licence, and what is never here."""
    exchange = Exchange.begin(request, offered=(MediaType.HTML,), language=parameters.lang)
    asked, index = parameters.q.strip(), None
    if asked:
        with suppress(Problem):  # the index is being made: the page says so
            index = await exchange.services.search.get()
        exchange = replace(exchange, content=index.version if index else "none")
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    language = exchange.languages[0] if exchange.languages else "en"
    if asked:
        exchange.charge(_COST_OF_SEARCH)
    texts = read_texts()
    values = {
        "lang": language,
        "text": texts[language],
        "languages": [
            (code, texts[code]["language"], make_switch(asked, code)) for code in LANGUAGES
        ],
        "is_sample": exchange.state.dataset is Dataset.SAMPLE,
        "asked": asked,
        "is_ready": index is not None,
        "lines": find_lines(asked, index, exchange, language) if index else [],
        "editions": [make_edition(edition, language) for edition in list_editions(exchange.state)],
        "licence": LICENCE,
    }
    headers = {**exchange.make_headers(), "Content-Language": language}
    return answer_page("home.html", values, **headers)


def make_switch(asked: str, language: str) -> str:
    """Return the same page in another language."""
    return "/?" + urlencode({"lang": language, **({"q": asked} if asked else {})})


def make_edition(edition: dict[str, Any], language: str) -> dict[str, str]:
    """Return a region's row of the table, in the notation of a language."""
    moment = edition.get("dataDate")
    metres = edition["accuracyMetres"]
    accuracy = f"{metres * 100:g} cm" if metres < 1 else f"{metres:g} m"
    return {
        "key": Region.from_iso_code(edition["region"]).value,
        "date": moment.strftime("%Y-%m-%d") if moment else "-",
        "attribution": edition["attribution"],
        "accuracy": accuracy if language == "en" else accuracy.replace(".", ","),
    }


@router.get("/doc")
async def get_reference(request: Request) -> Response:
    """Show the documentation of the API."""
    from api.web.reference import make_reference  # noqa: PLC0415 - only who reads it waits

    page = _keep(
        request,
        "page",
        lambda: answer_page(
            "reference.html", make_reference(_get_contract(request)), **{"Cache-Control": _HOUR}
        ),
    )
    return Response(page.body, headers=dict(page.headers))


@router.get("/doc/openapi.json")
async def get_contract_json(request: Request) -> Response:
    """Send the contract as JSON."""
    content = _keep(request, "json", lambda: orjson.dumps(_get_contract(request)))
    return _send_contract(content, "application/json")


@router.get("/doc/openapi.yaml")
async def get_contract_yaml(request: Request) -> Response:
    """Send the contract as YAML."""
    import yaml  # noqa: PLC0415 - only who wants YAML waits for it

    content = _keep(
        request,
        "yaml",
        lambda: yaml.safe_dump(
            _get_contract(request), sort_keys=False, allow_unicode=True
        ).encode(),
    )
    return _send_contract(content, "application/yaml")


def _send_contract(content: bytes, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"Cache-Control": _HOUR})


def _get_contract(request: Request) -> dict[str, Any]:
    from api.openapi import make_contract  # noqa: PLC0415 - schemas take 0.1 s to load

    base_url = get_services(request).base_url
    contract: dict[str, Any] = _keep(
        request, "contract", lambda: make_contract(request.app, base_url=base_url)
    )
    return contract


def _keep(request: Request, name: str, make: Callable[[], Any]) -> Any:
    """Return what is made once per process and never changes in it."""
    kept = request.app.state.kept
    if name not in kept:
        kept[name] = make()
    return kept[name]


@router.get("/refData/problemTypes/{problemType}")
async def get_problem_type(
    problem_type: Annotated[str, Path(alias="problemType", max_length=100)],
) -> Response:
    """Explain a kind of problem."""
    problem = PROBLEM_TYPES.get(problem_type)
    if problem is None:
        raise Problem(type=NOT_FOUND, detail="There is no such type of problem here.")
    values = {"lang": "en", "problem": problem}
    return answer_page("problem.html", values, **{"Cache-Control": _DAY})


@router.get("/static/page.css")
async def get_style() -> Response:
    """Send the style sheet."""
    return _send_static("page.css", "text/css")


@router.get("/static/search.js")
async def get_script() -> Response:
    """Send the script of the search box."""
    return _send_static("search.js", "text/javascript")


def _send_static(name: str, media_type: str) -> Response:
    headers = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"}
    return Response(read_static(name), media_type=media_type, headers=headers)
