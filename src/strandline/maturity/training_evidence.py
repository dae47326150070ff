"""Evidence of training and awareness: who learned what before they acted, what was rehearsed and tried."""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate

from strandline.kpi import feeds
from strandline.maturity.answer import Part, Verdict
from strandline.maturity.case import Case, Item, Shown, ids, names_of, working_days
from strandline.maturity.cases import POPULATIONS as CASES
from strandline.maturity.cases import told_cases
from strandline.maturity.model import Special
from strandline.maturity.other_checks import Distinct
from strandline.maturity.rollouts import is_staged
from strandline.maturity.share_check import Population, Quality, missing_sources
from strandline.maturity.told import Told, said
from strandline.vocabulary.experiment import (
    ExperimentClosed,
    ExperimentDecision,
    ExperimentKind,
    ExperimentOpened,
)
from strandline.vocabulary.improvement import ReviewAttended, ReviewHeld, ReviewKind
from strandline.vocabulary.training import (
    CourseReviewed,
    DrillHeld,
    DrillKind,
    SessionHeld,
    TrainingRecorded,
    TrainingResult,
)

BASICS, ADVANCED = "deployment-basics", "advanced"
_VALID = timedelta(days=730)
_AFTER_JOINING = timedelta(days=30)
_LEARNED = (TrainingResult.COMPLETED, TrainingResult.PASSED)
_HALF = 0.5
_PEOPLE = 5
_OUTSIDERS = 3
_HANDS = 2
_HOURS = 8 * 60
_STEP = 0.10
_NEARLY_ALL = 0.9
"""Where so many are staged after it, there is no room for the step."""


def _records(case: Case) -> Mapping[str, list[tuple[Told, TrainingRecorded]]]:
    """Return what each person learned, without what was withdrawn."""

    def work_out() -> dict[str, list[tuple[Told, TrainingRecorded]]]:
        every = [
            (told, said(told, TrainingRecorded))
            for told in case.practice.all(TrainingRecorded)
            if told.at < case.at
        ]
        void = {fact.statement for _, fact in every if fact.result is TrainingResult.VOIDED}
        found: dict[str, list[tuple[Told, TrainingRecorded]]] = {}
        for told, fact in every:
            if fact.result is not TrainingResult.VOIDED and (
                not fact.statement or fact.statement not in void
            ):
                found.setdefault(case.person(fact.person), []).append((told, fact))
        return found

    return case.remembered("training", work_out)


def _any_training(case: Case, item: Item) -> Shown:
    return ids(told for told, _ in _records(case).get(item.name, ()))


def _basics(case: Case, person: str) -> list[tuple[Told, TrainingRecorded]]:
    since = case.at - _VALID
    return [
        (told, fact)
        for told, fact in _records(case).get(person, ())
        if BASICS in fact.tags and fact.result in _LEARNED and told.at >= since
    ]


def _trained_in_time(case: Case, item: Item) -> Shown:
    """Before the first deployment, or within thirty days after joining; by what was known then."""
    known = case.people.get(item.name)
    latest = max(item.what, known[2] + _AFTER_JOINING) if known is not None else item.what
    # A refresher is in time if an earlier course was: what counts is that there was one before acting.
    every = [
        told
        for told, fact in _records(case).get(item.name, ())
        if BASICS in fact.tags and fact.result in _LEARNED and told.known_at <= latest
    ]
    return (
        ids(every[:1] + [told for told, _ in _basics(case, item.name)][-1:])
        if every and _basics(case, item.name)
        else ()
    )


def _basic_records(case: Case, start: datetime) -> list[Item]:
    since = min(start, case.at - _VALID)
    deployers = {item.name for item in CASES["deployers"].find(case, start)}
    return [
        Item(f"{person}: {fact.course or told.subject}", case.at, fact, (told.id,))
        for person in sorted(deployers)
        for told, fact in _basics(case, person)
        if told.at >= since
    ]


def _passed_with_score(_case: Case, item: Item) -> Shown:
    return item.events if item.what.result is TrainingResult.PASSED and item.what.score else ()


def _courses(case: Case, start: datetime) -> list[Item]:
    deployers = {item.name for item in CASES["deployers"].find(case, start)}
    names = {told.subject for person in deployers for told, _ in _basics(case, person)}
    return [Item(name, case.at) for name in sorted(names)]


def _reviewed_by_another(case: Case, item: Item) -> Shown:
    since = case.at - timedelta(days=365)
    return ids(
        told
        for told in case.practice.of_subject(CourseReviewed, item.name)
        if since <= told.at < case.at
        and said(told, CourseReviewed).reviewer != said(told, CourseReviewed).author
    )


def _deployers_at(case: Case, item: Item) -> set[str]:
    return {each.name for each in CASES["deployers"].find(case, item.at - timedelta(days=90))}


def _well_attended(case: Case, item: Item) -> Shown:
    there = {case.person(name) for name in said(item.what, SessionHeld).attendees} - {""}
    known = _deployers_at(case, item)
    is_half = bool(known) and len(there & known) >= _HALF * len(known)
    return item.events if is_half or len(there) >= _PEOPLE else ()


def _on(topic: str) -> Quality:
    def shows(_case: Case, item: Item) -> Shown:
        return item.events if topic in said(item.what, SessionHeld).topics else ()

    return Quality(f"were on {topic.replace('-', ' ')}", shows, ("sessions",))


def _attended_twice(case: Case, item: Item) -> Shown:
    since = case.at - timedelta(days=365)
    there = [
        told
        for told in case.practice.within(SessionHeld, since, case.at)
        if item.name in {case.person(name) for name in said(told, SessionHeld).attendees}
    ]
    return ids(there) if len(there) >= _HANDS else ()


def _drilled_by_another(case: Case, item: Item) -> Shown:
    since = case.at - timedelta(days=180)
    acts = [each.actor for each in case.production(since).counted if each.service == item.name and each.actor]
    people = [case.person(name) for name in acts if case.person(name)]
    busiest = max(sorted(set(people)), key=people.count, default="")
    return ids(
        told
        for told in case.practice.of_subject(DrillHeld, item.name)
        if since <= told.at < case.at
        and said(told, DrillHeld).kind in {DrillKind.ROLLBACK, DrillKind.FAILOVER}
        and case.person(said(told, DrillHeld).led_by) not in {"", busiest}
    )


def _advanced(case: Case, item: Item) -> Shown:
    since = case.at - timedelta(days=365)
    courses = [
        told
        for told, fact in _records(case).get(item.name, ())
        if ADVANCED in fact.tags and fact.result in _LEARNED and told.at >= since
    ]
    sessions = [
        told
        for told in case.practice.within(SessionHeld, since, case.at)
        if ADVANCED in said(told, SessionHeld).topics
        and item.name in {case.person(name) for name in said(told, SessionHeld).attendees}
    ]
    minutes = sum(said(told, SessionHeld).minutes for told in sessions)
    is_enough = len({told.subject for told in (*courses, *sessions)}) >= _HANDS or minutes >= _HOURS
    return ids((*courses, *sessions)) if is_enough else ()


def _two_pairs_of_hands(case: Case, item: Item) -> Shown:
    since = case.at - timedelta(days=180)
    production = case.production(since)
    deployed = {
        case.person(each.actor) for each in production.counted if each.service == item.name and each.actor
    }
    returned = {
        case.person(each.actor) for each in production.rollbacks if each.service == item.name and each.actor
    }
    drills = [told for told in case.practice.of_subject(DrillHeld, item.name) if since <= told.at < case.at]
    for told in drills:
        drill = said(told, DrillHeld)
        returned |= {case.person(name) for name in (drill.led_by, *drill.participants)}
    return ids(drills) or True if len((deployed & returned) - {""}) >= _HANDS else ()


def _reviewed_and_read(case: Case, item: Item) -> Shown:
    """A published learning review within ten working days, with three from outside who took part."""
    for told in reviews_of(case, (*names_of(item.what), *_incidents_of(case, item))):
        review = said(told, ReviewHeld)
        if not review.is_published or working_days(item.what.ended_at, told.at) > _WORKING_DAYS:
            continue
        readers = {
            each.actor: each
            for each in case.practice.of_subject(ReviewAttended, told.subject)
            if each.at < case.at
            and said(each, ReviewAttended).how != "viewed"
            and _is_from_outside(case, each, item.what.service, review.unit)
        }
        if len(readers) >= _OUTSIDERS:
            return (told.id, *ids(readers.values()))
    return ()


_WORKING_DAYS = 10


def _incidents_of(case: Case, item: Item) -> tuple[str, ...]:
    keys = [link.incident.key for link in case.caused_by(item.name)]
    return tuple(name for key in keys for name in (key, key.partition("#")[2]))


def _is_from_outside(case: Case, told: Told, service: str, unit: str) -> bool:
    theirs = said(told, ReviewAttended).unit or case.unit_of_person(told.actor)
    ours = unit or case.profile(service).unit
    return bool(case.person(told.actor)) and bool(theirs) and theirs != ours


def reviews_of(case: Case, about: tuple[str, ...], *kinds: ReviewKind) -> list[Told]:
    """Return the reviews that are about something, by any of its names."""

    def index() -> dict[str, list[Told]]:
        found: dict[str, list[Told]] = {}
        for told in case.practice.all(ReviewHeld):
            for name in told.content.get("about", ()):
                found.setdefault(name, []).append(told)
        return found

    by_name = case.remembered("reviews", index)
    every = [told for name in dict.fromkeys(about) for told in by_name.get(name, ()) if told.at < case.at]
    wanted = {kind.value for kind in kinds}
    return [told for told in every if not wanted or told.content.get("kind") in wanted]


def _experiments(kind: ExperimentKind) -> Population:
    find = told_cases(ExperimentOpened, lambda _case, told: told.content.get("kind") == kind.value)
    return Population(f"{kind.value} experiments", find, ("experiments",))


def _end(case: Case, item: Item) -> Told | None:
    every = [told for told in case.practice.of_subject(ExperimentClosed, item.name) if told.at < case.at]
    return every[-1] if every else None


def _registered_and_recorded(case: Case, item: Item) -> Shown:
    """Metric, direction and date were known before the result, and there is one, whatever its sign."""
    opened, end = said(item.what, ExperimentOpened), _end(case, item)
    is_registered = bool(opened.metric and opened.direction and opened.check_on)
    if end is None or not is_registered or end.content.get("effect") is None:
        return ()
    return (item.what.id, end.id) if item.what.known_at < end.at else ()


def _closed(decision: ExperimentDecision | None) -> Quality:
    def shows(case: Case, item: Item) -> Shown:
        end = _end(case, item)
        decided = end.content.get("decision") if end is not None else None
        is_so = decided is not None and (decision is None or decided == decision.value)
        return (item.what.id, end.id) if is_so and end is not None else ()

    return Quality("were adopted or dropped" if decision is None else f"were {decision.value}", shows)


_QUARTER = timedelta(days=90)


def transfer(case: Case, check: Special) -> Part:
    """Return whether what was taught is done: more staged rollouts in the quarter after it than before.

    The step asked for is ten points, over at least `smallest` deployments before and after.
    """
    best: Part | None = None
    since = case.at - timedelta(days=check.days)
    taught = [
        told
        for told in (*case.practice.all(SessionHeld), *case.practice.all(TrainingRecorded))
        if since <= told.at < case.at
        and "canary" in (*told.content.get("topics", ()), *told.content.get("tags", ()))
    ]
    so_far = case.remembered(("staged", since), lambda: _staged_so_far(case, since - _QUARTER))
    for told in taught:
        before = _staged(so_far, told.at - _QUARTER, told.at)
        after = _staged(so_far, told.at, min(told.at + _QUARTER, case.at))
        n = min(before[1], after[1])
        rise = after[0] / after[1] - before[0] / before[1] if n else 0.0
        verdict = Verdict.NOT_MET if n >= check.smallest else Verdict.UNKNOWN_SAMPLE
        is_there = rise >= _STEP or (n > 0 and after[0] >= _NEARLY_ALL * after[1])
        verdict = Verdict.MET if n >= check.smallest and is_there else verdict
        part = Part(
            verdict=verdict,
            says=f"The share of staged rollouts rose by {100 * rise:.0f} points after “{told.subject}”.",
            check="staged rollouts before and after what was taught",
            value=rise,
            threshold=_STEP,
            n=n,
            smallest=check.smallest,
            start=since,
            events=(told.id,),
        )
        if best is None or (part.verdict is Verdict.MET and best.verdict is not Verdict.MET):
            best = part
    missing = missing_sources(case, (feeds.DEPLOYMENTS, "sessions"), since)
    if best is not None and (best.verdict is Verdict.MET or not missing):
        return best
    verdict = Verdict.NO_FEED if missing else Verdict.UNKNOWN_SAMPLE
    says = missing.says if missing else "Nothing on canaries was taught in a year."
    return Part(verdict=verdict, says=says, check="staged rollouts before and after", without=missing.carries)


def _staged(so_far: "_SoFar", start: datetime, end: datetime) -> tuple[int, int]:
    """Return how many of the deployments that began in a time were staged, and how many there were."""
    moments, staged = so_far
    first, last = bisect_left(moments, start), bisect_left(moments, end)
    return staged[last] - staged[first], last - first


_SoFar = tuple[list[datetime], list[int]]


def _staged_so_far(case: Case, start: datetime) -> _SoFar:
    """Return when each deployment began, and how many before it were staged; both in order."""
    every = sorted(CASES["deployments"].find(case, start), key=lambda item: (item.at, item.name))
    counts = accumulate((bool(is_staged(case, item)) for item in every), initial=0)
    return [item.at for item in every], list(counts)


POPULATIONS: Mapping[str, Population] = {
    "basic-training-records": Population(
        "records of the basics", _basic_records, (feeds.DEPLOYMENTS, "training"), is_standing=True
    ),
    "basic-courses": Population(
        "courses on the basics", _courses, (feeds.DEPLOYMENTS, "training"), is_standing=True
    ),
    "sessions": Population("training sessions", told_cases(SessionHeld), ("sessions",)),
    "training-experiments": _experiments(ExperimentKind.TRAINING),
    "practice-experiments": _experiments(ExperimentKind.PRACTICE),
}
QUALITIES: Mapping[str, Quality] = {
    "have-any-training": Quality("have any training record", _any_training, ("training",)),
    "were-trained-in-time": Quality("learned the basics before they acted", _trained_in_time, ("training",)),
    "were-passed-with-a-score": Quality("were passed with a score", _passed_with_score),
    "were-reviewed-by-another": Quality(
        "somebody else than the author reviewed", _reviewed_by_another, ("courses",)
    ),
    "were-well-attended": Quality("were attended by half of those who deploy, or by five", _well_attended),
    "were-on-risk-management": _on("risk-management"),
    "were-on-post-deployment-verification": _on("post-deployment-verification"),
    "attended-twice": Quality("attended two sessions in a year", _attended_twice, ("sessions",)),
    "were-drilled-by-another": Quality(
        "somebody else than the busiest deployer rehearsed", _drilled_by_another, ("drills",)
    ),
    "learned-advanced-things": Quality("learned advanced things", _advanced, ("training",)),
    "have-two-pairs-of-hands": Quality("two people deployed and took back", _two_pairs_of_hands, ("drills",)),
    "were-reviewed-and-read": Quality(
        "have a review that people from outside read", _reviewed_and_read, ("reviews",)
    ),
    "were-registered-and-recorded": Quality(
        "said beforehand what would be measured, and what came of it", _registered_and_recorded
    ),
    "were-decided": _closed(None),
    "were-dropped": _closed(ExperimentDecision.DROPPED),
}
DISTINCT: Mapping[str, Distinct] = {"opener": lambda item: item.what.actor}
SPECIALS = {"transfer": transfer}
