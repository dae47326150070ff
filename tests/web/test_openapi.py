"""What the HTTP interface says of itself is so: every operation, with whatever may be sent to it."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from tests.web.site_trial import SiteTrial, served

from strandline.vocabulary.feed import Feed

OPERATIONS = (
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/services"),
    ("POST", "/api/v1/services"),
    ("GET", "/api/v1/services/{name}"),
    ("POST", "/api/v1/services/{service}/environments/{environment}/rollback"),
    ("POST", "/api/v1/plans"),
    ("GET", "/api/v1/deployments"),
    ("POST", "/api/v1/deployments"),
    ("GET", "/api/v1/deployments/{id}"),
    ("GET", "/api/v1/deployments/{id}/events"),
    ("GET", "/api/v1/deployments/{id}/evidence"),
    ("POST", "/api/v1/deployments/{id}/pause"),
    ("POST", "/api/v1/deployments/{id}/resume"),
    ("POST", "/api/v1/deployments/{id}/promote"),
    ("POST", "/api/v1/deployments/{id}/abort"),
    ("GET", "/api/v1/kpi"),
    ("GET", "/api/v1/feeds"),
    ("GET", "/api/v1/assessment"),
    ("POST", "/api/v1/services/{service}/feedback"),
    ("POST", "/intake/{feed}"),
)
ELSEWHERE = (("GET", "/api/v1/events"), ("POST", "/v1/metrics"))
"""A stream that has no end (`test_streams.py`), and OpenTelemetry's own protocol (`test_otlp.py`)."""
NOTHING_CAN_BE_WRONG = frozenset(
    (
        ("GET", "/api/v1/health"),
        ("GET", "/api/v1/services"),
        ("GET", "/api/v1/services/{name}"),
        ("GET", "/api/v1/feeds"),
        ("GET", "/api/v1/deployments/{id}"),
        ("GET", "/api/v1/deployments/{id}/evidence"),
    )
)
"""They take nothing, or any text."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    trial = SiteTrial(tmp_path_factory.mktemp("openapi"))
    trial.feeds.set_up(Feed(name="open", kind="alertmanager", is_open=True), actor="ada")
    trial.rolled_out("1.0.0")
    try:
        with served(trial.site) as url:
            yield url
    finally:
        trial.close()


@pytest.fixture(scope="module")
def described(address: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        pytest.param(*each, mode, id=f"{' '.join(each)} {mode.value}")
        for each in OPERATIONS
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or each not in NOTHING_CAN_BE_WRONG
    ],
)
def test_whatever_is_sent_the_answer_is_as_described_and_never_a_fault(
    described: schemathesis.BaseSchema, method: str, path: str, mode: GenerationMode
) -> None:
    operation = described[path][method]
    strategy = operation.as_strategy(generation_mode=mode)

    @given(case=strategy)
    @settings(
        max_examples=10,
        derandomize=True,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: schemathesis.Case[Any]) -> None:
        answer = case.call()
        assert answer.status_code < 500, (case.as_curl_command(), answer.text)
        operation.validate_response(answer)

    holds()


def test_no_operation_is_left_out(described: schemathesis.BaseSchema) -> None:
    raw = described.raw_schema["paths"]
    told = {(method.upper(), path) for path, each in raw.items() for method in each}
    assert told == {*OPERATIONS, *ELSEWHERE}


def test_the_description_is_one(described: schemathesis.BaseSchema) -> None:
    described.validate()
