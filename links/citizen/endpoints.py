"""What each path of the citizen API and page answers."""

import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from links.citizen import pages
from links.citizen.notices import make_notice
from links.citizen.problems import NO_STORE, Refused
from links.citizen.questions import (
    read_about,
    read_form_filing,
    read_json_filing,
    read_language,
    read_page,
    read_parameters,
)
from links.citizen.service import CitizenService
from links.citizen.texts import choose_language
from links.citizen.usages import name_kind

_ERRORS: Final = logging.getLogger("links.citizen")
KINDS_OF_REQUEST: Final = ("complaint", "protection")
_PAGE_MESSAGES: Final = {
    401: "sign_in",
    403: "mandate",
    429: "too_many",
    503: "unavailable",
}

Endpoint = Callable[[CitizenService, Request], Awaitable[Response]]


def make_routes() -> list[Route]:
    """Return every path; the page's are the shortest."""
    api: dict[str, tuple[str, Endpoint]] = {
        "/v1/me/usages": ("GET", _list_usages),
        "/v1/me/usage-period": ("GET", _find_usage_period),
        "/v1/me/links": ("GET", _list_links),
        "/v1/me/notifications": ("GET", _list_notices),
        "/v1/me/requests": ("GET", _list_requests),
        "/v1/me/complaints": ("POST", partial(_file_json, kind="complaint")),
        "/v1/me/protection-requests": ("POST", partial(_file_json, kind="protection")),
        "/health": ("GET", _check_health),
    }
    routes = [
        Route(path, partial(_serve, endpoint), methods=[method])
        for path, (method, endpoint) in api.items()
    ]
    routes.append(Route("/", partial(_serve_page, _show_home), methods=["GET"]))
    routes.append(Route("/style.css", _serve_style, methods=["GET"]))
    for kind in KINDS_OF_REQUEST:
        form, filed = partial(_show_form, kind=kind), partial(_file_form, kind=kind)
        routes.append(Route(f"/{kind}", partial(_serve_page, form), methods=["GET"]))
        routes.append(Route(f"/{kind}", partial(_serve_page, filed), methods=["POST"]))
    return routes


async def _serve(endpoint: Endpoint, request: Request) -> Response:
    try:
        return await endpoint(request.app.state.service, request)
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - a traceback could tell whose data it was
        code = getattr(error, "code", getattr(error, "sqlstate", ""))  # repeats no value
        _ERRORS.error("%s %s", type(error).__name__, code)
        raise Refused("unavailable") from None


async def _serve_page(endpoint: Endpoint, request: Request) -> Response:
    """Serve a page; what is refused is a page too, in the reader's language."""
    try:
        return await _serve(endpoint, request)
    except Refused as refused:
        language = choose_language(request.headers.get("accept-language", ""))
        with contextlib.suppress(Refused):
            language = read_language(request)
        message = _PAGE_MESSAGES.get(refused.status, "wrong")
        html = pages.render("refused.html", language, message=message, query="")
        answer = pages.answer_page(html, language, status=refused.status)
        answer.headers.update(refused.headers)
        return answer


def _answer(body: Any, *, status: int = 200, language: str = "en") -> Response:
    return Response(
        orjson.dumps(body, option=orjson.OPT_UTC_Z),
        status_code=status,
        headers={**NO_STORE, "Content-Language": language},
        media_type="application/json",
    )


async def _list_usages(service: CitizenService, request: Request) -> Response:
    page = read_page(request)
    citizen = await service.identify(request.headers.getlist("authorization"))
    usages, cursor = await service.list_usages(
        citizen, whole=page.whole, after=page.after, limit=page.limit
    )
    body = {
        "usages": [usage.make_body(page.language, service.urls) for usage in usages],
        "cursor": cursor,
    }
    return _answer(body, language=page.language)


async def _find_usage_period(service: CitizenService, request: Request) -> Response:
    read_parameters(request, ())
    await service.identify(request.headers.getlist("authorization"))
    period = await service.find_usage_period()
    return _answer(
        {
            "usagePeriod": {"since": period["since"], "until": period["until"]},
            "wholePeriod": {"since": period["whole_since"], "until": period["until"]},
        }
    )


async def _list_links(service: CitizenService, request: Request) -> Response:
    read_parameters(request, ("lang",))
    language = read_language(request)
    citizen = await service.identify(request.headers.getlist("authorization"))
    found = [
        {
            "sector": link.sector,
            "kind": {"code": link.kind, "label": name_kind(link.kind, language)},
            "capacity": link.capacity,
            "address": link.address,
            "validFrom": link.valid_from,
            "validTo": link.valid_to,
            "sourceName": link.source_name,
        }
        for link in await service.list_links(citizen)
    ]
    return _answer({"links": found}, language=language)


async def _list_notices(service: CitizenService, request: Request) -> Response:
    page = read_page(request)
    citizen = await service.identify(request.headers.getlist("authorization"))
    usages, cursor = await service.list_usages(
        citizen, whole=page.whole, after=page.after, limit=page.limit
    )
    notices = [(usage, make_notice(usage, page.language, service.urls)) for usage in usages]
    body = {
        "notifications": [
            {
                "reference": usage.reference,
                "logtime": usage.at,
                "language": notice.language,
                "title": notice.title,
                "body": notice.body,
            }
            for usage, notice in notices
        ],
        "cursor": cursor,
    }
    return _answer(body, language=page.language)


async def _list_requests(service: CitizenService, request: Request) -> Response:
    read_parameters(request, ())
    citizen = await service.identify(request.headers.getlist("authorization"))
    return _answer({"requests": await service.list_requests(citizen)})


async def _file_json(service: CitizenService, request: Request, *, kind: str) -> Response:
    read_parameters(request, ())
    citizen = await service.identify(request.headers.getlist("authorization"))
    filing = await read_json_filing(request, with_about=kind == "complaint")
    number, at = await service.file_request(citizen, kind, filing.text, filing.about)
    return _answer({"id": number, "receivedAt": at, "status": "received"}, status=201)


async def _check_health(_service: CitizenService, _request: Request) -> Response:
    return _answer({"status": "up"})


async def _show_home(service: CitizenService, request: Request) -> Response:
    page = read_page(request)
    citizen = await service.identify(request.headers.getlist("authorization"))
    usages, cursor = await service.list_usages(
        citizen, whole=page.whole, after=page.after, limit=page.limit
    )
    html = pages.render(
        "home.html",
        page.language,
        usages=usages,
        cursor=cursor,
        whole=page.whole,
        links=await service.list_links(citizen),
        requests=await service.list_requests(citizen),
        urls=service.urls,
        query=f"whole={str(page.whole).lower()}&" + (f"cursor={page.after}&" if page.after else ""),
    )
    return pages.answer_page(html, page.language)


async def _show_form(service: CitizenService, request: Request, *, kind: str) -> Response:
    about = read_about(request)
    language = read_language(request)
    await service.identify(request.headers.getlist("authorization"))
    query = f"about={about}&" if about else ""
    html = pages.render("request.html", language, kind=kind, about=about, query=query)
    return pages.answer_page(html, language)


async def _file_form(service: CitizenService, request: Request, *, kind: str) -> Response:
    read_parameters(request, ("lang",))
    language = read_language(request)
    # A gateway that keeps the token in a cookie would add it to another site's form as well.
    if request.headers.get("origin", service.urls.citizen) != service.urls.citizen:
        raise Refused("other_site")
    citizen = await service.identify(request.headers.getlist("authorization"))
    filing = await read_form_filing(request, with_about=kind == "complaint")
    number, _ = await service.file_request(citizen, kind, filing.text, filing.about)
    html = pages.render("filed.html", language, id=number, query="")
    return pages.answer_page(html, language, status=201)


async def _serve_style(_request: Request) -> Response:
    return Response(pages.read_style(), headers=pages.SECURITY, media_type="text/css")
