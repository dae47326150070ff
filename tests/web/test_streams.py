from datetime import timedelta

from tests.web.site_trial import SiteTrial

from strandline.web.streams import Streams


async def test_a_stream_with_nothing_to_say_beats(trial: SiteTrial) -> None:
    streams = Streams(trial.tail, beat=timedelta(milliseconds=20))
    told = streams.records(after=None)
    assert [await anext(told) for _ in range(3)] == [None, None, None]
    await told.aclose()
    assert streams.open_count == 0


async def test_what_others_do_does_not_put_off_the_beat(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    streams = Streams(trial.tail, beat=timedelta())
    told = streams.records(after=0, chain_id="nobody-1")
    assert [await anext(told) for _ in range(5)] == [None] * 5
    await told.aclose()


async def test_a_closed_site_begins_no_stream(trial: SiteTrial) -> None:
    streams = Streams(trial.tail)
    streams.close()
    assert [record async for record in streams.records(after=0)] == [None]


async def test_streams_end_when_the_tail_stops(trial: SiteTrial) -> None:
    streams = Streams(trial.tail)
    told = streams.records(after=None)
    assert await anext(told) is None
    trial.tail.stop()
    assert [record async for record in told] == []
