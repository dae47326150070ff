"""From a deployment to everything that belongs to it, and how each is known."""

from datetime import timedelta

import msgspec
from tests.kpi.told import CD, GIT, at, committed, deployed, incident, merged, sha
from tests.kpi.told import told as stated_as

from strandline.kpi.history import History, history_from
from strandline.kpi.trace import Trace, TraceLink, trace
from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.event import Event
from strandline.vocabulary.link import LinkDisputed, LinkMethod, LinkStated

DAY = timedelta(days=1)


def naming(event: Event, *tickets: str) -> Event:
    """Return a commit whose message names tickets."""
    return msgspec.structs.replace(event, custom_data=as_custom_data(Details(tickets=tickets)))


EVENTS = [
    committed("seed", at(0)),
    *deployed("d0", at(1), commit=sha("seed")),
    naming(committed("work", at(2), parents=("seed",), subject="Mend it"), "SHOP-7"),
    *merged(12, "work", at(1.5), at(2)),
    *deployed("d1", at(3), commit=sha("work"), artifact="pkg:oci/shop@sha256:1"),
    *incident("i1", at(3, hours=6), at(3, hours=7)),
]


def corrected(*ends: str, days: float, is_linked: bool = True) -> Event:
    """Return what a person says of two things."""
    names = dict(zip(("from_kind", "from_id", "to_kind", "to_id"), ends, strict=True))
    fact = (LinkStated if is_linked else LinkDisputed)(**names)
    return stated_as(fact, at(days), source="/people", subject=ends[1], actor="ada")


def traced(events: list[Event], name: str = "d1") -> Trace:
    history: History = history_from(events)
    [found] = [
        each for place in history.deployments.values() for each in place if each.key.endswith(f"#{name}")
    ]
    return trace(history, found, cause_within=DAY)


def told(found: Trace) -> dict[str, TraceLink]:
    return {each.to_kind: each for each in found.links}


def test_it_leads_to_artifact_commits_pull_requests_tickets_and_incidents() -> None:
    links = told(traced(EVENTS))
    assert links["artifact"].to_id == "pkg:oci/shop@sha256:1"
    assert (links["commit"].to_id, links["commit"].age, links["commit"].words) == (
        sha("work"),
        DAY,
        "Mend it",
    )
    assert (links["pull-request"].method, links["pull-request"].age) == (LinkMethod.SOURCE, DAY / 2)
    assert (links["ticket"].to_id, links["ticket"].method) == ("SHOP-7", LinkMethod.MESSAGE)
    assert (links["incident"].method, links["incident"].confidence) == (LinkMethod.TIME, 0.75)
    assert links["incident"].age == -timedelta(hours=6)


def test_what_is_not_known_says_why() -> None:
    assert "first that is known" in traced(EVENTS, "d0").unknown
    assert "import the repository" in traced([*EVENTS, *deployed("d2", at(4), commit="f" * 40)], "d2").unknown


def test_what_was_disputed_is_gone_and_what_was_stated_is_there() -> None:
    key = f"{CD}#d1"
    gone = corrected("commit", sha("work"), "ticket", "SHOP-7", days=5, is_linked=False)
    there = corrected("ticket", "SHOP-9", "deployment", key, days=5)
    elsewhere = corrected("ticket", "SHOP-9", "deployment", f"{CD}#d0", days=5)
    found = traced([*EVENTS, gone, there, elsewhere])
    tickets = [
        (each.from_id, each.method) for each in found.links if "ticket" in {each.from_kind, each.to_kind}
    ]
    assert tickets == [("SHOP-9", LinkMethod.PERSON)]
    assert found.disputed == 1


def test_the_last_word_counts() -> None:
    ends = "commit", sha("work"), "ticket", "SHOP-7"
    found = traced([*EVENTS, corrected(*ends, days=5, is_linked=False), corrected(*ends, days=6)])
    assert "ticket" in told(found)
    assert found.disputed == 0


def test_the_repository_of_the_pull_request_is_named() -> None:
    assert told(traced(EVENTS))["pull-request"].to_id.startswith(GIT)
