"""Guards in a strandline.yaml: what they may say, and what is found wrong in plain words."""

import re
from datetime import timedelta

import pytest

from strandline.rollout.catalogue import CatalogueError, read_service
from strandline.vocabulary.service import (
    GuardRole,
    LatencyGuardPolicy,
    MetricGuardPolicy,
    MetricKind,
    MetricSource,
    RolloutPolicy,
    Worse,
)

YAML = """\
service: greeter
owner: team-web
environments:
  production:
    target: {kind: local, listen: "127.0.0.1:8080", command: [./serve, "{port}"]}
    rollout: %s
"""
PAYMENTS = "{name: payments, source: prometheus, kind: counts, url: 'http://p:9090', events: bad, total: all"


def policy(rollout: str) -> RolloutPolicy:
    return read_service(YAML % rollout, file="strandline.yaml").environments["production"].rollout


def test_guards_are_read_as_they_are_stated() -> None:
    read = policy(
        "{bake_after: 5m, warm_up: 10s, guards: {errors: {role: veto, floor: 1%},"
        " latency: {margin: 120%, role: decide}, metrics: ["
        + PAYMENTS
        + ", worse: less, margin: 150%, role: shadow},"
        " {name: heat, source: otlp, kind: value, value: saturation, low: 0, high: 100, margin: 10%}]}}"
    )
    assert (read.bake_after, read.warm_up) == (timedelta(minutes=5), timedelta(seconds=10))
    assert (read.errors.role, read.errors.floor_bp) == (GuardRole.VETO, 100)
    assert read.latency == LatencyGuardPolicy(margin_percent=120, role=GuardRole.DECIDE)
    assert read.metrics == (
        MetricGuardPolicy(
            name="payments",
            source=MetricSource.PROMETHEUS,
            kind=MetricKind.COUNTS,
            url="http://p:9090",
            events="bad",
            total="all",
            worse=Worse.LESS,
            margin_percent=150,
            role=GuardRole.SHADOW,
        ),
        MetricGuardPolicy(
            name="heat",
            source=MetricSource.OTLP,
            kind=MetricKind.VALUE,
            value="saturation",
            low=0,
            high=100,
            margin_percent=10,
        ),
    )


def test_latency_can_be_left_unjudged() -> None:
    assert policy("{guards: {latency: {role: off}}}").latency is None


@pytest.mark.parametrize(
    ("guards", "what"),
    [
        ("{errors: {role: veto}}", "No guard decides"),
        ("{latency: {margin: 90%}}", "The margin must be a whole percentage over 100%"),
        ("{metrics: [" + PAYMENTS + "}, " + PAYMENTS + "}]}", "another guard called payments"),
        ("{metrics: [{name: latency, source: otlp, kind: value, value: x, margin: 5%}]}", "another guard"),
        ("{metrics: [{name: a, source: prometheus, kind: value, value: x, margin: 5%}]}", "address to ask"),
        ("{metrics: [{name: a, source: otlp, kind: counts, events: x}]}", "needs total"),
        (
            "{metrics: [{name: a, source: otlp, kind: value, value: x, events: y, margin: 5%}]}",
            "has no events",
        ),
        ("{metrics: [{name: a, source: otlp, kind: value, value: x}]}", "whole percentage of its range"),
        (
            "{metrics: [{name: a, source: otlp, kind: value, value: x, low: 5, high: 5, margin: 5%}]}",
            "cannot be from 5 to 5",
        ),
    ],
)
def test_guards_that_do_not_fit_are_refused_with_what_is_wrong(guards: str, what: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        policy(f"{{guards: {guards}}}")
    assert what in re.sub(r"[“”`\"]", "", str(refused.value))
