"""Pushed metrics: both encodings, sums and differences, silence, and what is not taken."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from strandline.adapters.otlp_metrics import MOST_SERIES, OtlpMetrics
from strandline.adapters.prometheus_metrics import ReadingError
from strandline.testing.manual_clock import ManualClock
from strandline.vocabulary.errors import BadInputError


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
def metrics(clock: ManualClock) -> OtlpMetrics:
    return OtlpMetrics(clock)


def attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def export(name: str, value: int, *, version: str = "1", temporality: int = 2, **more: str) -> bytes:
    point = {"asInt": str(value), "attributes": [attribute(*each) for each in more.items()]}
    data = {"name": name, "sum": {"dataPoints": [point], "aggregationTemporality": temporality}}
    resource = {"attributes": [attribute("service.version", version)]}
    scopes = [{"metrics": [data]}]
    return json.dumps({"resourceMetrics": [{"resource": resource, "scopeMetrics": scopes}]}).encode()


async def test_series_of_one_name_that_fit_are_added_up(metrics: OtlpMetrics) -> None:
    for outcome, count in (("failed", 3), ("done", 97)):
        assert metrics.take(export("payments", count, outcome=outcome), is_json=True) == b"{}"
    metrics.take(export("payments", 1000, version="2", outcome="done"), is_json=True)
    assert await metrics.number("", 'payments{service.version="1"}') == 100
    assert await metrics.number("", 'payments{service.version="1",outcome="failed"}') == 3
    assert await metrics.number("", "payments") == 1100


async def test_a_cumulative_sum_replaces_and_a_difference_is_added(metrics: OtlpMetrics) -> None:
    for value in (5, 9):
        metrics.take(export("cumulative", value, temporality=2), is_json=True)
        metrics.take(export("delta", value, temporality=1), is_json=True)
    assert await metrics.number("", "cumulative") == 9
    assert await metrics.number("", "delta") == 14


async def test_protobuf_says_the_same(metrics: OtlpMetrics) -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.name = "saturation"
    metric.gauge.data_points.add().as_double = 0.75
    answer = ExportMetricsServiceResponse()
    answer.ParseFromString(metrics.take(request.SerializeToString(), is_json=False))
    assert answer.partial_success.rejected_data_points == 0
    assert await metrics.number("", "saturation") == 0.75


async def test_what_has_been_silent_for_a_minute_is_no_number(
    metrics: OtlpMetrics, clock: ManualClock
) -> None:
    metrics.take(export("payments", 5), is_json=True)
    clock.advance(timedelta(seconds=61))
    with pytest.raises(ReadingError, match="silent for 61 s"):
        await metrics.number("", "payments")


async def test_what_was_never_pushed_is_no_number(metrics: OtlpMetrics) -> None:
    with pytest.raises(ReadingError, match="ever pushed"):
        await metrics.number("", "payments")


@pytest.mark.parametrize("query", ["", "a b", "a{b=c}", 'a{b="c"', '{b="c"}'])
async def test_what_names_no_series_is_told_as_that(metrics: OtlpMetrics, query: str) -> None:
    with pytest.raises(ReadingError, match="names no series"):
        await metrics.number("", query)


def test_a_histogram_is_refused_and_the_answer_says_so(metrics: OtlpMetrics) -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.name = "latency"
    metric.histogram.data_points.add().count = 5
    answer = ExportMetricsServiceResponse()
    answer.ParseFromString(metrics.take(request.SerializeToString(), is_json=False))
    assert answer.partial_success.rejected_data_points == 1
    assert "Sums and gauges are taken" in answer.partial_success.error_message


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe"])
def test_what_is_no_export_is_refused_whole(metrics: OtlpMetrics, body: bytes) -> None:
    with pytest.raises(BadInputError, match="no export of metrics"):
        metrics.take(body, is_json=True)


async def test_more_series_than_can_be_kept_are_refused_and_the_known_ones_go_on(
    metrics: OtlpMetrics,
) -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.name = "many"
    for number in range(MOST_SERIES + 5):
        point = metric.gauge.data_points.add()
        point.as_int = 1
        each = point.attributes.add()
        each.key, each.value.int_value = "number", number
    answer = ExportMetricsServiceResponse()
    answer.ParseFromString(metrics.take(request.SerializeToString(), is_json=False))
    assert answer.partial_success.rejected_data_points == 5
    assert await metrics.number("", "many") == MOST_SERIES
