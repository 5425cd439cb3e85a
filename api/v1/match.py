"""Matching: what an address means that somebody wrote, how sure that is, and why."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_question
from api.v1.index_documents import SCORE_DIGITS, IndexView, begin_search
from api.v1.positions import Position, make_positions_at
from api.v1.representations import Document, strip
from api.v1.search_parameters import MatchParameters
from api.v1.search_schemas import MatchQuestion
from geo.crs import Crs
from registry.domain.resource import Resource
from registry.search.answers import (
    Answer,
    Candidate,
    Component,
    MatchLevel,
    Question,
    Reason,
    Verdict,
)
from registry.search.labels import make_labels
from registry.search.reasons import read_reasons, withhold

MakePosition = Callable[[tuple[float, float]], Position]

_RESOURCES = {
    MatchLevel.BOX: Resource.ADDRESS,
    MatchLevel.BUILDING: Resource.ADDRESS,
    MatchLevel.STREET: Resource.STREET_NAME,
    MatchLevel.PART: Resource.PART_OF_MUNICIPALITY,
    MatchLevel.POSTAL_INFO: Resource.POSTAL_INFO,
    MatchLevel.MUNICIPALITY: Resource.MUNICIPALITY,
}


async def answer_match(request: Request, parameters: MatchParameters) -> Response:
    """Answer what was written. What was asked stands in no log and is kept nowhere."""
    from registry.search.matching import match  # noqa: PLC0415 - loaded with the index

    asked = await read_question(request, MatchQuestion)
    exchange, index = await begin_search(request, parameters.lang)
    answer = withhold(match(make_question(asked), index), asked.minimum_score)
    grid = exchange.services.settings.proj_grid
    system = None if parameters.crs is None else Crs(parameters.crs)
    view = IndexView(index=index, base_url=exchange.services.base_url, language=exchange.language)
    body = make_answer(answer, view, lambda point: make_positions_at([point], grid, system)[0])
    return exchange.answer_alone({"seq": index.seq, **body})


def make_question(asked: MatchQuestion) -> Question:
    """Return what matching is asked."""
    return Question(
        text=asked.text,
        street_name=asked.street_name,
        house_number=asked.house_number,
        box_number=asked.box_number,
        postal_code=asked.post_code,
        municipality=asked.municipality,
        country=asked.country,
    )


def make_answer(answer: Answer, view: IndexView, make_position: MakePosition) -> Document:
    """Return an answer as v1 shows it; pure. Of several equally good ones none is `address`."""
    is_ambiguous = answer.verdict is Verdict.AMBIGUOUS
    shown = [make_candidate(candidate, view) for candidate in answer.candidates]
    told = {component.reason for component in answer.components}
    return strip(
        {
            "verdict": answer.verdict,
            "category": answer.category,
            "score": round(answer.score, SCORE_DIGITS),
            "matchLevel": answer.match_level,
            "positionLevel": answer.position_level,
            "position": None if answer.position is None else make_position(answer.position),
            "address": None if is_ambiguous or not shown else shown[0],
            "candidates": shown if is_ambiguous else None,
            "candidatesTotal": answer.candidates_total if is_ambiguous else None,
            "reasons": [
                make_reason(reason, view) for reason in answer.reasons if reason not in told
            ],
        }
    ) | {
        "components": [make_component(one, view) for one in answer.components],
        "unresolved": list(answer.unresolved),
    }


def make_candidate(candidate: Candidate, view: IndexView) -> Document:
    """Return an address, or as much of one as is sure: `id` is of the address itself."""
    document: Document = {}
    resource = _RESOURCES[candidate.level]
    if candidate.address >= 0:
        document |= view.make_address(candidate.address)
    if candidate.street >= 0:
        document["streetName"] = view.make_street_name(candidate.street)
    if candidate.municipality >= 0:
        document["municipality"] = view.make_municipality(candidate.municipality)
    if candidate.part:
        document["partOfMunicipality"] = view.make_part(candidate.part)
    if candidate.postal_code:
        document["postalInfo"] = view.make_postal_info(candidate.postal_code)
    return {
        "level": candidate.level,
        **document,
        "labels": view.choose(make_labels(view.index, candidate)),
        "isFormer": candidate.is_former,
        **strip({"successors": view.list_successors(resource, candidate.successors)}),
    }


def make_component(component: Component, view: IndexView) -> Document:
    """Return one part of the question: as it was written, as the register has it, and why."""
    names = {language: text for language, text in component.values.items() if language}
    return strip(
        {
            "kind": component.kind,
            "input": component.written,
            "name": view.choose(names),
            "value": component.values.get(""),
            "status": component.status,
            **({} if component.reason is None else make_reason(component.reason, view)),
        }
    )


def make_reason(reason: Reason, view: IndexView) -> Mapping[str, object]:
    """Return a reason with its sentence."""
    return {"reason": reason, "explanation": view.choose(read_reasons()[reason])}
