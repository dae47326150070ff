"""How much people are told: whether it is too much, and whether they still read it."""

from datetime import datetime, timedelta

from strandline.maturity.answer import Part, Verdict
from strandline.maturity.case import Case, Item, ids
from strandline.maturity.cases import in_unit
from strandline.maturity.model import Special
from strandline.maturity.proof import wilson
from strandline.maturity.share_check import missing_sources
from strandline.maturity.told import Told, said
from strandline.vocabulary.notice import ChannelJoined, NoticeAcknowledged, NoticeSent, SubscriptionMuted


def channel_days(case: Case, start: datetime) -> list[Item]:
    """Return each day on which a channel was used, with how many notices it carried."""
    found: dict[tuple[str, str], list[Told]] = {}
    for told in case.practice.within(NoticeSent, start, case.at):
        if in_unit(case, told):
            found.setdefault((f"{told.at:%Y-%m-%d}", str(told.content.get("channel"))), []).append(told)
    return [
        Item(f"{channel} on {day}", every[0].at, len(every), ids(every[:3]))
        for (day, channel), every in sorted(found.items())
    ]


def muted(case: Case, check: Special) -> Part:
    """Return which part of those who are told things did not want to hear any more; at most `threshold`."""
    start = case.at - timedelta(days=check.days)
    every = list(case.practice.within(SubscriptionMuted, start, case.at))
    listeners: dict[str, int] = {}
    for told in every:
        listeners.setdefault(told.subject, said(told, SubscriptionMuted).subscribers)
    joined = sum(told.at < case.at for told in case.practice.all(ChannelJoined))
    n = max(sum(listeners.values()), joined)
    share, low, high = wilson(min(len(every), n), n)
    missing = missing_sources(case, ("subscriptions", "notices"), start)
    verdict = Verdict.MET if share <= check.threshold else Verdict.NOT_MET
    says = f"{len(every)} of {n} who hear of deployments turned it off, allowed are {check.threshold:.0%}."
    if missing:
        verdict, says = Verdict.NO_FEED, missing.says
    elif not n:
        verdict, says = Verdict.UNKNOWN_SAMPLE, "It is not known how many people hear of deployments."
    return Part(
        verdict=verdict,
        says=says,
        check="people who turned notices off",
        value=share if n else None,
        threshold=check.threshold,
        low=low,
        high=high,
        n=n,
        count=len(every),
        start=start,
        events=ids(every[:20]),
        without=missing.carries,
    )


def acknowledged_as_before(case: Case, check: Special) -> Part:
    """Return whether notices are read as they were in the time before.

    They may fall by `threshold` at most.
    """
    start, middle = case.at - 2 * timedelta(days=check.days), case.at - timedelta(days=check.days)
    sides: list[tuple[int, int]] = []
    for begin, end in ((start, middle), (middle, case.at)):
        sent = [told for told in case.practice.within(NoticeSent, begin, end) if in_unit(case, told)]
        read = sum(bool(case.practice.of_subject(NoticeAcknowledged, told.subject)) for told in sent)
        sides.append((read, len(sent)))
    (read_before, before), (read_now, now) = sides
    missing = missing_sources(case, ("notices", "acknowledgements"), middle)
    n = min(before, now)
    if missing:
        return Part(
            verdict=Verdict.NO_FEED,
            says=missing.says,
            check="notices read",
            without=missing.carries,
        )
    if n < check.smallest or not read_before:
        return Part(
            verdict=Verdict.UNKNOWN_SAMPLE,
            says=f"{n} notices in each half; {check.smallest} are needed.",
            check="notices read",
            n=n,
        )
    fall = 1 - (read_now / now) / (read_before / before)
    verdict = Verdict.MET if fall <= check.threshold else Verdict.NOT_MET
    says = f"{read_now} of {now} notices were read, {read_before} of {before} before."
    return Part(
        verdict=verdict,
        says=says,
        check="notices read",
        value=fall,
        threshold=check.threshold,
        n=n,
        smallest=check.smallest,
        start=start,
    )
