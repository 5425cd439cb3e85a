"""Why a question is refused: one table for Python, the database, records and answers.

No reason depends on a link; what depends on a dossier is told like "nothing found", and the reason
stands in the outcome's record alone.
"""

from enum import StrEnum, unique


@unique
class Reason(StrEnum):
    """A refusal's code, snake_case, as recorded and as published in problems."""

    # Checked twice, in this order: links.domain.decision.decide and links.check_question.
    CLIENT_INACTIVE = "client_inactive"
    ORGANISATION_INACTIVE = "organisation_inactive"
    DELIBERATION_UNKNOWN = (
        "deliberation_unknown"  # none, never approved, or of another organisation
    )
    DELIBERATION_SUSPENDED = "deliberation_suspended"
    DELIBERATION_WITHDRAWN = "deliberation_withdrawn"  # withdrawn or superseded
    STANDSTILL = "standstill"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    CATEGORY = "category"  # what the organisation is may not receive these kinds
    PURPOSE = "purpose"
    REFERENCE_MALFORMED = "reference_malformed"  # case, end user or correlation
    OPERATION = "operation"  # not of this direction, or more than the disclosure
    QUESTION_MALFORMED = "question_malformed"  # address or subject missing, or one too many
    KIND = "kind"  # none, another sector's, or not granted
    FIELDS = "fields"
    DATE_IN_FUTURE = "date_in_future"
    HISTORY = "history"  # further back than may be asked
    TERRITORY = "territory"

    # Python alone: the database cannot read signatures.
    SIGNATURE_INVALID = "signature_invalid"
    EVALUATION_FAILED = "evaluation_failed"
    SCOPE = "scope"  # the token was asked for other deliberations

    # The database alone, inside the transaction that declares.
    BODY_MISMATCH = "body_mismatch"  # body, question, client and deliberation contradict
    VERSION = "version"  # the deliberation has changed since it was read
    PROOF_REPLAYED = "proof_replayed"
    QUOTA_HOUR = "quota_hour"
    QUOTA_DAY = "quota_day"
    QUOTA_ADDRESSES_DAY = "quota_addresses_day"
    QUOTA_END_USER = "quota_end_user"
    STREET_SWEEP = "street_sweep"
    SCAN = "scan"
    COMBINATION = "combination"
    CANARY = "canary"
    NO_DOSSIER = "no_dossier"  # said in the outcome alone: answered like "nothing found"
