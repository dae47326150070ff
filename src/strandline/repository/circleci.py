"""Pipelines of CircleCI. Source: https://circleci.com/docs/configuration-reference/."""

import re
from collections.abc import Iterable, Iterator

from strandline.repository.pipeline import Job, Pipeline, Step, commands, pipeline_sightings
from strandline.repository.sighting import Sighting
from strandline.repository.yaml_parts import Part, yaml_parts

FILES = re.compile(r"(^|/)\.circleci/[^/]+\.ya?ml$")


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what the workflows show; without workflows, what the jobs do."""
    for document in yaml_parts(text)[:1]:
        made = document.get("commands")
        steps = {
            name.text: tuple(_steps(job.get("steps"), made)) for name, job in document.get("jobs").entries()
        }
        jobs = list(_placed(document.get("workflows"), steps))
        if not jobs:
            jobs = [
                Job(name=name.text, line=name.line, steps=steps[name.text])
                for name, _ in document.get("jobs").entries()
            ]
        yield from pipeline_sightings(Pipeline(path=path, jobs=tuple(jobs)))


def _placed(workflows: Part, steps: dict[str, tuple[Step, ...]]) -> Iterator[Job]:
    for _, workflow in workflows.entries():
        for entry in workflow.get("jobs").parts():
            if not entry.is_map:
                yield Job(name=entry.text, line=entry.line, steps=steps.get(entry.text, ()))
                continue
            for name, said in entry.entries():
                orb = (Step(line=name.line, words=name.text),)
                yield Job(
                    name=said.get("name").text or name.text,
                    line=name.line,
                    steps=steps.get(name.text, orb),
                    needs=tuple(said.get("requires").texts()),
                    is_approved=said.get("type").text == "approval",
                )


def _steps(steps: Part, made: Part) -> Iterator[Step]:
    for step in steps.parts():
        if not step.is_map:
            own = made.get(step.text, "steps")
            yield from _steps(own, Part(None)) if own else iter([Step(line=step.line, words=step.text)])
        for name, said in step.entries():
            if name.text == "run":
                script = said.get("command") if said.is_map else said
                yield from commands(script.text_line, script.text)
            else:
                own = made.get(name.text, "steps")
                given = " ".join(f"{key.text}: {value.text}" for key, value in said.entries() if value.text)
                yield Step(line=name.line, words=f"{name.text} {given}".strip())
                yield from _steps(own, Part(None))
