"""Who signed a deliberation: two officers, or one who only narrowed what two had granted."""

from datetime import datetime
from functools import lru_cache

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from links.domain.deliberation import Content, SignedDeliberation, Signer, make_document, to_json
from links.domain.narrowing import is_narrower
from links.domain.working_days import find_standstill_end


def make_proposal(content: Content, officer: str) -> bytes:
    """Make the message that a proposer, or the officer who narrows, signs."""
    message = {"type": "deliberation-proposal", "officer": officer}
    return rfc8785.dumps(message | {"content": make_document(content)})


def make_approval(
    content: Content, officer: str, approved_at: datetime, dpo_advice_sha256: str | None
) -> bytes:
    """Make the message that an approver signs; the standstill starts at `approved_at`."""
    message = {
        "type": "deliberation-approval",
        "officer": officer,
        "approvedAt": to_json(approved_at),
        "dpoAdviceSha256": dpo_advice_sha256,
        "content": make_document(content),
    }
    return rfc8785.dumps(message)


def sign(message: bytes, key: Ed25519PrivateKey) -> bytes:
    """Sign with an officer's key: 64 bytes."""
    return key.sign(message)


@lru_cache(maxsize=4096)
def signatures_ok(signed: SignedDeliberation) -> bool:
    """Two officers signed exactly this, or one narrowed what two had signed."""
    one = signed.deliberation
    proposal = make_proposal(one, one.proposed_by)
    if not is_signed(proposal, one.signature_proposer, signed.proposer):
        return False
    if one.approved_by is None:
        return _is_narrowed(signed)
    if signed.approver is None or one.approved_at is None or one.active_from is None:
        return False
    approval = make_approval(one, one.approved_by, one.approved_at, one.dpo_advice_sha256)
    return (
        one.approved_by != one.proposed_by
        and signed.approver.public_key != signed.proposer.public_key
        and is_signed(approval, one.signature_approver, signed.approver)
        and one.active_from >= find_standstill_end(one.approved_at)
    )


def _is_narrowed(signed: SignedDeliberation) -> bool:
    granted = signed.granted
    return (
        granted is not None
        and granted.deliberation.approved_by is not None
        and granted.deliberation.version < signed.deliberation.version
        and is_narrower(granted.deliberation, signed.deliberation)
        and signatures_ok(granted)
    )


def is_signed(message: bytes, signature: bytes | None, signer: Signer) -> bool:
    """Whether the signer, unless suspended, signed exactly this."""
    if signature is None or signer.status == "suspended":
        return False
    try:
        Ed25519PublicKey.from_public_bytes(signer.public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
