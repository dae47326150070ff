"""The reference page of `strandline.yaml`, written from its schema; `make reference` runs it."""

import sys
from collections.abc import Iterator
from typing import Any

from strandline.rollout.catalogue_schema import RELEASE_SCHEMA, Schema, resolve, schema
from strandline.rollout.catalogue_template import template

_HEAD = """\
# `strandline.yaml`

<!-- Written by `make reference` from the schemas in src/strandline/rollout; do not edit. -->

One file describes one service: what it is, where it runs, and how its releases are rolled out. `strandline
init` writes one with comments, and its JSON Schema beside it, so that an editor completes and checks it.

The file is read whole or not at all: whatever is wrong with it is reported at once, each with its line, its
column and the fix. Durations are written `90s`, `5m`, `1h30m` or `500ms`; shares `5%` or `0.5%`. Values are
what they look like: `no`, `15:00` and `1.10` are text, only `true`, `false`, `null` and whole numbers are
something else.

```yaml
"""
_SECTIONS = (
    ("", "The service"),
    ("environment", "`environments.<name>`"),
    ("localTarget", "`target` of the kind `local`"),
    ("ready", "`target.ready`"),
    ("commandTarget", "`target` of the kind `command`"),
    ("rollout", "`rollout`"),
    ("stage", "`rollout.stages[]`"),
    ("errorGuard", "`rollout.guards.errors`"),
    ("latencyGuard", "`rollout.guards.latency`"),
    ("metricGuard", "`rollout.guards.metrics[]`"),
    ("freeze", "`freezes[]`"),
    ("weeklyFreeze", "`weekly_freezes[]`"),
)
_KINDS = {
    "#/$defs/name": "name",
    "#/$defs/duration": "duration",
    "#/$defs/share": "share",
    "#/$defs/moment": "moment",
    "#/$defs/hour": "time of day",
    "#/$defs/command": "list of arguments",
}


def reference_page() -> str:
    """Return the page as it must be in `docs/reference/strandline-yaml.md`."""
    root = schema()
    lines = [_HEAD + template("greeter") + "```", ""]
    for name, title in _SECTIONS:
        lines += _section(root, root["$defs"][name] if name else root, title)
    lines += _section(schema(RELEASE_SCHEMA), schema(RELEASE_SCHEMA), "`release.yaml`, in a release folder")
    lines += [
        "## What else is checked",
        "",
        "* A canary's stages grow, and stay under 100 %; the other strategies have one, without a share.",
        "* A stage's deadline is not sooner than its bake ends.",
        "* No two environments listen at one address; no key is there twice; time zones and moments exist.",
        "* No control characters; at most 256 KiB; one document; no tags. Aliases and `<<` may be used.",
        "",
    ]
    return "\n".join(lines)


def _section(root: Schema, part: Schema, title: str) -> list[str]:
    said = part.get("description", "")
    head = [f"## {title}", "", *([said, ""] if said else [])]
    table = ["| key | value | default | meaning |", "|---|---|---|---|"]
    return [*head, *table, *_rows(root, part), ""]


def _rows(root: Schema, part: Schema) -> Iterator[str]:
    required = part.get("required", ())
    for key, stated in part["properties"].items():
        entry = resolve(root, stated)
        default = entry.get("default")
        if key in required or "const" in entry:
            shown = "**required**"
        else:
            shown = f"`{default}`" if default not in (None, "") else ""
        # A table's cell ends at a bar.
        said = str(entry.get("description", "")).replace("|", "\\|")
        yield f"| `{key}` | {_kind(stated, entry)} | {shown} | {said} |"


def _kind(stated: Schema, entry: dict[str, Any]) -> str:
    if stated.get("$ref") in _KINDS:
        return _KINDS[stated["$ref"]]
    if "const" in entry:
        return f"`{entry['const']}`"
    if "enum" in entry:
        return ", ".join(f"`{choice}`" for choice in entry["enum"])
    kind = entry["type"]
    if kind == "integer":
        return f"{entry['minimum']} to {entry['maximum']}"
    if kind == "array":
        inner = entry["items"].get("$ref", "").rpartition("/")[2]
        return f"list of {inner}s" if inner in {"stage", "freeze"} else "list"
    return {"object": "group", "string": "text"}.get(kind if isinstance(kind, str) else "string", "text")


if __name__ == "__main__":
    sys.stdout.write(reference_page())
