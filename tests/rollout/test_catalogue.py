"""A service is read whole or not at all, and whatever is wrong is named with its place and its fix."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strandline.rollout.catalogue import (
    CatalogueError,
    read_service,
    template,
)
from strandline.rollout.catalogue_schema import SERVICE_SCHEMA
from strandline.vocabulary.service import (
    CommandTargetPolicy,
    Environment,
    ErrorGuardPolicy,
    Freeze,
    LocalTargetPolicy,
    ReadinessPolicy,
    RolloutPolicy,
    Service,
    StagePolicy,
    Strategy,
    WeeklyFreeze,
    WhenBusy,
    WhenUndecided,
)

FULL = """\
service: greeter
owner: team-web
tier: 2
description: |
  Greets.
environments:
  staging:
    target:
      kind: command
      prepare: [./deploy, prepare]
      shift: [./deploy, shift]
      restore: [./deploy, restore]
      inspect: [./deploy, inspect]
      retire: [./deploy, retire, 3, true]
      time_limit: 90s
    rollout: {strategy: all-at-once}
  production:
    target:
      kind: local
      listen: 127.0.0.1:8080
      command: [python3, "{release}/server.py", --port, "{port}"]
      instances: 2
      ready: {path: /ready, within: 20s}
      environment: {LOG_LEVEL: debug, WORKERS: 4, FAST: true}
      drain: 500ms
      tester_header: x-me
    rollout:
      strategy: canary
      stages: [{share: 0.5%, bake: 10s}, {share: 50%, deadline: 1h}]
      batch: 2
      look_every: 250ms
      when_undecided: roll-back
      when_busy: refuse
      keep_previous_warm: 2h
      guards:
        errors: {harm_alpha: 2%, pass_alpha: 3%, margin: 150%, floor: 0.1%, ceiling: 10%}
    freezes:
      - {reason: year's end, from: 2026-12-20T18:00:00+01:00, to: 2027-01-04T07:00:00Z}
    weekly_freezes:
      - {reason: weekend, days: [friday, saturday], from: 15:00, to: 24:00, timezone: Europe/Berlin}
"""

ONCE = "{strategy: all-at-once}"
MINIMAL = """\
service: greeter
owner: team-web
environments:
  production:
    target: {kind: local, listen: "127.0.0.1:8080", command: [./serve]}
"""


def _wrong(text: str) -> CatalogueError:
    with pytest.raises(CatalogueError) as caught:
        read_service(text, file="strandline.yaml")
    return caught.value


def _refusal(text: str) -> CatalogueError | None:
    try:
        read_service(text, file="strandline.yaml")
    except CatalogueError as error:
        return error
    return None


def _check(refusal: CatalogueError | None) -> None:
    if refusal is not None:
        assert re.fullmatch(r"strandline\.yaml:[1-9]\d*:[1-9]\d*", refusal.where)
        assert refusal.what.endswith(".")


def test_everything_that_is_stated_is_read() -> None:
    service = read_service(FULL, file="/srv/greeter/strandline.yaml")
    assert service == Service(
        name="greeter",
        owner="team-web",
        tier=2,
        description="Greets.\n",
        folder="/srv/greeter",
        environments={
            "staging": Environment(
                name="staging",
                target=CommandTargetPolicy(
                    prepare=("./deploy", "prepare"),
                    shift=("./deploy", "shift"),
                    restore=("./deploy", "restore"),
                    inspect=("./deploy", "inspect"),
                    retire=("./deploy", "retire", "3", "true"),
                    time_limit=timedelta(seconds=90),
                ),
                rollout=RolloutPolicy(strategy=Strategy.ALL_AT_ONCE, stages=(StagePolicy(share_bp=10_000),)),
            ),
            "production": Environment(
                name="production",
                target=LocalTargetPolicy(
                    listen="127.0.0.1:8080",
                    command=("python3", "{release}/server.py", "--port", "{port}"),
                    instances=2,
                    ready=ReadinessPolicy(path="/ready", within=timedelta(seconds=20)),
                    environment={"LOG_LEVEL": "debug", "WORKERS": "4", "FAST": "true"},
                    drain=timedelta(milliseconds=500),
                    tester_header="x-me",
                ),
                rollout=RolloutPolicy(
                    stages=(
                        StagePolicy(share_bp=50, bake=timedelta(seconds=10)),
                        StagePolicy(share_bp=5000, deadline=timedelta(hours=1)),
                    ),
                    batch=2,
                    look_every=timedelta(milliseconds=250),
                    when_undecided=WhenUndecided.ROLL_BACK,
                    when_busy=WhenBusy.REFUSE,
                    keep_previous_warm=timedelta(hours=2),
                    errors=ErrorGuardPolicy(
                        harm_alpha_bp=200, pass_alpha_bp=300, margin_percent=150, floor_bp=10, ceiling_bp=1000
                    ),
                ),
                freezes=(
                    Freeze(
                        reason="year's end",
                        starts_at=datetime(2026, 12, 20, 17, tzinfo=UTC),
                        ends_at=datetime(2027, 1, 4, 7, tzinfo=UTC),
                    ),
                ),
                weekly_freezes=(
                    WeeklyFreeze(
                        reason="weekend",
                        days=("friday", "saturday"),
                        from_hour="15:00",
                        to_hour="24:00",
                        timezone="Europe/Berlin",
                    ),
                ),
            ),
        },
    )


def test_what_is_not_stated_is_the_default() -> None:
    service = read_service(MINIMAL, file="strandline.yaml")
    production = service.environments["production"]
    assert production == Environment(
        name="production", target=LocalTargetPolicy(listen="127.0.0.1:8080", command=("./serve",))
    )
    assert (service.tier, service.folder) == (3, str(Path.cwd()))


@pytest.mark.parametrize(
    ("old", "new", "points_at", "what", "fix"),
    [
        ("when_undecided", "when_undecidd", "when_undecidd", '"when_undecidd" is not', "when_undecided"),
        ("tier: 2", "teir: 2", "teir", '"teir" is not known at the top', 'Did you mean "tier"?'),
        ("drain: 500ms", "drain: soon", "soon", "must be a duration", "90s"),
        ("drain: 500ms", "drain: 5", "5\n", "must be a duration", "90s"),
        ("drain: 500ms", "drain: 400d", "400d", "out of range", "366d"),
        ("drain: 500ms", "drain: 99999d", "99999d", "out of range", "366d"),
        ("owner: team-web\n", "", "service:", '"owner" is missing', "Add `owner: team-web`"),
        ("owner: team-web", "owner:", "\ntier", "owner is empty", "team-web"),
        ("owner: team-web", "owner: 5", "5\n", "must be text, and is a number: 5", 'quotes: "5"'),
        ("tier: 2", "tier: 7", "7", "at most 4", "2"),
        ("tier: 2", 'tier: "2"', '"2"', "must be a whole number", "2"),
        ("share: 50%", "share: 150%", "150%", "out of range", "0.01% to 100%"),
        ("share: 50%", "share: 0.5%", "0.5%, deadline", "must grow", "more than 0.5%"),
        ("share: 50%", "share: 100%", "100%", "nothing is left to compare", "Leave this stage out"),
        ("share: 50%", "share: 5", "5,", "must be a share", "5%"),
        ("share: 50%, ", "", "{deadline", "has no share", "share: 5%"),
        ("bake: 10s", "bake: 11m", "11m", "deadline is sooner: 10m", "11m or more"),
        ("kind: local", "kind: locale", "locale", 'cannot be "locale"', 'Did you mean "local"?'),
        ("      listen: 127.0.0.1:8080\n", "", "kind: local\n", '"listen" is missing', "127.0.0.1:8080"),
        ("listen: 127.0.0.1:8080", "listen: 127.0.0.1:80800", "127.0.0.1:80800", "port 80800", "65535"),
        ("[friday, saturday]", "[friday, Saturday]", "Saturday", 'cannot be "Saturday"', '"saturday"'),
        ("Europe/Berlin", "Europe/Berln", "Europe/Berln", "not known", "IANA"),
        ("from: 15:00", "from: 24:00", "24:00, timezone", "ends when it begins", "whole day"),
        ("from: 15:00", "from: 25:00", "25:00", "time of day", "15:00"),
        ("2026-12-20T18", "2026-02-30T18", "2026-02-30", "not a moment that exists", "2026-12-20T18"),
        ("2026-12-20T18:00:00+01:00", "2026-12-20", "2026-12-20,", "a moment with its offset", "+01:00"),
        ("to: 2027-", "to: 2025-", "2025-", "ends before it begins", "Swap"),
        ("margin: 150%", "margin: 90%", "90%", "over 100%", "200%"),
        ("harm_alpha: 2%", "harm_alpha: 60%", "60%", "out of range", "50%"),
        ("  production:", "  Production:", "Production", 'The name "Production"', "greeter"),
        ("  production:", "  staging:", "staging:", "twice; the first is in line 7", "Keep one"),
        ("service: greeter", "service: Greeter!", "Greeter!", 'is "Greeter!"', "greeter"),
        ("look_every: 250ms", "look_every: 1ms", "1ms", "out of range", "100ms"),
        ("LOG_LEVEL: debug", "LOG-LEVEL: debug", "LOG-LEVEL", 'name "LOG-LEVEL"', ""),
        (ONCE, "{strategy: rolling, stages: [{share: 5%}]}", "5%}]}", "all traffic", "Leave `share` out"),
        (ONCE, "{strategy: rolling, stages: [{}, {}]}", "{}]}", "has one stage", "canary"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_its_fix(
    old: str, new: str, points_at: str, what: str, fix: str
) -> None:
    text = FULL.replace(old, new, 1)
    assert text != FULL
    error = _wrong(text)
    assert len(error.findings) == 1
    finding = error.findings[0]
    assert error.where == f"strandline.yaml:{finding.line}:{finding.column}"
    written = "\n".join(text.split("\n")[finding.line - 1 :])
    assert written[finding.column - 1 :].startswith(points_at)
    assert what in error.what
    assert fix in error.remedy


def test_all_mistakes_of_a_file_are_reported_together() -> None:
    text = FULL.replace("teir", "tier").replace("tier: 2", "teir: 2").replace("drain: 500ms", "drain: soon")
    text = text.replace("share: 50%", "share: 0.1%").replace("Europe/Berlin", "Nowhere")
    error = _wrong(text)
    assert len(error.findings) == 4
    assert error.where.startswith("strandline.yaml:3:1")
    for finding in error.findings[1:]:
        assert f"strandline.yaml:{finding.line}:{finding.column}: {finding.what}" in str(error)


@pytest.mark.parametrize("text", ["", "# nothing\n", "greeter", "- a", "3"])
def test_a_file_without_keys_is_refused_at_its_beginning(text: str) -> None:
    error = _wrong(text)
    assert "The file" in error.what
    assert re.fullmatch(r"strandline\.yaml:\d+:\d+", error.where)


def test_two_environments_cannot_listen_at_one_address() -> None:
    text = MINIMAL + MINIMAL.partition("environments:\n")[2].replace("production", "staging")
    assert "both listen" in _wrong(text).what


def test_a_message_holds_nothing_that_a_terminal_would_obey() -> None:
    error = _wrong(MINIMAL.replace("greeter", '"\\e[31m"'))
    assert "\x1b" not in str(error)
    assert "U+001B" in str(error)


def test_a_name_does_not_end_in_a_line_break() -> None:
    assert "U+000A" in str(_wrong(MINIMAL.replace("greeter", '"greeter\\n"')))


def test_the_template_is_a_service_and_names_its_schema() -> None:
    text = template("greeter")
    assert text.startswith(f"# yaml-language-server: $schema=./{SERVICE_SCHEMA}\n")
    service = read_service(text, file="strandline.yaml")
    assert service.name == "greeter"


def test_the_templates_commented_parts_are_valid_too() -> None:
    text = re.sub(
        r"^(\s+)# ((?:\s*(?:guards|errors|freezes|weekly_freezes):|\s+- ).*)$",
        r"\1\2",
        template("a"),
        flags=re.MULTILINE,
    )
    production = read_service(text, file="strandline.yaml").environments["production"]
    assert len(production.freezes) == 1
    assert len(production.weekly_freezes) == 2


_CHARACTERS = "{}[]:,-#&*!|>'\"%@` \n\tax0.5<?~\\\x00\x85\u2028é"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_mutilated_file_is_read_or_refused_with_a_line(data: st.DataObject) -> None:
    text = FULL
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        removed = data.draw(st.integers(0, 12))
        put = data.draw(st.text(alphabet=_CHARACTERS, max_size=4))
        text = text[:at] + put + text[at + removed :]
    _check(_refusal(text))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 99999)
    | st.sampled_from(["", "5%", "5m", "local", "canary", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "target", "share", "days", "from", "<<", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_file_with_any_value_anywhere_is_read_or_refused_with_a_line(data: st.DataObject) -> None:
    lines = FULL.splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    key = lines[index].partition(":")[0]
    lines[index] = f"{key}: {json.dumps(data.draw(_JSON))}"
    _check(_refusal("\n".join(lines)))
