"""The one hierarchy of errors.

Every error that a user can meet is a `StrandlineError`: it says what was wrong, where, and what to do.
The class decides the exit code and the HTTP status, so that a script can tell "refused" from "broken".
"""

from typing import ClassVar


class StrandlineError(Exception):
    """Something a user has to know, in three parts.

    Attributes:
        what: one sentence: what was wrong.
        where: the file and line, command, service or address it concerns; empty if it is everywhere.
        remedy: one sentence: what to do now.
    """

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 409

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        """Where, what and what to do, as one readable line."""
        place = f"{self.where}: " if self.where else ""
        cure = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{cure}"


class RefusedError(StrandlineError):
    """The work itself does not allow it: a gate said no, a rollout is already running."""


class BadInputError(StrandlineError):
    """What was given cannot be understood; nothing of it was taken."""

    exit_code = 2
    http_status = 422


class NotFoundError(BadInputError):
    """A name that nobody knows; the message lists the known ones."""

    http_status = 404


class UnavailableError(StrandlineError):
    """Something outside Strandline does not answer: a disk, a database, a port, a program."""

    exit_code = 3
    http_status = 503


class ConflictingEventError(RefusedError):
    """An event with this source and id is in the ledger already, and says something else."""


class TamperedLedgerError(RefusedError):
    """The ledger is not what was written: records were altered, removed, swapped or put in."""
