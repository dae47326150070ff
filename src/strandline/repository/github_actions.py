"""Workflows of GitHub Actions.

Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""

import re
from collections.abc import Iterable, Iterator

from strandline.repository.pipeline import Job, Pipeline, Step, commands, pipeline_sightings
from strandline.repository.sighting import Sighting
from strandline.repository.yaml_parts import Part, yaml_parts

FILES = re.compile(r"(^|/)\.github/workflows/[^/]+\.ya?ml$")


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what a workflow shows."""
    for document in yaml_parts(text)[:1]:
        jobs = tuple(_job(name, job) for name, job in document.get("jobs").entries())
        is_scheduled = "schedule" in document.get("on").texts()
        yield from pipeline_sightings(Pipeline(path=path, jobs=jobs, is_scheduled=is_scheduled))


def _job(name: Part, job: Part) -> Job:
    environment = job.get("environment")
    return Job(
        name=name.text,
        line=name.line,
        steps=tuple(_steps(job)),
        needs=tuple(job.get("needs").texts()),
        environment=environment.get("name").text or environment.text,
        may_fail=job.get("continue-on-error").text == "true",
    )


def _steps(job: Part) -> Iterator[Step]:
    uses = job.get("uses")
    if uses:
        yield Step(line=uses.line, words=f"uses: {uses.text}")
    for step in job.get("steps").parts():
        used, run = step.get("uses"), step.get("run")
        if used:
            given = " ".join(
                f"{key.text}: {value.text}" for key, value in step.get("with").entries() if value.text
            )
            yield Step(line=used.line, words=f"uses: {used.text} {given}".strip())
        if run:
            yield from commands(run.text_line, run.text)
