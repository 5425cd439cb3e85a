"""What the public reports, on its way in: the one thing that the open API writes."""

from dataclasses import asdict, dataclass

from registry.settings import Settings
from registry.store.connections import Role, connect

_SUBMIT = (
    "select deliveries.submit_report(%(id)s, %(region)s, %(municipality_id)s, %(address_id)s,"
    " %(x)s, %(y)s, %(kind)s, %(text)s, %(most_a_day)s)"
)
_PATIENCE = "select set_config('statement_timeout', '3000', false)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose it is, and where: an address by its object id, or x and y in EPSG:3812."""

    region: str
    municipality_id: str
    address_id: str | None = None
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A report to keep."""

    id: str
    kind: str
    text: str | None
    place: Place


def submit_report(settings: Settings, submission: Submission, *, most_a_day: int) -> bool:
    """Keep a report at the primary; False when its municipality had its share of a day.

    Raises EnvironmentProblem when the database does not answer, else what the driver raises.
    """
    connection = connect(settings, Role.REPORTER, application_name="best reports", autocommit=True)
    with connection:
        connection.execute(_PATIENCE)
        parameters = {
            **asdict(submission.place),
            "id": submission.id,
            "kind": submission.kind,
            "text": submission.text,
            "most_a_day": most_a_day,
        }
        row = connection.execute(_SUBMIT, parameters).fetchone()
    return row is not None and bool(row[0])
