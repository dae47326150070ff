"""Terraform and OpenTofu: what is declared, by the types of its resources; HCL is read line by line."""

import re
from collections.abc import Iterable

from strandline.repository.sighting import Show, Sighting, seen

FILES = re.compile(r"\.(tf|tofu)$")
_RESOURCE = re.compile(r'^\s*(?:resource|module)\s+"([\w-]+)"')
_ALERTS = re.compile(
    r"_metric_alarm$|_monitoring_alert_policy$|^datadog_monitor$|_monitor_metric_alert$"
    r"|^grafana_rule_group$|^newrelic_nrql_alert_condition$|^opsgenie_|^pagerduty_service$"
)
_OBJECTIVES = re.compile(r"_service_level_objective$|_monitoring_slo$|_service_level$|^grafana_slo$")
_DASHBOARDS = re.compile(r"_dashboard(_json)?$")
_STATUS_PAGES = re.compile(r"^statuspage_|^instatus_|_status_page$")
_WITHIN = {
    Show.AUTOMATIC_ROLLBACK: re.compile(r"^\s*(auto_rollback_configuration|deployment_circuit_breaker)\b"),
    Show.STAGED_ROLLOUT: re.compile(
        r'(?i)deployment_config_name\s*=\s*".*(canary|linear|halfatatime|oneatatime)'
    ),
    Show.IMAGE_BY_DIGEST: re.compile(r"image\s*=\s*\"[^\"]*@sha256:[0-9a-f]{64}"),
    Show.HEALTH_CHECK: re.compile(r"^\s*health_?check\s*(=|\{)"),
}


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what a file declares."""
    is_declared = False
    found: set[Show] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith(("#", "//")):
            continue
        resource = _RESOURCE.match(line)
        if resource:
            if not is_declared:
                is_declared = True
                yield seen(Show.MANIFEST, path, number, line.rstrip(" {"))
            for show, pattern in (
                (Show.ALERT_RULE, _ALERTS),
                (Show.SERVICE_LEVEL, _OBJECTIVES),
                (Show.DASHBOARD, _DASHBOARDS),
                (Show.STATUS_PAGE, _STATUS_PAGES),
            ):
                if pattern.search(resource[1]):
                    yield seen(show, path, number, line.rstrip(" {"))
        for show, pattern in _WITHIN.items():
            if show not in found and pattern.search(line):
                found.add(show)
                yield seen(show, path, number, line)
