"""What an answer says of the rows that were found, and about whom it is put on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from links.domain.kinds import KINDS
from links.domain.question import Operation, Question
from links.store.asking import Found, LinkRow, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from links.keys.client import AskKeys

HANDLE_SECONDS: Final = 900
_LISTED: Final = {
    Operation.REFERENCES: "references",
    Operation.ADDRESSES: "addresses",
    Operation.SUBJECTS: "subjects",
}


def make_nothing(question: Question) -> dict[str, object]:
    """Return the answer of nothing found, nobody known and nothing that may be told."""
    if question.operation is Operation.VERIFY:
        return {"result": False}
    return {"tooMany": False, _LISTED[question.operation]: []}


async def disclose(
    keys: AskKeys, question: Question, refs: Mapping[str, Any], found: Found, moment: datetime
) -> Outcome[dict[str, object]]:
    """Turn what was found into a list; `refs` is what the pseudonymiser said of the question."""
    rows = found.rows
    members = make_nothing(question)
    if found.is_too_many:
        return Outcome(result="tooMany", delivered=(), payload=members | {"tooMany": True})
    if question.operation is Operation.ADDRESSES:
        delivered = _find_audit_refs(question, refs, rows)
        told = await _open_addresses(keys, question, rows)
    else:
        told, audit_refs = await _name_subjects(keys, question, rows, moment)
        delivered = [
            (bytes.fromhex(ref), row.kind) for ref, row in zip(audit_refs, rows, strict=True)
        ]
    payload = members | {_LISTED[question.operation]: told}
    return Outcome(result="list", delivered=delivered, payload=payload)


def _find_audit_refs(
    question: Question, refs: Mapping[str, Any], rows: Sequence[LinkRow]
) -> list[tuple[bytes, str]]:
    """Name the asked subject, found or not: "nothing" was said about somebody too."""
    audit_refs = [bytes.fromhex(ref) for ref in refs["subjectAuditRefs"]]
    if not rows:
        return [(audit_refs[0], question.kinds[0])]
    by_subject = dict(zip(refs["subjRefs"], audit_refs, strict=True))
    return [(by_subject[row.subj_ref.hex()], row.kind) for row in rows]


async def _open_addresses(
    keys: AskKeys, question: Question, rows: Sequence[LinkRow]
) -> list[dict[str, object]]:
    opened: Sequence[str] = ()
    if rows:
        sealed = [
            {
                "subjRef": row.subj_ref.hex(),
                "kid": row.kid,
                "sealed": (row.addr_sealed or b"").hex(),
            }
            for row in rows
        ]
        answer = await keys.ask("open_addresses", sector=question.sector, rows=sealed)
        opened = answer["addresses"]
    return [
        {"address": address} | _describe(row) for address, row in zip(opened, rows, strict=True)
    ]


async def _name_subjects(
    keys: AskKeys, question: Question, rows: Sequence[LinkRow], moment: datetime
) -> tuple[list[dict[str, object]], Sequence[str]]:
    if not rows:
        return [], ()
    is_pairwise = question.operation is Operation.SUBJECTS
    source = KINDS[question.kinds[0]].source
    terms = {"source": source, "expires": int(moment.timestamp()) + HANDLE_SECONDS}
    answer = await keys.ask(
        "disclose",
        organisation=question.organisation,
        sector=question.sector,
        rows=[{"subjRef": row.subj_ref.hex(), "kid": row.kid} for row in rows],
        pairwise=is_pairwise,
        handle=None if is_pairwise else terms,
    )
    if is_pairwise:
        named: list[dict[str, object]] = [{"pseudonym": name} for name in answer["pairwise"]]
    else:
        named = [{"source": source, "handle": handle} for handle in answer["handles"]]
    told = [name | _describe(row) for name, row in zip(named, rows, strict=True)]
    return told, answer["auditRefs"]


def _describe(row: LinkRow) -> dict[str, object]:
    """Kind, and those fields that were asked for and granted."""
    described: dict[str, object] = {"kind": row.kind}
    if row.capacity is not None:
        described["capacity"] = row.capacity
    if row.valid is not None:
        described["valid"] = {"from": row.valid.lower, "to": row.valid.upper}
    return described
