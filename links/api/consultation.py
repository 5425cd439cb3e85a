"""A question from signed request to answer: decide, key, declare, and only then look."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from links.api.answers import Answer, make_padded
from links.api.disclosure import disclose
from links.api.problems import Refused
from links.api.requests import Asker, read_question
from links.domain.decision import Facts, decide
from links.domain.deliberation import SignedDeliberation, read_signed
from links.domain.question import Operation, Question, make_body
from links.domain.reasons import Reason
from links.domain.signatures import signatures_ok
from links.domain.working_days import find_day
from links.keys.client import KeysRefused
from links.store import asking
from links.store.asking import Found, Intent, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg_pool import AsyncConnectionPool

    from links.api.gate import Admission
    from links.keys.client import AskKeys
    from links.store.asking import Found, Outcome

_QUESTION_REFS: Final = ("addrRefs", "subjRefs", "askedRefs", "sharedRef", "streetRef")
_AT_ONCE: Final = 2
"""Questions of one organisation: its chain takes one at a time, so one more may get ready for it.

More would wait inside the database, each with a connection that others could use.
"""
KEPT_FOR: Final = timedelta(seconds=5)
"""How long a deliberation is kept; a declaration reads it anew and refuses another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A deliberation as it was read, and whether two officers signed it."""

    signed: SignedDeliberation | None
    signatures_ok: bool
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A question in references, and its signed request encrypted for the record."""

    refs: dict[str, Any] = field(repr=False)
    sealed: bytes = field(repr=False)
    month: str

    @property
    def request_sha256(self) -> str:
        """What the record says of the request."""
        return hashlib.sha256(self.sealed).hexdigest()


class Consultation:
    """Answers the four questions."""

    def __init__(
        self, pool: AsyncConnectionPool[Any], keys: AskKeys, clock: Callable[[], datetime]
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._clock = clock
        self._rights: dict[str, Right] = {}
        self._turns = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(_AT_ONCE))

    async def answer(
        self, operation: Operation, admission: Admission, jws: str, payload: bytes
    ) -> Answer:
        """Answer what an admitted client signed, or raise Refused.

        Every Refused whose code is a Reason is on record by then.
        """
        moment = self._clock()
        registration = admission.registration
        asker = Asker(
            client=registration.client,
            organisation=registration.organisation,
            today=find_day(moment),
        )
        question = read_question(payload, operation, asker)
        right = await self._find_right(question.deliberation, moment)
        municipality, street = await self._find_place(question)
        reason = _find_refusal(question, right, admission, municipality, moment)
        if reason is not None:
            await self._refuse(question, right, admission, jws, reason)
        keyed = await self._key(question, street, jws, moment)
        intent = _make_intent(question, right, keyed, admission)
        async with self._turns[question.organisation]:
            if operation is Operation.VERIFY:
                return make_padded({"result": await self._verify(question, keyed, intent)})
            return make_padded(await self._list(question, keyed, intent, moment))

    async def _find_right(self, deliberation: str, moment: datetime) -> Right:
        kept = self._rights.get(deliberation)
        if kept is not None and kept.read_at <= moment < kept.read_at + KEPT_FOR:
            return kept
        row = await asking.find_deliberation(self._pool, deliberation)
        signed, is_signed = None, False
        if row is not None:
            try:
                signed = read_signed(row)
                is_signed = signatures_ok(signed)
            except (KeyError, TypeError, ValueError):
                signed = None  # edited past reading: as good as none
        right = Right(signed=signed, signatures_ok=is_signed, read_at=moment)
        if len(self._rights) > 4096:
            self._rights.clear()
        self._rights[deliberation] = right
        return right

    async def _find_place(self, question: Question) -> tuple[str | None, str | None]:
        if question.address is None:
            return None, None
        return await asking.find_place(self._pool, question.address, question.date)

    async def _refuse(
        self, question: Question, right: Right, admission: Admission, jws: str, reason: Reason
    ) -> None:
        """Put the attempt on record, then say no. A replayed one is on record already."""
        expires = datetime.fromtimestamp(admission.proof_expires, UTC)
        if not await asking.remember_token(self._pool, admission.proof_digest, expires):
            raise Refused(Reason.PROOF_REPLAYED)
        digest = hashlib.sha256(jws.encode()).hexdigest()
        body = make_body(question, _find_version(right), None, digest, "refusal", reason)
        await asking.refuse(self._pool, question.client, body)
        raise Refused(reason)

    async def _key(
        self, question: Question, street: str | None, jws: str, moment: datetime
    ) -> Keyed:
        subject = question.subject
        try:
            refs, sealed = await asyncio.gather(
                self._keys.ask(
                    "ask",
                    organisation=question.organisation,
                    sector=question.sector,
                    address=question.address,
                    street=street,
                    subject=None
                    if subject is None
                    else {"type": subject.type, "value": subject.value},
                    day=find_day(moment).isoformat(),
                ),
                self._keys.ask(
                    "seal",
                    data=base64.b64encode(jws.encode()).decode(),
                    bound=question.organisation,
                ),
            )
        except KeysRefused as error:
            if not error.code.startswith("subject_"):
                raise
            raise Refused("request_malformed", "subject is not one that these keys take") from None
        blob = base64.b64decode(sealed["sealed"])
        return Keyed(refs=refs, sealed=blob, month=sealed["month"])

    async def _verify(self, question: Question, keyed: Keyed, intent: Intent) -> bool:
        declaration = await asking.declare(self._pool, intent)
        self._check_allowed(question, declaration.reason)
        # "No" is said about somebody too: the asked subject is on record, found or not. It also
        # makes the record, and so the time it takes, alike for both.
        refs = keyed.refs
        return await asking.verify(
            self._pool,
            organisation=question.organisation,
            client=question.client,
            n=declaration.n,
            audit_refs=dict(zip(refs["subjRefs"], refs["subjectAuditRefs"], strict=True)),
            kind=question.kinds[0],
        )

    async def _list(
        self, question: Question, keyed: Keyed, intent: Intent, moment: datetime
    ) -> dict[str, object]:
        async def tell(found: Found) -> Outcome[dict[str, object]]:
            return await disclose(self._keys, question, keyed.refs, found, moment)

        declaration = await asking.declare(self._pool, intent)
        self._check_allowed(question, declaration.reason)
        return await asking.answer_and_conclude(
            self._pool,
            organisation=question.organisation,
            client=question.client,
            n=declaration.n,
            make_outcome=tell,
        )

    def _check_allowed(self, question: Question, reason: str | None) -> None:
        if reason is not None:
            self._rights.pop(question.deliberation, None)
            raise Refused(str(reason))


def _make_intent(question: Question, right: Right, keyed: Keyed, admission: Admission) -> Intent:
    refs = keyed.refs
    return Intent(
        client=question.client,
        body=make_body(question, _find_version(right), refs["queryRef"], keyed.request_sha256),
        question={
            "operation": question.operation,
            "sector": question.sector,
            "kinds": question.kinds,
            "date": question.date.isoformat(),
            "fields": question.fields,
            **{name: refs[name] for name in _QUESTION_REFS},
        },
        address=question.address,
        sealed=keyed.sealed,
        month=keyed.month,
        proof=admission.proof_digest,
        proof_expires=datetime.fromtimestamp(admission.proof_expires, UTC),
    )


def _find_version(right: Right) -> int | None:
    return None if right.signed is None else right.signed.deliberation.version


def _find_refusal(
    question: Question,
    right: Right,
    admission: Admission,
    municipality: str | None,
    moment: datetime,
) -> Reason | None:
    if question.deliberation not in admission.grant.scope:
        return Reason.SCOPE
    registration = admission.registration
    facts = Facts(
        client_status=registration.client_status,
        organisation_status=registration.organisation_status,
        category=registration.category,
        signatures_ok=right.signatures_ok,
        municipality=municipality,
        moment=moment,
    )
    return decide(question, right.signed.deliberation if right.signed else None, facts)
