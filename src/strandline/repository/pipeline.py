"""Pipelines, whatever runs them: jobs with steps, what they wait for; and what their steps show.

Each system's file is read into these by a reader of its own, and judged here once for all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from strandline.repository.sighting import Show, Sighting, seen


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One command, or one thing of others that is used."""

    line: int
    words: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Steps that run one after the other."""

    name: str
    line: int
    steps: tuple[Step, ...] = ()
    needs: tuple[str, ...] = ()
    """Names of the jobs that have to pass before."""
    environment: str = ""
    """The environment whose rules apply."""
    is_approved: bool = False
    """Whether it waits for a person."""
    may_fail: bool = False
    """Whether the pipeline goes on if it fails."""


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """One pipeline's file."""

    path: str
    jobs: tuple[Job, ...]
    is_scheduled: bool = False


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


TESTS = _any(
    r"\bpytest\b",
    r"\bgo test\b",
    r"\bgotestsum\b",
    r"\b(npm|yarn|pnpm|bun)( run)? (test|t)\b",
    r"\bmvnw?\b.*\b(test|verify|install)\b",
    r"\bgradlew?\b.*\b(test|check|build)\b",
    r"\b(tox|nox)\b",
    r"\bcargo (nextest|test)\b",
    r"\brspec\b",
    r"\bphpunit\b",
    r"\bmake [^\n]*\b(\w+[-/_])?(test|tests|check|e2e)([-/_]\w+)?\b",
    r"\bctest\b",
    r"\bbazel(isk)? test\b",
    r"\bjest\b",
    r"\bvitest\b",
    r"\bplaywright test\b",
    r"\bcypress run\b",
    r"\bpython[\d.]* -m unittest\b",
    r"\bdotnet test\b",
    r"\bbats\b",
    r"\brun[-_]?tests?\b",
    r"\btest\.sh\b",
    r"\bbin/(doctest|test)\b",
    r"\bci/run-build-and-tests",
    r"\btests?/[\w./-]+\.sh\b",
)
SECURITY = _any(
    r"codeql",
    r"\btrivy",
    r"\bsnyk\b",
    r"\bgosec\b",
    r"\bbandit\b",
    r"\bsemgrep",
    r"govulncheck",
    r"dependency-review",
    r"\bpip-audit",
    r"\b(npm|yarn|pnpm) audit\b",
    r"\bcargo[- ](audit|deny)\b",
    r"\bgrype\b|anchore/scan",
    r"sonar(qube|cloud|-scanner)",
    r"\b(checkov|tfsec|kubesec|kube-linter|terrascan|kics)\b",
    r"\b(gitleaks|trufflehog|detect-secrets)\b",
    r"\bzizmor",
    r"scorecard-action",
    r"dependency-check",
    r"osv-scanner",
    r"\bfossa",
    r"\bclamav\b",
    r"security-scan",
)
DEPLOYS = _any(
    r"\bkubectl\b[^\n|;&]*\b(apply|set image|rollout restart|replace|patch)\b",
    r"\bhelm(file)?\b[^\n|;&]*\b(upgrade|install|sync|apply)\b(?! .*--dry-run)",
    r"\bargocd app (sync|set)\b",
    r"\b(terraform|tofu|terragrunt)\b[^\n|;&]*\bapply\b",
    r"\bpulumi up\b",
    r"\bansible-playbook\b",
    r"\baws (ecs update-service|lambda update-function|deploy create-deployment)\b",
    r"\baws (cloudformation deploy|s3 sync)\b",
    r"\baws-actions/amazon-ecs-deploy",
    r"\bgcloud\b[^\n|;&]*\bdeploy\b",
    r"\bdeploy-cloudrun\b",
    r"\baz (webapp|functionapp|containerapp) (deploy|up|update|deployment)\b",
    r"azure/(webapps-deploy|k8s-deploy|functions-action)",
    r"\b(fly|flyctl) deploy\b",
    r"\bgit push heroku\b|heroku-deploy",
    r"\bvercel\b[^\n]*--prod",
    r"\bnetlify\b[^\n]*\bdeploy\b|netlify/actions|actions-netlify",
    r"\bcap \w+ deploy\b",
    r"\b(eb|serverless|sls|cdk|copilot|sam) deploy\b",
    r"\bskaffold (run|deploy)\b",
    r"\bdocker stack deploy\b",
    r"\bwrangler\b[^\n]*\b(deploy|publish)\b",
    r"\bstrandline deploy\b",
    r"KubernetesManifest@|AzureWebApp@|HelmDeploy@|AzureRmWebAppDeployment@",
)
PUBLISHES = _any(
    r"\btwine upload\b|gh-action-pypi-publish|\b(uv|flit|poetry|hatch) publish\b",
    r"\b(npm|yarn|pnpm) publish\b",
    r"goreleaser",
    r"\bdocker(x)? push\b|\bpodman push\b|\b(buildah|skopeo copy|crane push)\b",
    r"docker/build-push-action(?=.*\bpush: (?!false))",
    r"\bbuildx build\b[^\n]*--push",
    r"\bcargo publish\b",
    r"\bgh release (create|upload)\b|action-gh-release|create-release",
    r"release-please|release-drafter|semantic-release",
    r"\bhelm push\b|chart-releaser|helm-gh-pages",
    r"\bko (publish|build)\b",
    r"\bgem push\b",
    r"\bgradlew?\b[^\n]*\bpublish",
    r"\bmvnw?\b[^\n]*\bdeploy\b",
    r"ncipollo/release-action|softprops/",
    r"actions-gh-pages|actions/deploy-pages|mike deploy|mkdocs gh-deploy|github-pages-deploy-action",
)
SIGNS = _any(
    r"\bcosign (sign|attest)\b|cosign-installer",
    r"\bgpg\b[^\n]*(--detach-sign|--clearsign|--armor|-ab|--sign)\b",
    r"sigstore/gh-action|\bsigstore sign\b",
    r"\bnotation sign\b",
    r"attest-build-provenance|actions/attest\b",
    r"ghaction-import-gpg",
)
PROVENANCE = _any(
    r"slsa-(github-generator|verifier|framework)",
    r"attest-build-provenance|actions/attest\b",
    r"\bin-toto",
    r"\bprovenance[:=] ?(true|mode)",
    r"--provenance\b",
)
SBOM = _any(
    r"\bsyft\b|sbom-action|attest-sbom",
    r"cyclonedx",
    r"\bspdx",
    r"\bsbom[:=] ?true",
    r"--sbom\b",
    r"\bbom generate\b",
)
NOTIFIES = _any(
    r"slack",
    r"\bmicrosoft[-_ ]?teams|ms-?teams|teams[-_]webhook",
    r"discord",
    r"mattermost",
    r"\b(emailext|office365ConnectorSend)\b",
    r"action-send-mail|\bsendmail\b|\bmail -s\b|\bmail to:",
    r"telegram",
    r"api\.statuspage\.io|statuspage",
    r"pagerduty[-_]?change|pagerduty-actions",
    r"grafana[^\n]*annotation|/api/annotations",
)
STATUS = _any(r"statuspage|status\.io|cachethq|instatus|upptime")
ROLLS_BACK = _any(
    r"\bhelm\b[^\n|;&]*\b(rollback\b|upgrade\b[^\n]*(--atomic|--rollback-on-failure))",
    r"\bkubectl\b[^\n|;&]*\brollout undo\b",
    r"\bargocd app rollback\b",
    r"\bargo rollouts (abort|undo)\b|kubectl[- ]argo[- ]rollouts (abort|undo)",
)
DRIFTS = _any(r"-detailed-exitcode", r"\bdriftctl\b", r"\bargocd app diff\b", r"\bkubectl diff\b")
CHECKS_DOCUMENTS = _any(
    r"\blychee|markdown-link-check|\blinkcheck(er)?\b|\bmuffet\b|htmltest|\bmlc\b|awesome_bot",
    r"markdownlint|\bvale\b",
    r"\bdoctest\b",
    r"\bmkdocs build\b[^\n]*--strict|sphinx-build\b[^\n]* -W\b",
)
_INSTALLS = re.compile(r"\b(pip3?|conda|mamba|apt(-get)?|brew|gem) install [^\n&;|]*")
"""To install a program for tests is no test."""
_TRIAL = _any(r"\b(kind|k3s|k3d|minikube|microk8s)\b", r"setup-envtest", r"kind-action")
"""A cluster of the pipeline's own: what is deployed there reaches nobody."""
FREEZES = _any(r"\b(deploy|release|merge|code)[-_ ]?freeze\b", r"\bfreeze[-_ ]?(check|window|period|gate)\b")

_SHOWN: Mapping[Show, re.Pattern[str]] = {
    Show.TESTS_IN_PIPELINE: TESTS,
    Show.SECURITY_CHECK_IN_PIPELINE: SECURITY,
    Show.DEPLOYMENT_BY_PIPELINE: DEPLOYS,
    Show.PUBLICATION_BY_PIPELINE: PUBLISHES,
    Show.SIGNING: SIGNS,
    Show.PROVENANCE: PROVENANCE,
    Show.SBOM: SBOM,
    Show.NOTICE_BY_PIPELINE: NOTIFIES,
    Show.STATUS_PAGE: STATUS,
    Show.AUTOMATIC_ROLLBACK: ROLLS_BACK,
    Show.DOCUMENT_CHECK: CHECKS_DOCUMENTS,
    Show.FREEZE: FREEZES,
}


def commands(line: int, text: str) -> Iterator[Step]:
    """Yield the commands of a script, one for each line, without comments; continued lines are one."""
    begun, said = line, ""
    for number, each in enumerate(text.splitlines(), start=line):
        if not said:
            begun = number
        stripped = each.strip()
        if not said and stripped.startswith(("#", "//")):
            continue
        if stripped.endswith("\\"):
            said += f"{stripped[:-1].rstrip()} "
            continue
        if said or stripped:
            yield Step(line=begun, words=said + stripped)
        said = ""
    if said:
        yield Step(line=begun, words=said)


def pipeline_sightings(pipeline: Pipeline) -> Iterable[Sighting]:
    """Yield what a pipeline shows: of each kind one for each job, at the first step that shows it."""
    path = pipeline.path
    if not pipeline.jobs:
        return
    first = pipeline.jobs[0]
    yield seen(Show.PIPELINE, path, first.line, f"job {first.name}" if first.name else "pipeline")
    by_name = {job.name: job for job in pipeline.jobs}
    tested = {job.name for job in pipeline.jobs if not job.may_fail and _step(job, TESTS) is not None}
    for job in pipeline.jobs:
        for show, pattern in _SHOWN.items():
            step = _step(job, pattern)
            if step is not None and not (show is Show.DEPLOYMENT_BY_PIPELINE and _is_trial(job)):
                yield seen(show, path, step.line, step.words)
        if pipeline.is_scheduled and (step := _step(job, DRIFTS)) is not None:
            yield seen(Show.DRIFT_CHECK, path, step.line, step.words)
        delivery = (None if _is_trial(job) else _step(job, DEPLOYS)) or _step(job, PUBLISHES)
        if job.environment:
            yield seen(Show.ENVIRONMENT, path, job.line, f"job {job.name} in {job.environment}")
        if delivery is None:
            continue
        before = _before(job, by_name)
        if (before & tested) or _is_tested_first(job, delivery):
            words = (
                f"job {job.name} after {', '.join(sorted(before & tested)) or 'its tests'}: {delivery.words}"
            )
            yield seen(Show.TESTS_BEFORE_DEPLOYMENT, path, delivery.line, words)
        waits = [each for each in (job, *(by_name[name] for name in before)) if each.is_approved]
        if waits:
            words = f"job {waits[0].name} waits for a person before {job.name}"
            yield seen(Show.APPROVAL_BEFORE_DEPLOYMENT, path, waits[0].line, words)


def _step(job: Job, pattern: re.Pattern[str]) -> Step | None:
    return next((step for step in job.steps if pattern.search(_INSTALLS.sub("", step.words))), None)


def _is_trial(job: Job) -> bool:
    return _step(job, _TRIAL) is not None


def _is_tested_first(job: Job, delivery: Step) -> bool:
    tests = _step(job, TESTS)
    return tests is not None and not job.may_fail and tests.line < delivery.line


def _before(job: Job, by_name: Mapping[str, Job]) -> set[str]:
    """Return the names of all jobs that have to pass before a job."""
    found: set[str] = set()
    waiting = list(job.needs)
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found:
            found.add(name)
            waiting.extend(by_name[name].needs)
    return found
