"""The four questions from request to answer: what is told, and that nothing else can be told."""

from __future__ import annotations

import http.client
import json
import logging
import math
import random
import re
import statistics
import time
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from links.api.problems import list_problems
from links.api.refusals import MOST_A_MINUTE
from links.audit.chains import ChainReader
from links.clock import utc_now
from links.domain.deliberation import Disclosure, Visibility
from links.domain.question import Operation, Question, make_body
from links.domain.reasons import Reason
from links.keys.client import BatchKeys
from links.store.connections import LinksRole, connect
from tests.links.serving import Served, make_question, person, read_problem, serving_links
from tests.links.world import (
    ENTERPRISE,
    PEOPLE,
    PLATE,
    World,
    _make_link,
    insert,
    insert_deliberation,
    make_content,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from links.api.requester import Reply, Requester

VERIFY = "/v1/verify"
NOTHING = {
    "/v1/references": {"tooMany": False, "references": []},
    "/v1/addresses": {"tooMany": False, "addresses": []},
    "/v1/subjects": {"tooMany": False, "subjects": []},
}
ANNA = person(PEOPLE["anna"])


@pytest.fixture(scope="module")
def served(module_world: World, key_service: object) -> Iterator[Served]:
    with serving_links(module_world.settings) as served:
        yield served


@pytest.fixture
def fresh(world: World, key_service: object) -> Iterator[Served]:
    with serving_links(world.settings) as served:
        yield served


class Asker:
    """A requester that holds its token."""

    def __init__(self, world: World, served: Served, name: str) -> None:
        self.requester: Requester = served.make_requester(world.clients[name])
        self.organisation = world.clients[name].organisation
        self.token = self.requester.fetch_token()

    def ask(self, path: str, deliberation: str, **members: Any) -> Reply:
        return self.send(path, make_question(deliberation, **members))

    def send(self, path: str, content: object) -> Reply:
        return self.requester.ask(path, content, self.token)


@pytest.fixture(scope="module")
def cpas(module_world: World, served: Served) -> Asker:
    return Asker(module_world, served, "cpas")


def read_content(reply: Reply) -> dict[str, Any]:
    """Return what was answered; 200, in steps of 512 bytes, and nothing to keep it by."""
    assert reply.status == 200, reply.body
    assert len(reply.body) % 512 == 0
    assert reply.headers == {
        "content-type": "application/json",
        "content-length": str(len(reply.body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    content: dict[str, Any] = reply.content
    assert set(content.pop("padding")) <= {"0"}
    return content


def list_records(world: World, organisation: str) -> list[dict[str, Any]]:
    with world.connect() as connection:
        rows = connection.execute(
            "select body from links.record where organisation = %s order by n", [organisation]
        ).fetchall()
    return [json.loads(row[0]) for row in rows]


def check_chains(world: World) -> None:
    """What was put on record is what whoever verifies the log understands."""
    with connect(world.settings, LinksRole.AUDIT) as connection:
        reader = ChainReader(connection, expired=0, now=utc_now())
        for one in reader.list_chains():
            assert reader.check(one) == []


def test_verify_says_yes_and_no(module_world: World, cpas: Asker) -> None:
    for who, result in (("anna", True), ("gus", False), ("stranger", False), ("eva", False)):
        reply = cpas.ask(VERIFY, "cpas_verify", address="bru-900001", subject=person(PEOPLE[who]))
        assert read_content(reply) == {"result": result}
        assert len(reply.body) == 512
    intent, outcome = list_records(module_world, cpas.organisation)[-2:]
    assert (intent["type"], intent["case"], outcome["type"]) == ("intent", "case-1", "outcome")
    assert (outcome["result"], outcome["count"]) == ("false", 1)


def test_a_date_in_the_past_finds_who_lived_there(cpas: Asker, served: Served) -> None:
    jan = person(PEOPLE["jan"])
    for days, result in ((300, True), (10, False)):
        day = (served.clock().date() - timedelta(days=days)).isoformat()
        reply = cpas.ask(VERIFY, "cpas_verify", address="bru-900004", subject=jan, date=day)
        assert read_content(reply) == {"result": result}


def test_references_give_a_handle_that_its_source_opens_once(
    module_world: World, served: Served
) -> None:
    tax, source = (Asker(module_world, served, name) for name in ("tax", "rn"))
    reply = tax.ask(
        "/v1/references",
        "tax_residence",
        purpose="assessment",
        address="bru-900001",
        fields=["capacity", "valid"],
    )
    content = read_content(reply)
    assert content["tooMany"] is False
    told = content["references"]
    assert [one["source"] for one in told] == [source.organisation] * 3
    assert {one["capacity"] for one in told} == {"resident"}
    assert told[0]["valid"] == {"from": "2020-01-01", "to": None}
    opened = [
        read_content(
            source.send("/v1/handles/open", {"handle": one["handle"], "correlationId": "c-1"})
        )["pseudonym"]
        for one in told
    ]
    assert len(set(opened)) == 3, "anna, ben and cato"
    on_record = list_records(module_world, source.organisation)[-3:]
    for record in on_record:
        assert record == {
            "type": "handle",
            "client": module_world.clients["rn"].id,
            "organisation": source.organisation,
            "correlation": "c-1",
            "requester": tax.organisation,
            "sector": "RN",
            "result": "opened",
        }


def test_addresses_need_a_dossier(module_world: World, cpas: Asker) -> None:
    asked = {"subject": ANNA, "fields": ["capacity"]}
    reply = cpas.ask("/v1/addresses", "cpas_addresses", **asked)
    told = [{"address": "bru-900001", "kind": "residence", "capacity": "resident"}]
    assert read_content(reply) == {"tooMany": False, "addresses": told}
    without = cpas.ask("/v1/addresses", "cpas_addresses", subject=person(PEOPLE["gus"]))
    assert read_content(without) == NOTHING["/v1/addresses"]
    assert list_records(module_world, cpas.organisation)[-1]["reason"] == "no_dossier"


def test_subjects_are_pseudonyms_and_too_many_are_none(world: World, fresh: Served) -> None:
    city = Asker(world, fresh, "city")
    asked = {"purpose": "population", "address": "bru-900001"}
    content = read_content(city.ask("/v1/subjects", "city_subjects", **asked))
    assert len({one["pseudonym"] for one in content["subjects"]}) == 3
    assert not set(json.dumps(content).split('"')) & set(PEOPLE.values())
    with world.connect() as connection:
        narrow = replace(make_content("city_subjects"), id="TEST/city_two", max_per_answer=2)
        insert_deliberation(connection, narrow, world.officers)
    city.token = city.requester.fetch_token()
    reply = city.ask("/v1/subjects", "city_two", **asked)
    assert read_content(reply) == {"tooMany": True, "subjects": []}


def test_changes_are_told_once(world: World, fresh: Served) -> None:
    cpas, city = Asker(world, fresh, "cpas"), Asker(world, fresh, "city")
    with BatchKeys(world.settings.batch_socket) as keys:
        number = {"organisation": cpas.organisation, "number": "PrimaWeb-1"}
        sealed = keys.ask("seal_number", **number)["sealed"]
    row = {"organisation": cpas.organisation, "handle": sealed, "at": fresh.clock()}
    with world.connect() as connection:
        insert(connection, "notice", [row])
    before = len(list_records(world, cpas.organisation))

    def take(asker: Asker, correlation: str) -> list[str]:
        content = read_content(asker.send("/v1/changes", {"correlationId": correlation}))
        return [one["dossier"] for one in content["changes"]]

    assert take(city, "c-1") == []
    assert take(cpas, "c-1") == ["PrimaWeb-1"]
    assert take(cpas, "c-2") == []
    assert take(cpas, "c-1") == ["PrimaWeb-1"], "the answer may have been lost"
    told = list_records(world, cpas.organisation)[before:]
    assert [(one["act"], one["count"]) for one in told] == [("take_notices", 1)] * 2
    with world.connect() as connection:
        connection.execute("update links.notice set told_at = told_at - interval '2 hours'")
    assert take(cpas, "c-1") == []


@pytest.mark.parametrize("member", ["purpose", "deliberation"])
def test_no_member_that_is_recorded_is_a_person_s_number(cpas: Asker, member: str) -> None:
    question = make_question("cpas_verify", address="bru-900001", subject=ANNA)
    reply = cpas.send(VERIFY, question | {member: PEOPLE["gus"]})
    assert read_problem(reply) == (400, "requestMalformed")


def test_43_what_is_others_is_not_there(module_world: World, served: Served, cpas: Asker) -> None:
    """Whose something is comes from the token; no identifier of a request can name another's."""
    tax = Asker(module_world, served, "tax")
    fetched = cpas.requester.fetch("/v1/deliberations/mine", cpas.token).content
    own = {one["id"] for one in fetched["deliberations"]}  # type: ignore[attr-defined]
    assert own == {"TEST/cpas_verify", "TEST/cpas_addresses", "TEST/cpas_protected"}
    usage = cpas.requester.fetch("/v1/usage/mine", cpas.token).content["usage"]
    assert {one["deliberation"] for one in usage} == own  # type: ignore[attr-defined]
    asked = {"address": "bru-900001", "subject": ANNA, "purpose": "care"}
    assert read_problem(cpas.ask(VERIFY, "health_verify", **asked)) == (403, "scope")
    for member in ("organisation", "client", "ticket", "n", "requester"):
        content = make_question("cpas_verify", address="bru-900001", subject=ANNA)
        reply = cpas.send(VERIFY, content | {member: tax.organisation})
        assert read_problem(reply) == (400, "requestMalformed")
    for path in (
        f"/v1/usage/{tax.organisation}",
        "/v1/usage/mine/1",
        "/v1/deliberations/TEST%2Ftax_residence",
        "/v1/tickets/1",
        "/v1/handles/1",
        "/v1/records/1",
    ):
        assert read_problem(cpas.requester.fetch(path, cpas.token))[0] == 404
    with pytest.raises(KeyError):  # a token is not to be had for another's deliberation
        cpas.requester.fetch_token("TEST/tax_residence")


def test_44_nothing_is_taken_that_was_not_described(module_world: World, cpas: Asker) -> None:
    question = make_question("cpas_verify", address="bru-900003", subject=person(PEOPLE["eva"]))
    before = len(list_records(module_world, cpas.organisation))
    for extra in (
        {"protected_ok": True},
        {"protectedOk": True},
        {"version": 1},
        {"sector": "RN"},
        {"kinds": ["residence", "household"]},
        {"operation": "subjects"},
        {"state": "approved"},
        {"max_per_answer": 100},
        {"__proto__": {}},
        {"padding": "0"},
        {"subject": person(PEOPLE["eva"]) | {"protected": False}},
        {"Address": "bru-900003"},
    ):
        reply = cpas.send(VERIFY, question | extra)
        assert read_problem(reply) == (400, "requestMalformed"), extra
    assert len(list_records(module_world, cpas.organisation)) == before
    assert read_content(cpas.send(VERIFY, question)) == {"result": False}


def test_a_number_that_these_keys_do_not_take_is_a_wrong_question(
    module_world: World, cpas: Asker
) -> None:
    """Asking again later, as 503 says, would never help."""
    before = len(list_records(module_world, cpas.organisation))
    somebodys = person("85073003328")
    reply = cpas.ask(VERIFY, "cpas_verify", address="bru-900003", subject=somebodys)
    assert read_problem(reply) == (400, "requestMalformed")
    assert len(list_records(module_world, cpas.organisation)) == before


@pytest.mark.parametrize("member", ["caseReference", "endUser", "correlationId"])
def test_45_a_case_reference_is_one_line_of_plain_letters(
    cpas: Asker, caplog: pytest.LogCaptureFixture, member: str
) -> None:
    question = make_question("cpas_verify", address="bru-900001", subject=ANNA)
    with caplog.at_level(logging.INFO):
        for value in (
            *("", " ", "x" * 65, "a\nb", "a\r\nSet-Cookie: x=1", "a\u0000", "a\u0007", "a\u2028b"),
            *(
                "\u0430bc",
                "a\u202eb",
                "a\u200bb",
                "caf\u00e9",
                "<b>",
                "${jndi:x}",
                "'; drop--",
                "-",
            ),
            *(PEOPLE["anna"], f"2026/{PEOPLE['anna']}", f"of {write_spaced(PEOPLE['ben'])}"),
            " - ".join(PEOPLE["ben"]),
            *(None, 1, True, ["a"], {"a": 1}),
        ):
            reply = cpas.send(VERIFY, question | {member: value})
            assert read_problem(reply) == (400, "requestMalformed"), repr(value)
            assert reply.headers.keys() <= {
                "content-type",
                "content-length",
                "cache-control",
                "x-content-type-options",
            }
        reply = cpas.send(VERIFY, {k: v for k, v in question.items() if k != member})
        assert read_problem(reply) == (400, "requestMalformed")
    for record in caplog.records:
        assert re.fullmatch(r"POST /v1/verify 400 \d+ ms", record.getMessage()), record
    for right in ("x" * 64, "20261122103045", f"1{PEOPLE['anna']}", "2026-0417-12"):
        assert read_content(cpas.send(VERIFY, question | {member: right})) == {"result": True}


def write_spaced(ssin: str) -> str:
    """Write a national number as cards do."""
    return f"{ssin[:2]}.{ssin[2:4]}.{ssin[4:6]}-{ssin[6:9]}.{ssin[9:]}"


def test_47_an_unknown_parameter_is_refused(cpas: Asker, served: Served) -> None:
    question = make_question("cpas_verify", address="bru-900001", subject=ANNA)
    for extra in ({"force": True}, {"limit": 5}, {"x": None}, {"Purpose": "aid"}):
        assert read_problem(cpas.send(VERIFY, question | extra)) == (400, "requestMalformed")
    subject_too = make_question("cpas_addresses", address="bru-900001", subject=ANNA)
    assert read_problem(cpas.send("/v1/addresses", subject_too)) == (400, "requestMalformed")
    for wrong in (
        {"fields": ["capacity", "name"]},
        {"fields": ["valid", "valid"]},
        {"fields": "valid"},
        {"kind": "birth"},
        {"kind": ["residence"]},
        {"date": "2026-02-30"},
        {"date": "20260101"},
        {"date": 20260101},
        {"subject": PEOPLE["anna"]},
        {"subject": {"type": "person", "value": "85073003300"}},
        {"subject": {"type": "enterprise", "value": ENTERPRISE}},
        {"subject": None},
        {"address": "bru 900001"},
        {"address": ["bru-900001"]},
        {"deliberation": ""},
    ):
        assert read_problem(cpas.send(VERIFY, question | wrong)) == (400, "requestMalformed"), wrong
    requester = cpas.requester
    headers = {"content-type": "application/jose"}
    for path in ("?force=1", "?", "?kind=residence"):
        proofs = headers | requester.make_headers("POST", VERIFY, cpas.token)
        body = requester.sign(VERIFY, question).encode()
        reply = requester.send("POST", VERIFY + path, proofs, body)
        if path != "?":
            assert read_problem(reply) == (400, "queryString")
    for method, path in (("GET", VERIFY), ("PUT", VERIFY), ("POST", "/v1/usage/mine")):
        reply = requester.send(method, path, requester.make_headers(method, path, cpas.token))
        assert read_problem(reply) == (405, "methodNotAllowed")
    plain = headers | {"content-type": "application/json"}
    plain |= requester.make_headers("POST", VERIFY, cpas.token)
    reply = requester.send("POST", VERIFY, plain, json.dumps(question).encode())
    assert read_problem(reply) == (415, "mediaType")


def test_a_request_is_signed_for_its_place(
    module_world: World, served: Served, cpas: Asker
) -> None:
    """By this client, and for this path: nobody sends it on to a larger question."""
    requester = cpas.requester
    question = make_question("cpas_verify", address="bru-900001", subject=ANNA)
    other = served.make_requester(module_world.clients["tax"])
    for body in (
        requester.sign("/v1/subjects", question),
        other.sign(VERIFY, question),
        replace(other, kid=requester.kid).sign(VERIFY, question),
        requester.sign(VERIFY, question)[:-4] + "AAAA",
        json.dumps(question),
        "",
    ):
        headers = requester.make_headers("POST", VERIFY, cpas.token)
        headers["content-type"] = "application/jose"
        reply = requester.send("POST", VERIFY, headers, body.encode())
        assert read_problem(reply) == (401, "requestSignature")


def test_51_what_two_organisations_get_of_one_person(world: World, fresh: Served) -> None:
    names = ("tax", "police", "city", "health", "rn")
    tax, police, city, health, source = (Asker(world, fresh, name) for name in names)
    asked = {"address": "bru-900004"}  # gus alone

    def find_handle(asker: Asker, deliberation: str, purpose: str) -> str:
        reply = asker.ask("/v1/references", deliberation, purpose=purpose, **asked)
        (one,) = read_content(reply)["references"]
        return str(one["handle"])

    handles = [
        find_handle(tax, "tax_residence", "assessment"),
        find_handle(tax, "tax_residence", "assessment"),
        find_handle(police, "police_exempt", "inquiry"),
    ]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert _find_common(handles[one], handles[other]) < 8, "nothing in them is alike"

    def open_handle(asker: Asker, handle: str) -> Reply:
        return asker.send("/v1/handles/open", {"handle": handle, "correlationId": "c-1"})

    refusals = [open_handle(asker, handles[2]) for asker in (tax, police, health)]
    broken = handles[2][:-6] + ("AAAAAA" if handles[2][-6:] != "AAAAAA" else "BBBBBB")
    refusals += [open_handle(source, broken), open_handle(source, "x")]
    opened = [read_content(open_handle(source, one))["pseudonym"] for one in handles[1:]]
    assert opened[0] == opened[1], "the source knows whom it is about; others had it opened not"
    refusals.append(open_handle(source, handles[2]))
    for refusal in refusals:
        assert read_problem(refusal) == (403, "handleNotOpened")
    assert len({refusal.body for refusal in refusals}) == 1, "why is nobody's to know"
    for asker, results in (
        *((one, ["refused"]) for one in (tax, police, health)),
        (source, ["refused", "refused", "opened", "opened", "refused"]),
    ):
        on_record = list_records(world, asker.organisation)
        assert [one["result"] for one in on_record if one["type"] == "handle"] == results
    check_chains(world)

    with world.connect() as connection:
        pairwise_right = replace(
            make_content("health_verify"), id="TEST/health_pairwise", disclosure=Disclosure.PAIRWISE
        )
        insert_deliberation(connection, pairwise_right, world.officers)
    health.token = health.requester.fetch_token()
    pseudonyms = []
    for asker, deliberation, purpose in (
        (city, "city_subjects", "population"),
        (health, "health_pairwise", "care"),
        (health, "health_pairwise", "care"),
    ):
        reply = asker.ask("/v1/subjects", deliberation, purpose=purpose, **asked)
        (one,) = read_content(reply)["subjects"]
        pseudonyms.append(str(one["pseudonym"]))
    assert pseudonyms[1] == pseudonyms[2], "to one organisation a person stays the same"
    assert _find_common(pseudonyms[0], pseudonyms[1]) < 8
    assert opened[0] not in pseudonyms
    stored = world.key_person("gus").hex()
    assert stored not in {*pseudonyms, opened[0]}


def _find_common(one: str, other: str) -> int:
    """Length of the longest text that both have at the same place."""
    same = [a == b for a, b in zip(one, other, strict=False)]
    return max((len(run) for run in "".join("x" if s else " " for s in same).split()), default=0)


SILENT = {
    "unknown address": {"address": "bru-999999", "subject": ANNA},
    "nothing there": {"address": "bru-900005", "subject": ANNA},
    "unknown person": {"address": "bru-900001", "subject": person(PEOPLE["stranger"])},
    "protected": {"address": "bru-900003", "subject": person(PEOPLE["eva"])},
    "child of protected": {"address": "bru-900003", "subject": person(PEOPLE["finn"])},
    "other kind": {"address": "bru-900004", "subject": person(PEOPLE["gus"]), "kind": "household"},
}

# Where somebody is, asked with a dossier that says nothing, of one who is protected, with none.
BY_SUBJECT = {"nobody's": "stranger", "protected one's": "eva", "no dossier": "gus"}


@pytest.mark.alone
def test_52_nothing_unknown_and_protected_are_the_same_bytes(world: World, fresh: Served) -> None:
    names = ("cpas", "tax", "city", "health")
    cpas, tax, city, health = (Asker(world, fresh, name) for name in names)
    replies: dict[str, list[Reply]] = {}
    for members in SILENT.values():
        replies.setdefault("verify", []).append(cpas.ask(VERIFY, "cpas_verify", **members))
        if members.get("kind") is None:
            asked = members | {"purpose": "care"}
            replies["verify"].append(health.ask(VERIFY, "health_verify", **asked))
    for address in ("bru-999999", "bru-900005", "bru-900003"):
        asked = {"address": address, "purpose": "assessment"}
        reply = tax.ask("/v1/references", "tax_residence", **asked)
        replies.setdefault("references", []).append(reply)
        reply = tax.ask("/v1/references", "tax_owners", kind="cadastral_right", **asked)
    for address in ("bru-900005", "bru-900003"):
        asked = {"address": address, "purpose": "population"}
        reply = city.ask("/v1/subjects", "city_subjects", **asked)
        replies.setdefault("subjects", []).append(reply)
    _give_dossiers(world, ("stranger", "eva"))
    for who in ("stranger", "eva", "gus", "ben"):  # with a dossier and nothing; protected; without
        reply = cpas.ask("/v1/addresses", "cpas_addresses", subject=person(PEOPLE[who]))
        replies.setdefault("addresses", []).append(reply)
    for alike in replies.values():
        assert {reply.status for reply in alike} == {200}
        assert len({reply.body for reply in alike}) == 1
        assert len({tuple(reply.headers.items()) for reply in alike}) == 1
    # And they are what an answer that says something is compared with.
    told = cpas.ask(VERIFY, "cpas_verify", address="bru-900001", subject=ANNA)
    assert len(told.body) == len(replies["verify"][0].body)
    assert list(told.headers.items()) == list(replies["verify"][0].headers.items())
    by_both = ("unknown address", "nothing there", "protected")
    by_subject = ("nobody's", "no dossier")
    check_times(world, fresh, samples=200, classes=(by_both, by_subject))


def _give_dossiers(world: World, people: Sequence[str]) -> None:
    rows = [
        {
            "organisation": world.clients["cpas"].organisation,
            "sector": "RN",
            "subj_ref": world.key_person(who),
            "capacity": "open_file",
            "kid": 1,
            "valid": "[2020-01-01,)",
            "subscribed": False,
            "handle": f"of-{who}",
        }
        for who in people
    ]
    with world.connect() as connection:
        insert(connection, "dossier", rows)


@pytest.mark.soak
def test_times_are_the_same_over_2000_samples(world: World, fresh: Served) -> None:
    _give_dossiers(world, ("stranger", "eva"))
    check_times(world, fresh, samples=2_000, classes=(tuple(SILENT), tuple(BY_SUBJECT)))


def check_times(
    world: World, served: Served, *, samples: int, classes: Sequence[Sequence[str]]
) -> None:
    """Fail when times tell classes of a group apart; noise does it once, a difference twice."""
    found = list_differences(world, served, samples=samples, classes=classes)
    assert not found or not list_differences(world, served, samples=samples, classes=classes), found


def list_differences(
    world: World, served: Served, *, samples: int, classes: Sequence[Sequence[str]]
) -> list[object]:
    """Measure `samples` of each class in random order; return what tells which classes apart."""
    asker = Asker(world, served, "cpas")
    order = [name for group in classes for name in group for _ in range(samples)]
    random.Random(52).shuffle(order)  # noqa: S311 - to be the same each time
    connection = http.client.HTTPConnection(urlsplit(served.urls[0]).netloc, timeout=30)
    times: dict[str, list[float]] = {name: [] for name in order}
    with world.connect() as database:
        for number, name in enumerate(order):
            if number % 15 == 0:  # nothing but misses is a scan, and stopped: see test_57
                database.execute("update links.usage set missed_day = 0, asked_hour = 0")
                database.execute("update links.usage set asked_day = 0")
                asker.token = asker.requester.fetch_token() if number % 3000 == 0 else asker.token
            times[name].append(_measure(asker, connection, name))
    connection.close()
    assert min(min(values) for values in times.values()) > 0.019, "no answer before its tick"
    medians = {name: statistics.median(values) for name, values in times.items()}
    return [
        (one, other, p, medians)
        for one, other in chain.from_iterable(map(pairwise, classes))
        if (p := compare_ranks(times[one], times[other])) <= 0.001
        or abs(medians[one] - medians[other]) >= 0.001
    ]


def _measure(asker: Asker, connection: http.client.HTTPConnection, name: str) -> float:
    requester = asker.requester
    if name in SILENT:
        path, question = VERIFY, make_question("cpas_verify", **SILENT[name])
    else:
        subject = person(PEOPLE[BY_SUBJECT[name]])
        path, question = "/v1/addresses", make_question("cpas_addresses", subject=subject)
    headers = requester.make_headers("POST", path, asker.token)
    headers["content-type"] = "application/jose"
    body = requester.sign(path, question).encode()
    begun = time.perf_counter()
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    content = response.read()
    taken = time.perf_counter() - begun
    nothing = {"result": False} if path == VERIFY else NOTHING[path]
    assert (response.status, json.loads(content) | {"padding": ""}) == (
        200,
        nothing | {"padding": ""},
    )
    return taken


def compare_ranks(one: Sequence[float], other: Sequence[float]) -> float:
    """Mann-Whitney: probability of ranks this far apart if both are of one kind, two-sided.

    By the normal approximation, ties corrected: good for more than 20 values on each side.
    """
    joined = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    total, start, rank_sum, ties = len(joined), 0, 0.0, 0.0
    while start < total:
        end = start
        while end < total and joined[end][0] == joined[start][0]:
            end += 1
        rank = (start + 1 + end) / 2
        rank_sum += rank * sum(1 for _, group in joined[start:end] if group == 0)
        ties += (end - start) ** 3 - (end - start)
        start = end
    n, m = len(one), len(other)
    u = rank_sum - n * (n + 1) / 2
    variance = n * m / 12 * ((total + 1) - ties / (total * (total - 1)))
    if variance == 0:
        return 1.0
    z = (abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(max(z, 0) / math.sqrt(2))


def test_the_comparison_of_ranks_sees_a_difference() -> None:
    """A test of times that cannot fail would be worth nothing."""
    drawn = random.Random(1)  # noqa: S311 - to be the same each time
    same = [[drawn.gauss(20, 0.2) for _ in range(200)] for _ in range(2)]
    later = [drawn.gauss(20.1, 0.2) for _ in range(200)]
    assert compare_ranks(*same) > 0.05
    assert compare_ranks(same[0], later) < 0.001
    # Figures of a printed example: U of 1..4 against 5..8 is 0, z = 2.165, p = 0.0304.
    assert compare_ranks([1, 2, 3, 4], [5, 6, 7, 8]) == pytest.approx(0.0304, abs=0.0001)
    assert compare_ranks([1.0] * 5, [1.0] * 5) == 1.0


def test_53_no_count_tells_of_a_protected_person(world: World, fresh: Served) -> None:
    """All answers about her address and herself are those of when she is not there at all."""
    names = ("cpas", "tax", "city")
    cpas, tax, city = (Asker(world, fresh, name) for name in names)
    hidden = ("eva", "finn", "iris")  # iris in no household: nothing but her own level hides her
    here = ("bru-900003", "resident")
    links = [
        _make_link(world.keyring, "residence", PEOPLE["stranger"], *here, "LODGER"),
        _make_link(world.keyring, "residence", PEOPLE["iris"], *here),
    ]
    protection = {
        "sector": "RN",
        "subj_ref": world.key_person("iris"),
        "kid": 1,
        "level": 2,
        "basis": "invented",
        "valid": "[2020-01-01,)",
    }
    with world.connect() as connection:
        insert(connection, "link", links)
        insert(connection, "protection", [protection])
    _give_dossiers(world, hidden)

    def ask_all() -> list[object]:
        here = {"address": "bru-900003"}
        found = [
            city.ask("/v1/subjects", "city_subjects", purpose="population", **here),
            *(
                cpas.ask(VERIFY, "cpas_verify", subject=person(PEOPLE[who]), kind=kind, **here)
                for who in (*hidden, "stranger")
                for kind in ("residence", "household")
            ),
            *(
                cpas.ask("/v1/addresses", "cpas_addresses", subject=person(PEOPLE[who]))
                for who in hidden
            ),
        ]
        references = tax.ask("/v1/references", "tax_residence", purpose="assessment", **here)
        handles = read_content(references)["references"]
        return [
            *((reply.status, reply.body) for reply in found),
            (len(references.body), len(handles)),
        ]

    with_her = ask_all()
    counted = json.loads(with_her[0][1])  # type: ignore[index]
    assert len(counted["subjects"]) == 1, "the lodger, who is nothing to her"
    usage = cpas.requester.fetch("/v1/usage/mine", cpas.token).content
    with world.connect() as connection:
        gone = connection.execute(
            "delete from links.link where subj_ref = any (%s)",
            [[world.key_person(who) for who in hidden]],
        )
        assert gone.rowcount == 6
        connection.execute("delete from links.protection")
        connection.execute("delete from links.usage")
        connection.execute("delete from links.asked")
    assert ask_all() == with_her
    assert cpas.requester.fetch("/v1/usage/mine", cpas.token).content == usage


def test_the_database_and_the_keys_are_needed(world: World, key_service: object) -> None:
    """Without keys 503, on a tick, and nothing from a cache."""
    lost = replace(world.settings, issuer="http://127.0.0.1:8020")
    with serving_links(lost) as served:
        cpas = Asker(world, served, "cpas")
        asked = {"address": "bru-900001", "subject": ANNA}
        assert read_content(cpas.ask(VERIFY, "cpas_verify", **asked)) == {"result": True}
        health = cpas.requester.send("GET", "/health", {})
        assert (health.status, health.content) == (200, {"status": "UP"})
        with world.connect() as connection:
            connection.execute("revoke execute on all functions in schema links from links_api")
        begun = time.perf_counter()
        assert read_problem(cpas.ask(VERIFY, "cpas_verify", **asked)) == (503, "unavailable")
        assert time.perf_counter() - begun > 0.019
        assert read_problem(cpas.requester.send("GET", "/health", {})) == (503, "unavailable")


def test_keys_of_another_time_than_the_rows_answer_nothing(
    world: World, fresh: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """A database put back beside today's keys would say "no" about everybody."""
    cpas = Asker(world, fresh, "cpas")

    def ask() -> Reply:
        return cpas.ask(VERIFY, "cpas_verify", address="bru-900001", subject=ANNA)

    def fetch_health() -> Reply:
        return cpas.requester.send("GET", "/health", {})

    assert read_content(ask()) == {"result": True}
    before = list_records(world, cpas.organisation)
    with world.connect() as connection:
        connection.execute("update links.sector set active_kids = '{2}' where code = 'RN'")
    fresh.clock.ahead = timedelta(seconds=61)
    assert read_problem(ask()) == (503, "unavailable"), "within a minute"
    assert read_problem(fetch_health()) == (503, "unavailable")
    assert "RN has rows of [2] and keys of [1]" in caplog.text
    with serving_links(world.settings) as restarted:
        late = Asker(world, restarted, "cpas")
        late_reply = late.ask(VERIFY, "cpas_verify", address="bru-900001", subject=ANNA)
        assert read_problem(late_reply) == (503, "unavailable"), "at once when it starts"
    assert list_records(world, cpas.organisation) == before, "nobody is told a wrong no"
    with world.connect() as connection:
        connection.execute("update links.sector set active_kids = '{1}' where code = 'RN'")
    assert fetch_health().content == {"status": "UP"}
    assert read_content(ask()) == {"result": True}


def test_who_is_refused_too_often_waits_for_the_next_minute(
    world: World, key_service: object
) -> None:
    """A flood of attempts is one record, for each is kept ten years."""
    organisation = world.clients["cpas"].organisation

    def read_counts() -> list[int]:
        records = list_records(world, organisation)
        return [record["count"] for record in records if record["type"] == "refusals"]

    with serving_links(world.settings) as served:
        cpas, tax = Asker(world, served, "cpas"), Asker(world, served, "tax")

        def ask(**members: Any) -> Reply:
            return cpas.ask(VERIFY, "cpas_verify", address="bru-900001", subject=ANNA, **members)

        def be_refused() -> None:
            for _ in range(MOST_A_MINUTE):
                assert read_problem(ask(purpose="curiosity")) == (403, "purpose")

        for _ in range(MOST_A_MINUTE + 5):  # not on record, and so not counted
            assert read_problem(ask(kind="birth")) == (400, "requestMalformed")
        be_refused()
        before = list_records(world, organisation)
        for turned_away in ("curiosity", "aid"):
            assert read_problem(ask(purpose=turned_away)) == (429, "tooManyRefusals")
        handle = {"handle": "x", "correlationId": "c-1"}
        assert read_problem(cpas.send("/v1/handles/open", handle)) == (429, "tooManyRefusals")
        assert list_records(world, organisation) == before
        other = tax.ask(
            "/v1/references", "tax_residence", purpose="assessment", address="bru-900001"
        )
        assert other.status == 200, "others are not turned away"
        served.clock.ahead = timedelta(seconds=61)
        assert read_content(ask()) == {"result": True}
        assert read_counts() == [3]
        be_refused()
        assert read_problem(ask()) == (429, "tooManyRefusals")
    assert read_counts() == [3, 1], "also when it stops before the minute is over"
    with world.connect() as connection:
        alarms = connection.execute("select rule from links.alarm where rule = 'refusals'")
        assert alarms.fetchall() == [("refusals",)]
    check_chains(world)


def test_forged_deliberations_count_for_nothing(world: World, fresh: Served) -> None:
    """A version that the owner of the database edited is one that nobody signed."""
    with world.connect() as connection:
        content = replace(make_content("cpas_verify"), id="TEST/edited")
        edited = {"citizen_visibility": Visibility.EXEMPT}
        insert_deliberation(connection, content, world.officers, **edited)
    cpas = Asker(world, fresh, "cpas")
    reply = cpas.ask(VERIFY, "edited", address="bru-900001", subject=ANNA)
    assert read_problem(reply) == (503, "unavailable")
    assert list_records(world, cpas.organisation)[-1]["reason"] == "signature_invalid"


def test_a_vehicle_is_asked_like_a_person(world: World, fresh: Served) -> None:
    with world.connect() as connection:
        content = replace(
            make_content("tax_residence"),
            id="TEST/vehicles",
            sector="VEH",
            kinds=("vehicle_registration",),
        )
        insert_deliberation(connection, content, world.officers)
    tax = Asker(world, fresh, "tax")
    for plate, result in ((PLATE, True), ("0ZZZ999", False)):
        reply = tax.ask(
            VERIFY,
            "vehicles",
            purpose="assessment",
            kind="vehicle_registration",
            address="bru-900001",
            subject={"type": "vehicle", "value": plate},
        )
        assert read_content(reply) == {"result": result}


def test_the_document_describes_what_is_served(served: Served, cpas: Asker) -> None:
    document = cpas.requester.send("GET", "/openapi.json", {}).content
    validate(document)  # type: ignore[arg-type]
    paths: dict[str, Any] = document["paths"]  # type: ignore[assignment]
    app_routes = _list_routes(served)
    described = {(path, method.upper()) for path, one in paths.items() for method in one}
    assert described == app_routes
    kinds = document["components"]["schemas"]["Kind"]["enum"]  # type: ignore[index]
    from links.domain.kinds import KINDS

    assert kinds == list(KINDS)
    statuses = {status for status, _ in list_problems().values()}
    answered = {
        int(code)
        for one in paths.values()
        for operation in one.values()
        for code in operation["responses"]
    }
    assert statuses - {404, 405} <= answered


def _list_routes(served: Served) -> set[tuple[str, str]]:
    from links.api.app import make_app

    app = make_app(served.settings)
    return {(path, route.method) for path, route in app._routes.items()}


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (VERIFY, "Verified"),
        ("/v1/references", "References"),
        ("/v1/addresses", "Addresses"),
        ("/v1/subjects", "Subjects"),
        ("/v1/changes", "Changes"),
        ("/v1/usage/mine", None),
        ("/v1/deliberations/mine", None),
        ("/jwks", None),
        ("/health", None),
    ],
)
def test_answers_are_as_described(
    module_world: World, served: Served, path: str, schema: str | None
) -> None:
    questions: dict[str, tuple[str, dict[str, Any]]] = {
        VERIFY: ("cpas", make_question("cpas_verify", address="bru-900001", subject=ANNA)),
        "/v1/references": (
            "tax",
            make_question(
                "tax_residence", purpose="assessment", address="bru-900001", fields=["valid"]
            ),
        ),
        "/v1/addresses": ("cpas", make_question("cpas_addresses", subject=ANNA)),
        "/v1/subjects": (
            "city",
            make_question("city_subjects", purpose="population", address="bru-900001"),
        ),
        "/v1/changes": ("cpas", {"correlationId": "c-1"}),
    }
    name, content = questions.get(path, ("cpas", {}))
    asker = Asker(module_world, served, name)
    document: dict[str, Any] = asker.requester.send("GET", "/openapi.json", {}).content
    if schema is None:
        reply = asker.requester.fetch(path, asker.token)
        operation = document["paths"][path]["get"]
    else:
        reply = asker.send(path, content)
        operation = document["paths"][path]["post"]
        asked = operation["requestBody"]["content"]["application/jose"]["x-content"]
        _check_schema(document, asked, content)
    assert reply.status == 200
    described = operation["responses"]["200"]["content"]["application/json"]["schema"]
    _check_schema(document, described, reply.content)
    if schema is not None:
        assert described["$ref"].endswith(f"/{schema}")
        refused = asker.send(path, {"x": 1})
        _check_schema(document, {"$ref": "#/components/schemas/Problem"}, refused.content)


def _check_schema(document: dict[str, Any], schema: dict[str, Any], content: object) -> None:
    OAS30Validator({**schema, "components": document["components"]}).validate(content)


@given(
    text=st.text(st.characters(exclude_categories=["Cs"])),
    version=st.none() | st.integers(0, 2**53 - 1),
    kinds=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=3),
)
def test_bodies_of_records_are_canonical(text: str, version: int | None, kinds: list[str]) -> None:
    question = Question(
        operation=Operation.VERIFY,
        address=None,
        subject=None,
        kinds=tuple(kinds),
        date=date(2026, 1, 1),
        fields=(),
        **dict.fromkeys(("deliberation", "purpose", "case", "end_user", "correlation"), text),
        organisation="0000010001",
        client="cpas-app",
    )
    body = make_body(question, version, None, "0" * 64, "refusal", Reason.SCOPE)
    assert body.encode() == rfc8785.dumps(json.loads(body))
