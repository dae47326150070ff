"""Reads server-sent events, the way browsers do (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from collections.abc import Callable, Iterable, Iterator


def data_of(lines: Iterable[str], *, on_comment: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Yield the data of each event in a stream of lines; other fields are left out.

    A server that has nothing to say sends comments, so that both ends know the other one is there;
    `on_comment` is called for each.
    """
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield "\n".join(data)
            data = []
            continue
        if line.startswith(":"):
            on_comment()
            continue
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
