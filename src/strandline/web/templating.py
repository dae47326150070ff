"""Templates: every value is escaped, and a name that is not given is an error, not an empty place."""

from datetime import UTC, datetime
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from strandline.web import figures, sentences

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("strandline.web"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: Any) -> str:  # noqa: ANN401 - what the template needs
    """Return a template filled with these values."""
    return _ENVIRONMENT.get_template(template).render(values)


def _time_tag(moment: datetime, form: str = "time") -> Markup:
    """Return a `<time>`: short to read, and in full for who hovers and for programs."""
    words = figures.clock_time(moment) if form == "time" else figures.date_time(moment)
    exact = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(exact, words)


def _pretty(body: bytes) -> str:
    """Return JSON with one value on a line."""
    return msgspec.json.format(body, indent=2).decode()


def _coded(text: str) -> Markup:
    """Return text in which what stands between backticks is code."""
    parts = text.split("`")
    code = Markup("<code>{}</code>")
    return Markup().join(
        code.format(part) if number % 2 else Markup("{}").format(part) for number, part in enumerate(parts)
    )


_ENVIRONMENT.filters.update(
    coded=_coded,
    share=figures.share,
    duration=figures.duration,
    count=figures.count,
    evidence=figures.evidence,
    odds=figures.odds,
    time=_time_tag,
    moment=lambda moment: _time_tag(moment, "moment"),
    zone=figures.zone,
    first_words=figures.first_words,
    tied=figures.tied,
    ago=figures.ago,
    pretty=_pretty,
)
_ENVIRONMENT.globals.update(
    percent=figures.percent,
    standing=sentences.standing,
    stage_name=sentences.stage_name,
    answers=sentences.ANSWERS,
    gate_answers=sentences.GATE_ANSWERS,
    outcomes=sentences.OUTCOMES,
    tones=sentences.Tone,
)
