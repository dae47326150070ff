"""Charts, Terraform, Ansible and Compose: what is declared elsewhere than in plain manifests."""

from tests.repository.shown import lines

from strandline.repository.sighting import Show


def test_a_chart_is_told_with_its_version_and_its_templates_are_read_as_text() -> None:
    assert lines("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.2.3\n") == {
        Show.CHART: [2]
    }
    template = "{{- if .Values.on }}\nkind: Rollout\nspec:\n  livenessProbe:\n{{- end }}\n"
    found = lines("charts/shop/templates/a.yaml", template)
    assert found == {Show.STAGED_ROLLOUT: [2], Show.HEALTH_CHECK: [4]}
