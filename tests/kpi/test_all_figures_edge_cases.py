"""The 29 edge cases that every set of delivery figures must decide, each named after the case.

The list, with what other tools make of each, is in the research that the project began with, under the
same numbers.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.kpi.told import (
    CD,
    at,
    classified,
    committed,
    deployed,
    heard,
    history,
    incident,
    linked,
    merged,
    returned,
    rolled_out,
    scope,
    sha,
)

from strandline.kpi.change_fail_rate import change_fail_rate
from strandline.kpi.change_lead_time import change_lead_time
from strandline.kpi.deployment_frequency import deployment_frequency
from strandline.kpi.deployment_rework_rate import deployment_rework_rate
from strandline.kpi.failed_deployment_recovery_time import failed_deployment_recovery_time
from strandline.kpi.failures import failures_of
from strandline.kpi.figure import Figure, Status
from strandline.kpi.history import History
from strandline.kpi.links import incident_links
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.vocabulary.deployment import Outcome
from strandline.vocabulary.event import Event
from strandline.vocabulary.link import LinkMethod
from strandline.vocabulary.pipeline import RunOutcome

HOUR = 3600.0


def lead_times(*parts: Event | list[Event], **more: Any) -> list[float]:
    """Return the lead times of a sample, in hours, with the seed deployment of `base` before."""
    base = [committed("base", at(-30)), *deployed("seed", at(-20), commit=sha("base"))]
    found = change_lead_time(history(base, *parts), scope(**more))
    return [each.value / HOUR for each in found.points]


def good(number: int, first_day: float = 1) -> list[Event]:
    """Return so many good deployments, a day apart."""
    return [each for n in range(number) for each in deployed(f"good-{n}", at(first_day + n))]


def test_01_the_first_known_deployment_does_not_swallow_the_past() -> None:
    past = [committed(f"old{n}", at(-400 + n), parents=(f"old{n - 1}",) if n else ()) for n in range(300)]
    first = deployed("first", at(1), commit=sha("old299"))
    next_one = committed("new", at(2), parents=("old299",))
    second = deployed("second", at(3), commit=sha("new"))
    found = change_lead_time(history(past, first, next_one, second), scope())
    assert [each.key for each in found.points] == [sha("new")]
    assert found.counts["seed"] == 1


def test_02_what_is_deployed_before_it_is_merged_has_its_true_lead_time() -> None:
    work = committed("work", at(1), parents=("base",))
    late_merge = merged(3, "work", at(1), at(2))
    assert lead_times(work, late_merge, deployed("d", at(1, 6), commit=sha("work"))) == [6.0]


def test_03_a_commit_that_is_younger_than_its_pull_request_counts_from_its_writing() -> None:
    work = committed("work", at(2), parents=("base",))
    tip = committed("tip", at(2, 3), parents=("base", "work"))
    request = merged(2, "tip", at(1), at(2, 3))
    assert lead_times(work, tip, request, deployed("d", at(2, 4), commit=sha("tip"))) == [4.0]


def test_04_a_commit_of_a_failed_or_staging_deployment_waits_for_production() -> None:
    work = committed("work", at(1), parents=("base",))
    staging = deployed("s", at(1, 1), commit=sha("work"), environment="staging")
    failed = deployed("f", at(1, 2), commit=sha("work"), outcome=RunOutcome.FAILURE)
    assert lead_times(work, staging, failed, deployed("d", at(1, 5), commit=sha("work"))) == [5.0]


def test_05_the_same_content_once_more_is_no_deployment() -> None:
    twice = [*deployed("d1", at(1), artifact="pkg:a"), *deployed("d2", at(2), artifact="pkg:a")]
    production = production_of(history(twice), scope())
    assert [each.key for each in production.counted] == [f"{CD}#d1"]
    assert production.left_out == {"same-content": 1}


def test_06_a_rollback_is_no_deployment_but_is_rework() -> None:
    told = history(good(5), returned(at(6)), heard())
    assert deployment_frequency(told, scope()).explicit.count == 5
    assert [each.note for each in change_fail_rate(told, scope()).points] == ["taken-back"]
    assert deployment_rework_rate(told, scope()).counts == {"rollback": 1}


def test_07_many_targets_of_one_run_are_one_deployment() -> None:
    regions = [
        each
        for n in range(4)
        for each in deployed(f"region-{n}", at(1, n), artifact="pkg:a", run="run-9", service="shop")
    ]
    production = production_of(history(regions), scope())
    assert len(production.counted) == 1
    assert production.left_out == {"further-target": 3}


def test_08_a_canary_that_was_taken_back_failed_and_was_contained() -> None:
    told = history(rolled_out("c", at(1), outcome=Outcome.ROLLED_BACK, peak_bp=500), good(5, 2), heard())
    found = change_fail_rate(told, scope())
    assert found.explicit.count == 1
    assert found.counts["contained"] == 1


def test_09_several_incidents_are_one_failed_deployment() -> None:
    told = history(good(5), *(incident(f"i{n}", at(5, 1 + n), at(5, 2 + n)) for n in range(3)), heard())
    found = change_fail_rate(told, scope())
    assert found.inferred is not None
    assert found.inferred.count == 1
    assert found.counts["several-incidents"] == 1


def test_10_an_incident_may_be_blamed_on_two_deployments() -> None:
    told = history(
        good(5),
        incident("i", at(5, 1), at(5, 2)),
        linked("i", "good-3", at(6)),
        linked("i", "good-4", at(6)),
        heard(),
    )
    assert change_fail_rate(told, scope()).explicit.count == 2


def test_11_an_incident_before_the_first_deployment_is_nobodys() -> None:
    told = history(incident("i", at(0, 1), at(0, 2)), good(5), heard())
    assert incident_links(told, scope()) == []


def test_12_an_incident_long_after_a_deployment_is_not_blamed_on_it() -> None:
    told = history(good(5), incident("late", at(65), at(65, 1)), heard(days=90))
    assert incident_links(told, scope(days=90)) == []
    [link] = incident_links(told, scope(days=90, cause_within=timedelta(days=61)))
    assert link.method is LinkMethod.TIME
    assert link.confidence < 0.1


def test_13_an_incident_without_a_cause_is_linked_by_inference_alone() -> None:
    found = change_fail_rate(history(good(5), incident("i", at(5, 1), at(5, 2)), heard()), scope())
    assert found.explicit.count == 0
    assert found.inferred is not None
    assert found.inferred.count == 1


def test_14_an_unresolved_incident_counts_as_lasting_until_now() -> None:
    told = history(
        good(5),
        incident("a", at(1, 1), at(1, 2), deployment="good-0"),
        incident("b", at(2, 1), at(2, 3), deployment="good-1"),
        incident("c", at(3, 1), deployment="good-2"),
        heard(),
    )
    found = failed_deployment_recovery_time(told, scope())
    assert found.explicit.method == "Kaplan-Meier"
    assert found.explicit.value == 2 * HOUR
    assert found.counts["still-open"] == 1


def test_15_an_external_outage_is_not_the_deployments_fault() -> None:
    told = history(
        good(5),
        incident("i", at(5, 1), at(5, 2)),
        classified("i", at(6), is_caused=False, cause="external-outage"),
        heard(),
    )
    assert change_fail_rate(told, scope()).inferred == change_fail_rate(told, scope()).explicit
    assert incident_links(told, scope()) == []


def test_16_an_incident_during_a_rollout_belongs_to_that_rollout() -> None:
    told = history(good(3), rolled_out("ours", at(5)), incident("i", at(5, minutes=-3), at(5, 1)), heard())
    [link] = incident_links(told, scope())
    assert link.deployment.key == "ours"
    assert link.age < timedelta()


def test_17_bots_commits_are_left_out_and_counted() -> None:
    work = committed("work", at(1), parents=("base",))
    bump = committed("bump", at(1), parents=("work",), is_bot=True)
    told = history(
        committed("base", at(-30)),
        deployed("seed", at(-20), commit=sha("base")),
        work,
        bump,
        deployed("d", at(2), commit=sha("bump")),
    )
    found = change_lead_time(told, scope())
    assert [each.key for each in found.points] == [sha("work")]
    assert found.counts["bot"] == 1


def test_18_in_a_repository_of_several_services_each_has_its_own_commits() -> None:
    shop = committed("shop-work", at(1), parents=("base",), areas=("services/shop",))
    mail = committed("mail-work", at(2), parents=("shop-work",), areas=("services/mail",))
    every = (shop, mail, deployed("d", at(3), commit=sha("mail-work")))
    assert sorted(lead_times(*every)) == [24.0, 48.0]
    assert lead_times(*every, paths={"shop": ("services/shop",)}) == [48.0]


def test_19_a_revert_tells_that_what_it_reverts_had_failed() -> None:
    told = history(
        committed("base", at(-30)),
        deployed("seed", at(-20), commit=sha("base")),
        good(4),
        committed("bad", at(5), parents=("base",)),
        deployed("d-bad", at(5, 1), commit=sha("bad")),
        committed("undo", at(5, 2), parents=("bad",), reverts=(sha("bad"),)),
        deployed("d-undo", at(5, 3), commit=sha("undo")),
        heard(),
    )
    [failure] = failures_of(told, scope(), production_of(told, scope()))
    assert failure.deployment.key == f"{CD}#d-bad"
    assert failure.signs == {"reverted"}
    assert failure.is_explicit
    assert failure.restored_at == at(5, 3)


def test_20_a_cherry_pick_is_the_same_change_under_another_name() -> None:
    fix = committed("fix", at(1), parents=("base",), patch_id="p1")
    picked = committed("picked", at(2), parents=("base",), authored=at(1), patch_id="p1")
    hotfix = deployed("hot", at(2, 1), commit=sha("picked"))
    joined = committed("joined", at(3), parents=("picked", "fix"))
    assert lead_times(fix, picked, hotfix, joined, deployed("d", at(4), commit=sha("joined"))) == [25.0]


def test_21_a_squash_counts_from_when_its_pull_request_was_opened() -> None:
    squashed = committed("squash", at(3), parents=("base",))
    request = merged(9, "squash", at(1), at(3))
    assert lead_times(squashed, request, deployed("d", at(3, 2), commit=sha("squash"))) == [50.0]


def test_22_negative_durations_are_counted_and_kept() -> None:
    ahead = committed("ahead", at(1, 2), parents=("base",))
    told = history(
        committed("base", at(-30)),
        deployed("seed", at(-20), commit=sha("base")),
        ahead,
        deployed("d", at(1), commit=sha("ahead")),
    )
    found = change_lead_time(told, scope())
    assert [each.value for each in found.points] == [-2 * HOUR]
    assert found.counts["negative"] == 1


@pytest.mark.parametrize(
    "figure",
    [
        change_fail_rate,
        change_lead_time,
        deployment_frequency,
        deployment_rework_rate,
        failed_deployment_recovery_time,
    ],
)
def test_23_of_nothing_nothing_is_computed(figure: Callable[[History, Scope], Figure]) -> None:
    for told in (history(), history(heard())):
        found = figure(told, scope())
        assert found.status is Status.NOT_COMPUTABLE
        assert found.explicit.value is None
        assert found.reason


def test_24_an_outage_of_a_feed_makes_the_figure_grey() -> None:
    half = history(good(9), heard("incidents", days=10), heard("deployments"))
    found = change_fail_rate(half, scope())
    assert found.status is Status.LOW_COVERAGE
    assert found.feeds[0].share == pytest.approx(10 / 30)
    assert "33 %" in found.reason


def test_25_an_incident_that_was_opened_again_lasts_until_it_is_over() -> None:
    told = history(
        good(5), incident("i", at(5, 1), at(5, 2), again=(at(5, 4), at(5, 5)), deployment="good-4"), heard()
    )
    [failure] = failures_of(told, scope(), production_of(told, scope()))
    assert failure.restored_at == at(5, 5)
    [found] = told.incidents
    assert found.open_for(until=at(9)) == timedelta(hours=2)


def test_26_what_a_flag_turns_on_is_no_deployment() -> None:
    flag = Event(
        id="flag-1",
        source="https://flags.example",
        type="dev.cdevents.service.published.0.3.0",
        occurred_at=at(2),
        subject_id="shop",
        content={"environment": {"id": "production"}},
    )
    assert history(flag).deployments == {}


def test_27_the_median_of_an_even_sample_lies_between_the_middle_two() -> None:
    work = [committed(f"w{n}", at(1), parents=(f"w{n - 1}",) if n else ("base",)) for n in range(6)]
    every = [deployed(f"d{n}", at(1, n + 1), commit=sha(f"w{n}")) for n in range(6)]
    base = [committed("base", at(-30)), *deployed("seed", at(-20), commit=sha("base"))]
    found = change_lead_time(history(base, work, *every), scope())
    assert found.explicit.n == 6
    assert found.explicit.value == 3.5 * HOUR


def test_28_a_green_pipeline_with_a_failed_deployment_is_a_failed_deployment() -> None:
    failed = deployed("d", at(1), outcome=RunOutcome.FAILURE, run="run-1")
    green = Event(
        id="run-1-finished",
        source=CD,
        type="dev.cdevents.pipelinerun.finished.0.3.0",
        occurred_at=at(1, 1),
        subject_id="run-1",
        content={"outcome": "success"},
    )
    [found] = production_of(history(failed, green), scope()).counted
    assert found.outcome is Outcome.FAILED


def test_29_what_is_told_late_changes_the_figure_as_of_then_and_not_before() -> None:
    on_time, late = [*good(5), heard()], incident("i", at(5, 1), at(5, 2), deployment="good-4")
    before, after = history(on_time), history(on_time, late)
    assert change_fail_rate(before, scope()).explicit.count == 0
    assert change_fail_rate(after, scope()).explicit.count == 1
