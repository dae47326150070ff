"""What the message of a commit says beside the work itself, as the tools that write such messages say it.

Only fixed forms count, those that Git and the forges write by themselves; free text is not interpreted.
"""

import re
from collections.abc import Iterable

import msgspec

from strandline.intake.ticket_keys import ticket_keys

_LONGEST_BODY = 100_000
"""What follows in a longer message is a listing, and is not read."""
_HASH = r"[0-9a-f]{7,64}"

_REVERTED = re.compile(
    rf"^This reverts commits? ({_HASH}(?:(?:,\s*(?:and\s+)?|\s+and\s+){_HASH})*)",
    re.MULTILINE | re.IGNORECASE,
)
_HASHES = re.compile(rf"\b{_HASH}\b", re.IGNORECASE)
_REVERTED_PULL_REQUEST = re.compile(
    r"^(?:Reverts (?:[\w.-]+/[\w.-]+)?#|This reverts merge request (?:[\w./-]+)?!)([0-9]+)", re.MULTILINE
)
_PICKED = re.compile(
    rf"^(?:\(cherry[- ]picked from commit ({_HASH})\)|commit ({_HASH}) upstream\.?\r?$"
    rf"|\[ Upstream commit ({_HASH}) \])",
    re.MULTILINE | re.IGNORECASE,
)
_SQUASHED = re.compile(rf"^commit ({_HASH})\r?$", re.MULTILINE)
_CO_AUTHOR = re.compile(
    r"^Co-authored-by:[ \t]*([^<\r\n]*?)[ \t]*<([^>\r\n]*)>", re.MULTILINE | re.IGNORECASE
)

_MERGED_PULL_REQUEST = (
    # Bitbucket Data Center: Merge pull request #12 in SHOP/api from hotfix/cart to main
    re.compile(r"Merge pull request #(?P<number>[0-9]+) in \S+ from (?P<branch>\S+)"),
    # GitHub: Merge pull request #12 from owner/hotfix/cart
    re.compile(r"Merge pull request #(?P<number>[0-9]+) from (?:[^/\s]+/)?(?P<branch>\S+)"),
    # Bitbucket: Merged in hotfix/cart (pull request #12)
    re.compile(r"Merged in (?P<branch>\S+) \(pull request #(?P<number>[0-9]+)\)"),
    # Azure: Merge pull request 12 from hotfix/cart into main; and Merged PR 12: Title
    re.compile(r"Merge pull request (?P<number>[0-9]+) from (?P<branch>\S+) into "),
    re.compile(r"Merged PR (?P<number>[0-9]+): (?P<branch>)"),
    # Gitea: Merge pull request 'Title' (#12) from hotfix/cart into main
    re.compile(r"Merge pull request '.*' \([#!](?P<number>[0-9]+)\) from (?:[^:\s]+:)?(?P<branch>\S+) into "),
    # Bors: Merge #12; Auto merge of #12 - owner:branch, r=reviewer
    re.compile(r"Merge #(?P<number>[0-9]+)(?P<branch>)$"),
    re.compile(r"Auto merge of #(?P<number>[0-9]+) - [^:\s]+:(?P<branch>[^,\s]+)"),
)
_SQUASHED_PULL_REQUEST = re.compile(r"\S \(#([0-9]+)\)$")
_PULL_REQUEST_FIRST = re.compile(r"Pull request #([0-9]+): ")
_PULL_REQUEST_BRANCH = re.compile(r"^Merge in \S+ from (\S+) to \S+\r?$", re.MULTILINE)
_MERGE_REQUEST = re.compile(r"^See merge request (?:[\w./-]*)!([0-9]+)\r?$", re.MULTILINE)
_MERGED_BRANCH = re.compile(r"Merge (?:remote-tracking )?branch '(?:origin/)?([^']+)'")

_HOTFIX = re.compile(r"(?:.*/)?hot-?fix(?:es)?[/_-].+", re.IGNORECASE)
_BOT_NAME = re.compile(
    r".*\[bot\]|(?:.*[_-])?(?:ro)?bot|bors|github|"
    r"(?:dependabot|renovate|greenkeeper|pyup|snyk|mergify|imgbot|allcontributors|pre-commit"
    r"|github[- ]actions?|gitlab[- ]ci|copybara|hosted weblate|weblate|semantic-release|release-please)\b.*",
    re.IGNORECASE,
)
"""No name that ends in a word of its own “Bot”: that is a family name too."""
_BOT_ADDRESS = re.compile(
    r".*\[bot\]@.*|(?:.*[._+-])?bot@.*|.*@(?:dependabot|renovateapp)\.com", re.IGNORECASE
)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says."""

    reverts: tuple[str, ...] = ()
    """Hashes of the commits that it takes back, as long or short as they are written."""
    reverted_pull_requests: tuple[str, ...] = ()
    picked_from: tuple[str, ...] = ()
    """Hashes of the commits that it is a copy of (`git cherry-pick -x`)."""
    squashes: tuple[str, ...] = ()
    """Hashes of the commits that it stands for (`git merge --squash`)."""
    pull_request: str = ""
    """The number of the pull request that it merges."""
    is_gitlab: bool = False
    """Whether the number is of a merge request, by GitLab's own line."""
    merged_branch: str = ""
    tickets: tuple[str, ...] = ()
    co_authors: tuple[str, ...] = ()

    @property
    def is_hotfix(self) -> bool:
        """Whether it brings a branch that is called a hotfix."""
        return is_hotfix(self.merged_branch)


def read_message(subject: str, body: str, *, is_merge: bool) -> Said:
    """Return what a message says.

    Args:
        subject: its first paragraph, as one line.
        body: what follows.
        is_merge: whether the commit has several parents; if so it is no squashed pull request.
    """
    body = body[:_LONGEST_BODY]
    number, branch, is_gitlab = _merged(subject, body, is_merge=is_merge)
    tickets = ticket_keys(f"{subject}\n{body}")
    if not body:
        return Said(pull_request=number, merged_branch=branch, tickets=tickets)
    reverts = [each for said in _REVERTED.findall(body) for each in _HASHES.findall(said)]
    picked = [next(filter(None, found)) for found in _PICKED.findall(body)]
    _, _, squashed = f"{subject}\n{body}".partition("Squashed commit of the following:")
    return Said(
        reverts=_each_once(each.lower() for each in reverts),
        reverted_pull_requests=_each_once(_REVERTED_PULL_REQUEST.findall(body)),
        picked_from=_each_once(each.lower() for each in picked),
        squashes=_each_once(_SQUASHED.findall(squashed)) if squashed else (),
        pull_request=number,
        is_gitlab=is_gitlab,
        merged_branch=branch,
        tickets=tickets,
        co_authors=_each_once(name or address for name, address in _CO_AUTHOR.findall(body)),
    )


def is_hotfix(branch: str) -> bool:
    """Return whether a branch is by its name a repair that could not wait: `hotfix/…` and the like."""
    return _HOTFIX.fullmatch(branch) is not None


def is_bot(name: str, address: str) -> bool:
    """Return whether an author is a program, by the name or the address that it goes by."""
    return _BOT_NAME.fullmatch(name) is not None or _BOT_ADDRESS.fullmatch(address) is not None


def _merged(subject: str, body: str, *, is_merge: bool) -> tuple[str, str, bool]:
    """Return the number of the pull request that is merged, the branch, and if the number is GitLab's."""
    number = branch = ""
    if subject.startswith(("Merge", "Auto merge")):
        found = next(filter(None, (form.match(subject) for form in _MERGED_PULL_REQUEST)), None)
        number, branch = found.group("number", "branch") if found else ("", "")
        if not branch and (named := _MERGED_BRANCH.match(subject)):
            branch = named[1]
    elif first := _PULL_REQUEST_FIRST.match(subject):
        number = first[1]
        branch = named[1] if (named := _PULL_REQUEST_BRANCH.search(body)) else ""
    if not number and "See merge request " in body and (stated := _MERGE_REQUEST.search(body)):
        return stated[1], branch, True
    if not number and not is_merge and (squashed := _SQUASHED_PULL_REQUEST.search(subject)):
        number = squashed[1]
    return number, branch, False


def _each_once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))
