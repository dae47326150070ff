"""Rating plans of deployments: ten that the ledger draws, by two people of other units, by a list of five."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

import msgspec

from strandline.assessment.attesting import SOURCE, MakeCase
from strandline.ledger.ports import Ledger
from strandline.maturity.case import Case, Item
from strandline.maturity.documentation_evidence import drawn_plans, plan_ratings
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.document import PlanRated
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError
from strandline.vocabulary.event import event_of

ITEMS = (
    "What changes, and why, can be told from the plan alone.",
    "Its steps are in order, and each says who or what takes it.",
    "It says how to go back, and when.",
    "It says by what it is judged whether it went well.",
    "It says who decides, and who is told.",
)
"""The list; each is answered with yes or no."""
QUARTER = timedelta(days=92)


class DrawnPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A plan that was drawn."""

    deployment: str
    service: str
    raters: tuple[str, ...]
    """Who rated it; only people who are known to be of another unit than the service count."""


class CannotRateError(RefusedError):
    """Somebody who may not rate a plan, or a plan that was not drawn."""


class PlanRatings:
    """Says which plans are to be rated, and records what people found."""

    def __init__(self, ledger: Ledger, clock: Clock, make_case: MakeCase) -> None:
        self._ledger = ledger
        self._clock = clock
        self._make_case = make_case

    def drawn(self) -> list[DrawnPlan]:
        """Return the plans of the last 92 days that are drawn now, the earliest first."""
        case = self._case()
        return [_shown(case, item) for item in drawn_plans(case, case.at - QUARTER)]

    def rate(self, deployment: str, *, rater: str, passed: tuple[bool, ...]) -> DrawnPlan:
        """Record what somebody found, and return how the plan stands then.

        Raises:
            BadInputError: not every item of the list is answered.
            NotFoundError: no plan of that name is drawn.
            CannotRateError: the person is not known to be of another unit, or has rated it.
        """
        if len(passed) != len(ITEMS):
            what = f"{len(passed)} answers were given; the list has {len(ITEMS)} items."
            raise BadInputError(
                what, where="answers", remedy="Answer each with yes or no: yes,yes,no,yes,yes."
            )
        case = self._case()
        item = next((each for each in drawn_plans(case, case.at - QUARTER) if each.name == deployment), None)
        if item is None:
            what = f"No plan “{deployment}” is drawn."
            raise NotFoundError(what, remedy="`strandline attest plans` lists those that are.")
        if not case.is_outsider(rater, item.what.service):
            what = f"{rater} is not known to be of another unit than {item.what.service}."
            remedy = "Ask somebody else, or feed the directory of people (`person.listed`) and the catalogue."
            raise CannotRateError(what, where=deployment, remedy=remedy)
        if rater in _shown(case, item).raters:
            what = f"{rater} has rated this plan."
            raise CannotRateError(what, where=deployment, remedy="Two people have to: ask another one.")
        now = self._clock.now()
        event = event_of(
            PlanRated(rater=rater, passed=passed),
            id=f"rating-{uuid5(NAMESPACE_URL, f'{deployment}|{rater}')}",
            source=SOURCE,
            subject_id=deployment,
            occurred_at=now,
            actor=rater,
        )
        details = Details(deployment=deployment, service=item.what.service)
        self._ledger.append([msgspec.structs.replace(event, custom_data=as_custom_data(details))])
        return _shown(self._case(), item)

    def _case(self) -> Case:
        return self._make_case(self._clock.now() + timedelta(microseconds=1))


def _shown(case: Case, item: Item) -> DrawnPlan:
    raters = tuple(plan_ratings(case, item))
    return DrawnPlan(deployment=item.name, service=item.what.service, raters=raters)
