"""What a rollout needs around it: a frozen bundle of ports, put together in `bootstrap`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strandline.analysis.judge import Judge
from strandline.ledger.ports import Ledger
from strandline.rollout.bell import Bell
from strandline.rollout.custody import Custody
from strandline.rollout.metric_source import MetricSources
from strandline.rollout.ports import Targets
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.service import RolloutPolicy


@dataclass(frozen=True)
class Surroundings:
    """The ports that a deployment's workflow acts through."""

    ledger: Ledger
    clock: Clock
    targets: Targets
    make_judge: Callable[[RolloutPolicy, Sequence[int]], Judge]
    """A judge for a policy, and for what is known of the noise (`DeploymentPlanned.noise`)."""
    metrics: MetricSources
    bell: Bell
    custody: Custody
    is_first_in_line: Callable[[str, str, str], bool]
    """Whether (service, environment, deployment id) is the oldest deployment there that has not ended."""
