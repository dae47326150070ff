"""Which commits may be copies of one another, so that only these need be compared patch by patch.

A cherry-pick and a rebase keep the time at which the author wrote the work, to the second, even if the
message is edited; and hardly any two other commits share it. To compare all commits of a history would take
far longer than to read it.
"""

from collections.abc import Container
from datetime import datetime

import msgspec

from strandline.intake.git_log import git_time

FORMAT = "--format=tformat:%H%x00%at%x00%ct%x00%s"
"""What `git log` is to be asked for, together with `-z`."""
_MANY = 20
"""More commits of one second are an import or a script; of these only such of one subject may be copies."""
_TOO_MANY = 200
"""So many commits of one second and one subject are no copies of one work."""


class Copy(msgspec.Struct, frozen=True):
    """A commit that may be a copy, or have one."""

    id: str
    committed_at: datetime


def possible_copies(said: bytes, *, new: Container[str]) -> list[Copy]:
    """Return the commits of a history that share their author's time with another, if one of them is new.

    Args:
        said: what `git log -z` says in `FORMAT` of all commits but merges.
        new: the hashes of those that were not there before.
    """
    tokens = said.split(b"\0")
    groups: dict[bytes, list[int]] = {}
    for place, time in enumerate(tokens[1::4]):
        groups.setdefault(time, []).append(4 * place)
    groups.pop(b"", None)
    alike = (group for group in groups.values() if len(group) > 1)
    return [
        Copy(tokens[place].decode(), at)
        for group in alike
        for part in _parts(group, tokens)
        if any(tokens[place].decode() in new for place in part)
        for place in part
        if (at := git_time(tokens[place + 2])) is not None
    ]


def _parts(group: list[int], tokens: list[bytes]) -> list[list[int]]:
    if len(group) <= _MANY:
        return [group]
    by_subject: dict[bytes, list[int]] = {}
    for place in group:
        by_subject.setdefault(tokens[place + 3], []).append(place)
    return [part for part in by_subject.values() if 1 < len(part) <= _TOO_MANY]


def patch_ids(said: bytes) -> dict[str, str]:
    """Return what `git patch-id` says, by the commit; one that alters nothing has none."""
    pairs = (line.split() for line in said.decode().splitlines())
    return {commit: patch_id for patch_id, commit in pairs}
