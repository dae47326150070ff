"""Pipelines of Azure. Source: https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/."""

import re
from collections.abc import Iterable, Iterator

from strandline.repository.pipeline import Job, Pipeline, Step, commands, pipeline_sightings
from strandline.repository.sighting import Sighting
from strandline.repository.yaml_parts import Part, yaml_parts

FILES = re.compile(
    r"(^|/)[\w.-]*azure-pipelines[\w.-]*\.ya?ml$|(^|/)(\.azure-pipelines|\.azure/[\w-]*pipelines?)/[^/]+\.ya?ml$"
)
_SCRIPTS = ("script", "bash", "pwsh", "powershell")
_WAITS = "ManualValidation@"


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what a pipeline shows: stages wait for the stage before, unless they say `dependsOn`."""
    for document in yaml_parts(text)[:1]:
        jobs = tuple(_jobs(document))
        is_scheduled = bool(document.get("schedules"))
        yield from pipeline_sightings(Pipeline(path=path, jobs=jobs, is_scheduled=is_scheduled))


def _jobs(document: Part) -> Iterator[Job]:
    before: tuple[str, ...] = ()
    names: dict[str, tuple[str, ...]] = {}
    for stage in document.get("stages").parts():
        asked = stage.get("dependsOn")
        stages = asked.texts() if asked else []
        needs = tuple(name for each in stages for name in names.get(each, ())) if asked else before
        made = tuple(_stage(stage, stage.get("stage").text, needs))
        names[stage.get("stage").text] = before = tuple(job.name for job in made)
        yield from made
    yield from _stage(document, "", ())


def _stage(part: Part, stage: str, needs: tuple[str, ...]) -> Iterator[Job]:
    listed = list(part.get("jobs").parts())
    for each in listed:
        name = each.get("job").text or each.get("deployment").text
        environment = each.get("environment")
        wanted = tuple(f"{stage}/{other}" for other in each.get("dependsOn").texts())
        steps = tuple(_steps(each))
        yield Job(
            name=f"{stage}/{name}",
            line=each.line,
            steps=steps,
            needs=(*needs, *wanted),
            environment=environment.get("name").text or environment.text,
            is_approved=any(_WAITS in step.words for step in steps),
        )
    if not listed and part.get("steps"):
        yield Job(name=stage or "pipeline", line=part.line, steps=tuple(_steps(part)), needs=needs)


def _steps(job: Part) -> Iterator[Step]:
    for name, part in job.walk():
        if not part.text:
            continue
        if name in _SCRIPTS:
            yield from commands(part.text_line, part.text)
        elif name == "task":
            yield Step(line=part.line, words=f"task: {part.text}")
        elif name in {"inlineScript", "arguments", "command", "publish"}:
            yield Step(line=part.line, words=f"{name}: {part.text}")
