"""Compose files."""

from tests.repository.shown import lines

from strandline.repository.sighting import Show


def test_services_show_images_checks_and_what_follows_a_failed_update() -> None:
    text = f"""\
services:
  shop:
    image: shop@sha256:{"b" * 64}
    healthcheck: {{test: curl localhost}}
    deploy:
      update_config: {{parallelism: 1, failure_action: rollback}}
  web:
    build: .
"""
    found = lines("compose.prod.yaml", text)
    assert found[Show.MANIFEST] == [2, 7]
    assert found[Show.IMAGE_BY_DIGEST] == [3]
    assert found[Show.HEALTH_CHECK] == [4]
    assert found[Show.AUTOMATIC_ROLLBACK] == [6]
    assert found[Show.STAGED_ROLLOUT] == [6]
