"""What every source that can be asked must do, against servers of ours that behave as documented."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from tests.adapters.rest_server import Reply, RestServer, served
from tests.adapters.rest_services import (
    SERVICES,
    START,
    WINDOW,
    at,
    github,
    gitlab,
    jenkins,
    pagerduty,
    servicenow,
)

from strandline.adapters.referred_secrets import ReferredSecrets
from strandline.adapters.remote_sources import RemoteSources
from strandline.collection.remote import ExpiredCursorError, Page, RemoteSource, ThrottledError, Window
from strandline.intake.sources import translated
from strandline.intake.translation import Payload
from strandline.testing.manual_clock import ManualClock
from strandline.vocabulary.details import details_of
from strandline.vocabulary.errors import BadInputError, RefusedError, UnavailableError
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import Api, Feed, Names

NAMES = Names(environment="production")
WITHIN = {
    "argocd": 2 * 2,
    "github": 3 * 2 + 2 * 2 + 3 + 1,
    "gitlab": 2 * 2 + 2 + 2 * 2,
    "jenkins": 225 * 4,
    "jira": 2 + 2 + 2,
    "pagerduty": 230 * 2,
    "servicenow": 3,
}
"""How many different events each service's history becomes, counted by hand."""


@pytest.fixture(params=sorted(SERVICES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str) -> Iterator[RestServer]:
    with served(SERVICES[kind][0]) as made:
        yield made


def source_of(kind: str, url: str, *, reads: tuple[str, ...] | None = None, token: str = "") -> RemoteSource:
    reads = SERVICES[kind][1] if reads is None else reads
    feed = Feed(name="there", kind=kind, names=NAMES, api=Api(address=url, reads=reads, token=token))
    return RemoteSources(ReferredSecrets(Path()), ManualClock(START))(feed)


def pages(source: RemoteSource, stream: str, window: Window = WINDOW) -> Iterator[Page]:
    cursor = ""
    for _ in range(500):
        page = source.page(stream, window, cursor)
        yield page
        cursor = page.next
        if not cursor:
            return
    pytest.fail("the pages never end")


def read(kind: str, source: RemoteSource, window: Window = WINDOW) -> dict[str, Event]:
    events = {}
    for stream in source.streams:
        for page in pages(source, stream, window):
            for each in page.payloads:
                document = msgspec.json.decode(each.body)
                found = translated(kind, Payload(document=document, headers=each.headers, names=NAMES))
                assert found.unmapped == ()
                events.update({event.id: event for event in found.events})
    return events


def first(source: RemoteSource) -> Page:
    return source.page(source.streams[0], WINDOW, "")


class TestEverySource:
    def test_all_that_happened_is_read_and_nothing_is_read_twice(self, kind: str, server: RestServer) -> None:
        events = read(kind, source_of(kind, server.url))
        assert len(events) == WITHIN[kind], sorted(f"{e.type} {e.occurred_at}" for e in events.values())
        assert read(kind, source_of(kind, server.url)).keys() == events.keys()

    def test_one_that_wants_to_be_asked_later_says_when(self, kind: str, server: RestServer) -> None:
        server.faults.append(Reply({"message": "slow down"}, status=429, headers={"Retry-After": "17"}))
        with pytest.raises(ThrottledError) as caught:
            first(source_of(kind, server.url))
        assert caught.value.wait.total_seconds() == 17
        assert first(source_of(kind, server.url)) is not None

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(Reply({"items": [1, 2, 3]}, is_cut=True), id="half a page"),
            pytest.param(Reply("oops", status=502), id="a gateway that cannot reach it"),
        ],
    )
    def test_a_page_that_breaks_off_is_no_page(self, kind: str, server: RestServer, fault: Reply) -> None:
        server.faults.append(fault)
        with pytest.raises(UnavailableError) as caught:
            first(source_of(kind, server.url))
        assert not isinstance(caught.value, ThrottledError)

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_a_token_that_is_wrong_is_said_at_once(self, kind: str, server: RestServer, status: int) -> None:
        server.faults.append(Reply({"message": "Bad credentials"}, status=status))
        with pytest.raises(RefusedError, match="Bad credentials"):
            first(source_of(kind, server.url))

    def test_the_token_is_sent_and_told_in_no_error(
        self, kind: str, server: RestServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("A_TOKEN", "s3cret-s3cret")
        source = source_of(kind, server.url, token="env:A_TOKEN")  # noqa: S106 - a name, and no password
        server.faults.append(Reply({"message": "no"}, status=403))
        with pytest.raises(RefusedError) as caught:
            first(source)
        sent = server.asked[0].headers
        is_sent = any("s3cret-s3cret" in value for value in sent.values())
        assert is_sent or kind == "jenkins"
        assert "s3cret" not in str(caught.value)


class TestRates:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(at(0).timestamp()) + 90)}, 90),
            ({"x-ratelimit-remaining": "0", "ratelimit-reset": "25"}, 25),
            ({"retry-after": "Mon, 02 Mar 2026 00:01:00 GMT"}, 60),
            ({"retry-after": "soon"}, 30),
            ({"retry-after": "99999999999999"}, 7200),
            ({"retry-after": "0"}, 1),
        ],
    )
    def test_every_way_to_say_later_is_understood(self, headers: dict[str, str], seconds: int) -> None:
        with served(github) as server:
            server.faults.append(Reply({}, status=403, headers=headers))
            with pytest.raises(ThrottledError) as caught:
                first(source_of("github", server.url))
            assert caught.value.wait.total_seconds() == seconds

    def test_a_link_to_another_machine_is_not_followed(self) -> None:
        def answers(asked: object) -> Reply:
            del asked
            return Reply([], headers={"link": '<http://evil.example/next>; rel="next"'})

        with served(answers) as server:
            source = source_of("gitlab", server.url)
            page = source.page("acme/shop deployments", WINDOW, "")
            with pytest.raises(RefusedError, match=r"evil\.example"):
                source.page("acme/shop deployments", WINDOW, page.next)


class TestTraps:
    def test_more_than_a_thousand_runs_are_found_by_halving_the_time(self) -> None:
        with served(partial(github, runs=2600)) as server:
            source = source_of("github", server.url)
            found = [each for page in pages(source, "acme/shop runs") for each in page.payloads]
            numbers = {msgspec.json.decode(each.body)["workflow_run"]["id"] for each in found}
            assert len(numbers) == 2600

    def test_a_status_of_today_of_an_older_deployment_is_read(self) -> None:
        with served(github) as server:
            events = read("github", source_of("github", server.url)).values()
        told = {details_of(event).deployment for event in events}
        assert "2" in told

    def test_github_names_who_merged(self) -> None:
        with served(github) as server:
            events = read("github", source_of("github", server.url)).values()
        assert {event.actor for event in events if "change.merged" in event.type} == {"bea"}

    def test_a_filter_that_gitlab_ignores_is_noticed(self) -> None:
        with served(partial(gitlab, ignores_time=True, pages=100)) as server:
            source = source_of("gitlab", server.url)
            [page] = pages(source, "acme/shop deployments")
        assert len(page.payloads) == 4
        assert page.note == "GitLab ignored the time that it was asked for."

    def test_a_filter_that_servicenow_ignores_is_noticed(self) -> None:
        with served(partial(servicenow, ignores_time=True)) as server:
            source = source_of("servicenow", server.url)
            [page] = pages(source, "change_request")
        assert len(page.payloads) == 1
        assert page.note.startswith("ServiceNow ignored the time")

    def test_more_incidents_than_pagerduty_shows_are_found_by_halving_the_time(self) -> None:
        with served(partial(pagerduty, incidents=12_000)) as server:
            source = source_of("pagerduty", server.url)
            found = {each.body for page in pages(source, "incidents") for each in page.payloads}
        assert len(found) == 12_000

    def test_a_time_longer_than_six_months_is_asked_in_pieces(self) -> None:
        with served(pagerduty) as server:
            source = source_of("pagerduty", server.url)
            year = Window(from_at=at(-300), to_at=at(60))
            found = {each.body for page in pages(source, "incidents", year) for each in page.payloads}
        assert len(found) == 230

    def test_a_page_token_that_expired_is_told_apart(self) -> None:
        with served(SERVICES["jira"][0]) as server, pytest.raises(ExpiredCursorError):
            source_of("jira", server.url).page("issues", WINDOW, "of yesterday")

    def test_builds_that_come_while_ranges_are_read_are_not_skipped(self) -> None:
        with served(partial(jenkins, builds=230)) as server:
            source = source_of("jenkins", server.url)
            page = source.page("shop/deploy builds", WINDOW, "")
            server.answers = partial(jenkins, builds=234)
            numbers = {msgspec.json.decode(each.body)["number"] for each in page.payloads}
            while page.next:
                page = source.page("shop/deploy builds", WINDOW, page.next)
                numbers |= {msgspec.json.decode(each.body)["number"] for each in page.payloads}
        assert set(range(30, 231)) <= numbers


class TestWhatCannotBeAsked:
    def test_a_kind_that_only_sends_is_refused(self) -> None:
        with pytest.raises(BadInputError, match="only send"):
            source_of("alertmanager", "http://x", reads=())

    @pytest.mark.parametrize("address", ["", "ftp://x", "github.com", "file:///etc/passwd"])
    def test_an_address_that_is_none_is_refused(self, address: str) -> None:
        with pytest.raises(BadInputError):
            source_of("github", address)

    @pytest.mark.parametrize(
        ("kind", "reads"),
        [
            ("github", ("shop",)),
            ("github", ("acme/shop/../..",)),
            ("github", ()),
            ("gitlab", ("",)),
            ("jenkins", ("a//b",)),
            ("jira", ('OPS" OR project = "HR',)),
            ("servicenow", ("sys_user",)),
        ],
    )
    def test_a_thing_that_cannot_be_read_is_refused(self, kind: str, reads: tuple[str, ...]) -> None:
        with pytest.raises(BadInputError):
            source_of(kind, "http://x", reads=reads)
