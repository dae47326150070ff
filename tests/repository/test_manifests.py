"""Manifests of Kubernetes and what extends it."""

import pytest
from tests.repository.shown import lines, of, places

from strandline.repository.sighting import Show

DIGEST = "sha256:" + "a" * 64


def test_a_workload_shows_its_image_and_its_probe() -> None:
    text = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec:
  template:
    spec:
      containers:
        - image: registry.example/shop@{DIGEST}
          readinessProbe: {{httpGet: {{path: /}}}}
---
apiVersion: v1
kind: ConfigMap
"""
    found = lines("deploy/shop.yaml", text)
    assert found == {Show.MANIFEST: [1], Show.IMAGE_BY_DIGEST: [8], Show.HEALTH_CHECK: [9]}


@pytest.mark.parametrize(
    ("head", "spec", "shows"),
    [
        (
            "argoproj.io/v1alpha1 Rollout",
            "{strategy: {canary: {steps: [{setWeight: 5}]}}}",
            {Show.STAGED_ROLLOUT},
        ),
        (
            "argoproj.io/v1alpha1 Rollout",
            "{strategy: {canary: {analysis: {templates: []}}}}",
            {Show.STAGED_ROLLOUT, Show.METRIC_ANALYSIS, Show.AUTOMATIC_ROLLBACK},
        ),
        (
            "argoproj.io/v1alpha1 Application",
            "{syncPolicy: {automated: {selfHeal: true}}}",
            {Show.GITOPS, Show.DRIFT_CHECK},
        ),
        ("argoproj.io/v1alpha1 Application", "{}", {Show.GITOPS}),
        (
            "argoproj.io/v1alpha1 AppProject",
            "{syncWindows: [{kind: deny, schedule: 0 0 * * 5}]}",
            {Show.FREEZE},
        ),
        ("argoproj.io/v1alpha1 AppProject", "{syncWindows: [{kind: allow}]}", set()),
        (
            "flagger.app/v1beta1 Canary",
            "{analysis: {metrics: [{name: errors}]}}",
            {Show.STAGED_ROLLOUT, Show.METRIC_ANALYSIS, Show.AUTOMATIC_ROLLBACK},
        ),
        ("flagger.app/v1beta1 Canary", "{analysis: {iterations: 10}}", {Show.STAGED_ROLLOUT}),
        ("kustomize.toolkit.fluxcd.io/v1 Kustomization", "{interval: 5m}", {Show.GITOPS, Show.DRIFT_CHECK}),
        (
            "helm.toolkit.fluxcd.io/v2 HelmRelease",
            "{upgrade: {remediation: {retries: 1}}}",
            {Show.GITOPS, Show.DRIFT_CHECK, Show.AUTOMATIC_ROLLBACK},
        ),
        (
            "monitoring.coreos.com/v1 PrometheusRule",
            "{groups: [{rules: [{alert: High}]}]}",
            {Show.ALERT_RULE},
        ),
        ("monitoring.coreos.com/v1 PrometheusRule", "{groups: [{rules: [{record: x}]}]}", set()),
        ("openslo/v1 SLO", "{}", {Show.SERVICE_LEVEL}),
        ("backstage.io/v1alpha1 Component", "{owner: shop-team}", {Show.SERVICE_CATALOGUE}),
    ],
)
def test_what_extends_kubernetes_is_known_by_its_kind(head: str, spec: str, shows: set[Show]) -> None:
    api, kind = head.split()
    text = f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: shop}}\nspec: {spec}\n"
    found = lines("deploy/a.yaml", text).keys() - {Show.MANIFEST}
    assert (found if kind == "Rollout" else lines("deploy/a.yaml", text).keys()) == shows


def test_examples_and_tests_of_a_product_are_not_what_runs() -> None:
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n"
    for path in (
        "examples/a.yaml",
        "test/e2e/a.yaml",
        "docs/a.yaml",
        "pkg/testdata/a.yaml",
    ):
        assert not places(of({path: text})), path


def test_rules_of_prometheus_need_no_kind() -> None:
    text = "groups:\n  - name: shop\n    rules:\n      - alert: ShopDown\n        expr: up == 0\n"
    assert lines("rules/shop.yml", text) == {Show.ALERT_RULE: [4]}
