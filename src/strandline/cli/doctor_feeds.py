"""What `strandline doctor` says of feeds: which is connected, which is silent, what was not understood."""

from collections.abc import Iterator

from strandline.collection.feed_standing import FeedStanding, Standing


def feed_words(each: FeedStanding) -> tuple[bool | None, str, str]:
    """Return how a feed is: good, bad or (`None`) not begun; in words; and what to do.

    Silence is bad: figures that rely on the feed are grey from now on.
    """
    kind, name = each.feed.kind, each.feed.name
    if each.standing is Standing.NEVER_HEARD:
        refused = f" {each.refused:,} deliveries were refused: {each.refused_because}" if each.refused else ""
        remedy = f"Let {kind} deliver to /intake/{name}, with the secret that the feed names."
        return (False if each.refused else None), f"{kind}: never heard.{refused}", remedy
    heard = f"{kind}: heard {each.heard_at:%Y-%m-%d %H:%M}, {each.deliveries:,} deliveries."
    rest = " ".join(_rest(each))
    if each.standing is Standing.SILENT:
        remedy = f"See whether {kind} still delivers; figures that rely on it are grey meanwhile."
        return False, f"{heard} Silent for longer than it may be. {rest}".rstrip(), remedy
    remedy = "`strandline feed unmapped` shows what could not be placed, and why." if each.unmapped else ""
    return True, f"{heard} {rest}".rstrip(), remedy


def _rest(each: FeedStanding) -> Iterator[str]:
    if each.unmapped:
        yield f"{each.unmapped:,} things in them could not be placed."
    if each.refused:
        yield f"{each.refused:,} were refused: {each.refused_because}"
