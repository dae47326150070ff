"""The branches and tags of a repository, as Git lists them."""

import msgspec

from strandline.adapters.git_program import GitProgram
from strandline.intake.git_events import ReadTag
from strandline.intake.git_log import git_time

_FIELDS = (
    "refname",
    "objectname",
    "objecttype",
    "*objectname",
    "*objecttype",
    "creatordate:unix",
    "*committerdate:unix",
    "taggername",
)
_TAGS = "refs/tags/"


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A branch or tag."""

    name: str
    """In full, such as `refs/heads/main`."""
    object: str
    commit: str
    tag: ReadTag | None = None


def references(git: GitProgram) -> list[Reference]:
    """Return all branches and tags that name a commit, and `HEAD` if it is at none of them."""
    wanted = "%00".join(f"%({field})" for field in _FIELDS)
    said = git.ask("for-each-ref", f"--format={wanted}", "refs/heads", "refs/remotes", _TAGS)
    found = []
    for line in said.decode("utf-8", errors="replace").splitlines():
        reference = _reference(git, dict(zip(_FIELDS, line.split("\0"), strict=True)))
        if reference is not None:
            found.append(reference)
    known = {reference.commit for reference in found}
    if git.agrees("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
        head = git.ask("rev-parse", "--verify", "HEAD^{commit}").decode().strip()
        if head not in known:
            found.append(Reference(name="HEAD", object=head, commit=head))
    return found


def _reference(git: GitProgram, fields: dict[str, str]) -> Reference | None:
    name, named = fields["refname"], fields["objectname"]
    is_annotated = fields["objecttype"] == "tag"
    commit = fields["*objectname"] if is_annotated else named
    kind = fields["*objecttype"] if is_annotated else fields["objecttype"]
    if kind == "tag":
        # A tag of a tag: Git before 2.45 tells only what the first one names.
        if not git.agrees("rev-parse", "--verify", "--quiet", f"{named}^{{commit}}"):
            return None
        kind, commit = "commit", git.ask("rev-parse", "--verify", f"{named}^{{commit}}").decode().strip()
    if kind != "commit":
        return None
    if not name.startswith(_TAGS):
        return Reference(name=name, object=named, commit=commit)
    # The oldest tags have no tagger, and so no time of their own.
    created_at = git_time(fields["creatordate:unix"]) or git_time(fields["*committerdate:unix"])
    if created_at is None:
        return Reference(name=name, object=named, commit=commit)
    tag = ReadTag(
        name=name.removeprefix(_TAGS),
        object=named,
        commit=commit,
        created_at=created_at,
        is_annotated=is_annotated,
        author=fields["taggername"],
    )
    return Reference(name=name, object=named, commit=commit, tag=tag)
