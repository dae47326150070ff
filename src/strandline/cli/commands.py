"""Every command with its line of help and its examples; a command's file is loaded when it is used."""

from importlib import metadata

from cyclopts import App, Group, Parameter
from cyclopts.help import PlainFormatter

from strandline.cli.output import Output
from strandline.cli.session import EVERYWHERE

_BEGIN = Group("Begin", sort_key=1)
_ROLL_OUT = Group("Roll out", sort_key=2)
_TAKE_OVER = Group("Take a rollout over", sort_key=3)
_LOOK = Group("Look", sort_key=4)

_SUMMARY = """\
Runs deployments over real traffic, and takes the bad ones back by itself.

Exit codes: 0 done; 1 refused, failed or rolled back; 2 bad input; 3 something outside is unavailable.
"""

COMMANDS: tuple[tuple[Group, str, str, tuple[str, ...]], ...] = (
    (
        _BEGIN,
        "demo",
        "Show the whole story on this machine, in about a minute.",
        ("demo", "demo --no-browser"),
    ),
    (
        _BEGIN,
        "init",
        "Write a commented strandline.yaml for a service.",
        ("init shop", "init --into services/shop"),
    ),
    (
        _BEGIN,
        "serve",
        "Run the control plane with its pages.",
        ("serve", "serve --port 0 --home /srv/strandline"),
    ),
    (_BEGIN, "doctor", "Say what is there, what is wrong, and what to do.", ("doctor", "doctor --json")),
    (
        _ROLL_OUT,
        "plan",
        "Say what deploy would do, and what stands in its way.",
        ("plan shop ./releases/2 --to production",),
    ),
    (
        _ROLL_OUT,
        "deploy",
        "Start a rollout, and see it through.",
        (
            "deploy shop ./releases/2 --to production",
            "deploy shop 2.0.1 --to production --no-watch",
            "deploy shop ./hotfix --to production --emergency --reason 'checkout is down'",
        ),
    ),
    (
        _ROLL_OUT,
        "rollback",
        "Return to the release before.",
        ("rollback shop", "rollback shop --in production --reason 'customers call'"),
    ),
    (
        _TAKE_OVER,
        "pause",
        "Keep a rollout at its present share.",
        ("pause shop-7 --reason 'looks odd'",),
    ),
    (_TAKE_OVER, "resume", "Let a paused rollout go on.", ("resume shop-7",)),
    (
        _TAKE_OVER,
        "promote",
        "Go on to the next stage without waiting for evidence.",
        ("promote shop-7 --reason 'tested by hand'",),
    ),
    (_TAKE_OVER, "abort", "End a rollout: all traffic returns at once.", ("abort shop-7",)),
    (
        _LOOK,
        "status",
        "Say what is live where, and how a rollout goes.",
        ("status", "status shop-7", "status shop-7 --watch", "status --json"),
    ),
    (
        _LOOK,
        "verdict",
        "Run a deployment's verdicts again, or by another policy.",
        ("verdict shop-7", "verdict shop-7 --with stricter/strandline.yaml"),
    ),
    (
        _LOOK,
        "kpi",
        "Say how well deployments go, and what each figure rests on.",
        (
            "kpi",
            "kpi change-fail-rate --service shop --from 12w",
            "kpi --as-of 2026-09-01 --json",
            "kpi notice",
            "kpi target set change-fail-rate --at-most 10% --owner ann",
            "kpi target import slo.yaml",
            "kpi target list",
            "kpi review change-fail-rate --owner ann --next 2027-01-15",
            "kpi dictionary",
            "kpi themes --service shop",
        ),
    ),
    (
        _LOOK,
        "assess",
        "Say how mature deployment management is, proved by what happened.",
        (
            "assess .",
            "assess",
            "assess PM TO",
            "assess --unit shop-team --roadmap",
            "assess --if TO3.1 --if TO3.2",
            "assess --output maturity.html",
            "assess --model samm/model",
            "assess --as-of 2026-09-01 --json",
        ),
    ),
    (
        _LOOK,
        "level",
        "Levels over time: targets with a forecast, history, what changed, how units stand.",
        (
            "level history",
            "level target TO 4 --by 2027-06-30 --owner ann",
            "level diff --from 2026-06-01",
            "level diff --as-of 2026-06-01",
            "level units",
        ),
    ),
    (
        _LOOK,
        "attest",
        "Vouch where no event can say it, and waive; signed, countersigned, expiring.",
        (
            "attest enrol ann --unit shop-team",
            "attest make DO3.3 'I read ten plans' --by ann --unit shop-team",
            "attest countersign ID --by ben",
            "attest waive TO3.4 --by ann --reason 'no signing service yet'",
            "attest draw --count 3",
            "attest list",
        ),
    ),
    (
        _LOOK,
        "survey",
        "Ask people a few statements, without their names.",
        ("survey open documents-reliable --invited 25", "survey result", "survey list"),
    ),
    (
        _LOOK,
        "model",
        "The maturity model: what each level asks for, and checking one of your own.",
        ("model show TO3.1", "model check ours.yaml", "model schema", "model names"),
    ),
    (
        _LOOK,
        "feed",
        "Where evidence comes from: webhooks of other tools, and what came over them.",
        (
            "feed add github --kind github --secret env:HOOK_SECRET --environments prd=production",
            "feed add ci --kind jenkins --api https://ci.acme.example --reads shop/deploy --token env:CI",
            "feed backfill ci --from 26w",
            "feed list",
            "feed unmapped",
        ),
    ),
    (
        _LOOK,
        "incident",
        "Which incidents there were, and which deployments they are taken to come from.",
        (
            "incident list --from 12w",
            "incident classify P123 --not-caused --cause external-outage",
            "incident link P123 shop-7",
            "incident dispute P123 shop-7 --reason 'it began before'",
        ),
    ),
    (
        _LOOK,
        "trace",
        "Everything that belongs to a deployment, and how that is known.",
        (
            "trace show shop-7",
            "trace link deployment:shop-7 ticket:SHOP-12 --reason 'it was for this'",
            "trace dispute deployment:shop-7 incident:P123",
        ),
    ),
    (_LOOK, "services", "List the services, and what each runs.", ("services",)),
    (
        _LOOK,
        "ledger",
        "Events in and out, proof, and everything as it happens.",
        (
            "ledger tail",
            "ledger tail --once -n 50 --deployment shop-7",
            "ledger verify",
            "ledger export events.jsonl",
            "ledger import events.jsonl",
        ),
    ),
    (
        _LOOK,
        "completion",
        "Print the script that completes commands in your shell.",
        ("completion bash > ~/.local/share/bash-completion/completions/strandline",),
    ),
)
"""Group, name, help, examples. The command is the function (or the group of commands) of this name in
`strandline.cli.<name>`; those that intervene are in one file."""

NAMES = frozenset(name for _, name, _, _ in COMMANDS)
GROUPS = frozenset(("attest", "feed", "incident", "kpi", "ledger", "level", "model", "survey", "trace"))
"""Commands that are groups of commands."""
_ELSEWHERE = dict.fromkeys(("pause", "resume", "promote", "abort"), "interventions") | {"kpi": "kpi_targets"}


def make_app(output: Output) -> App:
    """Return the whole command line; nothing of it is run."""
    app = App(
        name="strandline",
        help=_SUMMARY,
        version=metadata.version("strandline"),
        help_format="markdown",
        help_formatter=None if output.is_terminal else PlainFormatter(),
        console=output.people,
        default_parameter=Parameter(show_default=_shown_default),
    )
    for order, (group, name, summary, examples) in enumerate(COMMANDS):
        file = _ELSEWHERE.get(name, name)
        more = {} if name in GROUPS else {"help_epilogue": epilogue(examples)}
        app.command(
            f"strandline.cli.{file}:{name}", name=name, help=summary, group=group, sort_key=order, **more
        )
    for name in ("--help", "--version"):
        app[name].group = EVERYWHERE
    return app


def with_its_own_words(app: App, name: str) -> App:
    """Return a command as its file describes it, not only in the one line of the list."""
    command = app[name]
    if command.default_command is not None:
        # Without a help of its own, Cyclopts takes the function's.
        command.help = None
    return command


def _shown_default(value: object) -> str | None:
    """Show only the defaults that say something."""
    return str(value) if value not in (None, False, "") else None


def epilogue(examples: tuple[str, ...]) -> str:
    """Return examples as the end of a help text."""
    return "\n".join(["Examples:", "", *(f"- `strandline {example}`" for example in examples)])
