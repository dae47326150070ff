"""A service: what runs for users and can be deployed to; with its environments, target and rollout policy.

These are the values that a `strandline.yaml` states. Shares are integers in basis points (5 % = 500),
durations are `timedelta`, and every default that a user does not state is written here with its reason.
"""

from datetime import datetime, timedelta
from enum import Enum

import msgspec


class Strategy(Enum):
    """How a release takes over from the one before."""

    ALL_AT_ONCE = "all-at-once"
    """All traffic in one step, once the release is ready."""
    ROLLING = "rolling"
    """Instance by instance, in batches; traffic follows the instances."""
    CANARY = "canary"
    """A growing share of the traffic, stage by stage, judged against the release before."""
    BLUE_GREEN = "blue-green"
    """A full second set that testers reach by a header first; then all traffic at once."""


class WhenUndecided(Enum):
    """What a stage does at its deadline if the evidence shows neither harm nor harmlessness."""

    PAUSE = "pause"
    """Wait at the present share for a person; the default, since inconclusive is not a pass."""
    ROLL_BACK = "roll-back"
    PROMOTE = "promote"
    """Go on without proof; recorded as just that."""


class WhenBusy(Enum):
    """What a second rollout to the same service and environment does."""

    WAIT = "wait"
    REFUSE = "refuse"


class GuardRole(Enum):
    """What a guard's verdict may do."""

    DECIDE = "decide"
    """Harm rolls back, and no stage is passed before this guard has shown that there is none."""
    VETO = "veto"
    """Harm rolls back; a stage does not wait for this guard's proof of harmlessness."""
    SHADOW = "shadow"
    """It is judged and recorded, and does nothing: to try a guard before one trusts it."""


class StagePolicy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One step of a rollout that exposes a share of the traffic."""

    share_bp: int
    """Share of the traffic that the release gets, in basis points, 1 to 10,000."""
    bake: timedelta = timedelta(seconds=30)
    """The least time to watch, even if harmlessness is shown sooner."""
    deadline: timedelta = timedelta(minutes=10)
    """The most time to wait for evidence; then `WhenUndecided` says what happens."""


class ErrorGuardPolicy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What counts as harm in the share of failed requests, and with what certainty that is said."""

    harm_alpha_bp: int = 100
    """Chance, per rollout, that a harmless release is rolled back: 1 %."""
    pass_alpha_bp: int = 500
    """Chance, per rollout, that a release beyond the margin is passed: 5 %."""
    margin_percent: int = 200
    """A canary whose error share is shown to be under this percentage of its control's is harmless."""
    floor_bp: int = 50
    """A canary whose error share is shown to be under this is harmless whatever the ratio: 0.5 %."""
    ceiling_bp: int = 500
    """A release whose error share is shown to be over this is harmful even with nothing to compare: 5 %."""
    role: GuardRole = GuardRole.DECIDE


class LatencyGuardPolicy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What counts as harm in how long requests take. Needs a target that measures it."""

    margin_percent: int = 150
    """A canary shown to have fewer slow requests than this percentage of its control's is harmless."""
    role: GuardRole = GuardRole.VETO


class MetricSource(Enum):
    """Where a metric of one's own comes from."""

    PROMETHEUS = "prometheus"
    """The HTTP API of Prometheus, or of anything that speaks it."""
    OTLP = "otlp"
    """OpenTelemetry metrics that are pushed to Strandline."""


class MetricKind(Enum):
    """What a metric measures, which decides how it is judged."""

    COUNTS = "counts"
    """Events among a total, such as failed payments among payments: judged as the error share is."""
    VALUE = "value"
    """A bounded value, such as saturation from 0 to 1: judged by its mean, canary against control."""


class Worse(Enum):
    """Which direction is the bad one."""

    MORE = "more"
    LESS = "less"


class MetricGuardPolicy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A guard on a metric of one's own.

    In `events`, `total` and `value` the words `{digest}`, `{short_digest}`, `{version}`, `{service}`,
    `{environment}` and `{arm}` (`canary` or `control`) stand for the arm that is asked about.
    """

    name: str
    source: MetricSource
    kind: MetricKind
    url: str = ""
    """Of the Prometheus; not used for OTLP."""
    events: str = ""
    """For counts: the query (or the OTLP metric) of the cumulative number of events."""
    total: str = ""
    """For counts: the cumulative number of what the events are part of."""
    value: str = ""
    """For a value: the query (or the OTLP metric) of its present value."""
    low: int = 0
    """For a value: the least that it can be."""
    high: int = 1
    """For a value: the most that it can be."""
    worse: Worse = Worse.MORE
    margin_percent: int = 200
    """For counts: harmless is what is shown to be under this percentage of the control's share (for
    `worse: less`, of the share that lacks the event). For a value: the difference of the means, in percent
    of the range, that does no harm."""
    role: GuardRole = GuardRole.VETO


class RolloutPolicy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How releases are rolled out to one environment."""

    strategy: Strategy = Strategy.CANARY
    stages: tuple[StagePolicy, ...] = (
        StagePolicy(share_bp=500),
        StagePolicy(share_bp=2500),
        StagePolicy(share_bp=5000),
    )
    """For a canary: the stages before all traffic. For the others: one entry, with its bake and deadline."""
    batch: int = 1
    """For rolling: how many instances are replaced at a time."""
    look_every: timedelta = timedelta(seconds=1)
    """How often the evidence is looked at; looking often costs no certainty."""
    when_undecided: WhenUndecided = WhenUndecided.PAUSE
    when_busy: WhenBusy = WhenBusy.WAIT
    keep_previous_warm: timedelta = timedelta(hours=1)
    """How long the release before keeps running without traffic, so that a rollback takes a second."""
    warm_up: timedelta = timedelta()
    """How long the first requests of a release do not count, as it fills caches and compiles."""
    bake_after: timedelta = timedelta()
    """How long the watch goes on once all traffic is on a canary that has passed its stages: compared with
    the release before as it was then, the weaker kind. It can still be rolled back. Zero leaves it out."""
    errors: ErrorGuardPolicy = ErrorGuardPolicy()
    latency: LatencyGuardPolicy | None = LatencyGuardPolicy()
    """`None`: latency is not judged."""
    metrics: tuple[MetricGuardPolicy, ...] = ()


class ReadinessPolicy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """When an instance is ready: its path answers 2xx."""

    path: str = "/"
    within: timedelta = timedelta(seconds=30)
    """An instance that is not ready by then is a failed release; it never gets traffic."""


class LocalTargetPolicy(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="local", tag_field="kind"
):
    """Processes on this machine behind an Envoy of their own."""

    listen: str
    """`host:port` at which users reach the service."""
    command: tuple[str, ...]
    """How an instance is started, in the release folder. `{port}` is the port it must listen on at
    127.0.0.1, `{release}` the release folder; every argument with `{release}/…` must exist there."""
    instances: int = 1
    ready: ReadinessPolicy = ReadinessPolicy()
    environment: dict[str, str] = {}
    """Variables given to the process besides `PORT`, `STRANDLINE_RELEASE` and the machine's own `PATH`."""
    drain: timedelta = timedelta(seconds=5)
    """How long an instance that lost its traffic may finish what it began before it is stopped."""
    tester_header: str = "x-strandline-canary"
    """Requests with this header (any value) reach the canary before anybody else does."""


class CommandTargetPolicy(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="command", tag_field="kind"
):
    """Any deployer with a command line: the user's own commands move the traffic.

    Each command gets the variables `STRANDLINE_SERVICE`, `STRANDLINE_ENVIRONMENT`, `STRANDLINE_RELEASE`
    (folder), `STRANDLINE_DIGEST`, `STRANDLINE_VERSION`, `STRANDLINE_PREVIOUS_DIGEST`,
    `STRANDLINE_SHARE_PERCENT` and `STRANDLINE_OPERATION` (the same for a repeated attempt).
    """

    prepare: tuple[str, ...]
    """Makes the release ready without traffic; exit code 0 says it is."""
    shift: tuple[str, ...]
    """Gives the release `STRANDLINE_SHARE_PERCENT` of the traffic."""
    restore: tuple[str, ...]
    """Gives all traffic back to the release before."""
    inspect: tuple[str, ...]
    """Prints one JSON object: `share_percent`, and where known `canary` and `control` with cumulative
    `requests` and `errors`."""
    retire: tuple[str, ...] = ()
    """Stops a release that has no traffic; left out where nothing is to be done."""
    time_limit: timedelta = timedelta(minutes=5)
    """A command that runs longer is ended and counts as failed."""


TargetPolicy = LocalTargetPolicy | CommandTargetPolicy


class Freeze(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change freeze: from one moment to another in which only emergency changes are deployed."""

    reason: str
    starts_at: datetime
    ends_at: datetime


class WeeklyFreeze(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change freeze that comes back every week, in a named time zone."""

    reason: str
    days: tuple[str, ...]
    """`monday` … `sunday`."""
    from_hour: str = "00:00"
    to_hour: str = "24:00"
    timezone: str = "UTC"


class Environment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A platform on which the service runs, such as staging or production."""

    name: str
    target: TargetPolicy
    rollout: RolloutPolicy = RolloutPolicy()
    freezes: tuple[Freeze, ...] = ()
    weekly_freezes: tuple[WeeklyFreeze, ...] = ()


class Service(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What runs for users and can be deployed to."""

    name: str
    owner: str
    """The team or person who answers for it."""
    tier: int = 3
    """How much depends on it: 1 (everything) to 4 (nothing)."""
    description: str = ""
    environments: dict[str, Environment]
    folder: str = ""
    """Where its `strandline.yaml` was read from."""
