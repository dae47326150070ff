"""The pages of the maturity: seven measures in one picture, and each down to the event that proves it."""

from datetime import timedelta

import msgspec
from fastapi import APIRouter, Response

from strandline.assessment.assessor import shipped_model
from strandline.assessment.level_history import LevelsThen, month_starts
from strandline.assessment.oscal_report import oscal_report
from strandline.assessment.report import AssessmentReport, report
from strandline.assessment.sarif_report import sarif_report
from strandline.assessment.table_report import table_report
from strandline.ledger.codec import to_bytes
from strandline.maturity.answer import HOLDS
from strandline.maturity.model import Model
from strandline.vocabulary.errors import NotFoundError
from strandline.web.answers import page_response
from strandline.web.asked_unit import Asked, AskedUnit
from strandline.web.door import Door
from strandline.web.maturity_view import cells, first_steps, lines, rows, summary, tone, verdict_words

_KEPT_FOR = timedelta(seconds=30)
_TIMES = 20
"""So many times as long as it took to work out, an assessment is kept."""
_MOST_KEPT = 64
_EVERY = 3
"""Months between two points of the history: each is an assessment of its own."""


def maturity_pages(door: Door) -> APIRouter:  # noqa: C901 - one function for each page
    """Return the routes of the maturity's pages, and of what can be taken away from them."""
    router = APIRouter(include_in_schema=False)
    app = door.app

    model = shipped_model()
    kept: dict[tuple[str, str], tuple[timedelta, AssessmentReport]] = {}

    def assessed(asked: AskedUnit) -> tuple[Model, AssessmentReport]:
        """Return the assessment; for half a minute the same one, as pages ask again with every event.

        One that took long is kept for longer: rollouts are judged in the same process.
        """
        key, now = (asked.unit, asked.at), app.clock.steady()
        known = kept.get(key)
        if known is None or now > known[0]:
            moment = asked.moment(app.clock.now())
            found = report(app.assessor.assess(at=moment, unit=asked.unit, model=model), model)
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            took = app.clock.steady() - now
            known = kept[key] = (now + max(_KEPT_FOR, _TIMES * took), found)
        return model, known[1]

    @router.get("/maturity")
    def overview(asked: Asked) -> Response:
        """Show how all measures stand."""
        model, told = assessed(asked)
        past = _past(door, asked, model)
        found = rows(model, told, past, app.level_targets.all(unit=asked.unit))
        return page_response(
            "maturity.html",
            door=door,
            now=app.clock.now(),
            asked=asked,
            model=model,
            told=told,
            units=app.assessor.units(at=told.at),
            rows=found,
            summary=summary(told),
            steps=first_steps(told),
            lines=lines(found, past, told.at),
            since=past[0].at,
            head=app.ledger.head(),
        )

    @router.get("/maturity.csv")
    def table(asked: Asked) -> Response:
        """Give every criterion as a table."""
        _, told = assessed(asked)
        return _file(table_report(told), "text/csv; charset=utf-8", "maturity.csv")

    @router.get("/maturity.json")
    def document(asked: Asked) -> Response:
        """Give the assessment as JSON."""
        _, told = assessed(asked)
        return _file(msgspec.json.encode(told).decode(), "application/json", "maturity.json")

    @router.get("/maturity.sarif")
    def findings(asked: Asked) -> Response:
        """Give the assessment as findings."""
        _, told = assessed(asked)
        log = msgspec.json.encode(sarif_report(told, version=app.version)).decode()
        return _file(log, "application/sarif+json", "maturity.sarif")

    @router.get("/maturity.oscal.json")
    def results(asked: Asked) -> Response:
        """Give the assessment as results of OSCAL."""
        _, told = assessed(asked)
        return _file(
            msgspec.json.encode(oscal_report(told)).decode(), "application/json", "maturity.oscal.json"
        )

    @router.get("/maturity/events/{name:path}")
    def events(name: str) -> Response:
        """Show the events of one id, as they are recorded."""
        found = app.ledger.named(name)
        if not found:
            what = "No event has this id."
            raise NotFoundError(what, where=name, remedy="Begin at /maturity.")
        shown = [(each, msgspec.json.format(to_bytes(each.event), indent=2).decode()) for each in found]
        return page_response("event.html", name=name, shown=shown, zone=app.clock.now())

    @router.get("/maturity/{measure}")
    def page(measure: str, asked: Asked) -> Response:
        """Show one measure, level by level and criterion by criterion."""
        model, told = assessed(asked)
        place = next((n for n, each in enumerate(model.measures) if each.id == measure.upper()), None)
        if place is None:
            what = f"No measure is called “{measure}”."
            known = ", ".join(each.id for each in model.measures)
            raise NotFoundError(what, where="/maturity", remedy=f"Known: {known}.")
        return page_response(
            "measure.html",
            door=door,
            now=app.clock.now(),
            asked=asked,
            told=told,
            measure=model.measures[place],
            answers={each.id: each for each in told.measures[place].criteria},
            found=told.measures[place],
            cells=cells(model.measures[place], told.measures[place]),
            tone=tone,
            verdict_words=verdict_words,
            holds=HOLDS,
        )

    return router


def _past(door: Door, asked: AskedUnit, model: Model) -> tuple[LevelsThen, ...]:
    """Return the levels at the beginnings of the last months, and a year ago."""
    now = door.app.clock.now()
    moments = month_starts(asked.moment(now), 12)[::_EVERY]
    return door.app.assessor.levels(moments, now=now, unit=asked.unit, model=model)


def _file(content: str, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)
