"""What doctor says of feeds."""

from datetime import UTC, datetime, timedelta

import pytest

from strandline.cli.doctor_feeds import feed_words
from strandline.collection.feed_standing import FeedTraffic, standing_of
from strandline.vocabulary.feed import Feed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = Feed(name="alerts", kind="alertmanager", secrets=("env:HOOK",), quiet_for=timedelta(hours=24))
HEARD = FeedTraffic(heard_at=NOW - timedelta(hours=1), deliveries=7)


@pytest.mark.parametrize(
    ("traffic", "is_good", "said"),
    [
        (FeedTraffic(), None, "never heard"),
        (FeedTraffic(refused=3, refused_because="The word is not right."), False, "not right"),
        (HEARD, True, "7 deliveries"),
        (FeedTraffic(heard_at=NOW - timedelta(days=3), deliveries=7), False, "Silent"),
        (FeedTraffic(heard_at=NOW, deliveries=7, unmapped=2), True, "2 things"),
    ],
)
def test_silence_is_told_from_quiet_and_what_was_not_understood_is_counted(
    traffic: FeedTraffic, *, is_good: bool | None, said: str
) -> None:
    found, sentence, remedy = feed_words(standing_of(FEED, traffic, NOW))
    assert (found, said in sentence) == (is_good, True)
    assert remedy or traffic == HEARD
