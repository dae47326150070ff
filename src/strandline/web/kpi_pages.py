"""The pages of the figures: all of them at a glance, and one page for each with its plot and its sample."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime

import msgspec
from fastapi import APIRouter, Response

from strandline.kpi.feedback_themes import Themes, feedback_themes
from strandline.kpi.figure import Figure, Point, Status, Unit
from strandline.kpi.scope import Scope
from strandline.kpi.user_satisfaction import NAME as USERS
from strandline.performance.dictionary import DICTIONARY, Definition
from strandline.performance.figure_words import (
    TITLES,
    inferred_words,
    interval_words,
    main_words,
    sample_words,
    value_words,
)
from strandline.performance.figures import of_team
from strandline.performance.noticed_words import budget_words, noticed_words, target_words
from strandline.performance.noticing import Noticed
from strandline.performance.targets import target_line
from strandline.vocabulary.errors import NotFoundError
from strandline.web.answers import page_response
from strandline.web.door import Door
from strandline.web.kpi_distribution import distribution
from strandline.web.kpi_plot import KpiPlot, kpi_plot
from strandline.web.kpi_scope import Asked
from strandline.web.templating import render

_MOST_ROWS = 200
_OTHER_UNITS = {
    "nps": Unit.SCORE,
    "contacts-before": Unit.SCORE,
    "contacts-after": Unit.SCORE,
    "time-between": Unit.SECONDS,
    "downtime": Unit.SECONDS,
}
"""What parts are in that are not in the unit of their figure."""
_ALONE = frozenset(("nps",))
"""Parts with a sample of their own, that need no value of their figure."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A figure in words, as the pages show it."""

    figure: Figure
    title: str
    value: str
    inferred: str
    """With links that were inferred, where that is another value."""
    interval: str
    sample: str
    definition: Definition

    @property
    def is_computable(self) -> bool:
        """Whether there is a value."""
        return self.figure.status is not Status.NOT_COMPUTABLE

    @property
    def is_grey(self) -> bool:
        """Whether the value is over too small a part."""
        return self.figure.status is Status.LOW_COVERAGE

    @property
    def parts(self) -> list[tuple[str, str, int]]:
        """What it is made of: name, value, sample. Of a figure that is not computable, what stands alone."""
        return [
            (name.replace("-", " "), value_words(value.value, self._unit_of(name)) or "unknown", value.n)
            for name, value in self.figure.parts.items()
            if self.is_computable or name in _ALONE
        ]

    def _unit_of(self, part: str) -> Unit:
        return _OTHER_UNITS.get(part, self.figure.unit)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """What was counted beside it."""
        return [(name.replace("-", " "), count) for name, count in self.figure.counts.items()]


def shown(figure: Figure) -> Shown:
    """Return a figure in words."""
    return Shown(
        figure=figure,
        title=TITLES[figure.kpi],
        value=main_words(figure),
        inferred=inferred_words(figure),
        interval=interval_words(figure.explicit, figure.unit),
        sample=sample_words(figure.explicit),
        definition=DICTIONARY[figure.kpi],
    )


def kpi_pages(door: Door) -> APIRouter:
    """Return the routes of the figures' pages and of what can be taken away from them."""
    router = APIRouter(include_in_schema=False)
    figures, clock = door.app.figures, door.app.clock

    @router.get("/kpi")
    def overview(asked: Asked) -> Response:
        """Show every figure."""
        now = clock.now()
        scope = asked.scope(now)
        return page_response(
            "kpi_list.html",
            door=door,
            now=now,
            asked=asked,
            scope=scope,
            services=figures.services(),
            teams=figures.teams(),
            figures=[shown(each) for each in figures.figures(scope)],
        )

    @router.get("/kpi/{name}.csv")
    def table(name: str, asked: Asked) -> Response:
        """Give the sample of a figure as a table."""
        [figure] = figures.figures(asked.scope(clock.now()), names=[name])
        written = io.StringIO()
        writer = csv.writer(written)
        writer.writerow(("at", "value", "unit", "key", "service", "note", "is_censored"))
        for each in figure.points:
            row = (each.at.isoformat(), each.value, figure.unit.value, each.key, each.service, each.note)
            writer.writerow((*map(_harmless, row), each.is_censored))
        return _file(written.getvalue(), "text/csv; charset=utf-8", f"{name}.csv")

    @router.get("/kpi/{name}.json")
    def document(name: str, asked: Asked) -> Response:
        """Give a figure with its sample and its trend as JSON."""
        scope = asked.scope(clock.now())
        [figure] = figures.figures(scope, names=[name])
        told = {"scope": scope, "figure": figure, "trend": figures.trend(name, scope)}
        return _file(msgspec.json.encode(told).decode(), "application/json", f"{name}.json")

    @router.get("/kpi/{name}.svg")
    def drawing(name: str, asked: Asked) -> Response:
        """Give the plot alone, to be put into a document."""
        now = clock.now()
        figure, plot = _plotted(door, name, asked)
        drawn = render("kpi_plot.svg", plot=plot, shown=shown(figure), scope=asked.scope(now))
        return _file(drawn, "image/svg+xml", f"{name}.svg")

    @router.get("/kpi/{name}")
    def page(name: str, asked: Asked) -> Response:
        """Show one figure."""
        now = clock.now()
        figure, plot = _plotted(door, name, asked)
        newest = list(reversed(figure.points))[:_MOST_ROWS]
        return page_response(
            "kpi.html",
            door=door,
            now=now,
            asked=asked,
            scope=asked.scope(now),
            services=figures.services(),
            teams=figures.teams(),
            shown=shown(figure),
            plot=plot,
            spread=distribution(figure.points, figure.unit),
            themes=_themes(door, asked.scope(now)) if name == USERS else None,
            targets=_targets(door, name, asked.scope(now), now),
            noticed=_noticed(door, name, asked.scope(now)),
            rows=[(each, _cell(each, figure)) for each in newest],
            deployments=_ours(door, {each.key for each in newest} | {each.note for each in newest}),
        )

    return router


def _plotted(door: Door, name: str, asked: Asked) -> tuple[Figure, KpiPlot]:
    scope = asked.scope(door.app.clock.now())
    [figure] = door.app.figures.figures(scope, names=[name])
    periods = door.app.figures.trend(name, scope)
    return figure, kpi_plot(periods, figure.points, figure.unit, door.app.figures.annotations(scope))


def _themes(door: Door, scope: Scope) -> Themes:
    history = door.app.figures.history()
    return feedback_themes(history, of_team(history, scope))


def _targets(door: Door, name: str, scope: Scope, now: datetime) -> list[tuple[str, str, str]]:
    """Return what the figure ought to be: in words, how it stands, and what is left of its error budget."""
    if scope.team:
        return []
    found = door.app.figure_targets.of(name, service=scope.service, environment=scope.environment)
    if found is None:
        return []
    stands = target_line(found, door.app.figures, now)
    budget = budget_words(stands.budget)
    left = f"error budget left: {budget}" if budget else ""
    whose = f"{target_words(found)}, for {found.service or 'all services'}; {found.owner} answers for it"
    return [(whose, stands.standing.value.replace("-", " "), left)]


def _noticed(door: Door, name: str, scope: Scope) -> list[str]:
    """Return what was noticed in the figure within the time, newest first. Teams are not watched."""
    if scope.team:
        return []
    row = door.app.noticing.known(name, service=scope.service, environment=scope.environment)
    every: list[Noticed] = [*row.changes, *row.anomalies]
    found = [each for each in every if scope.has_time(each.at)]
    return [noticed_words(each) for each in sorted(found, key=lambda each: each.at, reverse=True)]


def _ours(door: Door, keys: set[str]) -> set[str]:
    """Return which of these are deployments of ours, with a page of their own."""
    found = set()
    for key in keys:
        if "#" in key or "/" in key or not key:
            continue
        try:
            found.add(door.app.control_plane.deployment(key).id)
        except NotFoundError:
            continue
    return found


def _cell(point: Point, figure: Figure) -> str:
    # That a deployment is among the failed ones is no number of it.
    is_member = figure.unit is Unit.PER_DAY or (figure.unit is Unit.SHARE and point.value in {0.0, 1.0})
    unit = Unit.SECONDS if figure.kpi == "availability" else figure.unit
    return "" if is_member else value_words(point.value, unit)


def _harmless(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _file(content: str, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)
