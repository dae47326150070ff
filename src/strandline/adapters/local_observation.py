"""What a local target says of itself at one moment: where traffic goes, and what was counted."""

from datetime import datetime

from strandline.adapters import envoy_config
from strandline.adapters.envoy import Envoy
from strandline.adapters.local_state import Counted, Phase, Wanted
from strandline.vocabulary.traffic import ArmState, InstanceCounts, TrafficState


async def observed(envoy: Envoy, wanted: Wanted, *, at: datetime) -> TrafficState:
    """Ask Envoy where traffic goes and what it counted, arm by arm and instance by instance.

    What an instance did is counted where Envoy tries it: a request that is tried twice counts at both, and an
    answer that Envoy gives by itself counts at none. The arm's own counts are the users'.
    """
    applied = await envoy.admin.applied()
    hosts = await envoy.admin.hosts()
    arms = [digest for digest in (wanted.stable, wanted.canary) if digest]
    counts = await envoy.admin.counts(arms) if arms else {}
    cut_offs = envoy.cut_offs.counts()
    epoch = envoy.epoch()

    def arm(digest: str) -> ArmState | None:
        if not digest:
            return None
        cluster = envoy_config.split_cluster(digest)
        serving = wanted.of(digest, Phase.SERVING)
        requests, errors = counts[digest].requests, counts[digest].errors + cut_offs[cluster]
        told = wanted.counted.get(digest, Counted(epoch="", requests=0, errors=0))
        return ArmState(
            digest=digest,
            weight_bp=applied.weights_bp.get(cluster, 0),
            instances_wanted=wanted.releases[digest].instances,
            instances_ready=sum(1 for it in serving if it.port in hosts and hosts[it.port].is_healthy),
            requests=requests,
            errors=told.limit(epoch, requests, errors),
            latency_buckets=counts[digest].latency_buckets,
            instances=tuple(
                InstanceCounts(
                    instance=it.name, requests=hosts[it.port].requests, errors=hosts[it.port].errors
                )
                for it in serving
                if it.port in hosts
            ),
        )

    return TrafficState(
        observed_at=at,
        epoch=epoch,
        stable=arm(wanted.stable),
        canary=arm(wanted.canary),
        disturbances=wanted.disturbances,
        losses=wanted.losses,
    )
