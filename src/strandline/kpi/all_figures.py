"""All figures, by name, in the order in which they are shown: DORA's five first."""

from collections.abc import Callable, Mapping

from strandline.kpi import (
    approval_wait,
    automation_share,
    availability,
    change_fail_rate,
    change_lead_time,
    deployment_duration,
    deployment_frequency,
    deployment_rework_rate,
    deployment_success_rate,
    failed_deployment_recovery_time,
    failure_exposure,
    rollback_rate,
    user_satisfaction,
)
from strandline.kpi.figure import Figure
from strandline.kpi.history import History
from strandline.kpi.scope import Scope

FIGURES: Mapping[str, Callable[[History, Scope], Figure]] = {
    deployment_frequency.NAME: deployment_frequency.deployment_frequency,
    change_lead_time.NAME: change_lead_time.change_lead_time,
    change_fail_rate.NAME: change_fail_rate.change_fail_rate,
    failed_deployment_recovery_time.NAME: failed_deployment_recovery_time.failed_deployment_recovery_time,
    deployment_rework_rate.NAME: deployment_rework_rate.deployment_rework_rate,
    deployment_success_rate.NAME: deployment_success_rate.deployment_success_rate,
    rollback_rate.NAME: rollback_rate.rollback_rate,
    failure_exposure.NAME: failure_exposure.failure_exposure,
    availability.NAME: availability.availability,
    deployment_duration.NAME: deployment_duration.deployment_duration,
    approval_wait.NAME: approval_wait.approval_wait,
    automation_share.NAME: automation_share.automation_share,
    user_satisfaction.NAME: user_satisfaction.user_satisfaction,
}
