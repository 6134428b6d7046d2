"""What takes long holds nobody up."""

import asyncio
import threading
from functools import partial

from gateway.services.aside import aside

LONG_S = 5.0


async def test_the_loop_goes_on_while_many_alerts_are_worked_on() -> None:
    """Who waits for the loop would wait in vain otherwise."""
    went_on = threading.Event()
    asyncio.get_running_loop().call_soon(went_on.set)
    assert await aside(partial(went_on.wait, LONG_S), 3000)


async def test_few_alerts_take_no_thread() -> None:
    """Handing them over would take longer."""
    assert await aside(threading.get_ident, 20) == threading.get_ident()
