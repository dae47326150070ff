"""The targets of this machine: one for each service and environment, of the kind its policy names."""

import threading
from collections.abc import Callable
from pathlib import Path

from strandline.adapters.command_target import CommandTarget
from strandline.adapters.local_target import LocalTarget
from strandline.rollout.ports import ReleaseStore, Target
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.service import CommandTargetPolicy, Environment, LocalTargetPolicy, Service


class MachineTargets:
    """Gives the same target for the same service and environment, as long as its policy is the same."""

    def __init__(
        self, *, releases: ReleaseStore, folder_of: Callable[[str, str], Path], clock: Clock
    ) -> None:
        self._releases = releases
        self._folder_of = folder_of
        self._clock = clock
        self._lock = threading.Lock()
        self._targets: dict[tuple[str, str], tuple[Environment, str, Target]] = {}

    def of(self, service: Service, environment: Environment) -> Target:
        """Return the target of a service's environment."""
        key = (service.name, environment.name)
        with self._lock:
            known = self._targets.get(key)
            if known is None or known[0].target != environment.target or known[1] != service.folder:
                known = (environment, service.folder, self._make(service, environment))
                self._targets[key] = known
            return known[2]

    def _make(self, service: Service, environment: Environment) -> Target:
        folder = self._folder_of(service.name, environment.name)
        match environment.target:
            case LocalTargetPolicy():
                return LocalTarget(
                    service, environment, releases=self._releases, folder=folder, clock=self._clock
                )
            case CommandTargetPolicy():
                return CommandTarget(
                    service, environment, releases=self._releases, folder=folder, clock=self._clock
                )
