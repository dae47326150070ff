"""Compose files. Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md."""

import re
from collections.abc import Iterable

from strandline.repository.sighting import Show, Sighting, seen
from strandline.repository.yaml_parts import yaml_parts

FILES = re.compile(r"(^|/)(docker-)?compose([.-][\w.-]+)?\.ya?ml$")


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what the services of a file show."""
    for document in yaml_parts(text)[:1]:
        for name, service in document.get("services").entries():
            image = service.get("image")
            if not (image or service.get("build")):
                continue
            yield seen(Show.MANIFEST, path, name.line, f"service {name.text}")
            if "@sha256:" in image.text:
                yield seen(Show.IMAGE_BY_DIGEST, path, image.line, image.text)
            check = service.get("healthcheck")
            if check:
                yield seen(Show.HEALTH_CHECK, path, check.line, f"healthcheck of {name.text}")
            update = service.get("deploy", "update_config")
            if update.get("failure_action").text == "rollback":
                yield seen(Show.AUTOMATIC_ROLLBACK, path, update.line, "failure_action: rollback")
            if update.get("parallelism"):
                yield seen(
                    Show.STAGED_ROLLOUT, path, update.line, f"{update.get('parallelism').text} at once"
                )
