"""From an order to a plan: which release goes where, in which stages, and what would stand in the way."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from strandline.analysis.measurement import Look
from strandline.analysis.power import USUAL_POWER
from strandline.gates.change_freeze import change_freeze
from strandline.rollout.deployment_view import GateView
from strandline.rollout.desk import Desk
from strandline.rollout.environment_view import EnvironmentView
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.plan_view import PlanView, TrafficView
from strandline.rollout.ports import History, ReleaseStore, Targets
from strandline.rollout.power_view import Question, Traffic, power_of, traffic_of
from strandline.rollout.release import describe_release
from strandline.rollout.strategies import rollback_stages, stages_of
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.deployment import DeploymentKind, DeploymentPlanned
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError
from strandline.vocabulary.event import says
from strandline.vocabulary.exposure import AnalysisMeasured
from strandline.vocabulary.release import Commit, Release
from strandline.vocabulary.service import Environment, Service, Strategy, WhenBusy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP
from strandline.vocabulary.verdict import GateAnswer

_DAYS = 30
_ROLLOUTS = 20
_LOOKS = 2000
"""Newer looks say what older ones would."""


class Planner:
    """Makes plans. It stores the release it is asked about, and changes nothing else."""

    def __init__(
        self, desk: Desk, *, releases: ReleaseStore, history: History, targets: Targets, clock: Clock
    ) -> None:
        self._desk = desk
        self._releases = releases
        self._history = history
        self._targets = targets
        self._clock = clock

    def rollout(self, order: DeploymentOrder) -> DeploymentPlanned:
        """Return the plan of a rollout.

        Raises:
            NotFoundError: the service, the environment or the release is not known.
            BadInputError: the release folder cannot be used as it is.
            RefusedError: this very release is what serves there now.
        """
        service = self._desk.service(order.service).entry
        environment = environment_of(service, order.environment)
        if order.is_emergency and not order.reason.strip():
            what = "An emergency change needs a reason."
            raise BadInputError(what, remedy="Say why with --reason, in a few words.")
        release, folder = self._release(service, order.release)
        live = self._desk.environment(service.name, environment.name)
        if live.stable is not None and live.stable.digest == release.digest:
            what = f"{release.version} ({release.short_digest}) is what serves in {environment.name} now."
            raise RefusedError(what, where=service.name, remedy="There is nothing to deploy.")
        self._targets.of(service, environment).check(release)
        noise = self._desk.noise(service.name, environment.name, look_every=environment.rollout.look_every)
        return DeploymentPlanned(
            service=service.name,
            environment=environment,
            folder=service.folder,
            release=release,
            previous=live.stable,
            strategy=environment.rollout.strategy if live.stable is not None else Strategy.ALL_AT_ONCE,
            stages=stages_of(environment, has_previous=live.stable is not None),
            is_emergency=order.is_emergency,
            reason=order.reason,
            changes=self._changes(folder, live.stable, release),
            noise=noise.known,
            noise_looks=noise.looks,
        )

    def rollback(self, service_name: str, environment_name: str, *, reason: str) -> DeploymentPlanned:
        """Return the plan of a return to the release before, after a success.

        Raises:
            RefusedError: there is no release before.
        """
        service = self._desk.service(service_name).entry
        environment = environment_of(service, environment_name)
        live = self._desk.environment(service_name, environment_name)
        if live.before is None or live.stable is None:
            what = f"There is no release to return to in {environment_name}."
            remedy = "Roll forward: deploy the release you want."
            raise RefusedError(what, where=service_name, remedy=remedy)
        return DeploymentPlanned(
            service=service.name,
            environment=environment,
            folder=service.folder,
            release=live.before,
            previous=live.stable,
            kind=DeploymentKind.ROLLBACK,
            strategy=Strategy.ALL_AT_ONCE,
            stages=rollback_stages(),
            reason=reason,
            returns_from=live.stable_since,
        )

    def view(self, plan: DeploymentPlanned) -> PlanView:
        """Return the plan as it would be shown, with what would block it now."""
        live = self._desk.environment(plan.service, plan.environment.name)
        gates = self._gates(plan)
        blocked = [
            gate.sentence for gate in gates if gate.answer not in (GateAnswer.PASS, GateAnswer.NOT_APPLICABLE)
        ]
        blocked.extend(_busy(plan, live))
        return PlanView(
            service=plan.service,
            environment=plan.environment.name,
            kind=plan.kind,
            strategy=plan.strategy,
            release=plan.release,
            previous=plan.previous,
            changes=plan.changes,
            stages=plan.stages,
            policy=plan.environment.rollout,
            gates=gates,
            waits_for=live.active,
            blocked_by=tuple(blocked),
        )

    def _gates(self, plan: DeploymentPlanned) -> tuple[GateView, ...]:
        verdict = change_freeze(
            plan.environment, at=self._clock.now(), emergency=plan.is_emergency, reason=plan.reason
        )
        return (GateView(gate=verdict.gate, answer=verdict.answer, sentence=verdict.sentence),)

    def _release(self, service: Service, name: str) -> tuple[Release, Path | None]:
        folder = Path(name)
        if folder.is_dir():
            release = describe_release(
                folder, service=service.name, store=self._releases, history=self._history
            )
            return release, folder
        if "/" in name:
            what = "There is no such release folder."
            raise BadInputError(what, where=name, remedy="Give a folder, a version or a digest.")
        release = self._desk.release(service.name, name)
        self._releases.folder(release.digest)
        return release, None

    def _changes(
        self, folder: Path | None, previous: Release | None, release: Release
    ) -> tuple[Commit, ...] | None:
        if folder is None or previous is None or not previous.commit or not release.commit:
            return None
        return self._history.changes(folder, since=previous.commit, until=release.commit)


def environment_of(service: Service, name: str) -> Environment:
    """Return a service's environment.

    Raises:
        NotFoundError: it has none of that name; the message lists those it has.
    """
    if name not in service.environments:
        what = f"{service.name} has no environment called “{name}”."
        raise NotFoundError(what, remedy=f"It has {', '.join(sorted(service.environments))}.")
    return service.environments[name]


def _busy(plan: DeploymentPlanned, live: EnvironmentView) -> list[str]:
    if live.active and plan.environment.rollout.when_busy is WhenBusy.REFUSE:
        return [f"{live.active} is running, and the policy is to refuse a second rollout."]
    return []


def with_power(view: PlanView, order: DeploymentOrder, desk: Desk, *, now: datetime) -> PlanView:
    """Return a plan with what its guards can see in the traffic that is stated, or else measured.

    Raises:
        BadInputError: what is stated cannot be.
    """
    _check(order)
    looks = list(_looks(desk, view, since=now - timedelta(days=_DAYS)))
    measured = traffic_of(look for _, look in looks)
    rollouts = len({deployment_id for deployment_id, _ in looks})
    rate, base = order.requests_per_hour, order.base_errors_bp
    traffic = msgspec.structs.replace(
        measured,
        requests_per_second=rate / 3600 if rate is not None else measured.requests_per_second,
        base_error_share=base / ALL_TRAFFIC_BP if base is not None else measured.base_error_share,
        has_latency=measured.has_latency or not looks,
    )
    noise = desk.noise(view.service, view.environment, look_every=view.policy.look_every)
    power = order.power_bp / ALL_TRAFFIC_BP if order.power_bp is not None else USUAL_POWER
    rows, note = power_of(view, Question(traffic=traffic, known=noise.known, power=power))
    told = TrafficView(
        requests_per_second=traffic.requests_per_second,
        base_error_share=traffic.base_error_share,
        origin=_origin(order, measured, rollouts),
        note=note,
    )
    return msgspec.structs.replace(view, traffic=told, power=rows)


def _check(order: DeploymentOrder) -> None:
    faults = {
        "Traffic cannot be negative.": (order.requests_per_hour or 0) < 0,
        "The usual share of failed requests lies between 0% and 100%.": not (
            0 <= (order.base_errors_bp or 0) <= ALL_TRAFFIC_BP
        ),
        "The wanted power lies between 0% and 100%, and is neither.": order.power_bp is not None
        and not 0 < order.power_bp < ALL_TRAFFIC_BP,
    }
    found = [fault for fault, is_so in faults.items() if is_so]
    if found:
        raise BadInputError(" ".join(found), remedy="State for example 20/min, 0.5% and 90%.")


def _looks(desk: Desk, view: PlanView, *, since: datetime) -> Iterator[tuple[str, Look]]:
    """Yield what the newest rollouts to the place of a plan have measured, newest rollout first."""
    count = 0
    for rollout in desk.deployments(service=view.service, environment=view.environment, limit=_ROLLOUTS):
        if rollout.planned_at < since or count >= _LOOKS:
            return
        for record in desk.events(rollout.id):
            measured = says(record.event, AnalysisMeasured)
            if measured is not None:
                count += 1
                look = msgspec.convert(measured.measurement, Look)
                yield rollout.id, msgspec.structs.replace(look, watched_ms=measured.watched_ms)


def _origin(order: DeploymentOrder, measured: Traffic, rollouts: int) -> str:
    """Say where the figures come from."""
    looks = f"measured: {rollouts} rollout{'' if rollouts == 1 else 's'}' looks of the last {_DAYS} days"
    looks = looks.replace("rollout' looks", "rollout's looks")
    is_rate, is_base = order.requests_per_hour is not None, order.base_errors_bp is not None
    if is_rate and is_base:
        return "stated"
    if not is_rate and measured.requests_per_second is None:
        return "unknown: state it with --traffic and --base-errors"
    if not is_base and measured.base_error_share is None:
        return "stated; the usual share of failed requests is unknown: state it with --base-errors"
    if is_rate or is_base:
        return f"{'traffic' if is_rate else 'failed requests'} stated; the rest {looks}"
    return looks
