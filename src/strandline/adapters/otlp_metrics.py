"""Metrics that are pushed here as OpenTelemetry does it: OTLP over HTTP, in binary protobuf or in JSON.

Kept in memory: the newest state of each series, for a minute. Sums are cumulative, or added up where they
come as differences; gauges are what they were last. Histograms and summaries are refused, and the answer says
so.

A guard names a series as `payments{version="{version}",outcome="failed"}`: all series of that name whose own
attributes and whose resource's have these values are added up.

Source: https://opentelemetry.io/docs/specs/otlp/ (OTLP 1.x), and the metrics data model.
"""

import re
import threading
from datetime import timedelta
from typing import Any

import msgspec
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_DELTA

from strandline.adapters.prometheus_metrics import ReadingError
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError

SILENT_AFTER = timedelta(seconds=60)
MOST_SERIES = 10_000
_SELECTOR = re.compile(r"^\s*([A-Za-z_][\w.:/-]*)\s*(?:\{(.*)\})?\s*$", re.DOTALL)
_PAIR = re.compile(r"""\s*([\w.:/-]+)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)""")

_Key = tuple[str, frozenset[tuple[str, str]]]


class OtlpMetrics:
    """Takes pushes, and gives numbers of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._series: dict[_Key, tuple[float, timedelta]] = {}

    def take(self, body: bytes, *, is_json: bool) -> bytes:
        """Take in one export; return the answer, in the same encoding.

        Raises:
            BadInputError: the body is no export of metrics; nothing of it was taken.
        """
        request = ExportMetricsServiceRequest()
        try:
            if is_json:
                decoded = msgspec.json.decode(body, type=dict[str, Any])
                json_format.ParseDict(decoded, request, ignore_unknown_fields=True)
            else:
                request.ParseFromString(body)
        except (DecodeError, json_format.ParseError, msgspec.DecodeError, UnicodeDecodeError) as error:
            what = "This is no export of metrics."
            raise BadInputError(what, remedy="Send an OTLP ExportMetricsServiceRequest.") from error
        refused = self._take(request)
        answer = ExportMetricsServiceResponse()
        if refused:
            answer.partial_success.rejected_data_points = refused
            answer.partial_success.error_message = (
                f"Sums and gauges are taken, of {MOST_SERIES:,} series at most; the rest was not."
            )
        if is_json:
            text: str = json_format.MessageToJson(answer, indent=None)
            return text.encode()
        encoded: bytes = answer.SerializeToString()
        return encoded

    def _take(self, request: ExportMetricsServiceRequest) -> int:
        """Keep what can be kept; return how many points cannot."""
        now, refused = self._clock.steady(), 0
        with self._lock:
            self._forget(now)
            for of_resource in request.resource_metrics:
                shared = _attributes(of_resource.resource.attributes)
                for of_scope in of_resource.scope_metrics:
                    for metric in of_scope.metrics:
                        refused += self._take_metric(metric, shared, now)
        return refused

    def _take_metric(self, metric: Any, shared: dict[str, str], now: timedelta) -> int:  # noqa: ANN401 - generated
        kind = metric.WhichOneof("data")
        if kind not in {"sum", "gauge"}:
            return len(getattr(metric, kind).data_points) if kind else 0
        data = getattr(metric, kind)
        adds = kind == "sum" and data.aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA
        refused = 0
        for point in data.data_points:
            key = (metric.name, frozenset({**shared, **_attributes(point.attributes)}.items()))
            if key not in self._series and len(self._series) >= MOST_SERIES:
                refused += 1
                continue
            value = float(point.as_int if point.WhichOneof("value") == "as_int" else point.as_double)
            before = self._series.get(key, (0.0, now))[0] if adds else 0.0
            self._series[key] = (before + value, now)
        return refused

    def _forget(self, now: timedelta) -> None:
        """Make room: what has been silent for ten minutes is gone."""
        for key in [key for key, (_, at) in self._series.items() if now - at > 10 * SILENT_AFTER]:
            del self._series[key]

    async def number(self, url: str, query: str) -> float:
        """Return the sum of the series that a guard names; `url` is not used.

        Raises:
            ReadingError: there is none, or none that spoke within a minute.
        """
        del url
        name, wanted = _selector(query)
        with self._lock:
            found = [
                kept
                for (series, attributes), kept in self._series.items()
                if series == name and wanted <= attributes
            ]
        if not found:
            what = "no such series was ever pushed here"
            raise ReadingError(what)
        newest = max(at for _, at in found)
        silent = self._clock.steady() - newest
        if silent > SILENT_AFTER:
            what = f"its series have been silent for {silent.total_seconds():.0f} s"
            raise ReadingError(what)
        return sum(value for value, at in found if self._clock.steady() - at <= SILENT_AFTER)


def _selector(query: str) -> tuple[str, frozenset[tuple[str, str]]]:
    match = _SELECTOR.match(query)
    inside = (match.group(2) or "").strip() if match else ""
    pairs: list[tuple[str, str]] = []
    place = 0
    while match and place < len(inside):
        pair = _PAIR.match(inside, place)
        if pair is None:
            match = None
            break
        pairs.append((pair.group(1), re.sub(r"\\(.)", r"\1", pair.group(2))))
        place = pair.end()
    if match is None:
        what = f'“{query}” names no series; write it as payments{{outcome="failed"}}'
        raise ReadingError(what)
    return match.group(1), frozenset(pairs)


def _attributes(given: Any) -> dict[str, str]:  # noqa: ANN401 - generated code has no types
    """Return attributes as text; lists and maps are left out."""
    found = {}
    for each in given:
        kind = each.value.WhichOneof("value")
        if kind in {"string_value", "int_value", "double_value", "bool_value"}:
            value = getattr(each.value, kind)
            found[each.key] = str(value).lower() if kind == "bool_value" else str(value)
    return found
