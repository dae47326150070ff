"""Evidence of documentation: what is written, whether it was there before, is right, used and alive."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta

from strandline.maturity.answer import Part, Verdict
from strandline.maturity.case import Case, Item, Shown, began, ids
from strandline.maturity.cases import POPULATIONS as CASES
from strandline.maturity.cases import in_unit, plan_of, told_cases
from strandline.maturity.communication_evidence import scheduled
from strandline.maturity.model import Special
from strandline.maturity.other_checks import Measured
from strandline.maturity.proof import at_least, wilson
from strandline.maturity.random_audit import lowest
from strandline.maturity.rollouts import before, told_of
from strandline.maturity.share_check import Population, Quality, missing_sources
from strandline.maturity.told import Told, said
from strandline.vocabulary.deployment import DeploymentRolledBack
from strandline.vocabulary.document import (
    ChangeRecordPublished,
    DocumentChecked,
    DocumentKind,
    DocumentPublished,
    DocumentReviewed,
    DriftRepaired,
    InventoryCompared,
    PlanCompared,
    PlanRated,
    RunbookStepTaken,
)
from strandline.vocabulary.improvement import ActionClosed, ActionOpened
from strandline.vocabulary.training import DrillHeld, DrillKind

_YEAR = timedelta(days=365)
_REVIEWED_WITHIN = timedelta(days=180)
_MONTH = timedelta(days=30)
_DEPLOYING = frozenset(
    (DocumentKind.PROCEDURE.value, DocumentKind.RUNBOOK.value, DocumentKind.ROLLBACK_PROCEDURE.value)
)
_PAPERS = frozenset(
    (DocumentKind.PLAN.value, DocumentKind.RISK_ASSESSMENT.value, DocumentKind.ROLLBACK_PROCEDURE.value)
)
_LIVING = _DEPLOYING | {DocumentKind.METRIC_DEFINITION.value}
_ALIKE_BP = 9_800
_SOON = timedelta(minutes=5)
_PARTS = frozenset(("digest", "difference", "approvers", "configuration", "verdicts"))
_RATERS, _ITEMS, _DRAWN = 2, 5, 10


def documents(case: Case, service: str, kinds: frozenset[str]) -> list[Told]:
    """Return the documents of a service, of these kinds."""
    return case.remembered(
        ("documents", service, kinds),
        lambda: [
            told
            for told in case.practice.of_service(DocumentPublished, service)
            if told.at < case.at and told.content.get("kind") in kinds
        ],
    )


def _has_document(case: Case, item: Item) -> Shown:
    return ids(documents(case, item.name, _DEPLOYING))


def _has_fresh_procedure(case: Case, item: Item) -> Shown:
    """Changed or reviewed within a year, and not found to lead nowhere."""
    procedures = documents(case, item.name, frozenset((DocumentKind.PROCEDURE.value,)))
    fresh = [
        told
        for each in procedures
        for told in (each, *case.practice.of_subject(DocumentReviewed, each.subject))
        if case.at - _YEAR <= told.at < case.at
    ]
    return ids(fresh)


def _has_prior_record(case: Case, item: Item) -> Shown:
    """A plan, a ticket or an entry of the schedule was there before it began."""
    plan = plan_of(case, item.what)
    papers = before(told_of(case, DocumentPublished, item.what), item.what)
    found = [*([plan] if plan is not None else []), *papers, *scheduled(case, item)]
    return ids(found)


def _rollback_procedure(case: Case, item: Item) -> Told | None:
    """Return the newest procedure of going back that was known, with its digest, when it began."""
    service = item.what.service
    kinds = frozenset((DocumentKind.ROLLBACK_PROCEDURE.value,))

    def by_when_known() -> list[Told]:
        every = [told for told in documents(case, service, kinds) if told.content.get("digest")]
        return sorted(every, key=lambda told: told.known_at)

    standing = case.remembered(("rollback-procedures", service), by_when_known)
    place = bisect_right(standing, began(item.what), key=lambda told: told.known_at)
    return standing[place - 1] if place else None


def _has_three_papers(case: Case, item: Item) -> Shown:
    """Plan, risk assessment and rollback procedure, each with its digest, were known before it began.

    Our own plan is one: it names stages, and how to return.
    """
    papers = [
        told
        for told in before(told_of(case, DocumentPublished, item.what), item.what)
        if told.content.get("digest")
    ]
    kinds = {str(told.content.get("kind")) for told in papers}
    known = _rollback_procedure(case, item)
    plan = plan_of(case, item.what)
    if plan is not None and plan.known_at <= began(item.what):
        kinds.add(DocumentKind.PLAN.value)
        papers.append(plan)
    if known is not None:
        kinds.add(DocumentKind.ROLLBACK_PROCEDURE.value)
        papers.append(known)
    return ids(papers) if kinds >= _PAPERS else ()


def _rollback_was_exercised(case: Case, item: Item) -> Shown:
    since = case.at - _REVIEWED_WITHIN
    drills = [
        told
        for told in case.practice.of_subject(DrillHeld, item.name)
        if since <= told.at < case.at
        and said(told, DrillHeld).kind is DrillKind.ROLLBACK
        and said(told, DrillHeld).is_by_document
        and said(told, DrillHeld).deviations
    ]
    real = [
        told
        for told in case.practice.within(DeploymentRolledBack, since, case.at)
        if told.service == item.name
    ]
    returned = [each for each in case.production(since).rollbacks if each.service == item.name]
    return (*ids(drills), *ids(real), *(event for each in returned for event in each.events[:1]))


def drawn_plans(case: Case, start: datetime) -> list[Item]:
    """Return the ten plans of the time that two people from outside are to rate, by when they began."""
    return lowest(case, CASES["normal-deployments"].find(case, start), _DRAWN)


def plan_ratings(case: Case, item: Item) -> dict[str, Told]:
    """Return how people rated a plan, from each who is known to be of another unit than its service."""
    return {
        said(told, PlanRated).rater: told
        for told in told_of(case, PlanRated, item.what)
        if case.is_outsider(said(told, PlanRated).rater, item.what.service)
    }


def rated_plans(case: Case, check: Special) -> Part:
    """Return the share of ten drawn plans that two people from outside let pass on all five items.

    How far the two agree is told as Cohen's kappa (J. Cohen, Educ. Psychol. Meas. 20, 1960).
    """
    start = case.at - timedelta(days=check.days)
    passed: list[tuple[str, ...]] = []
    answers: list[tuple[bool, bool]] = []
    lacking: list[str] = []
    waiting: list[str] = []
    n = 0
    for item in drawn_plans(case, start):
        ratings = plan_ratings(case, item)
        if len(ratings) < _RATERS:
            waiting.append(item.name)
            continue
        n += 1
        first, second = (said(told, PlanRated).passed for told in list(ratings.values())[:_RATERS])
        answers += list(zip(first, second, strict=False))
        if all(len(each) >= _ITEMS and all(each) for each in (first, second)):
            passed.append(ids(ratings.values()))
        else:
            lacking.append(item.name)
    missing = missing_sources(case, ("plan-ratings",), start)
    share, low, high = wilson(len(passed), n)
    verdict = at_least(len(passed), n, check.threshold)
    says = f"{len(passed)} of {n} drawn plans passed all five items; kappa {_kappa(answers)}."
    if missing and not n:
        verdict, says = Verdict.NO_FEED, missing.says
    elif n < check.smallest:
        verdict, says = (
            Verdict.UNKNOWN_SAMPLE,
            f"{n} drawn plans were rated by two from outside; {check.smallest} are needed.",
        )
        lacking += waiting
    return Part(
        verdict=verdict,
        says=says,
        check="drawn plans that pass the list",
        value=share if n else None,
        low=low,
        high=high,
        threshold=check.threshold,
        n=n,
        count=len(passed),
        smallest=check.smallest,
        start=start,
        events=tuple(event for each in passed for event in each)[:20],
        lacking=tuple(lacking),
        without=missing.carries,
    )


def _kappa(answers: list[tuple[bool, bool]]) -> str:
    if not answers:
        return "unknown"
    n = len(answers)
    agreed = sum(first == second for first, second in answers) / n
    one, two = (sum(each[side] for each in answers) / n for side in (0, 1))
    chance = one * two + (1 - one) * (1 - two)
    return "1.00" if chance >= 1 else f"{(agreed - chance) / (1 - chance):.2f}"


def _is_copied(_case: Case, item: Item) -> Shown:
    compared = said(item.what, PlanCompared)
    return item.events if compared.alike_bp >= _ALIKE_BP and not compared.is_same_change else ()


def _in_scope(case: Case, start: datetime) -> list[Item]:
    """Return the documents on deploying that there are; papers of one deployment do not live on."""
    del start
    newest: dict[str, Told] = {}
    for told in case.practice.all(DocumentPublished):
        is_standing = told.content.get("kind") in _LIVING and not told.deployment
        if told.at < case.at and in_unit(case, told) and is_standing:
            newest[told.subject] = told
    return [Item(name, case.at, told, (told.id,)) for name, told in sorted(newest.items())]


def _reviewed_by_another(case: Case, item: Item) -> Shown:
    author = case.person(str(item.what.content.get("author", "")))
    return ids(
        told
        for told in case.practice.of_subject(DocumentReviewed, item.name)
        if case.at - _REVIEWED_WITHIN <= told.at < case.at
        and case.person(said(told, DocumentReviewed).reviewer) not in {"", author}
    )


def _leads_nowhere(case: Case, item: Item) -> Shown:
    checks = [told for told in case.practice.of_subject(DocumentChecked, item.name) if told.at < case.at]
    if not checks:
        return None
    return ids(checks[-1:]) if checks[-1].content.get("broken") else ()


def _documentation_actions(case: Case, start: datetime) -> list[Item]:
    """Return the documentation actions that incidents led to, a month after they were opened."""
    return [
        item
        for item in told_cases(ActionOpened)(case, start)
        if item.what.content.get("isDocumentation")
        and item.what.content.get("trigger") == "incident"
        and item.at < case.at - _MONTH
    ]


def _closed_within_a_month(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in case.practice.of_subject(ActionClosed, item.name)
        if told.at - item.at <= _MONTH and not told.content.get("isDropped")
    )


def _record_was_published(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in told_of(case, ChangeRecordPublished, item.what)
        if said(told, ChangeRecordPublished).is_generated
        and set(said(told, ChangeRecordPublished).parts) >= _PARTS
        and told.at - item.what.ended_at <= _SOON
    )


def _document_changes(case: Case, told: Told) -> bool:
    del case
    return told.content.get("kind") in _LIVING and not told.deployment


def _checked_and_pinned(_case: Case, item: Item) -> Shown:
    document = said(item.what, DocumentPublished)
    if document.is_checked is None:
        return None
    return item.events if document.is_checked and document.pinned_to else ()


def _ran_by_itself(_case: Case, item: Item) -> Shown:
    step = said(item.what, RunbookStepTaken)
    return item.events if step.is_automated and step.log and item.what.deployment else ()


def _days(case: Case, start: datetime) -> list[Item]:
    """Return the days since, whole ones."""
    first = (start + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    count = max((case.at - first).days, 0)
    return [
        Item(f"{first + timedelta(days=number):%Y-%m-%d}", first + timedelta(days=number))
        for number in range(count)
    ]


def _was_compared(case: Case, item: Item) -> Shown:
    by_day = case.remembered("inventory", lambda: _inventory(case))
    return by_day.get(item.name, ())


def _inventory(case: Case) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for told in case.practice.all(InventoryCompared):
        found[f"{told.at:%Y-%m-%d}"] = (told.id,)
    return found


def _drift(case: Case, item: Item) -> float:
    del case
    return said(item.what, DriftRepaired).lasted_ms / 1000


POPULATIONS: Mapping[str, Population] = {
    "documents": Population("documents on deploying", _in_scope, ("documents",), is_standing=True),
    "document-changes": Population(
        "changes of documents", told_cases(DocumentPublished, _document_changes), ("documents",)
    ),
    "plan-comparisons": Population("plans", told_cases(PlanCompared), ("plan-comparisons",)),
    "documentation-actions": Population(
        "documentation actions of incidents", _documentation_actions, ("actions",)
    ),
    "runbook-steps": Population("steps of runbooks", told_cases(RunbookStepTaken), ("runbook-steps",)),
    "days": Population("days", _days, ()),
    "repaired-drifts": Population("drifts that were repaired", told_cases(DriftRepaired), ("inventory",)),
}
QUALITIES: Mapping[str, Quality] = {
    "have-a-document": Quality("have a document on deploying", _has_document, ("documents",)),
    "have-a-fresh-procedure": Quality("have a procedure of this year", _has_fresh_procedure, ("documents",)),
    "have-a-record-before": Quality(
        "had a plan, a ticket or a place in the schedule before", _has_prior_record, ("schedule",)
    ),
    "have-three-papers": Quality(
        "had plan, risk assessment and rollback procedure before", _has_three_papers, ("documents",)
    ),
    "exercised-their-rollback": Quality(
        "exercised the documented rollback within half a year", _rollback_was_exercised, ("drills",)
    ),
    "are-copied": Quality("are copies though the change differs", _is_copied),
    "were-reviewed-by-somebody-else": Quality(
        "somebody else than the author reviewed within half a year",
        _reviewed_by_another,
        ("document-reviews",),
    ),
    "lead-nowhere": Quality("name what does not exist", _leads_nowhere, ("document-checks",)),
    "were-closed-within-a-month": Quality("were done within a month", _closed_within_a_month, ("actions",)),
    "have-a-generated-record": Quality(
        "have a generated record within five minutes", _record_was_published, ("change-records",)
    ),
    "were-checked-and-pinned": Quality(
        "were checked by a pipeline and pinned to a version", _checked_and_pinned
    ),
    "ran-by-themselves": Quality("ran as automation, with a log", _ran_by_itself),
    "had-their-inventory-compared": Quality(
        "what is declared was compared on", _was_compared, ("inventory",)
    ),
}
MEASURES: Mapping[str, Measured] = {"drift-repair": Measured("the time until a drift was repaired", _drift)}
SPECIALS = {"rated-plans": rated_plans}
