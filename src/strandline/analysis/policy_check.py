"""Refuses a policy that no test can serve."""

from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.service import MetricKind, RolloutPolicy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

_SAME = 100


def check(policy: RolloutPolicy) -> None:
    """Look whether the guards of a policy can be kept.

    Raises:
        BadInputError: they cannot, for all the reasons that it names.
    """
    errors = policy.errors
    faults = {
        "harm_alpha_bp must be 1 to 9,999.": not 0 < errors.harm_alpha_bp < ALL_TRAFFIC_BP,
        "pass_alpha_bp must be 1 to 9,999.": not 0 < errors.pass_alpha_bp < ALL_TRAFFIC_BP,
        "margin_percent must be above 0.": errors.margin_percent <= 0,
        "floor_bp must be 0 (no floor) to 9,999.": not 0 <= errors.floor_bp < ALL_TRAFFIC_BP,
        "ceiling_bp must be 1 to 10,000 (no ceiling).": not 0 < errors.ceiling_bp <= ALL_TRAFFIC_BP,
        "The margin of latency must be above 100.": (
            policy.latency is not None and policy.latency.margin_percent <= _SAME
        ),
    }
    for each in policy.metrics:
        is_value = each.kind is MetricKind.VALUE
        is_fit = 0 < each.margin_percent < _SAME if is_value else each.margin_percent > _SAME
        faults[f"The margin of “{each.name}” does not fit its kind."] = not is_fit
    found = [fault for fault, is_found in faults.items() if is_found]
    if found:
        msg = f"The guards cannot be kept: {' '.join(found)}"
        raise BadInputError(msg, where="rollout.guards", remedy="Correct the policy.")
