"""The door for pushed metrics: both encodings, gzip, and what is turned away."""

import gzip
import json

import pytest
from tests.web.site_trial import SiteTrial

PUSH = json.dumps(
    {
        "resourceMetrics": [
            {"scopeMetrics": [{"metrics": [{"name": "heat", "gauge": {"dataPoints": [{"asDouble": 0.5}]}}]}]}
        ]
    }
).encode()
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (PUSH, JSON, 200),
        (gzip.compress(PUSH), {**JSON, "content-encoding": "gzip"}, 200),
        (b"", {"content-type": "application/x-protobuf"}, 200),
        (b"no json", JSON, 400),
        (PUSH, {**JSON, "content-encoding": "gzip"}, 400),
        (PUSH, {**JSON, "content-encoding": "br"}, 415),
        (PUSH, {"content-type": "text/plain"}, 415),
        (gzip.compress(b" " * 2_000_000), {**JSON, "content-encoding": "gzip"}, 413),
        (PUSH, {**JSON, "origin": "http://elsewhere.example"}, 403),
    ],
)
async def test_a_push_is_answered_as_the_specification_says(
    trial: SiteTrial, body: bytes, headers: dict[str, str], status: int
) -> None:
    async with trial.client() as client:
        answer = await client.post("/v1/metrics", content=body, headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["content-type"] == headers["content-type"]
