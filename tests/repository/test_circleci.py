"""Pipelines of CircleCI."""

from tests.repository.shown import lines

from strandline.repository.sighting import Show

TEXT = """\
version: 2.1
commands:
  check:
    steps:
      - run: npm test
jobs:
  test:
    docker: [{image: node}]
    steps:
      - checkout
      - check
  deploy:
    steps:
      - run:
          name: deploy
          command: |
            flyctl deploy
workflows:
  all:
    jobs:
      - test
      - hold: {type: approval, requires: [test]}
      - deploy: {requires: [hold]}
"""


def test_a_deployment_waits_for_tests_and_for_a_person() -> None:
    found = lines(".circleci/config.yml", TEXT)
    assert found[Show.TESTS_IN_PIPELINE] == [5]
    assert found[Show.DEPLOYMENT_BY_PIPELINE] == [17]
    assert found[Show.TESTS_BEFORE_DEPLOYMENT] == [17]
    assert found[Show.APPROVAL_BEFORE_DEPLOYMENT] == [22]


def test_without_workflows_the_jobs_stand_alone() -> None:
    found = lines(".circleci/config.yml", TEXT.partition("workflows:")[0])
    assert found[Show.DEPLOYMENT_BY_PIPELINE] == [17]
    assert Show.TESTS_BEFORE_DEPLOYMENT not in found
