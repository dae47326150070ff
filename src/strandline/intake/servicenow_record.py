"""A record of ServiceNow, in whichever of its shapes it comes.

The same field may be a text (`"-2"`), a reference with its label (`display_value` and `link`), or an object
of `value` and `display_value`. A `value` is the same for everybody, and its times are in UTC. What is
displayed is for one person, in that person's language, form and time zone: it is read only where there is no
value, and its times only if the feed says which zone that is (`names.zone`).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from strandline.intake.addresses import site_of
from strandline.intake.moments import possible_moment
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.feed import Names

_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
_SYS_ID = re.compile(r"[0-9a-f]{32}")
_PAIR = frozenset(("value", "display_value", "link"))
_TABLE = re.compile(r"[a-z0-9_]+")
_NUMBERS = {"CHG": "change_request", "INC": "incident"}
ASK = "Ask ServiceNow for values (sysparm_display_value=all), or name the zone of the user: names.zone."
"""What to do about times that a user was shown."""
CHANGE, INCIDENT = "change_request", "incident"


class Pair(msgspec.Struct, frozen=True):
    """A field that says what it is and how it is displayed, or one of these."""

    value: str | int | float | bool | msgspec.UnsetType | None = msgspec.UNSET
    display_value: str | int | float | bool | None = None
    link: str | None = None


Raw: TypeAlias = Pair | str | int | float | bool | None


class Cell(msgspec.Struct, frozen=True):
    """A field, as it is read; all of it is empty where the field is."""

    value: str = ""
    """The same for everybody."""
    label: str = ""
    """As it was displayed to the user who asked."""

    @property
    def name(self) -> str:
        """What people call it: the value, unless that is one of ServiceNow's own numbers."""
        return self.label if self.label and (_SYS_ID.fullmatch(self.value) or not self.value) else self.value

    def known_as(self, names: Mapping[str, str]) -> str:
        """Return the one of its names that is among those known here, else what people call it."""
        return next((each for each in (self.value, self.label) if each in names), self.name)


class Record(msgspec.Struct, frozen=True):
    """A record, field by field."""

    fields: dict[str, Raw]
    names: Names
    is_displayed: bool = False
    """Whether its plain texts are what a user was shown, in that user's zone."""

    def __getitem__(self, field: str) -> Cell:
        """Return a field; one that is not there is empty."""
        raw = self.fields.get(field)
        if not isinstance(raw, Pair):
            text = _text(raw)
            return Cell(label=text) if self.is_displayed else Cell(value=text)
        if raw.value is msgspec.UNSET:
            return Cell(value=(raw.link or "").rpartition("/")[2], label=_text(raw.display_value))
        return Cell(value=_text(raw.value), label=_text(raw.display_value))

    @property
    def table(self) -> str:
        """The table that it is of; by its number, where it does not say; empty if neither does."""
        kind = self["sys_class_name"]
        said = kind.value or kind.label.lower().replace(" ", "_")
        by_number = _NUMBERS.get(self["number"].name[:3], "")
        return by_number if not said or (not kind.value and by_number) else said

    @property
    def site(self) -> str:
        """The address of the instance, as references in it have it; empty where there are none."""
        links = (each.link for each in self.fields.values() if isinstance(each, Pair) and each.link)
        return next((site for link in links if (site := site_of(link))), "")

    def code(self, field: str) -> str:
        """Return what a choice says, in lower case: its value, or its label where that is all there is."""
        cell = self[field]
        return (cell.value or cell.label).lower()

    def is_true(self, field: str) -> bool:
        """Return whether a field says yes."""
        return self.code(field) in {"true", "1", "yes"}

    def time(self, field: str) -> datetime | None:
        """Return a time; `None` where the field is empty.

        Raises:
            BadInputError: it is none, or not in the form that is read.
        """
        cell = self[field]
        if cell.value:
            is_utc = _NAIVE.fullmatch(cell.value) is not None
            return possible_moment(f"{cell.value} UTC" if is_utc else cell.value, field)
        if not cell.label:
            return None
        try:
            seen = datetime.fromisoformat(cell.label)
            seen = seen if seen.tzinfo is not None else seen.replace(tzinfo=ZoneInfo(self.names.zone))
            return seen.astimezone(UTC)
        except (ValueError, OverflowError, LookupError, OSError) as error:
            what = f"The time {cell.label!r} cannot be read in the zone {self.names.zone!r}."
            raise BadInputError(what, where=field, remedy=ASK) from error


def record_of(thing: dict[str, Any], names: Names) -> Record:
    """Return a record. Fields of any other form than these are left out: none that is read has another."""
    fields = {name: value for name, value in thing.items() if _is_field(value)}
    read = msgspec.convert(fields, dict[str, Raw])
    return Record(read, names, is_displayed=_is_displayed(read))


def _is_field(value: object) -> bool:
    if isinstance(value, dict):
        return not _PAIR.isdisjoint(value)
    return not isinstance(value, list)


def _is_displayed(fields: Mapping[str, Raw]) -> bool:
    kind = fields.get("sys_class_name")
    is_label = isinstance(kind, str) and kind != "" and _TABLE.fullmatch(kind) is None
    return is_label or any(
        isinstance(each, Pair) and each.value is msgspec.UNSET and each.display_value is not None
        for each in fields.values()
    )


def _text(value: str | float | bool | msgspec.UnsetType | None) -> str:  # noqa: FBT001 - as JSON has it
    if value is None or value is msgspec.UNSET:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # Numbers may come with a fraction of nothing: -5.0.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
