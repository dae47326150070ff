import asyncio
import threading
from datetime import timedelta

from strandline.rollout.bell import Bell

LONG = timedelta(seconds=30)


async def test_a_ring_wakes_whoever_waits_for_that_name() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.wait("greeter-1", at_most=LONG))
    await asyncio.sleep(0)
    bell.ring("greeter-1")
    async with asyncio.timeout(5):
        await waiting


async def test_a_ring_from_another_thread_wakes_too() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.wait("greeter-1", at_most=LONG))
    await asyncio.sleep(0)
    threading.Thread(target=bell.ring, args=("greeter-1",)).start()
    async with asyncio.timeout(5):
        await waiting


async def test_a_ring_for_another_name_wakes_nobody() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.wait("greeter-1", at_most=LONG))
    await asyncio.sleep(0)
    bell.ring("greeter-2")
    await asyncio.sleep(0.05)
    assert not waiting.done()
    bell.ring("greeter-1")
    await waiting


async def test_waiting_ends_by_itself_when_nobody_rings() -> None:
    bell = Bell()
    async with asyncio.timeout(5):
        await bell.wait("greeter-1", at_most=timedelta(milliseconds=10))


async def test_a_ring_that_nobody_hears_is_no_loss() -> None:
    Bell().ring("greeter-1")
