from tests.web.site_trial import SiteTrial
from tests.web.test_deployment_page import text_of


async def test_an_empty_control_plane_says_how_to_begin(trial: SiteTrial) -> None:
    async with trial.client() as client:
        words = text_of((await client.get("/")).text)
    assert "Nothing is being rolled out" in words
    assert "No deployment has ended yet." in words
    assert "nothing yet" in words


async def test_the_first_page_tells_what_is_live_what_runs_and_what_ended(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    trial.world.error_rate["1.1.0"] = 0.5
    trial.rolled_out("1.1.0")
    view = trial.held()
    async with trial.client() as client:
        page = (await client.get("/")).text
    words = text_of(page)
    assert f'href="/deployments/{view.id}"' in page
    for part in ("Stage 1 of 3: 2.0.0 has 5 % of the traffic", "since 2026-03-02", "Rolled back", "Succeeded",
                 "rollout under way"):  # fmt: skip
        assert part in words, part
