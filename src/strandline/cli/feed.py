"""`strandline feed`: where evidence comes from, how each source is connected, and which is silent."""

from datetime import timedelta
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from strandline import bootstrap
from strandline.cli.connection import reading
from strandline.cli.feed_readings import backfill, readings
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, actor
from strandline.collection.feeds import carried_by
from strandline.performance.figure_words import duration_words
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.feed import Api, Feed, Names

feed = App(name="feed", help="Where evidence comes from: webhooks of other tools, and what came over them.")

Pairs = Annotated[tuple[str, ...], Parameter(negative=())]


@feed.command
def add(
    name: str,
    /,
    *,
    kind: str,
    secret: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    is_open: Annotated[bool, Parameter(name="--open", negative=())] = False,
    service: str = "",
    environment: str = "",
    services: Pairs = (),
    environments: Pairs = (),
    carries: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    quiet_for: int = 24,
    most_per_minute: int = 6000,
    api: str = "",
    reads: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    token: str = "",
    user: str = "",
    every: int = 15,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Set up a feed, or alter it: from then on its source may deliver to /intake/NAME.

    Args:
        name: What it is called here, and in its address.
        kind: What it is: github, gitlab, pagerduty, alertmanager …
        secret: Where its secret is: env:NAME or file:PATH. Several while they are changed over.
        is_open: Deliveries need no signature; only where the network lets nobody else in.
        service: The service, if all of the feed is about one.
        environment: The environment, if all of the feed is about one.
        services: What a service is called there and here, such as acme/shop=shop.
        environments: What an environment is called there and here, such as prd=production.
        carries: What figures rely on it for: deployments, commits, incidents, approvals, feedback.
        quiet_for: Hours after which its silence counts as a lost connection.
        most_per_minute: Deliveries that are taken in a minute.
        api: Where its source can be asked, such as https://api.github.com; then it can be read back, and
            what its deliveries lose is found.
        reads: What of it is read: repositories, projects, jobs, services, tables. May be given often.
        token: Where the token is that it is asked with: env:NAME or file:PATH.
        user: Whose token it is, where the source asks for a name with it.
        every: Minutes after which it is asked for what its deliveries may have lost.
        common: What every command takes.
        session: This run of the command line.
    """
    names = Names(
        service=service,
        environment=environment,
        services=_pairs(services, "--services"),
        environments=_pairs(environments, "--environments"),
    )
    made = Feed(
        name=name,
        kind=kind,
        names=names,
        secrets=secret,
        is_open=is_open,
        carries=carries,
        quiet_for=timedelta(hours=quiet_for),
        most_per_minute=most_per_minute,
        api=Api(address=api, reads=reads, token=token, user=user, every=timedelta(minutes=every))
        if api
        else None,
    )
    reader = bootstrap.assemble_reader(session.settings(common))
    try:
        reader.feeds.set_up(made, actor=actor())
    finally:
        reader.close()
    session.output.result(
        made,
        line(words(f"The feed {name} is set up.", "good"), *_afterwards(made)),
    )
    return 0


def _afterwards(made: Feed) -> list[str]:
    """What its owner does next."""
    said = []
    if made.secrets or made.is_open:
        said.append(f" Let {made.kind} deliver to /intake/{made.name}.")
    if made.api is not None:
        said.append(f" To read what it has already: strandline feed backfill {made.name}")
    return said


@feed.command(name="list")
def list_(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """List the feeds: what each is relied on for, when it was last heard, and what of it was unmapped.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        standings = reader.feeds.standings(reader.clock.now())
    made = table("Feed", "Kind", "For", "Last heard", "Standing", "Lag", "Deliveries", "Unmapped", "Refused")
    for each in standings:
        made.add_row(
            words(each.feed.name),
            words(each.feed.kind),
            words(", ".join(carried_by(each.feed)) or "nothing", "faint"),
            words(f"{each.heard_at:%Y-%m-%d %H:%M}" if each.heard_at else "never", "faint"),
            words(each.standing.value, _STYLES[each.standing.value]),
            words(duration_words(each.lag_ms / 1000) if each.lag_ms is not None else "", "faint"),
            f"{each.deliveries:,}",
            words(f"{each.unmapped:,}", "open" if each.unmapped else "faint"),
            words(f"{each.refused:,}", "bad" if each.refused else "faint"),
        )
    nothing = words("No feed is set up: strandline feed add github --kind github --secret env:HOOK_SECRET")
    session.output.result(standings, made if standings else nothing)
    return 0


_STYLES = {"heard": "good", "silent": "bad", "never-heard": "open"}


@feed.command
def unmapped(
    *,
    number: Annotated[int, Parameter(name=("--number", "-n"))] = 20,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Show the newest things that came and could not be made into events, with what would help.

    Args:
        number: How many.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        found = reader.feeds.unmapped(number)
    shown: list[Text] = []
    for each in found:
        shown += [
            line(words(f"{each.seq:>6}  ", "faint"), words(each.delivery, "bold"), f"  {each.what}"),
            words(f"        {each.where}  {each.remedy}".rstrip(), "faint"),
        ]
    session.output.result(found, *(shown or [words("Nothing is unmapped.", "good")]))
    return 0


def _pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = {}
    for each in given:
        theirs, equals, ours = each.partition("=")
        if not (theirs and equals and ours):
            what = f"“{each}” does not say what is called how."
            raise BadInputError(what, where=option, remedy="Write it as theirs=ours, such as prd=production.")
        pairs[theirs] = ours
    return pairs


feed.command(backfill)
feed.command(readings)
