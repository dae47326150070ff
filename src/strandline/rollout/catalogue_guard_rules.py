"""What a schema cannot say of the guards in a `strandline.yaml`: how their values must fit each other."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from strandline.rollout.catalogue_finding import CatalogueFinding, quoted
from strandline.rollout.units import parse_percent, share_text
from strandline.rollout.yaml_source import Place, SourceDocument
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import JsonValue
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

_HALF_BP = 5000
_ERROR_LIMITS = {
    "harm_alpha": (1, _HALF_BP),
    "pass_alpha": (1, _HALF_BP),
    "floor": (0, ALL_TRAFFIC_BP),
    "ceiling": (1, ALL_TRAFFIC_BP),
}
_TAKEN = ("errors", "latency", "split")
_NEEDED = {"counts": ("events", "total"), "value": ("value",)}
_NOT_OF = {"counts": ("value", "low", "high"), "value": ("events", "total")}

Group = dict[str, JsonValue]
Findings = Iterator[CatalogueFinding]


def guard_findings(source: SourceDocument, place: Place, guards: Group) -> Findings:
    """Yield every guard whose values have the right form and do not fit each other."""
    errors, latency = _group(guards.get("errors")), _group(guards.get("latency"))
    metrics = guards.get("metrics")
    each = [_group(metric) for metric in metrics] if isinstance(metrics, list) else []
    here = (*place, "errors")
    for key, (least, most) in _ERROR_LIMITS.items():
        share = _percent(errors.get(key))
        if share is not None and not least <= share <= most:
            what = f"{key} is out of range: {quoted(errors.get(key))}."
            fix = f"Choose a share from {share_text(least)} to {share_text(most)}."
            yield source.finding((*here, key), what, fix)
    yield from _ratio_findings(source, here, errors)
    yield from _ratio_findings(source, (*place, "latency"), latency)
    names: set[str] = set()
    for index, metric in enumerate(each):
        yield from _metric_findings(source, (*place, "metrics", index), metric, names)
    roles = [errors.get("role", "decide"), latency.get("role", "veto")]
    roles += [metric.get("role", "veto") for metric in each]
    if "decide" not in roles:
        what = "No guard decides: every stage would pass without any proof."
        yield source.finding(place, what, "Give one guard `role: decide`, as errors have by default.")


def _metric_findings(source: SourceDocument, place: Place, metric: Group, names: set[str]) -> Findings:
    name, kind = metric.get("name"), metric.get("kind")
    if isinstance(name, str):
        if name in _TAKEN or name in names:
            what = f"There is another guard called {quoted(name)}."
            yield source.finding((*place, "name"), what, "Give each its own name.")
        names.add(name)
    url = metric.get("url", "")
    if metric.get("source") == "prometheus" and not (isinstance(url, str) and _is_web(url)):
        what = "A metric from Prometheus needs the address to ask."
        yield source.finding(place, what, "Add `url: http://prometheus:9090`.")
    if not isinstance(kind, str) or kind not in _NEEDED:
        return
    for key in _NEEDED[kind]:
        if not metric.get(key):
            what = f"A metric of the kind {kind} needs {quoted(key)}."
            yield source.finding(place, what, f"Add `{key}: …`: the query of it.")
    for key in _NOT_OF[kind]:
        if key in metric:
            yield source.finding(
                (*place, key), f"A metric of the kind {kind} has no {quoted(key)}.", "Leave it out."
            )
    if kind == "counts":
        yield from _ratio_findings(source, place, metric)
    else:
        yield from _value_findings(source, place, metric)


def _value_findings(source: SourceDocument, place: Place, metric: Group) -> Findings:
    low, high = metric.get("low", 0), metric.get("high", 1)
    if isinstance(low, int) and isinstance(high, int) and low >= high:
        what = f"A value cannot be from {low} to {high}."
        yield source.finding(place, what, "Give `low` and `high`: the least and the most that it can be.")
    margin = _percent(metric.get("margin"))
    if "margin" not in metric or (margin is not None and (not 0 < margin < ALL_TRAFFIC_BP or margin % 100)):
        what = "The margin of a value is a whole percentage of its range, from 1% to 99%."
        where: Place = (*place, "margin") if "margin" in metric else place
        yield source.finding(where, what, "10% says: a tenth of the range more does no harm.")


def _ratio_findings(source: SourceDocument, place: Place, guard: Group) -> Findings:
    margin = _percent(guard.get("margin"))
    if margin is not None and (margin <= ALL_TRAFFIC_BP or margin % 100):
        what = f"The margin must be a whole percentage over 100%, and is {quoted(guard.get('margin'))}."
        fix = "200% says: harmless is what has less than twice the control's errors, or slow requests."
        yield source.finding((*place, "margin"), what, fix)


def _is_web(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _percent(value: JsonValue) -> int | None:
    try:
        return parse_percent(value) if isinstance(value, str) else None
    except BadInputError:
        return None  # the schema has its finding


def _group(value: JsonValue) -> Group:
    return value if isinstance(value, dict) else {}
