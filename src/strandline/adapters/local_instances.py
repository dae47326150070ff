"""The instances of a local target: how one is started, when it is ready, and how it goes."""

import asyncio
import os
import re
import shutil
import time
from collections.abc import Collection
from pathlib import Path

import httpx

from strandline.adapters import listening, processes
from strandline.adapters.local_state import WantedInstance
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import LocalTargetPolicy

_PROBE_LIMIT_SECONDS = 2.0
_PROBE_EVERY_SECONDS = 0.05
_FOLDERS_KEPT = 5
_IN_RELEASE = re.compile(r"\{release\}/([^:,]+)")
"""A path in the release, also where it is part of an argument (`--config={release}/a.toml`)."""


def command_of(release: Release, policy: LocalTargetPolicy, folder: Path) -> tuple[str, ...]:
    """Return how an instance is started, with `{release}` filled in and `{port}` left open.

    Raises:
        BadInputError: there is no command, or something it names does not exist.
    """
    command = release.command or policy.command
    where = f"{release.service} {release.version}"
    if not command:
        what = "Nothing says how an instance is started."
        raise BadInputError(
            what,
            where=where,
            remedy="Write `command` into strandline.yaml, or into the release's release.yaml.",
        )
    for argument in command:
        for inside in _IN_RELEASE.findall(argument):
            _require(folder, inside, f"`{argument}` in the command", where)
    program = command[0].replace("{release}", str(folder))
    if not program.startswith("/") and "/" in program:
        _require(folder, program, f"The command's program `{program}`", where)
    if "/" in program:
        path = folder / program
        if not os.access(path, os.X_OK) or path.is_dir():
            what = f"The command's program `{command[0]}` does not exist, or may not be executed."
            raise BadInputError(what, where=where, remedy=f"See to it that `{path}` is there (`chmod +x`).")
    elif shutil.which(program) is None:
        what = f"The command's program `{program}` is not on this machine's PATH."
        raise BadInputError(what, where=where, remedy="Install it, or give its whole path in `command`.")
    return tuple(argument.replace("{release}", str(folder)) for argument in command)


def order_for(
    instance: WantedInstance, command: tuple[str, ...], policy: LocalTargetPolicy, folder: Path
) -> processes.Order:
    """Return what to run for an instance."""
    return processes.Order(
        command=tuple(argument.replace("{port}", str(instance.port)) for argument in command),
        folder=str(folder),
        environment={
            "PATH": os.environ.get("PATH", os.defpath),
            # A release is immutable; Python would write its byte code into it.
            "PYTHONDONTWRITEBYTECODE": "1",
            # What it says is shown when it fails: lines that sit in a buffer are lost.
            "PYTHONUNBUFFERED": "1",
            **policy.environment,
            "PORT": str(instance.port),
            "STRANDLINE_RELEASE": str(folder),
        },
        grace_seconds=policy.drain.total_seconds(),
    )


async def failure_of(instances: Collection[tuple[WantedInstance, Path]], policy: LocalTargetPolicy) -> str:
    """Wait until all are ready; say in words why one is not, or nothing when they are.

    An instance that ended is not waited for: it was told to stay.
    """
    give_up_at = time.monotonic() + policy.ready.within.total_seconds()
    waiting = dict(instances)
    why: dict[str, str] = {}
    timeout = httpx.Timeout(_PROBE_LIMIT_SECONDS)
    async with httpx.AsyncClient(timeout=timeout, trust_env=False, verify=False) as client:  # noqa: S501 - plain HTTP
        while waiting:
            for instance, folder in list(waiting.items()):
                why[instance.name] = await _not_ready(client, instance, policy.ready.path)
                if not why[instance.name]:
                    why[instance.name] = await asyncio.to_thread(_not_its_own, instance, folder)
                status = await asyncio.to_thread(processes.status, folder)
                if not isinstance(status, processes.Running):
                    how = status.how if isinstance(status, processes.Ended) else "was never started"
                    return f"instance {instance.name} {how} before it was ready"
                if not why[instance.name]:
                    del waiting[instance]
            if waiting and time.monotonic() > give_up_at:
                instance = next(iter(waiting))
                within = policy.ready.within.total_seconds()
                return f"instance {instance.name} was not ready within {within:g} s: {why[instance.name]}"
            if waiting:
                await asyncio.sleep(_PROBE_EVERY_SECONDS)
    return ""


def forget_ended(folder: Path, wanted: Collection[str]) -> None:
    """Remove the folders of instances that are not wanted, but for the newest: their output may explain."""
    if not folder.exists():
        return
    unwanted = sorted(
        (path for path in folder.iterdir() if path.name not in wanted), key=lambda path: path.stat().st_mtime
    )
    for path in unwanted[:-_FOLDERS_KEPT]:
        if not isinstance(processes.status(path), processes.Running):
            processes.forget(path)


async def _not_ready(client: httpx.AsyncClient, instance: WantedInstance, path: str) -> str:
    try:
        answer = await client.get(f"http://127.0.0.1:{instance.port}{path}")
    except httpx.TimeoutException:
        return f"{path} did not answer within {_PROBE_LIMIT_SECONDS:g} s"
    except httpx.HTTPError:
        return f"nothing answers at 127.0.0.1:{instance.port}"
    return "" if answer.is_success else f"{path} answered {answer.status_code}"


def _not_its_own(instance: WantedInstance, folder: Path) -> str:
    """Say who answers on the instance's port, if it is somebody else: it would be taken for the release."""
    holders = listening.holders(instance.port)
    if not holders or any(processes.is_of(pid, folder) for pid in holders):
        return ""
    return f"port {instance.port} is held by {listening.describe(holders[0])}"


def _require(folder: Path, inside: str, what: str, where: str) -> None:
    path = (folder / inside).resolve()
    if path.is_relative_to(folder.resolve()) and path.exists():
        return
    problem = f"{what} does not exist in the release: there is no `{inside}`."
    remedy = f"Put it into the release folder, or correct `command`; the release is at {folder}."
    raise BadInputError(problem, where=where, remedy=remedy)
