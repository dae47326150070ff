"""The control plane: takes orders, runs deployments, and hears what people ask of them.

Doors (the page, the command line, the HTTP interface) call it from any thread. It answers at once; the
work goes on in durable workflows.
"""

import logging
import threading
from datetime import timedelta

import msgspec

from strandline.engine.ports import Engine, WorkflowStatus
from strandline.ledger.record import Record
from strandline.rollout.catalogue import read_service
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.deployment_workflow import WORKFLOW, DeploymentToRun, DeploymentWorkflow
from strandline.rollout.desk import Desk
from strandline.rollout.environment_view import ServiceView
from strandline.rollout.evidence import EvidencePoint
from strandline.rollout.journal import SOURCE, Journal, place_of
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.plan_view import PlanView
from strandline.rollout.planning import Planner
from strandline.rollout.surroundings import Surroundings
from strandline.vocabulary.delivery import ReleaseRegistered, ServiceCatalogued
from strandline.vocabulary.deployment import Action, DeploymentPlanned, InterventionRequested
from strandline.vocabulary.errors import ConflictingEventError, RefusedError
from strandline.vocabulary.event import event_of
from strandline.vocabulary.service import Service

_log = logging.getLogger(__name__)

_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(minutes=5)


class ControlPlane:
    """Everything that can be done to deployments, for every door alike."""

    def __init__(self, around: Surroundings, engine: Engine, desk: Desk, planner: Planner) -> None:
        self._around = around
        self._engine = engine
        self._desk = desk
        self._planner = planner
        self._planning = threading.Lock()
        self._stalled: dict[str, str] = {}
        self._retry_at: dict[str, timedelta] = {}
        engine.register(WORKFLOW, DeploymentWorkflow(around).run, takes=DeploymentToRun)

    def take_up(self) -> None:
        """Start whatever is open and has no workflow that runs it.

        It was planned, and the process died before it was started; or its workflow failed, because neither
        ledger nor engine could be written for a time. A new workflow takes it up where its journal ends.
        What was imported from another ledger is history, and is left alone.
        """
        for view in self._desk.deployments(is_open=True):
            attempt, status, failure = self._newest_attempt(view.id)
            if status is WorkflowStatus.UNKNOWN and self._desk.was_imported(view.id):
                continue
            if status is WorkflowStatus.RUNNING:
                self._stalled.pop(view.id, None)
                continue
            now = self._around.clock.steady()
            if status is not WorkflowStatus.UNKNOWN:
                _log.error("the workflow of %s failed: %s", view.id, failure)
                self._stalled[view.id] = failure
                pause = min(_FIRST_RETRY * 2 ** (attempt - 1), _LONGEST_RETRY)
                if now < self._retry_at.setdefault(view.id, now + pause):
                    continue
                self._engine.cancel(_workflow_id(view.id, attempt))
                attempt += 1
            self._retry_at.pop(view.id, None)
            self._start(view.id, self._desk.plan_of(view.id), attempt=attempt)

    def _newest_attempt(self, deployment_id: str) -> tuple[int, WorkflowStatus, str]:
        attempt = 1
        while True:
            workflow_id = _workflow_id(deployment_id, attempt)
            status = self._engine.status(workflow_id)
            following = self._engine.status(_workflow_id(deployment_id, attempt + 1))
            if status is WorkflowStatus.UNKNOWN or following is WorkflowStatus.UNKNOWN:
                return attempt, status, self._engine.failure(workflow_id)
            attempt += 1

    def catalogue(self, text: str, *, file: str, actor: str) -> Service:
        """Read a `strandline.yaml` and record it, if it says something new.

        Raises:
            CatalogueError: it cannot be understood; nothing of it was taken.
        """
        service = read_service(text, file=file)
        known = {view.entry.name: view.entry for view in self._desk.services()}
        if known.get(service.name) != service:
            head = self._around.ledger.head()
            event = event_of(
                ServiceCatalogued(entry=service),
                id=f"service/{service.name}/{head.seq + 1}",
                source=SOURCE,
                subject_id=service.name,
                occurred_at=self._around.clock.now(),
                actor=actor,
            )
            self._around.ledger.append([event])
        return service

    def plan(self, order: DeploymentOrder) -> PlanView:
        """Return what `deploy` would do now; only the release is stored."""
        return self._planner.view(self._planner.rollout(order))

    def deploy(self, order: DeploymentOrder, *, actor: str) -> DeploymentView:
        """Plan a rollout and start it; it goes on by itself.

        Raises:
            RefusedError: a gate says no, or another rollout is running and the policy is to refuse.
        """
        plan = self._planner.rollout(order)
        blocked_by = self._planner.view(plan).blocked_by
        if blocked_by:
            remedy = "Nothing was started. `strandline plan` shows what blocks it."
            raise RefusedError(" ".join(blocked_by), where=plan.service, remedy=remedy)
        return self._begin(plan, actor)

    def rollback(self, service: str, environment: str, *, actor: str, reason: str = "") -> DeploymentView:
        """Return to the release before: abort the running rollout, or deploy the release before again."""
        live = self._desk.environment(service, environment)
        if live.active:
            return self.intervene(live.active, Action.ABORT, actor=actor, reason=reason)
        return self._begin(self._planner.rollback(service, environment, reason=reason), actor)

    def intervene(
        self, deployment_id: str, action: Action, *, actor: str, reason: str = ""
    ) -> DeploymentView:
        """Ask something of a running rollout; it answers with events of its own, within a look.

        Raises:
            RefusedError: it has ended.
        """
        view = self._desk.deployment(deployment_id)
        if not view.is_open:
            ended = view.outcome.value if view.outcome is not None else "ended"
            what = f"{deployment_id} has ended already ({ended})."
            remedy = f"To return to the release before: `strandline rollback {view.service}`."
            raise RefusedError(what, remedy=remedy)
        fact = InterventionRequested(action=action, reason=reason)
        journal = self._journal(view.id, view.service, view.environment)
        number = 1
        while True:
            # Two people may ask at the same instant: the number that the other one took is not ours.
            if journal.record(f"intervention-{number}") is None:
                try:
                    journal.write(journal.event(f"intervention-{number}", fact, actor=actor))
                    break
                except ConflictingEventError:
                    pass
            number += 1
        self._around.bell.ring(view.id)
        return self._desk.deployment(deployment_id)

    def services(self) -> list[ServiceView]:
        """Return every catalogued service, by name."""
        return self._desk.services()

    def service(self, name: str) -> ServiceView:
        """Return one service; `NotFoundError` lists the known ones."""
        return self._desk.service(name)

    def deployments(
        self, *, service: str = "", environment: str = "", is_open: bool | None = None, limit: int = 100
    ) -> list[DeploymentView]:
        """Return deployments, newest first; empty filters let everything through."""
        return self._desk.deployments(service=service, environment=environment, is_open=is_open, limit=limit)

    def deployment(self, deployment_id: str) -> DeploymentView:
        """Return one deployment; `NotFoundError` lists the newest ones."""
        view = self._desk.deployment(deployment_id)
        stalled = self._stalled.get(deployment_id)
        if stalled is None or not view.is_open:
            return view
        return msgspec.structs.replace(view, problem=stalled, is_stalled=True)

    def events(self, deployment_id: str, *, after: int = 0) -> list[Record]:
        """Return all that happened to a deployment, in order."""
        return self._desk.events(deployment_id, after=after)

    def evidence(self, deployment_id: str) -> list[EvidencePoint]:
        """Return how a deployment's evidence grew, thinned for a plot."""
        return self._desk.evidence(deployment_id)

    def _begin(self, plan: DeploymentPlanned, actor: str) -> DeploymentView:
        with self._planning:
            deployment_id = self._record(plan, actor)
        self._start(deployment_id, plan)
        return self._desk.deployment(deployment_id)

    def _record(self, plan: DeploymentPlanned, actor: str) -> str:
        """Write the plan under the service's next number; the ledger gives each number once."""
        number = len(self._desk.deployments(service=plan.service, limit=1_000_000))
        while True:
            number += 1
            deployment_id = f"{plan.service}-{number}"
            journal = self._journal(deployment_id, plan.service, plan.environment.name)
            planned = journal.event("planned", plan, actor=actor)
            release = plan.release
            registered = event_of(
                ReleaseRegistered(release=release, changes=plan.changes),
                id=f"release/{release.service}/{release.digest}",
                source=SOURCE,
                subject_id=f"{release.service}/{release.digest}",
                occurred_at=self._around.clock.now(),
                actor=actor,
            )
            is_known = self._around.ledger.find(SOURCE, registered.id) is not None
            try:
                self._around.ledger.append([planned] if is_known else [registered, planned])
            except ConflictingEventError:
                continue
            return deployment_id

    def _start(self, deployment_id: str, plan: DeploymentPlanned, *, attempt: int = 1) -> None:
        order = DeploymentToRun(deployment_id=deployment_id, plan=plan)
        self._engine.start(WORKFLOW, _workflow_id(deployment_id, attempt), order)

    def _journal(self, deployment_id: str, service: str, environment: str) -> Journal:
        return Journal(
            self._around.ledger,
            self._around.clock,
            deployment_id=deployment_id,
            place=place_of(service, environment),
        )


def _workflow_id(deployment_id: str, attempt: int) -> str:
    """Return the name of the workflow that runs a deployment; another one takes it up if that one failed."""
    return deployment_id if attempt == 1 else f"{deployment_id}/again-{attempt}"
