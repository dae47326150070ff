"""Figures for programs: as JSON, and for Prometheus."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from strandline.kpi.figure import Figure, Status
from strandline.kpi.scope import Scope
from strandline.web.answers import json_response
from strandline.web.door import Door
from strandline.web.kpi_scope import Asked
from strandline.web.openapi import speaks
from strandline.web.shapes import KpiReport

_OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_GAUGES = (
    ("value", "The figure; left out where it is not computable."),
    ("low", "Lower end of its 90 % interval."),
    ("high", "Upper end of its 90 % interval."),
    ("sample", "How many its sample has."),
    ("coverage", "Part of what it should be over that it is over, 0 to 1."),
    ("computable", "1 if it is computable, else 0."),
)


Names = Annotated[tuple[str, ...], Query(description="Which; all of them if left out.")]
WithPoints = Annotated[bool, Query(description="With the members of each sample.")]


def kpi_api(door: Door) -> APIRouter:
    """Return the route of the figures."""
    router = APIRouter(tags=["figures"])
    figures = door.app.figures

    @router.get("/kpi", summary="Figures of delivery performance", openapi_extra=speaks(KpiReport))
    def kpi(
        asked: Asked,
        name: Names = (),
        points: WithPoints = False,  # noqa: FBT002 - a parameter of the address
    ) -> Response:
        """Answer with figures over a scope, each with its sample, interval, coverage and feeds."""
        scope = asked.scope(door.app.clock.now())
        found = figures.figures(scope, names=name)
        if not points:
            found = [msgspec.structs.replace(each, points=()) for each in found]
        return json_response(KpiReport(scope=scope, figures=found))

    return router


def metrics_door(door: Door) -> APIRouter:
    """Return the route that Prometheus reads: every figure, for all services and for each."""
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    def metrics(request: Request, asked: Asked) -> Response:
        """Answer with every figure as gauges."""
        whole = asked.scope(door.app.clock.now())
        services = [asked.service] if asked.service or asked.team else ["", *door.app.figures.services()]
        scopes = [msgspec.structs.replace(whole, service=each) for each in services]
        is_open = "openmetrics" in request.headers.get("accept", "")
        told = [(scope, figure) for scope in scopes for figure in door.app.figures.figures(scope)]
        text = "".join(_lines(told)) + ("# EOF\n" if is_open else "")
        return Response(text, media_type=_OPENMETRICS if is_open else _PROMETHEUS)

    return router


def _lines(told: list[tuple[Scope, Figure]]) -> Iterable[str]:
    for gauge, words in _GAUGES:
        name = f"strandline_kpi_{gauge}"
        yield f"# HELP {name} {words}\n# TYPE {name} gauge\n"
        for scope, figure in told:
            number = _number(figure, gauge)
            if number is None:
                continue
            labels = {
                "kpi": figure.kpi,
                "unit": figure.unit.value,
                "service": scope.service,
                "environment": scope.environment or "production",
                **({"team": scope.team} if scope.team else {}),
            }
            inside = ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items())
            yield f"{name}{{{inside}}} {number!r}\n"


def _number(figure: Figure, gauge: str) -> float | None:
    is_computable = figure.status is not Status.NOT_COMPUTABLE
    value = figure.explicit
    if gauge == "computable":
        return 1.0 if is_computable else 0.0
    if gauge == "sample":
        return float(value.n)
    if gauge == "coverage":
        return figure.coverage
    found: float | None = getattr(value, gauge)
    return found if is_computable else None


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
