"""Organisations whose true level in each measure is known: a year of the events that such a one would leave.

What an organisation of a level does, it does in almost all cases (`COMPLIANCE`), and what it does not do, it
does now and then all the same (`SLIPS`). So a judge that is right proves no more than the true level, and
rules out nothing below it. It is for tests and benchmarks; chance comes from the seed alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.event import Event, Fact, event_of

COMPLIANCE, SLIPS = 0.995, 0.25
START = datetime(2025, 1, 6, tzinfo=UTC)
"""A Monday."""
DAYS = 560
END = START + timedelta(days=DAYS)
LEVELS = 5
MEASURES = ("TA", "PM", "SC", "CI", "DO", "TO", "PI")
SERVICES = ("shop", "search", "basket", "letters")
FIRST_TIER = ("shop", "search")
PEOPLE = ("ann", "ben", "cem", "dia", "eva", "fay")
OUTSIDERS = ("uma", "vic", "wim", "xia")
_OURS = "/strandline/rollout"


@dataclass
class Rollout:
    """One deployment, as it truly went."""

    key: str
    service: str
    number: int
    started_at: datetime
    ended_at: datetime
    is_failed: bool
    is_emergency: bool
    actor: str
    risk_bp: int

    @property
    def is_first_tier(self) -> bool:
        """Whether everything depends on its service."""
        return self.service in FIRST_TIER


@dataclass
class Organisation:
    """What is known of an organisation while its year is written."""

    levels: Mapping[str, int]
    chance: Random
    rollouts: list[Rollout] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    _number: int = 0

    def does(self, measure: str, level: int) -> bool:
        """Return whether it does this time what a level asks for."""
        return self.chance.random() < (COMPLIANCE if self.has(measure, level) else SLIPS)

    def has(self, measure: str, level: int) -> bool:
        """Return whether its true level is at least this one."""
        return self.levels[measure] >= level

    def tell(
        self,
        fact: Fact,
        at: datetime,
        *,
        subject: str = "",
        of: Rollout | None = None,
        actor: str = "",
        source: str = "/tools",
        service: str = "",
        deployment: str = "",
    ) -> Event:
        """Record that something happened."""
        self._number += 1
        details = Details(
            deployment=of.key if of else deployment,
            service=of.service if of else service,
            environment="production" if of or service else "",
            version=f"1.{of.number}" if of else "",
        )
        event = event_of(
            fact,
            id=f"e{self._number}",
            source=source,
            subject_id=subject or (of.key if of else service),
            occurred_at=at,
            actor=actor,
            chain_id=of.key if of and source == _OURS else "",
        )
        self.events.append(msgspec.structs.replace(event, custom_data=as_custom_data(details)))
        return self.events[-1]

    def state(self, fact: Fact, of: Rollout, at: datetime, actor: str = "") -> Event:
        """Record what a rollout itself states."""
        return self.tell(fact, at, of=of, actor=actor, source=_OURS)

    def is_by_chance(self, share: float) -> bool:
        """Return whether something is so that is so in a share of the cases."""
        return self.chance.random() < share

    def quarters(self) -> Iterator[datetime]:
        """Yield a moment in the middle of each quarter of the last year."""
        for number in range(4):
            yield END - timedelta(days=(number + 0.5) * 365.25 / 4)

    def every(self, days: float, *, start: float = 0) -> Iterator[datetime]:
        """Yield moments at noon, so many days apart."""
        moment = START + timedelta(days=start, hours=12)
        while moment < END:
            yield moment
            moment += timedelta(days=days)


def draw_rollouts(organisation: Organisation, *, per_service: int = 165) -> list[Rollout]:
    """Return the deployments: one in fourteen fails, mostly where the risk is said to be high."""
    found = []
    for place, service in enumerate(SERVICES):
        for number in range(per_service):
            day = 2 + int(number * (DAYS - 4) / per_service)
            start = START + timedelta(days=day, hours=8 + place, minutes=7)
            risk = organisation.chance.choice((200, 200, 200, 200, 3500))
            found.append(
                Rollout(
                    key=f"{service}-{number}",
                    service=service,
                    number=number,
                    started_at=start,
                    ended_at=start + timedelta(minutes=20),
                    is_failed=organisation.chance.random() < risk / 10_000,
                    is_emergency=False,
                    actor=PEOPLE[(number + place) % len(PEOPLE)],
                    risk_bp=risk,
                )
            )
    return sorted(found, key=lambda each: each.started_at)


def drawn_levels(chance: Random) -> dict[str, int]:
    """Return a true level for each measure.

    Who joins commits to figures and says what caused each incident has what the second level of integration
    asks for, or nearly, whatever else they do.
    """
    levels = {measure: chance.randint(1, 5) for measure in MEASURES}
    if levels["PM"] > LEVELS // 2:
        levels["PI"] = max(levels["PI"], LEVELS // 2)
    return levels
