"""User satisfaction: what users answer when they are asked, and how often they ask for help.

CSAT is the share of 4 and 5 among answers from 1 to 5; NPS is the share of 9 and 10 less that of 0 to 6, in
hundredths (in `parts`, also where there is no CSAT; one never counts for the other). Calls for help in the
two days after a release stand beside those in the two days before.
"""

from datetime import timedelta

from strandline.kpi import feeds
from strandline.kpi.feedback import Feedback
from strandline.kpi.figure import Figure, Point, Unit, Value
from strandline.kpi.history import History
from strandline.kpi.intervals import share
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "user-satisfaction"
_LEAST = 30
"""Fewer answers say little, whatever they say."""
_CONTENT, _PROMOTER, _DETRACTOR = 4, 9, 6
_AROUND = timedelta(days=2)


def user_satisfaction(history: History, scope: Scope) -> Figure:
    """Return the share of users who are content, of those who answered."""
    said = [each for each in history.feedback if scope.has_time(each.at) and scope.has_service(each.service)]
    csat = [each for each in said if each.scale == "csat" and each.score is not None]
    value = share(sum((each.score or 0) >= _CONTENT for each in csat), len(csat))
    heard = history.heard.coverage(feeds.FEEDBACK, start=scope.start, end=scope.end)
    status, reason = standing(
        value,
        coverage=None,
        coverage_of="",
        of_what="answers from 1 to 5",
        feeds=() if heard.is_connected else (heard,),
        least=_LEAST,
    )
    parts = {}
    nps = [each.score for each in said if each.scale == "nps" and each.score is not None]
    if nps:
        score = sum((each >= _PROMOTER) - (each <= _DETRACTOR) for each in nps) / len(nps)
        parts["nps"] = Value(
            value=100 * score if len(nps) >= _LEAST else None, n=len(nps), method="promoters less detractors"
        )
    contacts = [each for each in history.feedback if each.is_contact and scope.has_service(each.service)]
    if contacts:
        parts |= _around_releases(contacts, history, scope)
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SHARE,
        explicit=without_value(value, status),
        feeds=(heard,),
        reason=reason,
        parts=parts,
        points=tuple(
            Point(
                at=each.at, value=float(each.score or 0), key=each.key, service=each.service, note=each.words
            )
            for each in csat
        ),
    )


def _around_releases(contacts: list[Feedback], history: History, scope: Scope) -> dict[str, Value]:
    """Return calls for help per release, in the two days before and after."""
    releases = production_of(history, scope).succeeded
    before = after = 0
    for release in releases:
        for each in contacts:
            if each.service != release.service:
                continue
            before += release.ended_at - _AROUND <= each.at < release.ended_at
            after += release.ended_at <= each.at < release.ended_at + _AROUND
    n = len(releases)
    if not n:
        return {}
    method = "calls for help per release, two days"
    return {
        "contacts-before": Value(value=before / n, n=n, count=before, method=method),
        "contacts-after": Value(value=after / n, n=n, count=after, method=method),
    }
