"""Pipelines of GitLab."""

from tests.repository.shown import lines

from strandline.repository.sighting import Show

TEXT = """\
stages: [test, release, production]
include:
  - template: Security/SAST.gitlab-ci.yml
.hidden:
  script: kubectl apply -f never.yaml
unit:
  stage: test
  script:
    - go test ./...
production:
  stage: production
  environment: production
  when: manual
  script:
    - helm upgrade shop ./chart --atomic
"""


def test_jobs_wait_for_the_stages_before_and_hidden_ones_do_nothing() -> None:
    found = lines(".gitlab-ci.yml", TEXT)
    assert found[Show.TESTS_IN_PIPELINE] == [9]
    assert found[Show.SECURITY_CHECK_IN_PIPELINE] == [3]
    assert found[Show.DEPLOYMENT_BY_PIPELINE] == [15]
    assert found[Show.TESTS_BEFORE_DEPLOYMENT] == [15]
    assert found[Show.APPROVAL_BEFORE_DEPLOYMENT] == [10]
    assert found[Show.AUTOMATIC_ROLLBACK] == [15]
    assert found[Show.ENVIRONMENT] == [10]


def test_needs_set_the_order_of_stages_aside() -> None:
    alone = TEXT.replace("  when: manual\n", "  needs: []\n")
    assert Show.TESTS_BEFORE_DEPLOYMENT not in lines(".gitlab-ci.yml", alone)
