"""truenaspy: logs in with a password, is told of a job's end by the reply, of events by callback."""

import asyncio

import system
import tour
from truenaspy import ExecutionFailed, TruenasWebsocket


async def main():
    loop = asyncio.get_running_loop()
    client = TruenasWebsocket(system.HOST, system.PORT)
    await client.async_connect(system.USERNAME, system.PASSWORD)
    # From here on a job is answered when it has ended.
    await client.async_call("core.set_options", {"legacy_jobs": False})

    def wait(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    def call(method, *params):
        try:
            return wait(client.async_call(method, list(params)))
        except ExecutionFailed as failed:
            # It hands on the reply's error as it is, places of the server's code included.
            error = failed.args[0]
            raise ExecutionFailed(error.get("data", {}).get("reason", error["message"])) from None

    def watch(collection, act):
        queue = asyncio.Queue()
        wait(client.async_subscribe(collection, queue.put))
        result = act()
        told = []
        while not told or told[-1]["fields"]["state"] != "SUCCESS":
            told.append(wait(queue.get()))
        wait(client.async_unsubscribe(collection))
        return result, told

    await asyncio.to_thread(tour.take, call, call, watch, dict)
    await client.async_close()


asyncio.run(asyncio.wait_for(main(), 60))
