"""Which commits each deployment brought: its commit's ancestors that no deployment before it had brought.

What a deployment's source says (a commit) and what Git says (its parents) give this without a guess. The
first deployment that is known of a service brings all the past, which says nothing about anybody's lead time:
it is the *seed*, from which counting begins.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from strandline.kpi.commits import MadeCommit
from strandline.kpi.deployments import Deployment
from strandline.kpi.history import History, Place
from strandline.vocabulary.deployment import Outcome


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What one deployment brought."""

    deployment: Deployment
    commits: tuple[str, ...]
    is_known: bool
    """Whether it could be found out at all."""
    is_seed: bool = False


def changes_at(history: History, place: Place, paths: tuple[str, ...] = ()) -> list[Carried]:
    """Return what each successful deployment of a place brought; worked out again only where it may differ.

    Args:
        history: with the place's deployments, and commits.
        place: the service and the environment.
        paths: the folders of the service, in a repository of several; empty for all of them.
    """
    every = history.deployments[place]

    def work_out() -> tuple[list[Carried], set[str]]:
        unknown: set[str] = set()
        return carried_changes(every, history.commits, paths, unknown), unknown

    key = ("carried", place, paths)
    found, unknown = history.remembered(key, every, work_out)
    if any(each in history.commits for each in unknown):
        # A commit that was not known then has been heard of since.
        history.memo.pop(key)
        found, _ = history.remembered(key, every, work_out)
    return found


def carried_changes(
    deployments: Iterable[Deployment],
    commits: Mapping[str, MadeCommit],
    paths: tuple[str, ...] = (),
    unknown: set[str] | None = None,
) -> list[Carried]:
    """Return what each successful deployment brought, in order.

    Args:
        deployments: of one service and environment, in the order in which they ended.
        commits: by hash.
        paths: the folders of the service, in a repository of several; empty for all of them.
        unknown: takes up the hashes of commits that would have been needed and are not known.
    """
    unknown = set() if unknown is None else unknown
    brought: set[str] = set()
    patches: set[str] = set()
    is_begun = False
    result = []
    for each in deployments:
        if each.outcome is not Outcome.SUCCEEDED or each.is_rollback:
            continue
        is_known = each.commit in commits
        if each.commit and not is_known:
            unknown.add(each.commit)
        # A hash alone does not say what came with it; who planned the deployment may have.
        found = _new(each.commit, commits, brought, unknown) if is_known else list(each.changes or ())
        if is_known and not is_begun and each.changes is None:
            is_begun = True
            patches.update(commits[key].patch_id for key in found)
            result.append(Carried(deployment=each, commits=(), is_known=True, is_seed=True))
            continue
        is_begun = is_begun or is_known
        new = [key for key in found if _is_new(key, commits, patches, paths)]
        patches.update(commits[key].patch_id for key in new if key in commits)
        is_told = is_known or each.changes is not None
        result.append(Carried(deployment=each, commits=tuple(new), is_known=is_told))
    return result


def _new(head: str, commits: Mapping[str, MadeCommit], brought: set[str], unknown: set[str]) -> list[str]:
    """Return the ancestors of a commit that were not brought yet, and note that they are now."""
    found = []
    waiting = [head]
    while waiting:
        key = waiting.pop()
        if key in brought:
            continue
        brought.add(key)
        commit = commits.get(key)
        if commit is None:
            # Beyond what is known of the history, as in a shallow clone.
            unknown.add(key)
            continue
        found.append(key)
        waiting.extend(commit.parents)
    return found


def _is_new(key: str, commits: Mapping[str, MadeCommit], patches: set[str], paths: tuple[str, ...]) -> bool:
    commit = commits.get(key)
    if commit is None:
        return True
    if len(commit.parents) > 1:
        # A merge brings what its parents are; it is no work of its own.
        return False
    if commit.patch_id and commit.patch_id in patches:
        # The same change came under another hash before: a cherry-pick.
        return False
    if paths and commit.areas:
        return any(area.startswith(path) for area in commit.areas for path in paths)
    return True
