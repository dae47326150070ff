"""Manifests of Kubernetes and what extends it: Argo CD and Rollouts, Flux, Flagger, Prometheus, OpenSLO."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from strandline.repository.sighting import Show, Sighting, seen
from strandline.repository.yaml_parts import Part, yaml_parts

FILES = re.compile(r"\.ya?ml$")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_WORKLOADS = frozenset(["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod"])
_PROBES = frozenset(("readinessProbe", "livenessProbe", "startupProbe"))
_Told = Iterator[tuple[Show, Part, str]]


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what the manifests of a file show."""
    for document in yaml_parts(text):
        api, kind = document.get("apiVersion").text, document.get("kind").text
        if not kind:
            for show, part, words in _rules(document):
                yield seen(show, path, part.line, words)
            continue
        group = api.partition("/")[0] if "/" in api else ""
        name = document.get("metadata", "name").text
        reader = _READERS.get((group, kind)) or _READERS.get((group, ""))
        told = reader(document) if reader else _workload(document) if kind in _WORKLOADS else iter(())
        for show, part, words in told:
            yield seen(show, path, part.line, f"{kind} {name}: {words}" if words else f"{kind} {name}")


def _workload(document: Part) -> _Told:
    yield Show.MANIFEST, document, ""
    probe = image = None
    for key, part in document.walk():
        if key in _PROBES and probe is None:
            probe = part
            yield Show.HEALTH_CHECK, part, key
        if key == "image" and _DIGEST.search(part.text) and image is None:
            image = part
            yield Show.IMAGE_BY_DIGEST, part, part.text


def _rollout(document: Part) -> _Told:
    yield from _workload(document)
    strategy = document.get("spec", "strategy")
    for name in ("canary", "blueGreen"):
        staged = strategy.get(name)
        if not staged:
            continue
        yield Show.STAGED_ROLLOUT, staged, name
        judged = [
            part
            for key, part in staged.walk()
            if key in {"analysis", "prePromotionAnalysis", "postPromotionAnalysis"}
        ]
        if judged:
            yield Show.METRIC_ANALYSIS, judged[0], f"{name} with analysis"
            yield Show.AUTOMATIC_ROLLBACK, judged[0], "a failed analysis aborts the rollout"


def _analysis(document: Part) -> _Told:
    yield (
        Show.METRIC_ANALYSIS,
        document,
        ", ".join(part.get("name").text for part in document.get("spec", "metrics").parts()),
    )


def _application(document: Part) -> _Told:
    yield Show.GITOPS, document, ""
    heals = next((part for key, part in document.walk() if key == "selfHeal" and part.text == "true"), None)
    if heals is not None:
        yield Show.DRIFT_CHECK, heals, "selfHeal"


def _project(document: Part) -> _Told:
    for window in document.get("spec", "syncWindows").parts():
        if window.get("kind").text == "deny":
            yield Show.FREEZE, window, f"deny {window.get('schedule').text}"


def _reconciled(document: Part) -> _Told:
    yield Show.GITOPS, document, ""
    yield Show.DRIFT_CHECK, document.get("spec", "interval") or document, "reconciled by interval"
    remedy = next((part for key, part in document.walk() if key == "remediation"), None)
    if remedy is not None:
        yield Show.AUTOMATIC_ROLLBACK, remedy, "remediation"


def _canary(document: Part) -> _Told:
    analysis = document.get("spec", "analysis") or document.get("spec", "canaryAnalysis")
    yield Show.STAGED_ROLLOUT, document, ""
    if analysis.get("metrics"):
        yield (
            Show.METRIC_ANALYSIS,
            analysis,
            ", ".join(part.get("name").text for part in analysis.get("metrics").parts()),
        )
        yield Show.AUTOMATIC_ROLLBACK, analysis, "returns once checks fail"


def _metric_template(document: Part) -> _Told:
    yield Show.METRIC_ANALYSIS, document, ""


def _alerts(document: Part) -> _Told:
    yield from _rules(document.get("spec"))


def _rules(document: Part) -> _Told:
    """Yield the alerts of a file of Prometheus rules, and objectives that a generator reads."""
    for group in document.get("groups").parts():
        for rule in group.get("rules").parts():
            if rule.get("alert"):
                yield Show.ALERT_RULE, rule, f"alert {rule.get('alert').text}"
    if document.get("version").text.startswith("prometheus/v1"):
        for each in document.get("slos").parts():
            yield (
                Show.SERVICE_LEVEL,
                each,
                f"objective {each.get('objective').text} of {each.get('name').text}",
            )


def _objective(document: Part) -> _Told:
    yield Show.SERVICE_LEVEL, document, ""


def _catalogued(document: Part) -> _Told:
    owner = document.get("spec", "owner").text
    yield Show.SERVICE_CATALOGUE, document, f"owner {owner}" if owner else ""


def _dashboard(document: Part) -> _Told:
    yield Show.DASHBOARD, document, ""


def _skaffold(document: Part) -> _Told:
    yield Show.MANIFEST, document, ""


_READERS: Mapping[tuple[str, str], Callable[[Part], _Told]] = {
    ("argoproj.io", "Rollout"): _rollout,
    ("argoproj.io", "AnalysisTemplate"): _analysis,
    ("argoproj.io", "ClusterAnalysisTemplate"): _analysis,
    ("argoproj.io", "Application"): _application,
    ("argoproj.io", "ApplicationSet"): _application,
    ("argoproj.io", "AppProject"): _project,
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): _reconciled,
    ("helm.toolkit.fluxcd.io", "HelmRelease"): _reconciled,
    ("flagger.app", "Canary"): _canary,
    ("flagger.app", "MetricTemplate"): _metric_template,
    ("monitoring.coreos.com", "PrometheusRule"): _alerts,
    ("openslo", "SLO"): _objective,
    ("sloth.slok.dev", "PrometheusServiceLevel"): _objective,
    ("pyrra.dev", "ServiceLevelObjective"): _objective,
    ("backstage.io", ""): _catalogued,
    ("grafana.integreatly.org", "GrafanaDashboard"): _dashboard,
    ("skaffold", "Config"): _skaffold,
}
