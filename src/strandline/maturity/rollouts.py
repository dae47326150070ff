"""What is known of how a deployment was rolled out: stages, analyses, gates; ours or others'."""

from collections.abc import Iterable

from strandline.kpi.deployments import Deployment
from strandline.maturity.case import Case, Item, Shown, began, ids, names_of
from strandline.maturity.told import Told
from strandline.vocabulary.deployment import StageKind
from strandline.vocabulary.event import Fact
from strandline.vocabulary.exposure import AnalysisConcluded, GateEvaluated, StageStarted
from strandline.vocabulary.verdict import AnalysisAnswer, GateAnswer

_DECIDED = frozenset((AnalysisAnswer.HARM_SHOWN.value, AnalysisAnswer.NO_HARM_SHOWN.value))


def told_of(case: Case, fact: type[Fact], each: Deployment) -> list[Told]:
    """Return everything of a kind that was told of a deployment, up to now."""
    every = case.practice.of_deployment(fact, *names_of(each)) or case.practice.of_subject(
        fact, *names_of(each)
    )
    return [told for told in every if told.at < case.at]


def is_staged(case: Case, item: Item) -> Shown:
    """Return whether users met it in stages."""
    stages = [
        told
        for told in told_of(case, StageStarted, item.what)
        if (told.content.get("planned") or {}).get("kind") == StageKind.COMPARED.value
    ]
    return ids(stages)


def is_staged_and_judged(case: Case, item: Item) -> Shown:
    """Return whether it was staged, and an analysis that had data decided on promotion."""
    if not is_staged(case, item):
        return ()
    return ids(
        told for told in told_of(case, AnalysisConcluded, item.what) if told.content.get("answer") in _DECIDED
    )


def was_watched_afterwards(case: Case, item: Item) -> Shown:
    """Return whether it was judged under all traffic, or a gate called `verification` answered."""
    full = [
        told.content.get("stage")
        for told in told_of(case, StageStarted, item.what)
        if (told.content.get("planned") or {}).get("kind") == StageKind.ALL.value
    ]
    judged = [
        told
        for told in told_of(case, AnalysisConcluded, item.what)
        if told.content.get("stage") in full or told.content.get("answer") == AnalysisAnswer.HARM_SHOWN.value
    ]
    return ids((*judged, *answers(case, item.what, "verification")))


def gates(case: Case, each: Deployment, *names: str) -> list[Told]:
    """Return the answers of gates to a deployment, by any of the gates' names."""
    return [told for told in told_of(case, GateEvaluated, each) if told.content.get("gate") in names]


def answers(case: Case, each: Deployment, *names: str) -> list[Told]:
    """Return the answers of gates that say yes or no: an inconclusive one has not answered."""
    decided = {GateAnswer.PASS.value, GateAnswer.FAIL.value}
    return [told for told in gates(case, each, *names) if told.content.get("answer") in decided]


def passed(case: Case, each: Deployment, name: str) -> tuple[str, ...]:
    """Return the events that show that a gate let a deployment pass, before it began or while it ran.

    The last answer counts; skipped is not passed.
    """
    every = gates(case, each, name)
    if not every or every[-1].content.get("answer") != GateAnswer.PASS.value:
        return ()
    return ids(every[-1:])


def passed_before(case: Case, each: Deployment, *names: str) -> tuple[str, ...]:
    """Return the events that show that all of these gates let a deployment pass before it began."""
    found: list[str] = []
    for name in names:
        every = [told for told in gates(case, each, name) if told.known_at <= began(each)]
        if not every or every[-1].content.get("answer") != GateAnswer.PASS.value:
            return ()
        found.append(every[-1].id)
    return tuple(found)


def before(every: Iterable[Told], each: Deployment) -> list[Told]:
    """Return what was known before a deployment began."""
    start = began(each)
    return [told for told in every if told.known_at <= start]
