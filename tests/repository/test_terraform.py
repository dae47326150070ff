"""Terraform."""

from tests.repository.shown import lines

from strandline.repository.sighting import Show


def test_resources_are_known_by_their_types_and_comments_say_nothing() -> None:
    text = """\
# resource "datadog_monitor" "never" {}
resource "aws_ecs_service" "shop" {
  deployment_circuit_breaker {
    rollback = true
  }
}
resource "aws_cloudwatch_metric_alarm" "errors" {}
resource "datadog_service_level_objective" "shop" {}
resource "statuspage_component" "shop" {}
"""
    found = lines("infra/main.tf", text)
    assert found[Show.MANIFEST] == [2]
    assert found[Show.AUTOMATIC_ROLLBACK] == [3]
    assert found[Show.ALERT_RULE] == [7]
    assert found[Show.SERVICE_LEVEL] == [8]
    assert found[Show.STATUS_PAGE] == [9]
