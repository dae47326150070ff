"""Pipelines of Jenkins, declarative or scripted: stages run in their order, so each waits for those before.

It is Groovy, a whole language; what is read is its text, stage by stage, without comments.
Source: https://www.jenkins.io/doc/book/pipeline/syntax/
"""

import re
from collections.abc import Iterable

from strandline.repository.pipeline import Job, Pipeline, commands, pipeline_sightings
from strandline.repository.sighting import Sighting

FILES = re.compile(r"(^|/)(Jenkinsfile([.\-_][\w.-]+)?|[\w.-]+\.jenkinsfile)$")
_STAGE = re.compile(r"\bstage\s*\(?\s*['\"]([^'\"]+)['\"]")
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INPUT = re.compile(r"^\s*input\b[\s({:]")
_CRON = re.compile(r"\bcron\s*\(")


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what a pipeline shows."""
    plain = _BLOCK_COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text)
    lines = plain.splitlines()
    begins = [(number, found[1]) for number, line in enumerate(lines) if (found := _STAGE.search(line))]
    stages = begins or [(0, "pipeline")]
    jobs: list[Job] = []
    for place, (start, name) in enumerate(stages):
        end = stages[place + 1][0] if place + 1 < len(stages) else len(lines)
        body = lines[start:end]
        jobs.append(
            Job(
                name=name,
                line=start + 1,
                steps=tuple(commands(start + 1, "\n".join(body))),
                needs=tuple(job.name for job in jobs),
                is_approved=any(_INPUT.search(line) for line in body),
            )
        )
    is_scheduled = _CRON.search(plain) is not None
    yield from pipeline_sightings(Pipeline(path=path, jobs=tuple(jobs), is_scheduled=is_scheduled))
