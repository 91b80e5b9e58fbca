"""A client of the soak on the Python SDK 2.x: opens and ends sessions and uses the fixture until SECONDS are over, and
prints what came of it. Calls may be refused while the server is away, and lines may break; a wrong answer is noted.

Settings come from the environment: URL, TOKEN, PREFIX, SECONDS.
"""

import asyncio
import json
import os
import random
import time

import httpx2
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client

URL, TOKEN, PREFIX = os.environ["URL"], os.environ["TOKEN"], os.environ["PREFIX"]
UNTIL = time.monotonic() + float(os.environ["SECONDS"])
told = {"rounds": 0, "calls": 0, "broken": 0, "wrong": [], "last": ""}


def note(right, what):
    if not right and len(told["wrong"]) < 10:
        told["wrong"].append(what)


async def sample(context, params):
    content = types.TextContent(type="text", text=f"about {params.messages[0].content.text}")
    return types.CreateMessageResult(role="assistant", model="soak", content=content)


async def use(client):
    async def call(name, arguments=None, **more):
        result = await client.call_tool(f"{PREFIX}{name}", arguments or {}, **more)
        told["calls"] += 1
        return result

    tools = (await client.list_tools()).tools
    if not any(tool.name == f"{PREFIX}echo" for tool in tools):
        # A server that is down is left out of lists until it is back.
        raise RuntimeError("the server is away")
    for _ in range(10):
        if time.monotonic() > UNTIL:
            return
        number = random.randrange(10**9)
        seen = []

        async def progress(value, total, message):
            seen.append(value)

        echoed = await call("echo", {"n": number})
        note(f'"n":{number}' in echoed.content[0].text, f"another one's answer: {number}, {echoed.content[0].text}")
        await call("test_tool_with_progress", progress_callback=progress)
        note(seen == [0, 50, 100], f"progress {seen}")
        sampled = await call("test_sampling", {"prompt": str(number)})
        note(sampled.content[0].text == f"LLM response: about {number}", f"a sample: {sampled.content[0].text}")
        await client.read_resource(f"{PREFIX.replace('__', '+')}test://template/{number}/data")
        await asyncio.sleep(random.random())


async def once():
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
    transport = streamable_http_client(URL, http_client=http)
    async with http, Client(transport, sampling_callback=sample) as client:
        await use(client)


async def main():
    while time.monotonic() < UNTIL:
        try:
            await once()
            told["rounds"] += 1
        except BaseException as error:  # a group of errors, when a line breaks
            told["broken"] += 1
            told["last"] = repr(error)[:300]
            await asyncio.sleep(0.2)
    print(json.dumps(told))


asyncio.run(main())
