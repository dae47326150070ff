"""Pipelines of Azure."""

from tests.repository.shown import lines

from strandline.repository.sighting import Show

TEXT = """\
trigger: [main]
stages:
  - stage: build
    jobs:
      - job: test
        steps:
          - script: dotnet test
  - stage: production
    jobs:
      - job: wait
        pool: server
        steps:
          - task: ManualValidation@0
      - deployment: web
        dependsOn: wait
        environment: production
        strategy:
          runOnce:
            deploy:
              steps:
                - task: AzureWebApp@1
"""


def test_stages_wait_for_the_stage_before() -> None:
    found = lines("azure-pipelines.yml", TEXT)
    assert found[Show.TESTS_IN_PIPELINE] == [7]
    assert found[Show.DEPLOYMENT_BY_PIPELINE] == [21]
    assert found[Show.TESTS_BEFORE_DEPLOYMENT] == [21]
    assert found[Show.APPROVAL_BEFORE_DEPLOYMENT] == [10]
    assert found[Show.ENVIRONMENT] == [14]


def test_a_pipeline_of_steps_alone_is_one_job() -> None:
    found = lines(
        "azure-pipelines.yml", "steps:\n  - script: |\n      make test\n      kubectl apply -f a.yaml\n"
    )
    assert found[Show.TESTS_BEFORE_DEPLOYMENT] == [4]
