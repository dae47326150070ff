"""Metrics from a real HTTP server that answers as Prometheus does, and in all the ways it may not."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import msgspec
import pytest

from strandline.adapters.metric_sources import AllMetricSources
from strandline.adapters.prometheus_metrics import PrometheusMetrics
from strandline.rollout.metric_source import MetricArms, filled
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import MetricGuardPolicy, MetricKind, MetricSource
from strandline.vocabulary.traffic import MetricState

CANARY = Release(service="shop", digest="c" * 64, version='2"}')
CONTROL = Release(service="shop", digest="d" * 64, version="1")
ARMS = MetricArms(service="shop", environment="production", canary=CANARY, control=CONTROL)


def vector(*values: str) -> bytes:
    result = [{"metric": {}, "value": [1_700_000_000.5, value]} for value in values]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()


ANSWERS: dict[str, tuple[int, bytes]] = {
    "failed canary": (200, vector("18")),
    "all canary": (200, vector("400")),
    "failed control": (200, vector("2")),
    "all control": (200, vector("1600")),
    "heat canary": (200, vector("75.5")),
    "heat control": (200, vector("20")),
    "none": (200, vector()),
    "two": (200, vector("1", "2")),
    "nan": (200, vector("NaN")),
    "below": (200, vector("-1")),
    "scalar": (200, b'{"status":"success","data":{"resultType":"scalar","result":[1,"0.5"]}}'),
    "matrix": (200, b'{"status":"success","data":{"resultType":"matrix","result":[]}}'),
    "bad query": (400, b'{"status":"error","errorType":"bad_data","error":"parse error"}'),
    "broken": (500, b"<html>oh"),
    "half": (200, vector("18")[:30]),
    "words": (200, vector("many")),
}


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        query = parse_qs(body)["query"][0]
        if query == "slow":
            threading.Event().wait(2.5)
        status, answer = ANSWERS.get(query, (200, vector()))
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        del format, args


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def guard(url: str, **more: object) -> MetricGuardPolicy:
    usual = MetricGuardPolicy(
        name="payments",
        source=MetricSource.PROMETHEUS,
        kind=MetricKind.COUNTS,
        url=url,
        events="failed {arm}",
        total="all {arm}",
    )
    return msgspec.structs.replace(usual, **more)


async def reading(policy: MetricGuardPolicy) -> MetricState:
    return (await AllMetricSources({MetricSource.PROMETHEUS: PrometheusMetrics()}).read((policy,), ARMS))[0]


async def test_counts_of_both_arms_are_read(url: str) -> None:
    assert await reading(guard(url)) == MetricState(
        name="payments", canary_events=18, canary_total=400, control_events=2, control_total=1600
    )


async def test_a_value_is_read_in_millionths_of_its_range(url: str) -> None:
    heat = guard(url, kind=MetricKind.VALUE, value="heat {arm}", low=0, high=100)
    assert await reading(heat) == MetricState(
        name="payments", canary_value_ppm=755_000, control_value_ppm=200_000
    )


async def test_a_scalar_is_a_number_too(url: str) -> None:
    found = await reading(guard(url, kind=MetricKind.VALUE, value="scalar"))
    assert found.canary_value_ppm == 500_000


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("none", "finds no series"),
        ("two", "finds 2 series, and must find one"),
        ("nan", "gives nan"),
        ("below", "counts are not negative"),
        ("matrix", "no number at one moment"),
        ("bad query", "refused the query (parse error)"),
        ("broken", "answered 500, and nothing of Prometheus"),
        ("half", "nothing of Prometheus"),
        ("words", "something else than numbers"),
        ("slow", "did not answer within"),
    ],
)
async def test_whatever_is_wrong_is_a_problem_of_the_reading_and_no_number(
    url: str, query: str, problem: str
) -> None:
    found = await reading(guard(url, total=query))
    assert problem in found.problem
    assert found.canary_total is None


async def test_one_arm_alone_is_told_as_that(url: str) -> None:
    found = await reading(guard(url, events="failed control", total="all {arm}"))
    assert found.problem == ""
    partial = await reading(guard(url, events="failed {arm}", total="all {version}"))
    assert "canary: " in partial.problem
    assert "control: " in partial.problem


async def test_a_value_out_of_its_range_is_not_taken(url: str) -> None:
    found = await reading(guard(url, kind=MetricKind.VALUE, value="heat {arm}", low=0, high=50))
    assert "gives 75.5, which is not from 0 to 50" in found.problem
    assert found.canary_value_ppm is None
    assert found.control_value_ppm == 400_000


async def test_a_source_that_is_not_there_is_told_as_that() -> None:
    found = await reading(guard("http://127.0.0.1:9"))
    assert "cannot be reached" in found.problem


def test_a_version_cannot_break_out_of_its_query() -> None:
    query = 'sum(errors{{version="{version}",arm="{arm}"}})'.replace("{{", "{").replace("}}", "}")
    assert filled(query, ARMS, CANARY) == 'sum(errors{version="2\\"}",arm="canary"})'
