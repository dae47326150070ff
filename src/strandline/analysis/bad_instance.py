"""A bad instance is not a bad release: does one instance of the canary fail, and its siblings do not?

Asked only once harm is shown. An instance is at fault if it fails more often than its siblings, shown at
`ALPHA` shared by all instances of the canary; whether the release without it is harmful as well, the judge
finds out by judging the rollout again without it.

`ALPHA` is weak on purpose. Both answers take the failing instance from the users at once, and to blame one
wrongly costs little: it is replaced, and if it was the release after all, harm is shown again. To roll a
good release back because of a bad host costs a release. Few requests show harm, and fewer still can tell
instances apart: where one of three fails a tenth of its requests, it is named before the release is blamed
in 96 of 100 rollouts; a release that fails alike everywhere is put down to one instance in 3 of 100
(`tests/analysis/test_bad_instance.py`).
"""

import math
from collections.abc import Iterable

import numpy as np

from strandline.analysis.noisy_ratio import NoisyRatio
from strandline.vocabulary.traffic import InstanceCounts

ALPHA = 0.2
MOST = 2
"""So many instances of one rollout may be bad by themselves; one more is the release's own doing."""
_LEAST_SIBLINGS = 1
_RATIOS = (4.0, 10.0, 30.0, 1000.0)


def bad_instance(looks: Iterable[tuple[InstanceCounts, ...]]) -> str:
    """Return the name of the instance that is at fault; empty if it is none, or more than one.

    Args:
        looks: the canary's counts by instance, look by look.
    """
    kept = [look for look in looks if look]
    names = sorted({each.instance for look in kept for each in look})
    if len(names) <= _LEAST_SIBLINGS:
        return ""
    evidence = NoisyRatio(1.0, _RATIOS, [1 / len(_RATIOS)] * len(_RATIOS), runs=len(names))
    for look in kept:
        by_name = {each.instance: each for each in look}
        requests = np.array([float(by_name[name].requests) if name in by_name else 0.0 for name in names])
        errors = np.array([float(by_name[name].errors) if name in by_name else 0.0 for name in names])
        evidence.look(errors, requests, errors.sum() - errors, requests.sum() - requests)
    log_needed = math.log(len(names) / ALPHA)
    shown = [name for name, log_e in zip(names, evidence.log_e, strict=True) if log_e >= log_needed]
    return shown[0] if len(shown) == 1 else ""
