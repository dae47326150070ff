"""What Envoy is told, as documents: a pure translation of where traffic should go.

Names: each release has two clusters, `release-…` for the split and `testers-…` for requests that carry the
tester header. Both reach the same instances. They are two so that they are counted apart: testers choose
their arm themselves, so their requests would spoil a comparison of arms that chance has filled.

Shapes follow Envoy's v3 API (https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/api).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

Document = dict[str, Any]

ROUTES = "routes"
LISTENER = "users"
LATENCY_BUCKETS_MS = (
    *(1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750),
    *(1_000, 1_500, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 30_000, 60_000, 3_600_000),
)
"""Upper bounds of the latency histogram: fine steps where a regression hides, wide ones beyond."""
RETRIES = 2
"""A request meets at most three instances: enough when one dies, too few to spread a deadly request."""

_TYPES = "type.googleapis.com"
_IDEMPOTENT = "^(GET|HEAD|OPTIONS|TRACE|PUT|DELETE)$"
"""RFC 9110, 9.2.2: these a proxy may repeat, even if it cannot know whether the first was carried out."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An instance as Envoy is to see it."""

    port: int
    is_draining: bool = False
    """It gets nothing new, and finishes what it has."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Where requests go."""

    stable: str = ""
    """Digest of the release that serves; empty if there is none yet."""
    canary: str = ""
    canary_weight_bp: int = 0
    tester_header: str
    """Requests that carry it reach the canary, whatever its weight."""


def split_cluster(digest: str) -> str:
    """Name the cluster that takes a release's part of the split."""
    return f"release-{digest[:12]}"


def is_split_cluster(name: str) -> bool:
    """Say whether a cluster takes a release's part of the split."""
    return name.startswith("release-")


def tester_cluster(digest: str) -> str:
    """Name the cluster that takes what testers send to a release."""
    return f"testers-{digest[:12]}"


def endpoints_file(folder: Path, digest: str) -> Path:
    """Name the file in which a release's instances stand."""
    return folder / f"endpoints-{digest[:12]}.json"


def bootstrap(folder: Path, *, node: str) -> Document:
    """Say who this Envoy is and where its documents lie; all that may change lies in those."""
    return {
        "node": {"id": node, "cluster": "strandline"},
        # A socket file in a folder of ours, not a port: the admin interface can end Envoy, and asks nobody.
        "admin": {"address": {"pipe": {"path": "admin.sock", "mode": 0o600}}},
        "dynamic_resources": {
            "cds_config": _from_file(folder / "clusters.json"),
            "lds_config": _from_file(folder / "listeners.json"),
        },
        "stats_flush_interval": "0.25s",
        "stats_config": {
            "histogram_bucket_settings": [
                {"match": {"suffix": "upstream_rq_time"}, "buckets": LATENCY_BUCKETS_MS}
            ]
        },
    }


def listeners(folder: Path, *, host: str, port: int, cut_off_log: Path) -> Document:
    """Say where users are served, and where a line is written for each answer that breaks off."""
    manager = {
        "@type": _type("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": LISTENER,
        "rds": {"route_config_name": ROUTES, "config_source": _from_file(folder / "routes.json")},
        # Users are outside, also those of this machine: none may set Envoy's own retry and timeout headers.
        "use_remote_address": True,
        "internal_address_config": {"unix_sockets": False, "cidr_ranges": []},
        "server_header_transformation": "PASS_THROUGH",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "access_log": [_cut_offs(cut_off_log)],
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {
                    "@type": _type("extensions.filters.http.router.v3.Router"),
                    "suppress_envoy_headers": True,
                },
            }
        ],
    }
    listener = {
        "@type": _type("config.listener.v3.Listener"),
        "name": LISTENER,
        "address": _address(host, port),
        # Else a second Envoy could share the port unnoticed, and take half of the traffic.
        "enable_reuse_port": False,
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }
    return _document([listener])


def routes(split: Split) -> Document:
    """Say where requests go; the weights are in basis points and sum to 10,000."""
    weights = weights_of(split)
    targets: list[tuple[Document, Document]] = []
    if split.canary:
        with_header = {"headers": [{"name": split.tester_header, "present_match": True}]}
        targets.append((with_header, {"cluster": tester_cluster(split.canary)}))
    if weights:
        clusters = [{"name": split_cluster(digest), "weight": weight} for digest, weight in weights]
        targets.append(({}, {"weighted_clusters": {"clusters": clusters}}))
    entries = [entry for match, action in targets for entry in _by_method(match, action)]
    if not weights:
        entries.append(
            {
                "match": {"prefix": "/"},
                "direct_response": {"status": 503, "body": {"inline_string": "No release serves yet.\n"}},
            }
        )
    return _document(
        [
            {
                "@type": _type("config.route.v3.RouteConfiguration"),
                "name": ROUTES,
                # Else a weight on an unknown cluster is accepted, and answers 503.
                "validate_clusters": True,
                "virtual_hosts": [{"name": LISTENER, "domains": ["*"], "routes": entries}],
            }
        ]
    )


def weights_of(split: Split) -> tuple[tuple[str, int], ...]:
    """Return digest and weight of each release that gets traffic; nothing if nobody does."""
    shares = ((split.stable, ALL_TRAFFIC_BP - split.canary_weight_bp), (split.canary, split.canary_weight_bp))
    return tuple((digest, weight) for digest, weight in shares if digest and weight > 0)


def clusters(folder: Path, digests: Iterable[str], *, ready_path: str) -> Document:
    """Say which releases there are; their instances stand in files of their own."""
    return _document(
        [
            _cluster(name, digest, endpoints_file(folder, digest), ready_path)
            for digest in sorted(digests)
            for name in (split_cluster(digest), tester_cluster(digest))
        ]
    )


def endpoints(digest: str, instances: Sequence[Endpoint]) -> Document:
    """Say where the instances of a release listen."""
    hosts = [
        {
            "endpoint": {"address": _address("127.0.0.1", instance.port)},
            "health_status": "DRAINING" if instance.is_draining else "UNKNOWN",
        }
        for instance in sorted(instances, key=lambda instance: instance.port)
    ]
    return _document(
        [
            {
                "@type": _type("config.endpoint.v3.ClusterLoadAssignment"),
                "cluster_name": digest[:12],
                "endpoints": [{"lb_endpoints": hosts}],
            }
        ]
    )


def encode(document: Document) -> bytes:
    """Return the document as it lies in its file."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


def _cut_offs(path: Path) -> Document:
    """Name the cluster of each answer that began well and then broke off because of the release.

    The flags: the connection to it ended (UC), it broke the protocol, such as by sending less than it
    announced (UPE), it reset the request (UR), or it fell silent for minutes (SI).
    """
    began_well = {
        "comparison": {"op": "LE", "value": {"default_value": 499, "runtime_key": "strandline.none"}}
    }
    broke_off = {"flags": ["UC", "UPE", "UR", "SI"]}
    return {
        "name": "envoy.access_loggers.file",
        "filter": {
            "and_filter": {
                "filters": [{"status_code_filter": began_well}, {"response_flag_filter": broke_off}]
            }
        },
        "typed_config": {
            "@type": _type("extensions.access_loggers.file.v3.FileAccessLog"),
            "path": str(path),
            "log_format": {"text_format_source": {"inline_string": "%UPSTREAM_CLUSTER%\n"}},
        },
    }


def _cluster(name: str, digest: str, endpoints_path: Path, ready_path: str) -> Document:
    protocol = {
        "@type": _type("extensions.upstreams.http.v3.HttpProtocolOptions"),
        # Servers close idle connections after some seconds (gunicorn 2, Node and uvicorn 5). We let go
        # first: a request that meets the closing end of a connection cannot always be repeated.
        "common_http_protocol_options": {"idle_timeout": "1s"},
        "explicit_http_config": {"http_protocol_options": {}},
    }
    return {
        "@type": _type("config.cluster.v3.Cluster"),
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"service_name": digest[:12], "eds_config": _from_file(endpoints_path)},
        "connect_timeout": "1s",
        "lb_policy": "LEAST_REQUEST",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": protocol
        },
        # If we take an instance out it is out at once, healthy or not.
        "ignore_health_on_host_removal": True,
        "common_lb_config": {
            # Only if no instance at all is healthy, any is better than none.
            "healthy_panic_threshold": {"value": 1},
            "ignore_new_hosts_until_first_hc": True,
        },
        "health_checks": [
            {
                "timeout": "2s",
                "interval": "0.5s",
                "no_traffic_interval": "0.5s",
                "unhealthy_interval": "0.25s",
                "unhealthy_threshold": 3,
                "healthy_threshold": 1,
                # A kept connection that the server closes idle would look like a failed check.
                "reuse_connection": False,
                "http_health_check": {"path": ready_path, "expected_statuses": [{"start": 200, "end": 300}]},
            }
        ],
        # A dead instance is left out after two refused connections, long before a health check sees it. What
        # it answers is not judged here: an instance that answers 500 is the release's fault, and must count.
        "outlier_detection": {
            "split_external_local_origin_errors": True,
            "consecutive_local_origin_failure": 2,
            "enforcing_consecutive_local_origin_failure": 100,
            "enforcing_local_origin_success_rate": 0,
            "enforcing_consecutive_5xx": 0,
            "enforcing_consecutive_gateway_failure": 0,
            "enforcing_success_rate": 0,
            "enforcing_failure_percentage": 0,
            "interval": "1s",
            "base_ejection_time": "2s",
            "max_ejection_percent": 100,
        },
        # The defaults allow three retries at a time: a dying instance that had four requests would be felt.
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": 65536,
                    "max_pending_requests": 65536,
                    "max_requests": 65536,
                    "max_retries": 65536,
                }
            ]
        },
    }


def _by_method(match: Document, action: Document) -> list[Document]:
    """Repeat what may be repeated, by method: more where repeating is harmless, little where it is not."""
    anywhere = "connect-failure,refused-stream,reset-before-request"
    method = {"name": ":method", "string_match": {"safe_regex": {"regex": _IDEMPOTENT}}}
    idempotent = {**match, "prefix": "/", "headers": [*match.get("headers", []), method]}
    return [
        {"match": idempotent, "route": {**action, **_patience(f"{anywhere},reset")}},
        {"match": {**match, "prefix": "/"}, "route": {**action, **_patience(anywhere)}},
    ]


def _patience(retry_on: str) -> Document:
    return {
        # How long an answer may take is the service's business; Envoy's default would cut it at 15 s.
        "timeout": "0s",
        "retry_policy": {
            "retry_on": retry_on,
            "num_retries": RETRIES,
            "retry_back_off": {"base_interval": "0.005s", "max_interval": "0.05s"},
            "retry_host_predicate": [
                {
                    "name": "envoy.retry_host_predicates.previous_hosts",
                    "typed_config": {
                        "@type": _type("extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate")
                    },
                }
            ],
            "host_selection_retry_max_attempts": 5,
        },
    }


def _document(resources: list[Document]) -> Document:
    """Name the version after the content: the same wish has the same name, whoever wrote it."""
    encoded = msgspec.json.encode(resources, order="sorted")
    return {"version_info": hashlib.sha256(encoded).hexdigest()[:16], "resources": resources}


def _from_file(path: Path) -> Document:
    return {"resource_api_version": "V3", "path_config_source": {"path": str(path)}}


def _address(host: str, port: int) -> Document:
    return {"socket_address": {"address": host, "port_value": port}}


def _type(name: str) -> str:
    return f"{_TYPES}/envoy.{name}"
