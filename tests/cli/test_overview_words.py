"""Tables of services and deployments."""

import msgspec
from tests.cli.samples import PLACE, ROLLED_BACK, RUNNING, SERVICE, Page

from strandline.cli.overview_words import deployments_table, live_table, services_table


def test_the_overview_says_what_serves_and_what_is_moving() -> None:
    page = Page()
    page.output.show(live_table([SERVICE], [RUNNING]))
    assert page.lines[0].split() == ["Service", "Environment", "Serves", "Rollout", "now"]
    assert page.lines[1].endswith("1.2.0 (aaaaaaaaaaaa)  greeter-3: 5% on 1.3.0, 95% on 1.2.0")


def test_an_environment_without_a_rollout_says_so() -> None:
    page = Page()
    idle = msgspec.structs.replace(PLACE, open_deployments=(), stable=None)
    page.output.show(live_table([msgspec.structs.replace(SERVICE, environments=(idle,))], []))
    assert page.lines[1].split() == ["greeter", "production", "nothing", "none"]


def test_deployments_are_one_a_line_and_can_be_cut() -> None:
    page = Page()
    page.output.show(deployments_table([RUNNING, ROLLED_BACK]))
    assert [written.split()[0] for written in page.lines] == ["Deployment", "greeter-3", "greeter-3"]
    assert "● rolling out" in page.lines[1]
    assert "✗ rolled back" in page.lines[2]


def test_the_catalogue_says_who_answers_and_where_users_reach_it() -> None:
    page = Page()
    warm = msgspec.structs.replace(PLACE, warm=PLACE.stable)
    page.output.show(services_table([msgspec.structs.replace(SERVICE, environments=(warm,))]))
    assert page.lines[1].split() == [
        "greeter",
        "team-a",
        "3",
        "production",
        "127.0.0.1:8080",
        "1.2.0",
        "1.2.0,",
        "warm",
    ]
