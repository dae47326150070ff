"""Charts of Helm: the chart's own file, and its templates, which are no YAML before they are rendered."""

import re
from collections.abc import Iterable

from strandline.repository.sighting import Show, Sighting, seen
from strandline.repository.yaml_parts import yaml_parts

FILES = re.compile(r"(^|/)(Chart\.ya?ml|templates/.+\.(ya?ml|tpl))$")
_IN_TEMPLATES = {
    Show.HEALTH_CHECK: re.compile(r"^\s*(readiness|liveness|startup)Probe:"),
    Show.ALERT_RULE: re.compile(r"^\s*kind:\s*PrometheusRule\b"),
    Show.DASHBOARD: re.compile(r"^\s*kind:\s*GrafanaDashboard\b|grafana_dashboard"),
    Show.STAGED_ROLLOUT: re.compile(r"^\s*kind:\s*(Rollout|Canary)\s*$"),
}


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what a chart shows; the same thing once for each file."""
    if path.endswith(("Chart.yaml", "Chart.yml")):
        for document in yaml_parts(text)[:1]:
            name, version = document.get("name").text, document.get("version").text
            if name:
                yield seen(Show.CHART, path, document.get("name").line, f"chart {name} {version}")
        return
    found: set[Show] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        for show, pattern in _IN_TEMPLATES.items():
            if show not in found and pattern.search(line):
                found.add(show)
                yield seen(show, path, number, line)
