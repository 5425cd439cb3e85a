"""What the validation of parameters says, in the issues of the belgif guide."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.problems import Issue, Problem, make_bad_request

_KINDS = {"extra_forbidden": "unknownInput", "missing": "requiredInput"}
_DETAILS = {
    "extra_forbidden": "There is no parameter {name} here. The documentation is at /doc.",
    "missing": "{name} is required.",
    "model_type": "{name} must be a JSON object.",
    "string_pattern_mismatch": "{name} does not have the form it should have: {message}.",
}


def make_validation_problem(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """Return the bad request for everything that did not fit its schema.

    `loc` of an error is the place (query, path, header, body), then the name.
    """
    return make_bad_request([_make_issue(found) for found in errors])


def _make_issue(found: Mapping[str, Any]) -> Issue:
    place, *names = found["loc"]
    name = ".".join(str(part) for part in names[:1]) or str(place)
    template = _DETAILS.get(found["type"], "{name}: {message}.")
    if place == "body":
        template = template.replace("parameter", "member")
    value = found.get("input")
    return Issue(
        name=name,
        kind=_KINDS.get(found["type"], "schemaViolation"),
        detail=template.format(name=name, message=found["msg"]),
        value=value if isinstance(value, str | int | float | bool) else None,
        place=str(place),
    )
