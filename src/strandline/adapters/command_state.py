"""What `inspect` says, in the words of the port: arms, weights, counts, and whether they hold."""

from datetime import datetime

from strandline.adapters.command_inspection import ArmCounts, Inspection
from strandline.adapters.command_memory import Arms, Counters
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, ArmState, TrafficState


def weights_of(arms: Arms, inspection: Inspection) -> dict[str, int]:
    """Return the share of each release of the pair, in basis points."""
    weights: dict[str, int] = {}
    if arms.counterpart is not None:
        weights[arms.counterpart.digest] = ALL_TRAFFIC_BP - inspection.share_bp
    if arms.subject is not None:
        weights[arms.subject.digest] = inspection.share_bp
    return weights


def counted(arms: Arms, inspection: Inspection, before: Counters) -> tuple[Counters, tuple[str, ...]]:
    """Return what is counted now, and what makes it unfit: counters that went back without a word."""
    pairs = ((arms.subject, inspection.canary), (arms.counterpart, inspection.control))
    counts = {release.digest: counts for release, counts in pairs if release is not None and counts}
    if inspection.epoch != before.epoch:
        return Counters(epoch=inspection.epoch, resets=before.resets, counts=counts), ()
    fell = [digest for digest, now in counts.items() if _went_back(before.counts.get(digest), now)]
    said = tuple(f"the counters of {digest[:12]} went back: they have begun anew" for digest in fell)
    resets = before.resets + bool(fell)
    return Counters(epoch=inspection.epoch, resets=resets, counts=counts), said


def traffic_state(
    arms: Arms,
    inspection: Inspection,
    counters: Counters,
    *,
    observed_at: datetime,
    disturbances: tuple[str, ...],
) -> TrafficState:
    """Return the state; it is measured if every release that it names is counted."""
    shown = [digest for digest in (arms.stable, arms.canary) if digest]
    is_measured = bool(shown) and all(digest in counters.counts for digest in shown)
    weights = weights_of(arms, inspection)

    def arm(digest: str) -> ArmState | None:
        if not digest:
            return None
        counts = counters.counts[digest] if is_measured else None
        # The deployer vouches for its instances by the exit code of `prepare`.
        instances = arms.prepared.get(digest) or 1
        return ArmState(
            digest=digest,
            weight_bp=weights.get(digest, 0),
            instances_wanted=instances,
            instances_ready=instances,
            requests=counts.requests if counts else None,
            errors=counts.errors if counts else None,
        )

    return TrafficState(
        observed_at=observed_at,
        epoch=f"{inspection.epoch or 'counters'}/{counters.resets}",
        stable=arm(arms.stable),
        canary=arm(arms.canary),
        disturbances=disturbances,
        is_measured=is_measured,
    )


def idle_state(observed_at: datetime) -> TrafficState:
    """Return the state of a target that was never used, or stopped."""
    return TrafficState(observed_at=observed_at, epoch="", stable=None, canary=None, is_measured=False)


def _went_back(before: ArmCounts | None, now: ArmCounts) -> bool:
    return before is not None and (now.requests < before.requests or now.errors < before.errors)
