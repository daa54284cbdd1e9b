"""aiotruenas: logs in by `auth.login_with_api_key`, polls jobs, queues events by subscription."""

import asyncio
import uuid

import system
import tour
from aiotruenas import TrueNASClient
from aiotruenas.system import TrueNASSystem


async def main():
    loop = asyncio.get_running_loop()
    async with TrueNASClient(system.HOST, system.API_KEY, port=system.PORT) as client:

        def wait(coroutine):
            return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

        def call(method, *params):
            return wait(client.call(method, list(params)))

        def job(method, *params):
            return wait(client.call(method, list(params), job=True))

        def watch(collection, act):
            subscription, queue = wait(client.subscribe(collection))
            result = act()
            told = []
            while not told or told[-1]["fields"]["state"] != "SUCCESS":
                told.append(wait(queue.get())["params"])
            wait(client.unsubscribe(subscription))
            return result, told

        def own():
            typed = TrueNASSystem(client)
            info = wait(typed.get_system_info())
            interfaces = wait(typed.get_network_interfaces())
            return {
                "version": info.version,
                "memory is known": info.physical_memory is not None,
                "up since a time": info.boot_time is not None,
                "link": [[it.id, it.link_up] for it in interfaces.values()],
                "uuid version": uuid.UUID(wait(typed.get_system_id())).version,
            }

        await asyncio.to_thread(tour.take, call, job, watch, own)


asyncio.run(asyncio.wait_for(main(), 60))
