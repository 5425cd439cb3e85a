"""What a citizen sees of the wall, and what he must never see."""

from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from lxml import html
from psycopg.types.json import Jsonb
from starlette.testclient import TestClient

from links.audit.findings import Finding, Rule
from links.audit.verify import check_requests
from links.citizen.app import make_app
from links.citizen.command import answer_request, show_request
from links.citizen.identity import MANDATE_SCOPE, IdentityProvider, TokenRefused
from links.citizen.notices import make_notice
from links.citizen.texts import LANGUAGES, TEXTS, choose_language
from links.citizen.usages import Urls, Usage, name_capacity, name_kind
from links.domain.kinds import KINDS
from links.domain.subjects import make_person_check
from links.store.connections import LinksRole, connect, connect_as_superuser
from registry.domain.errors import InputRefused
from tests.links.serving import make_question, serving_links
from tests.links.serving import person as make_subject
from tests.links.world import insert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from links.keys.keyring import KeyRing
    from links.keys.operations import Vault
    from links.settings import LinksSettings
    from tests.links.world import World

ISSUER = "https://login.example"
URL = "http://127.0.0.1:8021"
NOW = datetime.now(UTC).replace(microsecond=0)
KEY = ECKey.generate_key("P-256", {"kid": "idp-1", "use": "sig"})
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "idp-1", "use": "sig"})
JWKS = KeySet([ECKey.import_key(KEY.as_dict(private=False))])
CPAS, POLICE, NOTARY = "0200000130", "0200000229", "0200000328"
OFFICERS = ("officer-jan-peeters", "officer-marie-dubois")
END_USER = "clerk-els-maes-4471"


def make_person(number: int) -> str:
    first = f"8095{number // 1000 + 1:02}{number % 1000:03}"
    return first + make_person_check(first, since_2000=False)


def make_claims(ssin: str, **changes: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    claims = {"iss": ISSUER, "aud": URL, "iat": now, "exp": now + 300, "ssin": ssin, "sub": "s"}
    return {name: value for name, value in (claims | changes).items() if value is not None}


def sign(claims: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    full = {"alg": "ES256", "kid": "idp-1", "typ": "JWT"} | header
    full = {name: value for name, value in full.items() if value is not None}
    return jwt.encode(full, claims, key, algorithms=[full["alg"]], default_type=None)


def bear(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def make_token(ssin: str, **changes: Any) -> dict[str, str]:
    return bear(sign(make_claims(ssin, **changes)))


@dataclass(frozen=True, kw_only=True)
class Citizens:
    """A wall, the app in front of it, and a way to write what was delivered."""

    settings: LinksSettings
    keyring: KeyRing
    client: TestClient

    def subj_ref(self, ssin: str, sector: str = "RN") -> bytes:
        keys = self.keyring.find_sector(sector)
        return keys.make_current("subj")(self.keyring.read_subject("person", ssin))

    def audit_ref(self, ssin: str, sector: str = "RN") -> bytes:
        return self.keyring.make_audit_ref(sector, self.subj_ref(ssin, sector))

    def execute(self, statement: str, values: Any = ()) -> list[Any]:
        with connect_as_superuser(self.settings) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def deliver(self, ssin: str, n: int, **changes: Any) -> None:
        row = {
            "organisation": CPAS,
            "at": NOW - timedelta(hours=n),
            "kind": "residence",
            "deliberation": "CSI/2026/014",
        } | changes
        row = {"visible_from": row["at"]} | row
        self.execute(
            "insert into links.delivered (organisation, n, audit_ref, at, kind, deliberation,"
            " version, visible_from) values (%s, %s, %s, %s, %s, %s, 1, %s)",
            (
                row["organisation"],
                n,
                self.audit_ref(ssin, row.get("sector", "RN")),
                row["at"],
                row["kind"],
                row["deliberation"],
                row["visible_from"],
            ),
        )

    def link(self, ssin: str, address: str) -> None:
        row = [address, "person", ssin, None]
        addr, subj, household, sealed = self.keyring.key_rows("RN", [row])[0]
        self.execute(
            "insert into links.link (sector, kind, addr_ref, subj_ref, kid, capacity, addr_sealed,"
            " household_ref, valid, recorded, delivery) values ('RN', 'residence', %s, %s, 1,"
            " 'resident', %s, %s, '[2020-01-01,)', '[2020-01-01,)', 1)",
            (addr, subj, sealed, household),
        )

    def get(self, path: str, ssin: str, **headers: str) -> Any:
        answer = self.client.get(path, headers=make_token(ssin) | headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def page(self, ssin: str, language: str, path: str = "/") -> Any:
        mark = "&" if "?" in path else "?"
        answer = self.client.get(f"{path}{mark}lang={language}", headers=make_token(ssin))
        assert answer.status_code == 200, answer.text
        return answer


def insert_deliberation(citizens: Citizens, number: str, organisation: str, **changes: Any) -> None:
    row: dict[str, Any] = {
        "id": number,
        "version": 1,
        "organisation": organisation,
        "basis_kind": "csi_deliberation",
        "basis_reference": "Deliberation 26/014",
        "document_sha256": "0" * 64,
        "domain": "social",
        "purpose": "integration_income",
        "purpose_text": Jsonb(
            {
                "nl": "Onderzoek van het recht op leefloon",
                "fr": "Examen du droit au revenu d'intégration",
                "de": "Prüfung des Anspruchs auf Eingliederungseinkommen",
            }
        ),
        "direction": "address_to_subject",
        "disclosure": "verify",
        "sector": "RN",
        "kinds": ["residence"],
        "fields": [],
        "territory": None,
        "history_days": 0,
        "valid": "[2026-01-01,2028-01-01)",
        "requires_dossier": False,
        "max_per_answer": 10,
        "quota_hour": 100,
        "quota_day": 100,
        "quota_addresses_day": 100,
        "protected_ok": False,
        "citizen_visibility": "immediate",
        "defer_days": 0,
        "combines": [],
        "proposed_by": OFFICERS[0],
        "approved_by": OFFICERS[1],
        "signature_proposer": b"",
        "signature_approver": b"",
        "proposed_at": NOW,
        "approved_at": NOW,
        "active_from": NOW,
        "state": "approved",
    } | changes
    with connect_as_superuser(citizens.settings) as connection:
        insert(connection, "deliberation", [row])


@pytest.fixture(scope="module")
def citizens(
    module_wall: LinksSettings, keyring: KeyRing, key_service: object
) -> Iterator[Citizens]:
    settings = replace(module_wall, citizen_issuer=ISSUER, citizen_url=URL)
    app = make_app(settings, clock=lambda: NOW, jwks=JWKS)
    with TestClient(app, base_url=URL) as client:
        citizens = Citizens(settings=settings, keyring=keyring, client=client)
        for number, name, category in (
            (CPAS, "OCMW Zomerdal", "public_authority"),
            (POLICE, "Politiezone Zomerdal", "public_authority"),
            (NOTARY, "Notariskantoor Zomerdal", "private_legal_mission"),
            (KINDS["residence"].source, "Rijksregister", "source"),
        ):
            citizens.execute(
                "insert into links.organisation values (%s, %s, %s, 'active', %s)"
                " on conflict do nothing",
                (number, name, category, f"dpo@{number}.example"),
            )
        insert_deliberation(citizens, "CSI/2026/014", CPAS)
        insert_deliberation(citizens, "POL/2026/001", POLICE, citizen_visibility="exempt")
        insert_deliberation(
            citizens, "NOT/2026/001", NOTARY, citizen_visibility="deferred", defer_days=90
        )
        yield citizens


def test_66_nobody_reads_the_consultations_of_somebody_else(citizens: Citizens) -> None:
    alice, bob = make_person(101), make_person(103)
    for n in range(4):
        citizens.deliver(bob, 660 + n)
    citizens.deliver(alice, 670)
    own = citizens.get("/v1/me/usages", alice)
    assert len(own["usages"]) == 1
    assert len(citizens.get("/v1/me/usages", bob)["usages"]) == 4
    page = citizens.get("/v1/me/usages?limit=2", bob)

    # The number of another, by any way that is not the token.
    for name in ("ssin", "subject", "userCode", "audit_ref", "sub"):
        answer = citizens.client.get(f"/v1/me/usages?{name}={bob}", headers=make_token(alice))
        assert answer.status_code == 400
    for name in ("X-Road-UserId", "X-Remote-User", "X-User", "X-Ssin", "X-Forwarded-User"):
        assert citizens.get("/v1/me/usages", alice, **{name: bob}) == own
    answer = citizens.client.get(f"/v1/{bob}/usages", headers=make_token(alice))
    assert answer.status_code == 404

    # What Bob was given, in Alice's hands.
    for reference in (page["cursor"], page["usages"][0]["reference"], "0" * 32, "x", "' or 1=1"):
        for path in ("usages", "notifications"):
            answer = citizens.client.get(
                f"/v1/me/{path}", params={"cursor": reference}, headers=make_token(alice)
            )
            assert answer.status_code == 400
        filed = citizens.client.post(
            "/v1/me/complaints",
            json={"text": "about another", "about": reference},
            headers=make_token(alice),
        )
        assert filed.status_code == 400
    assert citizens.get("/v1/me/requests", alice) == {"requests": []}
    filed = citizens.client.post(
        "/v1/me/complaints", json={"text": "mine"}, headers=make_token(bob)
    )
    assert filed.status_code == 201
    assert filed.json()["id"] not in json.dumps(citizens.get("/v1/me/requests", alice))
    assert filed.json()["id"] in json.dumps(citizens.get("/v1/me/requests", bob))

    # Bob's number in tokens that the provider did not issue, or not for this.
    for refused in list_forged_tokens(alice, bob):
        for path in ("/v1/me/usages", "/v1/me/links", "/v1/me/requests", "/"):
            answer = citizens.client.get(path, headers=bear(refused))
            assert answer.status_code == 401, (path, refused)
            assert bob not in answer.text
    both = [("Authorization", f"Bearer {sign(make_claims(ssin))}") for ssin in (alice, bob)]
    assert citizens.client.get("/v1/me/usages", headers=both).status_code == 401

    # Mandates: a valid one works, so that the others are refused for what is wrong with them.
    now = int(NOW.timestamp())
    mandate = {"principal": bob, "scope": MANDATE_SCOPE, "nbf": now - 10, "exp": now + 10}
    valid = citizens.client.get("/v1/me/usages", headers=make_token(alice, mandate=mandate))
    assert len(valid.json()["usages"]) == 4
    for wrong in (
        {"exp": now},
        {"exp": now - 86400},
        {"nbf": now + 1},
        {"scope": "taxes"},
        {"scope": None},
        {"exp": str(now + 10)},
        {"also": "something"},
    ):
        answer = citizens.client.get(
            "/v1/me/usages", headers=make_token(alice, mandate=mandate | wrong)
        )
        assert answer.status_code in {401, 403}, wrong
    for claims in ({"act": {"sub": "x"}}, {"mandate": None}, {"mandate": [mandate]}):
        token = sign(make_claims(alice) | claims)
        answer = citizens.client.get("/v1/me/usages", headers=bear(token))
        assert answer.status_code == 403, claims


def sign_with_public_key(claims: dict[str, Any], alg: str = "HS256") -> str:
    header = {"alg": alg, "kid": "idp-1", "typ": "JWT"}
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims))
    signed = b".".join(part.rstrip(b"=") for part in parts)
    digest = hmac.digest(KEY.as_pem(private=False), signed, "sha256")
    return (signed + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()


def list_forged_tokens(alice: str, bob: str) -> list[str]:
    now = int(NOW.timestamp())
    bobs = make_claims(bob)
    good, alices = sign(bobs).split("."), sign(make_claims(alice)).split(".")
    rsa = RSAKey.generate_key(2048, {"kid": "idp-1"})
    years = now + 10 * 365 * 86400
    return [
        f"{alices[0]}.{good[1]}.{alices[2]}",
        f"{good[0]}.{good[1]}.",
        *(sign_with_public_key(bobs, alg) for alg in ("none", "None", "NONE", "ES256")),
        sign(bobs, OTHER_KEY),
        sign(bobs, OTHER_KEY, jwk=OTHER_KEY.as_dict(private=False)),
        sign(bobs, rsa, alg="RS256"),
        sign_with_public_key(bobs),
        sign(bobs, kid=None),
        sign(bobs, kid="idp-2"),
        sign(bobs, kid="../idp-1"),
        sign(bobs, typ="client-authentication+jwt"),
        sign(bobs, typ=None),
        sign(bobs | {"aud": [URL]}),
        sign(bobs | {"aud": [URL, "other"]}),
        sign(bobs | {"aud": "http://127.0.0.1:8020"}),
        sign(bobs | {"iss": "https://other.example"}),
        sign(bobs | {"iss": [ISSUER]}),
        sign(bobs | {"exp": now}),
        sign(bobs | {"exp": years}),
        sign(bobs | {"exp": str(now + 300)}),
        sign(bobs | {"exp": True}),
        sign(bobs | {"iat": now + 120}),
        sign(bobs | {"nbf": now + 120}),
        sign({name: value for name, value in bobs.items() if name != "exp"}),
        sign({name: value for name, value in bobs.items() if name != "iat"}),
        sign(bobs | {"ssin": [bob]}),
        sign(bobs | {"ssin": int(bob)}),
        sign(bobs | {"ssin": f"{bob[:-2]}00"}),
    ]


def test_67_a_resident_does_not_see_the_consultations_of_who_lived_there_before(
    citizens: Citizens,
) -> None:
    resident, former, housemate = make_person(111), make_person(112), make_person(113)
    for person in (resident, former, housemate):
        citizens.link(person, "bru-670")
    citizens.execute(
        "update links.link set valid = '[2020-01-01,2024-01-01)' where subj_ref = %s",
        (citizens.subj_ref(former),),
    )
    citizens.deliver(former, 671)
    citizens.deliver(housemate, 672)
    assert citizens.get("/v1/me/usages?whole=true", resident) == {"usages": [], "cursor": None}
    assert citizens.get("/v1/me/notifications", resident)["notifications"] == []
    assert TEXTS["nl"]["usages_none"] in citizens.page(resident, "nl").text
    assert len(citizens.get("/v1/me/usages", former)["usages"]) == 1
    held = citizens.get("/v1/me/links", resident)["links"]
    assert [link["address"] for link in held] == ["bru-670"]


def read_everything(citizens: Citizens, ssin: str) -> list[tuple[dict[str, str], str]]:
    """All pages of all that is said of consultations, with references numbered as they come."""
    answers, seen = [], dict[str, str]()

    def number(text: str) -> str:
        return re.sub(
            r"\b[0-9a-f]{32}\b", lambda m: seen.setdefault(m[0], f"{len(seen):032}"), text
        )

    for path in ("/v1/me/usages", "/v1/me/notifications", "/"):
        for whole in ("false", "true"):
            cursor = ""
            while True:
                url = f"{path}?limit=3&whole={whole}&lang=fr{cursor}"
                answer = citizens.client.get(url, headers=make_token(ssin))
                assert answer.status_code == 200
                answers.append((dict(answer.headers), number(answer.text)))
                next_page = r'(?:"cursor":"|rel="next" href="\?cursor=)([0-9a-f]{32})'
                if found := re.search(next_page, answer.text):
                    assert f"&cursor={found[1]}" != cursor
                    cursor = f"&cursor={found[1]}"
                else:
                    break
    period = citizens.client.get("/v1/me/usage-period", headers=make_token(ssin)).json()
    answers.append(({}, str(sorted(period["usagePeriod"]))))
    return answers


def test_68_exempt_rows_leave_no_gap(citizens: Citizens) -> None:
    searched, other = make_person(121), make_person(122)
    times = [NOW - timedelta(days=days) for days in (1, 2, 3, 30, 200, 400, 900)]
    for n, at in enumerate(times):
        # Numbers of the log that jump, as they do between records about others.
        citizens.deliver(searched, 6800 + 10 * n, at=at)
        citizens.deliver(other, 6801 + 10 * n, at=at)
    before = read_everything(citizens, other)
    assert read_everything(citizens, searched) == before
    assert len(before) > 10  # pages of three
    hidden = [NOW - timedelta(days=days, seconds=1) for days in (0, 1, 2, 3, 31, 200, 399, 901)]
    for n, at in enumerate(hidden):
        police = {"organisation": POLICE, "deliberation": "POL/2026/001", "at": at}
        citizens.deliver(searched, 6805 + 10 * n, **police, visible_from=None)
        deferred = at + timedelta(days=2000)
        citizens.deliver(searched, 6806 + 10 * n, at=at, visible_from=deferred)
    assert read_everything(citizens, searched) == before
    assert "Politiezone" not in json.dumps(before)
    visible = citizens.get("/v1/me/usages?whole=true&limit=100", searched)
    assert [usage["logtime"] for usage in visible["usages"]] == [
        at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in times
    ]
    assert re.fullmatch(r'[{}\[\]":,a-zA-Z_ ]*', json.dumps(sorted(visible)))
    # A hidden row cannot be named either: its reference is refused like one that never was.
    references = (find_reference(citizens, searched, POLICE), "0" * 32)
    for path in ("/v1/me/usages?cursor=", "/v1/me/notifications?cursor="):
        asked = [
            citizens.client.get(f"{path}{reference}", headers=make_token(searched))
            for reference in references
        ]
        assert [answer.status_code for answer in asked] == [400, 400]
        assert asked[0].content == asked[1].content
    filed = [
        citizens.client.post(
            "/v1/me/complaints",
            json={"text": "?", "about": reference},
            headers=make_token(searched),
        )
        for reference in references
    ]
    assert [answer.status_code for answer in filed] == [400, 400]
    assert filed[0].content == filed[1].content


def find_reference(citizens: Citizens, ssin: str, organisation: str) -> str:
    rows = citizens.execute(
        "select encode(links.make_usage_reference(audit_ref, organisation, n, kind), 'hex')"
        " from links.delivered where audit_ref = %s and organisation = %s",
        (citizens.audit_ref(ssin), organisation),
    )
    reference: str = rows[0][0]
    return reference


@pytest.fixture
def move_clock(citizens: Citizens) -> Iterator[Callable[[timedelta], None]]:
    def move(by: timedelta) -> None:
        citizens.execute(
            "create or replace function links.moment() returns timestamptz language sql volatile"
            " security definer set search_path = pg_catalog, pg_temp"
            f" as $$ select clock_timestamp() + interval '{by.total_seconds()} seconds' $$"
        )

    yield move
    move(timedelta(0))


def test_69_a_will_is_told_when_it_may_be(
    citizens: Citizens, move_clock: Callable[[timedelta], None]
) -> None:
    heir = make_person(131)
    notary = {"organisation": NOTARY, "deliberation": "NOT/2026/001"}
    visible = NOW + timedelta(days=90)
    citizens.deliver(heir, 690, at=NOW - timedelta(hours=2), visible_from=visible, **notary)
    citizens.deliver(heir, 691, at=NOW - timedelta(hours=1))
    citizens.deliver(heir, 692, at=NOW - timedelta(hours=3))

    def list_receivers() -> list[str]:
        usages = citizens.get("/v1/me/usages", heir)["usages"]
        page = citizens.page(heir, "nl").text
        bodies = json.dumps(citizens.get("/v1/me/notifications", heir))
        assert ("Notaris" in page) == ("Notaris" in bodies)
        assert ("Notaris" in page) == (NOTARY in [usage["receiverCode"] for usage in usages])
        return [usage["receiverCode"] for usage in usages]

    assert list_receivers() == [CPAS, CPAS]
    move_clock(timedelta(days=90, hours=-1))
    assert list_receivers() == [CPAS, CPAS]
    move_clock(timedelta(days=90, hours=1))
    assert list_receivers() == [CPAS, NOTARY, CPAS]


def test_70_nobody_who_works_there_is_named(citizens: Citizens) -> None:
    person = make_person(141)
    citizens.link(person, "bru-700")
    citizens.deliver(person, 700)
    body = {"type": "outcome", "intent": 699, "endUser": END_USER, "client": "primaweb-client"}
    citizens.execute(
        "insert into links.record values (%s, 700, %s, 1, %s, %s, %s)",
        (CPAS, NOW, json.dumps(body), b"\0" * 32, b"\1" * 32),
    )
    said = []
    for language in LANGUAGES:
        said += [citizens.page(person, language).text]
        for path in ("usages", "notifications", "links", "usage-period", "requests"):
            answer = citizens.client.get(
                f"/v1/me/{path}", headers=make_token(person) | {"Accept-Language": language}
            )
            said += [answer.text, str(answer.headers)]
    everything = "\n".join(said)
    assert everything.count("OCMW Zomerdal") >= 3 * len(LANGUAGES)
    for never in (*OFFICERS, END_USER, "primaweb-client", "jan-peeters", "els-maes", person):
        assert never not in everything
    # Nor could it be: what the role may call has no column for it.
    columns = citizens.execute(
        "select unnest(proargnames) from pg_proc where pronamespace = 'links'::regnamespace"
        " and has_function_privilege('links_citizen', oid, 'execute')"
    )
    names = {name for (name,) in columns}
    assert {"organisation_name", "purpose_text"} <= names
    assert not names & {"end_user", "client", "body", "proposed_by", "approved_by", "officer"}


EVIL = (
    "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'{{ 7 * 7777 }}{% raw %}"
    "</td><svg/onload=alert(1)>javascript:alert(1)&lt;"
)


def test_71_texts_of_others_are_only_texts(citizens: Citizens) -> None:
    person = make_person(151)
    villain = "0200000427"
    citizens.execute(
        "insert into links.organisation values (%s, %s, 'public_authority', 'active', %s)",
        (villain, EVIL, f"javascript:{EVIL}"),
    )
    text = Jsonb(dict.fromkeys(("nl", "fr", "de"), EVIL))
    changes = {"purpose_text": text, "basis_reference": EVIL, "purpose": EVIL}
    insert_deliberation(citizens, f"X{EVIL}", villain, **changes)
    citizens.deliver(person, 710, organisation=villain, deliberation=f"X{EVIL}")
    citizens.client.post("/v1/me/complaints", json={"text": EVIL}, headers=make_token(person))
    for language in LANGUAGES:
        answer = citizens.page(person, language)
        check_page(answer)
        document = html.document_fromstring(answer.text)
        assert document.text_content().count(EVIL) >= 4
        check_nothing_runs(document)
        assert "54439" not in answer.text
    for parameter in (f"about={EVIL}", f"lang={EVIL}", f"cursor={EVIL}"):
        for path in ("/", "/complaint"):
            answer = citizens.client.get(f"{path}?{parameter}", headers=make_token(person))
            assert answer.status_code == 400
            check_nothing_runs(html.document_fromstring(answer.text))
            assert "alert(1)" not in answer.text
    answer = citizens.client.get("/v1/me/usages", headers=make_token(person))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def check_nothing_runs(document: Any) -> None:
    assert document.xpath("//script | //img | //svg | //style | //iframe | //object") == []
    assert document.xpath("//@*[starts-with(name(), 'on')] | //@style") == []
    for target in document.xpath("//@href | //@action | //@src"):
        assert re.match(r"(\?|#|\./|http://127\.0\.0\.1|style\.css|complaint|protection)", target)


def check_page(answer: Any) -> None:
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers


def check_accessible(text: str, language: str) -> None:
    document = html.document_fromstring(text)
    assert document.get("lang") == language
    assert len(document.xpath("//h1")) == len(document.xpath("//main[@id='content']")) == 1
    levels = [int(heading.tag[1]) for heading in document.xpath("//h1 | //h2 | //h3")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    for named in document.xpath("//@aria-labelledby | //@aria-describedby | //label/@for"):
        assert named in ids
    for target in document.xpath("//a[starts-with(@href, '#')]/@href"):
        assert target[1:] in ids
    fields = document.xpath("//textarea | //input[not(@type='hidden')]")
    labelled = set(document.xpath("//label/@for"))
    assert all(field.get("id") in labelled for field in fields)
    assert all(link.text_content().strip() for link in document.xpath("//a | //button"))
    assert all(table.xpath("caption") for table in document.xpath("//table"))
    assert document.xpath("//th[not(@scope)]") == []
    assert document.xpath("//title")[0].text.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_who_when_what_and_why(citizens: Citizens, language: str) -> None:
    person = make_person(200 + LANGUAGES.index(language))
    citizens.link(person, "vlg-200")
    citizens.deliver(person, 2000 + LANGUAGES.index(language))
    answer = citizens.page(person, language)
    check_page(answer)
    assert answer.headers["content-language"] == language
    check_accessible(answer.text, language)
    document = html.document_fromstring(answer.text)
    said = " ".join(document.text_content().split())
    texts = TEXTS[language]
    for word in ("usages", "when", "who", "what", "why", "links", "requests", "usages_hidden"):
        assert texts[word] in said
    purpose = "Onderzoek" if language in {"nl", "en"} else "Examen" if language == "fr" else "Prüf"
    contact = f"dpo@{CPAS}.example"
    label, capacity = name_kind("residence", language), name_capacity("resident", language)
    for word in ("OCMW Zomerdal", purpose, contact, "vlg-200", "Rijksregister", label, capacity):
        assert word in said
    for other in set(LANGUAGES) - {language}:
        assert TEXTS[other]["intro"] not in said
        assert TEXTS[other]["usages_hidden"] not in said
    assert len(document.xpath("//tbody/tr")) == 2
    register = citizens.settings.register_url
    assert f"{register}/v1/addresses/vlg-200" in document.xpath("//@href")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["complaint", "protection"])
def test_a_form_is_filed_and_told_back(citizens: Citizens, kind: str, language: str) -> None:
    person = make_person(300 + LANGUAGES.index(language) * 2 + (kind == "complaint"))
    citizens.deliver(person, 3000 + int(person[6:9]))
    about = citizens.get("/v1/me/usages", person)["usages"][0]["reference"]
    query = f"?about={about}" if kind == "complaint" else ""
    form = citizens.page(person, language, f"/{kind}{query}")
    check_accessible(form.text, language)
    check_page(form)
    document = html.document_fromstring(form.text)
    fields = {field.name: field.value for field in document.forms[0].inputs if field.name}
    assert fields.get("about") == (about if kind == "complaint" else None)
    written = "Ik ben bang voor iemand.\nEchtwaar: \u00e9\u00e8."
    answer = citizens.client.post(
        f"/{document.forms[0].action}",
        data=fields | {"text": written},
        headers=make_token(person) | {"Origin": URL},
    )
    assert answer.status_code == 201, answer.text
    check_accessible(answer.text, language)
    number = re.search(r"<code>([0-9a-f-]{36})</code>", answer.text)
    assert number is not None
    filed = citizens.get("/v1/me/requests", person)["requests"]
    assert [(one["id"], one["kind"], one["status"]) for one in filed] == [
        (number[1], kind, "received")
    ]
    assert number[1] in citizens.page(person, language).text
    rows = citizens.execute("select sealed from links.citizen_request where id = %s", (number[1],))
    assert b"bang" not in bytes(rows[0][0])
    assert len(rows[0][0]) > len(written)

    # The data protection officer reads it, with the record that it is about, and answers it.
    waiting = UUID(number[1])
    with connect(citizens.settings, LinksRole.GOVERN, autocommit=True) as connection:
        told = "\n".join(show_request(connection, citizens.settings, waiting))
        assert written in told
        assert (f"of organisation {CPAS}, under CSI/2026/014" in told) == (kind == "complaint")
        answer_request(connection, waiting)
        with pytest.raises(InputRefused):
            answer_request(connection, waiting)
    assert TEXTS[language]["status_answered"] in citizens.page(person, language).text


def list_acts(citizens: Citizens, act: str) -> list[dict[str, Any]]:
    rows = citizens.execute("select body from links.record where organisation = 'citizen'")
    return [body for (text,) in rows if (body := json.loads(text))["act"] == act]


def test_own_links_leave_a_record_and_are_limited(citizens: Citizens) -> None:
    person = make_person(410)
    citizens.link(person, "vlg-410")
    key = citizens.audit_ref(person, next(iter(citizens.keyring.sectors))).hex()
    used = "select asked_day from links.usage where end_user = %s"
    assert len(citizens.get("/v1/me/links", person)["links"]) == 1
    mine = [act for act in list_acts(citizens, "own_links") if act["person"] == key]
    assert len(mine) == 1
    assert person not in json.dumps(mine)
    assert citizens.execute(used, (key,)) == [(1,)]
    assert citizens.execute("select * from links.ticket") == []

    # Of one person, a hundred a day; of all together, an alarm and an end, however they are called.
    citizens.execute("update links.usage set asked_day = 100 where end_user = %s", (key,))
    all_looks = (
        "select asked_hour from links.usage where deliberation = '(citizen)' and end_user = ''"
    )
    before = citizens.execute(all_looks)
    for path in ("/v1/me/links", "/"):
        assert citizens.client.get(path, headers=make_token(person)).status_code == 429
    assert citizens.execute(all_looks) == before, "nobody shuts the door for others"
    citizens.execute("update links.usage set day = day - 1 where end_user = %s", (key,))
    citizens.get("/v1/me/links", person)
    assert citizens.execute("select id from links.alarm where rule = 'own_links'") == []
    of_all = "update links.usage set asked_hour = %s where deliberation = '(citizen)'"
    for asked, status in ((1000, 200), (9999, 200), (10000, 429)):
        citizens.execute(of_all, (asked,))
        other = make_token(make_person(411))
        assert citizens.client.get("/v1/me/links", headers=other).status_code == status
    assert len(citizens.execute("select id from links.alarm where rule = 'own_links'")) == 1
    citizens.execute(of_all, (0,))


def test_own_links_are_not_read_before_the_look_is_committed(citizens: Citizens) -> None:
    person, other = make_person(412), make_person(413)
    for one in (person, other):
        citizens.link(one, "vlg-412")
    audit_refs, sectors = [citizens.audit_ref(person)], ["RN"]
    own, others = [citizens.subj_ref(person)], [citizens.subj_ref(other)]

    def declare(connection: psycopg.Connection, *references: list[Any]) -> int:
        row = connection.execute(
            "select links.declare_own_links(%s, %s, %s)", (audit_refs, *references)
        ).fetchone()
        assert row is not None
        return int(row[0])

    def read(connection: psycopg.Connection, n: int, references: list[bytes]) -> list[Any]:
        return connection.execute(
            "select * from links.list_own_links(%s, %s, %s)", (n, sectors, references)
        ).fetchall()

    with connect(citizens.settings, LinksRole.CITIZEN) as connection:
        n = declare(connection, sectors, own)
        with pytest.raises(psycopg.Error, match="look_not_declared"):
            read(connection, n, own)  # who rolls back now would have left no record
        connection.rollback()
        with pytest.raises(psycopg.Error, match="more_than_one_person"):
            declare(connection, sectors * 3, own + others + own)
        connection.rollback()
    with connect(citizens.settings, LinksRole.CITIZEN, autocommit=True) as connection:
        n = declare(connection, sectors, own)
        with pytest.raises(psycopg.Error, match="look_not_declared"):
            read(connection, n, others)
        assert len(read(connection, n, own)) == 1
        for again in (n, 0):
            with pytest.raises(psycopg.Error, match="look_not_declared"):
                read(connection, again, own)
        n = declare(connection, sectors, own)
        citizens.execute("update links.ticket set at = at - interval '31 seconds'")
        with pytest.raises(psycopg.Error, match="look_not_declared"):
            read(connection, n, own)
        citizens.execute("delete from links.ticket")


def test_a_request_that_is_gone_or_was_changed_is_found(citizens: Citizens) -> None:
    person = make_person(414)
    citizens.deliver(person, 4140)
    for path in ("complaints", "protection-requests"):
        answer = citizens.client.post(
            f"/v1/me/{path}", json={"text": "so it was"}, headers=make_token(person)
        )
        assert answer.status_code == 201
    filed = {UUID(one["id"]) for one in citizens.get("/v1/me/requests", person)["requests"]}
    acts = {UUID(act["request"]) for act in list_acts(citizens, "file_request")}
    assert filed < acts
    with connect(citizens.settings, LinksRole.GOVERN, autocommit=True) as connection:
        answer_request(connection, min(filed))
    assert [UUID(act["request"]) for act in list_acts(citizens, "answer_request")][-1] == min(filed)
    assert find_altered(citizens) == []
    citizens.execute("delete from links.citizen_request where id = %s", (min(filed),))
    citizens.execute(
        "update links.citizen_request set sealed = sealed || '.' where id = %s", (max(filed),)
    )
    findings = find_altered(citizens)
    assert [(one.rule, one.organisation) for one in findings] == [(Rule.DELETED, "citizen")] * 2
    assert all(any(str(number) in one.text for one in findings) for number in filed)
    citizens.execute("delete from links.citizen_request where id = %s", (max(filed),))


def find_altered(citizens: Citizens) -> list[Finding]:
    with connect(citizens.settings, LinksRole.AUDIT) as connection:
        return check_requests(connection)


def test_a_form_of_another_site_is_refused(citizens: Citizens) -> None:
    person = make_person(400)
    for headers, status in (({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403)):
        answer = citizens.client.post(
            "/complaint", data={"text": "x"}, headers=make_token(person) | headers
        )
        assert answer.status_code == status
    assert citizens.get("/v1/me/requests", person) == {"requests": []}


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b'{"text": "a", "text": "b"}', "application/json", 400),
        (b'{"text": "a", "status": "answered"}', "application/json", 400),
        (b'{"text": ""}', "application/json", 400),
        (b'{"text": "a\\u0000b"}', "application/json", 400),
        (b'{"text": "a\\u202eb"}', "application/json", 400),
        (b'["text"]', "application/json", 400),
        (b"[" * 19000, "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"text": "' + b"a" * 4001 + b'"}', "application/json", 400),
        (b'{"text": "' + b"a" * 30000 + b'"}', "application/json", 413),
        (b'{"text": "a"}', "text/plain", 415),
    ],
)
def test_a_filing_that_cannot_be_read_is_refused(
    citizens: Citizens, body: bytes, media_type: str, status: int
) -> None:
    person = make_person(401)
    headers = make_token(person) | {"Content-Type": media_type}
    answer = citizens.client.post("/v1/me/complaints", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert citizens.get("/v1/me/requests", person) == {"requests": []}


def test_twenty_requests_a_day_are_enough(citizens: Citizens) -> None:
    person = make_person(402)
    statuses = [
        citizens.client.post(
            "/v1/me/protection-requests", json={"text": "again"}, headers=make_token(person)
        ).status_code
        for _ in range(21)
    ]
    assert statuses == [201] * 20 + [429]


def test_a_notice_is_text_for_a_mailbox(citizens: Citizens) -> None:
    person = make_person(403)
    citizens.deliver(person, 4030)
    usage = citizens.get("/v1/me/usages", person)["usages"][0]
    for language in LANGUAGES:
        notice = citizens.get(f"/v1/me/notifications?lang={language}", person)["notifications"][0]
        assert notice["language"] == language
        assert "OCMW Zomerdal" in notice["title"]
        for part in (usage["complaint"], f"dpo@{CPAS}.example", "CSI/2026/014", f"{URL}/"):
            assert part in notice["body"]
        assert "{" not in notice["body"]
        assert len(notice["body"].splitlines()) > 6


def test_the_shape_of_a_usage_is_the_data_tracker_s(citizens: Citizens) -> None:
    person = make_person(404)
    citizens.deliver(person, 4040)
    usage = citizens.get("/v1/me/usages?lang=de", person)["usages"][0]
    tracker = {"logtime", "action", "receiverCode", "receiverName", "receiverSystem"}
    assert tracker <= usage.keys()
    assert usage["action"].startswith("Prüfung")
    assert usage["receiverCode"] == CPAS
    assert usage["deliberation"]["id"] == "CSI/2026/014"


def test_looks_of_the_wall_come_to_whom_they_were_about(world: World, key_service: Vault) -> None:
    anna, ben = world.people["anna"], world.people["ben"]
    settings = replace(world.settings, citizen_issuer=ISSUER, citizen_url=URL)
    looks = (
        ("cpas", "/v1/verify", "cpas_verify", {"purpose": "aid", "subject": make_subject(anna)}),
        ("police", "/v1/references", "police_exempt", {"purpose": "inquiry"}),
        ("notary", "/v1/references", "notary_deferred", {"purpose": "succession"}),
    )
    with serving_links(settings) as served:
        for who, path, deliberation, members in looks:
            requester = served.make_requester(world.clients[who])
            question = make_question(deliberation, address="bru-900001", **members)
            reply = requester.ask(path, question, requester.fetch_token())
            assert reply.status == 200, reply
            assert reply.content.get("result") not in ({}, [], False), reply.content
    rows = "select count(*) from links.delivered group by organisation order by 1"
    with world.connect() as connection, TestClient(make_app(settings, jwks=JWKS)) as client:
        assert connection.execute(rows).fetchall() == [(1,), (3,), (3,)]

        def list_titles(ssin: str) -> list[str]:
            answer = client.get("/v1/me/notifications?lang=fr", headers=make_live_token(ssin))
            return [notice["title"] for notice in answer.json()["notifications"]]

        cpas = "Cpas (invented) a consulté des données à votre sujet"
        notary = "Notary (invented) a consulté des données à votre sujet"
        assert (list_titles(anna), list_titles(ben)) == ([cpas], [])
        connection.execute(
            "create or replace function links.moment() returns timestamptz language sql"
            " as $$ select clock_timestamp() + interval '91 days' $$"
        )
        assert (list_titles(anna), list_titles(ben)) == ([notary, cpas], [notary])


def make_live_token(ssin: str) -> dict[str, str]:
    now = int(datetime.now(UTC).timestamp())
    return make_token(ssin, iat=now, exp=now + 300)


def test_what_goes_wrong_tells_nobody_whose_data_it_was(
    citizens: Citizens, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    person = make_person(415)
    whose = f"{citizens.audit_ref(person).hex()} {person}"
    broken = "create function links.list_requests(audit_refs bytea[])"
    (source,) = citizens.execute(
        "select pg_get_functiondef('links.list_requests(bytea[])'::regprocedure)"
    )[0]
    assert broken.removeprefix("create function ") in source.replace("FUNCTION", "function")
    citizens.execute(
        source.partition("AS $function$")[0].replace("sql", "plpgsql")
        + f"as $$ begin raise exception '{whose}'; end $$"
    )
    try:
        for path in ("/v1/me/requests", "/"):
            answer = citizens.client.get(path, headers=make_token(person))
            assert answer.status_code == 503
            assert person not in answer.text
    finally:
        citizens.execute(source)
    said = caplog.text + "".join(capfd.readouterr())
    assert "RaiseException P0001" in said
    assert "Traceback" not in said
    assert person not in said


def test_kinds_and_capacities_have_words_in_every_language() -> None:
    for language in LANGUAGES:
        for kind in KINDS.values():
            assert name_kind(kind.code, language) != kind.code
            assert kind.capacities <= TEXTS[language]["capacities"].keys()


def flatten(texts: dict[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in texts.items():
        if isinstance(value, dict):
            found |= flatten(value, f"{path}{name}.")
        else:
            found[f"{path}{name}"] = value
    return found


SAME = {"day_format", "moment_format"}
SAME_WORDS = {"Source", "Questions", "Consultations", "Adresse", "partner"}


def test_no_text_is_left_untranslated() -> None:
    flat = {language: flatten(TEXTS[language]) for language in LANGUAGES}
    keys = {name for name in flat["en"] if not name.startswith("kinds.")}
    for language in LANGUAGES:
        assert {name for name in flat[language] if not name.startswith("kinds.")} == keys
    for name in keys - SAME:
        values = [flat[language][name] for language in LANGUAGES]
        assert all(value.strip() for value in values), name
        doubles = {value for value in values if values.count(value) > 1}
        assert doubles <= SAME_WORDS, name


def test_a_purpose_without_the_reader_s_language_is_told_in_the_official_ones() -> None:
    usage = Usage(
        reference="0" * 32,
        at=NOW,
        kind="residence",
        organisation=CPAS,
        organisation_name="A",
        contact="c",
        deliberation="D",
        version=1,
        basis="b",
        purpose="code",
        purpose_text={"nl": "N", "fr": "F", "de": "D"},
        source="s",
        source_name=None,
    )
    assert usage.list_purposes("fr") == [("fr", "F")]
    assert usage.list_purposes("en") == [("nl", "N"), ("fr", "F"), ("de", "D")]
    assert replace(usage, purpose_text={}).list_purposes("en") == [("en", "code")]
    urls = Urls(citizen=URL, register="http://r")
    assert "N / F / D" in make_notice(usage, "en", urls).body


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "nl"),
        ("fr-BE,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.2, de;q=0.7", "de"),
        ("es, it", "nl"),
        ("DE-be", "de"),
        ("fr;q=x, en", "en"),
        ("x" * 9000, "nl"),
    ],
)
def test_the_language_is_the_reader_s(header: str, language: str) -> None:
    assert choose_language(header) == language


def test_without_a_provider_nobody_is_believed(module_wall: LinksSettings) -> None:
    with TestClient(make_app(module_wall, clock=lambda: NOW)) as client:
        answer = client.get("/v1/me/usages", headers=make_token(make_person(405)))
        assert answer.status_code == 503
        assert client.get("/health").status_code == 200
        assert client.get("/").status_code == 503


def test_other_algorithms_of_the_provider_are_read() -> None:
    provider_keys = [RSAKey.generate_key(2048, {"kid": "r"}), KEY]
    provider = IdentityProvider(issuer=ISSUER, audience=URL, keys=KeySet(provider_keys))
    person = make_person(406)
    token = sign(make_claims(person), provider_keys[0], alg="RS256", kid="r", typ="at+jwt")
    assert provider.read_citizen(token, NOW).ssin == person
    assert person not in repr(provider.read_citizen(token, NOW))
    with pytest.raises(TokenRefused):
        provider.read_citizen(sign(make_claims(person), kid="r"), NOW)
