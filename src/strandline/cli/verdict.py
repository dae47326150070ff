"""`strandline verdict`: run the verdicts of a deployment again from the ledger."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import RenderableType
from rich.text import Text

from strandline.analysis.judge import RolloutJudge
from strandline.cli.connection import reading
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.rollout.catalogue import read_service
from strandline.rollout.judged_again import JudgedAgain, LookJudgedAgain, first_decided, judge_again
from strandline.rollout.planning import environment_of
from strandline.vocabulary.deployment import DeploymentPlanned
from strandline.vocabulary.errors import BadInputError, RefusedError
from strandline.vocabulary.service import GuardRole, RolloutPolicy
from strandline.vocabulary.verdict import AnalysisAnswer

_LISTED = 10
_STYLES = {
    AnalysisAnswer.HARM_SHOWN: "bad",
    AnalysisAnswer.NO_HARM_SHOWN: "good",
    AnalysisAnswer.NOT_ENOUGH_EVIDENCE: "wait",
}


def verdict(
    deployment: str,
    /,
    *,
    with_: Annotated[Path | None, Parameter(name="--with", metavar="FILE")] = None,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Run every verdict of a deployment again from the ledger, and say whether it agrees, bit for bit.

    The exit code is 1 if a verdict differs. With another policy nothing has to agree: it says what that
    policy would have answered, look by look, to the same counts.

    Args:
        deployment: A deployment, such as greeter-7.
        with_: A strandline.yaml whose policy for the same environment is to be tried.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        plan = reader.desk.plan_of(deployment)
        records = reader.desk.events(deployment)
    policy = _policy(with_, plan) if with_ is not None else None
    with session.output.working("Running the verdicts again"):
        found = judge_again(deployment, records, make_judge=RolloutJudge, policy=policy)
    if not found.looks:
        what = f"{deployment} has no verdict: nothing of it was watched."
        raise RefusedError(what, remedy="A verdict is given at every look at a stage with traffic.")
    session.output.result(found, *_shown(found))
    return RefusedError.exit_code if found.is_own_policy and not found.agrees else 0


def _policy(file: Path, plan: DeploymentPlanned) -> RolloutPolicy:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = "The policy cannot be read."
        raise BadInputError(what, where=str(file), remedy="Name a strandline.yaml.") from error
    return environment_of(read_service(text, file=str(file)), plan.environment.name).rollout


def _shown(found: JudgedAgain) -> list[RenderableType]:
    count = len(found.looks)
    looks = f"{count} verdict{'' if count == 1 else 's'}"
    if not found.is_own_policy:
        heading = line(words(found.deployment, "bold"), f"  {looks} under another policy")
    elif found.agrees:
        heading = line(
            words(found.deployment, "bold"), f"  {looks} run again: ", words("all agree, bit for bit", "good")
        )
    else:
        differ = f"{len(found.differing)} differ"
        heading = line(words(found.deployment, "bold"), f"  {looks} run again: ", words(differ, "bad"))
    shown: list[RenderableType] = [heading, words(f"by the judge “{found.judge}”", "faint"), Text()]
    shown += _stages(found)
    if found.is_own_policy:
        shown += [_difference(each) for each in found.differing[:_LISTED]]
    else:
        shown += _otherwise(found)
    return shown


def _stages(found: JudgedAgain) -> list[RenderableType]:
    """What each guard had to say at the end of each stage."""
    shown: list[RenderableType] = []
    for stage in sorted({each.stage for each in found.looks}):
        last = [each for each in found.looks if each.stage == stage][-1]
        shown.append(words(f"Stage {stage}, after {last.look} looks", "bold"))
        rows = table("Guard", "Harm", "No harm", "What it says")
        for guard in last.again.guards:
            role = "" if guard.role is GuardRole.DECIDE else f" ({guard.role.value})"
            rows.add_row(
                f"{guard.guard}{role}",
                f"{_factor(guard.harm_evidence)} of {_factor(guard.harm_needed)}",
                f"{_factor(guard.no_harm_evidence)} of {_factor(guard.no_harm_needed)}",
                words(guard.sentence, _STYLES[guard.answer]),
            )
        shown += [rows, Text()]
    return shown


def _factor(evidence: int) -> str:
    """Evidence as the factor that it is: 200 hundredths are `100`."""
    if evidence > _LARGE:
        return f"10^{evidence // 100}"
    value = 10 ** (evidence / 100)
    return f"{value:,.0f}" if value >= _LISTED else f"{value:.2g}"


_LARGE = 600


def _difference(each: LookJudgedAgain) -> Text:
    return line(
        words(f"Stage {each.stage}, look {each.look}  ", "bad"),
        f"the ledger has “{each.recorded.sentence}”, its counts give “{each.again.sentence}”",
    )


def _otherwise(found: JudgedAgain) -> list[RenderableType]:
    """What another policy would have said, and when."""
    shown: list[RenderableType] = []
    for answer, name in ((AnalysisAnswer.HARM_SHOWN, "harm"), (AnalysisAnswer.NO_HARM_SHOWN, "no harm")):
        now = first_decided(found.looks, answer)
        then = next((each for each in found.looks if each.recorded.answer is answer), None)
        text = (
            f"It would have shown {name} at stage {now.stage}, look {now.look}"
            if now is not None
            else f"It would not have shown {name} in these looks"
        )
        was = f"it was stage {then.stage}, look {then.look}" if then is not None else "nor was it"
        if now is not None and then is None:
            was = "it was not shown then"
        elif now is None and then is not None:
            was = f"it was shown at stage {then.stage}, look {then.look}"
        shown.append(line(words(f"{text}", _STYLES[answer] if now is not None else "faint"), f"; {was}."))
    return shown
