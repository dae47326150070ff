import asyncio

from strandline.rollout.custody import Custody


async def test_an_environment_has_one_custodian_at_a_time() -> None:
    custody = Custody()
    with custody.if_free("greeter/production") as first, custody.if_free("greeter/production") as second:
        assert first
        assert not second
    with custody.if_free("greeter/production") as again:
        assert again


async def test_other_environments_are_not_held_up() -> None:
    custody = Custody()
    async with custody.of("greeter/production"):
        with custody.if_free("greeter/staging") as is_held:
            assert is_held


async def test_a_rollout_waits_until_the_keeper_has_finished_its_visit() -> None:
    custody = Custody()
    order: list[str] = []

    async def rollout() -> None:
        async with custody.of("greeter/production"):
            order.append("rollout")

    with custody.if_free("greeter/production"):
        waiting = asyncio.create_task(rollout())
        await asyncio.sleep(0.05)
        order.append("keeper")
    await waiting
    assert order == ["keeper", "rollout"]
