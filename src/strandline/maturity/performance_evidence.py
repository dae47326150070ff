"""Evidence of performance measurement: outcomes, figures that can be computed, reviews of them, forecasts."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from strandline.kpi import feeds
from strandline.kpi.carried_changes import changes_at
from strandline.maturity.case import Case, Item, Shown, ids, names_of, working_days
from strandline.maturity.cases import POPULATIONS as CASES
from strandline.maturity.cases import failed, incident_names, incidents, of_deployment, told_cases
from strandline.maturity.other_checks import Measured
from strandline.maturity.random_audit import is_drawn
from strandline.maturity.rollouts import answers, before, told_of
from strandline.maturity.share_check import Population, Quality
from strandline.maturity.told import Told, said
from strandline.maturity.training_evidence import reviews_of
from strandline.vocabulary.delivery import ServiceDeployed, ServiceUpgraded
from strandline.vocabulary.deployment import DeploymentFinished
from strandline.vocabulary.document import DocumentKind, DocumentPublished
from strandline.vocabulary.feedback import FeedbackGiven, SupportContacted
from strandline.vocabulary.forecast import CalibrationPublished, RiskForecast, StrategyChosen
from strandline.vocabulary.improvement import FigureRevised, FiguresPublished, ReviewHeld, ReviewKind
from strandline.vocabulary.incident import IncidentClassified
from strandline.vocabulary.performance import FigureReviewed, TargetSet

_ANSWERS = 30
_WITH_SAMPLE = 10_000
_LABELLED_WITHIN = 5
_REVIEWED_WITHIN = timedelta(days=180)
_TENTH = 10


def _has_outcome(_case: Case, item: Item) -> Shown:
    return item.events or True if item.what.outcome is not None else ()


def _closed_incidents(case: Case, start: datetime) -> list[Item]:
    """Return incidents that are over, and those so old that they should be.

    An end that nobody tells is a gap.
    """
    latest = case.at - timedelta(days=7)
    return [item for item in incidents(case, start) if item.what.restored_at is not None or item.at < latest]


def _has_both_times(_case: Case, item: Item) -> Shown:
    return item.events if item.what.restored_at is not None else ()


def _has_commits(case: Case, item: Item) -> Shown:
    """The commits that it brought are known: said by the plan, or found from its commit in the history."""
    each = item.what
    if each.changes is not None:
        return item.events
    known = case.remembered(("carried", each.place), lambda: _carried(case, each.place))
    return item.events if each.key in known or (each.commit and each.commit in case.history.commits) else ()


def _carried(case: Case, place: tuple[str, str]) -> frozenset[str]:
    return frozenset(
        found.deployment.key
        for found in changes_at(case.history, place)
        if found.is_known and not found.is_seed
    )


def classified_in_time(case: Case, item: Item) -> Shown:
    """Whether somebody said within five working days if a deployment caused it."""
    return ids(
        told
        for told in case.practice.of_subject(IncidentClassified, *incident_names(item))
        if told.at < case.at and working_days(item.at, told.at) <= _LABELLED_WITHIN
    )


def _user_facing(case: Case, start: datetime) -> list[Item]:
    """Return the services that users meet; one of which nobody says is taken for such."""
    return [item for item in CASES["services"].find(case, start) if item.what.is_user_facing is not False]


def _has_satisfaction(case: Case, item: Item) -> Shown:
    """Thirty answers in the quarter, or support contacts that are heard of around releases."""
    since = case.at - timedelta(days=90)
    answered = [
        told for told in case.practice.of_subject(FeedbackGiven, item.name) if since <= told.at < case.at
    ]
    if len(answered) >= _ANSWERS:
        return ids(answered[:3])
    contacts = [
        told for told in case.practice.of_subject(SupportContacted, item.name) if since <= told.at < case.at
    ]
    return ids(contacts[:3]) if len(contacts) >= _ANSWERS else ()


def _kpis(case: Case, _start: datetime) -> list[Item]:
    """Return the figures that anybody published, reviewed or set a target for."""
    names = {
        told.subject
        for fact in (TargetSet, FigureReviewed)
        for told in case.practice.all(fact)
        if told.at < case.at
    }
    for told in case.practice.all(FiguresPublished):
        if told.at < case.at:
            names.update(map(str, told.content.get("figures", ())))
    return [Item(name, case.at) for name in sorted(names)]


def _in_dictionary(case: Case, item: Item) -> Shown:
    """Owner, target, and a review within half a year; formula, source and coverage stand with each figure."""
    targets = [told for told in case.practice.of_subject(TargetSet, item.name) if told.at < case.at]
    reviews = [
        told
        for told in case.practice.of_subject(FigureReviewed, item.name)
        if case.at - _REVIEWED_WITHIN <= told.at < case.at
    ]
    return ids((targets[-1], reviews[-1])) if targets and reviews else ()


def _values(case: Case, start: datetime) -> list[Item]:
    """Return the published values, one by one; `what` is whether it was given with its sample."""
    found: list[Item] = []
    for told in case.practice.within(FiguresPublished, start, case.at):
        published = said(told, FiguresPublished)
        for number in range(min(published.values, _WITH_SAMPLE)):
            has_sample = number < published.values_with_sample
            found.append(Item(f"{told.subject} {number + 1}", told.at, has_sample, (told.id,)))
    return found


def _failed_and_drawn(case: Case, start: datetime) -> list[Item]:
    """Return the failed deployments, and a tenth of the others by a draw that nobody can choose."""
    bad = failed(case, start)
    names = {item.name for item in bad}
    drawn = [
        of_deployment(each)
        for each in case.production(start).succeeded
        if each.key not in names and is_drawn(case, each, 1 / _TENTH)
    ]
    return sorted((*bad, *drawn), key=lambda item: (item.at, item.name))


def has_record_in_words(case: Case, item: Item) -> Shown:
    """Whether people wrote about it: a review, or what users said of the release."""
    about = (*names_of(item.what), *_caused(case, item))
    written = reviews_of(case, about)
    spoken = [
        told
        for told in case.practice.of_deployment(FeedbackGiven, *names_of(item.what))
        if told.content.get("words") and told.at < case.at
    ]
    if not written and not spoken and item.what.version:
        spoken = [
            told
            for told in case.practice.of_subject(FeedbackGiven, item.what.service)
            if told.content.get("version") == item.what.version
            and told.content.get("words")
            and told.at < case.at
        ]
    return ids((*written, *spoken))


def _caused(case: Case, item: Item) -> tuple[str, ...]:
    keys = [link.incident.key for link in case.caused_by(item.name)]
    return tuple(name for key in keys for name in (key, key.partition("#")[2]))


def review_of(kind: ReviewKind, *fields: str) -> Quality:
    """Return the quality of reviews of a kind that cite something in each of these fields."""

    def shows(_case: Case, item: Item) -> Shown:
        content = item.what.content
        is_so = content.get("kind") == kind.value and all(content.get(field) for field in fields)
        return item.events if is_so else ()

    return Quality(f"cite {', '.join(fields)}", shows)


def _gated_on_budget(case: Case, item: Item) -> Shown:
    return ids(answers(case, item.what, "error-budget", "service-level"))


def _has_reason(_case: Case, item: Item) -> Shown:
    return item.events if said(item.what, FigureRevised).reason.strip() else ()


def _words_of_deployments(case: Case, start: datetime) -> list[Item]:
    """Return the deployments since, to measure how soon we knew."""
    return list(CASES["deployments"].find(case, start))


def _delay(case: Case, item: Item) -> float | None:
    """From the end of a deployment to the moment when it was in the ledger, in seconds."""
    for fact in (DeploymentFinished, ServiceUpgraded, ServiceDeployed):
        ends = told_of(case, fact, item.what)
        if ends:
            return max((ends[-1].recorded_at - ends[-1].at).total_seconds(), 0.0)
    return None


def _forecast_before(case: Case, item: Item) -> Shown:
    return ids(before(told_of(case, RiskForecast, item.what), item.what)[-1:])


def _riskiest(case: Case, start: datetime) -> list[Item]:
    """Return the tenth of the deployments that was said to be the riskiest before it began."""
    rated: list[tuple[int, Item]] = []
    for item in CASES["deployments"].find(case, start):
        told = before(told_of(case, RiskForecast, item.what), item.what)
        if told:
            rated.append((said(told[-1], RiskForecast).probability_bp, item))
    rated.sort(key=lambda pair: (-pair[0], pair[1].name))
    return [item for _, item in rated[: max(len(rated) // _TENTH, 1 if rated else 0)]]


def _went_another_way(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in told_of(case, StrategyChosen, item.what)
        if told.content.get("strategy") != told.content.get("default")
    )


def _metric_definitions(case: Case, told: Told) -> bool:
    del case
    return told.content.get("kind") == DocumentKind.METRIC_DEFINITION.value


POPULATIONS: Mapping[str, Population] = {
    "closed-incidents": Population("incidents that are over", _closed_incidents, (feeds.INCIDENTS,)),
    "metric-definitions": Population(
        "definitions of metrics", told_cases(DocumentPublished, _metric_definitions), ("documents",)
    ),
    "figure-publications": Population("publications of figures", told_cases(FiguresPublished), ("figures",)),
    "figure-revisions": Population("revisions of figures", told_cases(FigureRevised), ("figures",)),
    "kpis": Population("KPIs in use", _kpis, ("figures",), is_standing=True),
    "published-values": Population("published values", _values, ("figures",)),
    "user-facing-services": Population(
        "services that users meet", _user_facing, (feeds.DEPLOYMENTS,), is_standing=True
    ),
    "failed-and-drawn-deployments": Population(
        "failed deployments, and a tenth of the others", _failed_and_drawn, (feeds.DEPLOYMENTS,)
    ),
    "reviews": Population("reviews", told_cases(ReviewHeld), ("reviews",)),
    "calibrations": Population("calibrations", told_cases(CalibrationPublished), ("forecasts",)),
    "riskiest-deployments": Population(
        "deployments of the riskiest tenth", _riskiest, (feeds.DEPLOYMENTS, "forecasts")
    ),
    "known-deployments": Population("production deployments", _words_of_deployments, (feeds.DEPLOYMENTS,)),
}
QUALITIES: Mapping[str, Quality] = {
    "have-an-outcome": Quality("have an outcome", _has_outcome),
    "have-both-times": Quality("have a beginning and an end", _has_both_times),
    "have-their-commits": Quality("are joined to commits", _has_commits, (feeds.COMMITS,)),
    "were-classified-in-time": Quality(
        "somebody said of within five working days whether a deployment caused them", classified_in_time
    ),
    "have-a-satisfaction-signal": Quality(
        "have a signal of user satisfaction", _has_satisfaction, ("feedback",)
    ),
    "are-in-the-dictionary": Quality("have an owner, a target and a fresh review", _in_dictionary),
    "have-a-sample": Quality(
        "were given with sample and coverage", lambda _case, item: item.events if item.what else ()
    ),
    "have-a-record-in-words": Quality("people wrote about", has_record_in_words, ("reviews",)),
    "are-complete-performance-reviews": review_of(ReviewKind.PERFORMANCE, "metrics", "feedback", "decisions"),
    "were-gated-on-a-budget": Quality(
        "a gate on error budget or service level answered to", _gated_on_budget, ("gates",)
    ),
    "have-a-reason": Quality("have a reason", _has_reason),
    "were-forecast-before": Quality("had a forecast before they began", _forecast_before, ("forecasts",)),
    "went-another-way": Quality("went another way than by default", _went_another_way, ("strategies",)),
}
MEASURES: Mapping[str, Measured] = {
    "delay-until-known": Measured("the time until a deployment was known", _delay),
}
