"""Pipelines of GitLab. Source: https://docs.gitlab.com/ci/yaml/."""

import re
from collections.abc import Iterable, Iterator

from strandline.repository.pipeline import Job, Pipeline, Step, commands, pipeline_sightings
from strandline.repository.sighting import Show, Sighting, seen
from strandline.repository.yaml_parts import Part, yaml_parts

FILES = re.compile(r"(^|/)(\.gitlab-ci|[\w.-]+\.gitlab-ci)\.ya?ml$|(^|/)\.gitlab/ci/.+\.ya?ml$")
_WORDS = frozenset(("stages", "variables", "include", "default", "workflow", "image", "services", "spec"))
_STAGES = (".pre", "build", "test", "deploy", ".post")
_TEMPLATES = re.compile(
    r"(SAST|DAST|Secret-Detection|Dependency-Scanning|Container-Scanning|Secure-Binaries)", re.IGNORECASE
)


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what a pipeline shows: a job waits for all jobs of the stages before, unless it says `needs`."""
    for document in yaml_parts(text)[:1]:
        stages = document.get("stages").texts() or list(_STAGES)
        named = [
            (name, job)
            for name, job in document.entries()
            if name.text not in _WORDS and not name.text.startswith(".") and job.is_map
        ]
        stage_of = {name.text: job.get("stage").text or "test" for name, job in named}
        jobs = tuple(_job(name, job, stage_of, stages) for name, job in named)
        yield from pipeline_sightings(Pipeline(path=path, jobs=jobs))
        for name, part in document.get("include").walk():
            if name in {"template", "component"} and _TEMPLATES.search(part.text):
                yield seen(Show.SECURITY_CHECK_IN_PIPELINE, path, part.line, f"{name}: {part.text}")


def _job(name: Part, job: Part, stage_of: dict[str, str], stages: list[str]) -> Job:
    needs = job.get("needs")
    if needs:
        waits = [each.get("job").text or each.text for each in needs.parts()]
    else:
        mine = stages.index(stage_of[name.text]) if stage_of[name.text] in stages else len(stages)
        earlier = set(stages[:mine])
        waits = [other for other, stage in stage_of.items() if stage in earlier]
    environment = job.get("environment")
    whens = [part.text for key, part in job.walk() if key == "when"]
    return Job(
        name=name.text,
        line=name.line,
        steps=tuple(_steps(job)),
        needs=tuple(waits),
        environment=environment.get("name").text or environment.text,
        is_approved="manual" in whens,
        may_fail=job.get("allow_failure").text == "true",
    )


def _steps(job: Part) -> Iterator[Step]:
    for key in ("before_script", "script", "after_script"):
        for each in job.get(key).parts():
            yield from commands(each.text_line, each.text)
    trigger = job.get("trigger")
    if trigger:
        yield Step(line=trigger.line, words=f"trigger: {trigger.get('project').text or trigger.text}")
