"""What is said of a failure: to the delivery's owner in a sentence, to the operator in the log."""

import errno
import traceback

import psycopg

from importers.checking.delivered import FileLost
from registry.domain.errors import EnvironmentProblem

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def explain(error: BaseException) -> str:
    """Return a sentence for the delivery's owner; the worker's log has the rest."""
    if isinstance(error, FileLost):
        return str(error)
    if isinstance(error, psycopg.errors.DiskFull) or getattr(error, "errno", None) in _FULL:
        return "The disk is full."
    if isinstance(error, MemoryError | psycopg.errors.OutOfMemory):
        return "There was not enough memory."
    if isinstance(error, psycopg.OperationalError | EnvironmentProblem):
        return "The database did not answer."
    return f"A defect of the service ({type(error).__name__}); its operator's log says where."


def describe_error(error: BaseException) -> str:
    """Return kinds and frames for the log, no texts: the database puts whole rows into them."""
    told = []
    cause: BaseException | None = error
    while cause is not None:
        kind = f"{type(cause).__name__} {getattr(cause, 'sqlstate', None) or ''}".rstrip()
        told.append(kind + "\n" + "".join(traceback.format_tb(cause.__traceback__)))
        cause = cause.__cause__ or cause.__context__
    return "because of\n".join(told)
