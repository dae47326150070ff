"""Playbooks of Ansible. Source: https://docs.ansible.com/ansible/latest/reference_appendices/playbooks_keywords.html."""

import re
from collections.abc import Iterable

from strandline.repository.sighting import Show, Sighting, seen
from strandline.repository.yaml_parts import yaml_parts

FILES = re.compile(r"\.ya?ml$")


def read(path: str, text: str) -> Iterable[Sighting]:
    """Yield what the plays of a file show; a file without plays shows nothing."""
    for document in yaml_parts(text)[:1]:
        if document.is_map:
            return
        for play in document.parts():
            if not (play.get("hosts") and (play.get("tasks") or play.get("roles"))):
                continue
            yield seen(Show.MANIFEST, path, play.line, f"play on {play.get('hosts').text}")
            serial = play.get("serial")
            if serial:
                yield seen(Show.STAGED_ROLLOUT, path, serial.line, f"serial: {', '.join(serial.texts())}")
            rescue = next((part for key, part in play.walk() if key == "rescue"), None)
            if rescue is not None:
                yield seen(Show.AUTOMATIC_ROLLBACK, path, rescue.line, "rescue")
