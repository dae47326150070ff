"""Workflows of GitHub Actions."""

from tests.repository.shown import lines

from strandline.repository.sighting import Show

RELEASE = """\
name: release
on:
  push:
    tags: ['v*']
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          # pytest is only spoken of here
          pip install pytest
          pytest -q
      - uses: aquasecurity/trivy-action@0.28.0
  image:
    needs: test
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          provenance: true
          sbom: true
      - run: cosign sign --yes shop@sha256:0123
  production:
    needs: [image]
    environment:
      name: production
    runs-on: ubuntu-latest
    steps:
      - run: kubectl set image deployment/shop shop=shop:1
      - uses: slackapi/slack-github-action@v2
"""


def test_each_thing_is_seen_on_its_line() -> None:
    found = lines(".github/workflows/release.yaml", RELEASE)
    assert found[Show.PIPELINE] == [6]
    assert found[Show.TESTS_IN_PIPELINE] == [13]
    assert found[Show.SECURITY_CHECK_IN_PIPELINE] == [14]
    assert found[Show.PUBLICATION_BY_PIPELINE] == [19]
    assert found[Show.PROVENANCE] == [19]
    assert found[Show.SBOM] == [19]
    assert found[Show.SIGNING] == [24]
    assert found[Show.DEPLOYMENT_BY_PIPELINE] == [31]
    assert found[Show.NOTICE_BY_PIPELINE] == [32]
    assert found[Show.ENVIRONMENT] == [25]


def test_tests_count_as_before_a_deployment_only_if_it_waits_for_them() -> None:
    path = ".github/workflows/release.yaml"
    assert lines(path, RELEASE)[Show.TESTS_BEFORE_DEPLOYMENT] == [19, 31]
    alone = RELEASE.replace("    needs: test\n", "").replace("    needs: [image]\n", "")
    assert Show.TESTS_BEFORE_DEPLOYMENT not in lines(path, alone)
    ignored = RELEASE.replace("  test:\n", "  test:\n    continue-on-error: true\n")
    assert Show.TESTS_BEFORE_DEPLOYMENT not in lines(path, ignored)


def test_what_is_deployed_to_a_cluster_of_the_pipeline_s_own_reaches_nobody() -> None:
    trial = (
        "jobs:\n  e2e:\n    steps:\n      - run: kind create cluster\n      - run: kubectl apply -f x.yaml\n"
    )
    assert Show.DEPLOYMENT_BY_PIPELINE not in lines(".github/workflows/e2e.yml", trial)
    real = trial.replace("kind create cluster", "aws eks update-kubeconfig --name shop")
    assert lines(".github/workflows/e2e.yml", real)[Show.DEPLOYMENT_BY_PIPELINE] == [5]


def test_an_image_that_is_built_and_not_pushed_is_no_release() -> None:
    built = "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: {load: true}\n"
    assert Show.PUBLICATION_BY_PIPELINE not in lines(".github/workflows/a.yml", built)


def test_a_job_that_calls_another_workflow_is_a_step_of_it() -> None:
    called = """\
jobs:
  proof:
    uses: slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@v2.1.0
"""
    assert lines(".github/workflows/a.yml", called)[Show.PROVENANCE] == [3]


def test_what_is_no_workflow_shows_nothing() -> None:
    for text in ("", "jobs: 3", "- a\n- b\n", "jobs:\n  a: [", "\t", "jobs:\n  a:\n    steps: x"):
        assert lines(".github/workflows/a.yml", text).keys() <= {Show.PIPELINE}
