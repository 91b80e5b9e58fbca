"""A client on the Python SDK 2.x: connects to Peta over HTTP, uses what the fixture offers, prints one JSON verdict.

It opens as that SDK does by default, with `server/discover`, and must fall back to `initialize`.
Settings come from the environment: URL, TOKEN, PREFIX.
"""

import asyncio
import json
import os

import httpx2
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client

URL, TOKEN, PREFIX = os.environ["URL"], os.environ["TOKEN"], os.environ.get("PREFIX", "")
SLUG = PREFIX.replace("__", "+")


async def sample(context, params):
    asked = params.messages[0].content.text
    content = types.TextContent(type="text", text=f"about {asked}")
    return types.CreateMessageResult(role="assistant", model="test", content=content)


async def elicit(context, params):
    return types.ElicitResult(action="accept", content={"username": "u", "email": "e@x"})


async def roots(context):
    return types.ListRootsResult(roots=[types.Root(uri="file:///py", name="py")])


async def main():
    done = []
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    transport = streamable_http_client(URL, http_client=http)
    async with Client(
        transport, sampling_callback=sample, elicitation_callback=elicit, list_roots_callback=roots
    ) as client:
        assert client.protocol_version == "2025-11-25", client.protocol_version
        done.append("fall back")

        async def call(name, arguments=None, **more):
            return await client.call_tool(f"{PREFIX}{name}", arguments or {}, **more)

        tools = (await client.list_tools()).tools
        assert any(tool.name == f"{PREFIX}test_simple_text" for tool in tools)
        done.append("tools")
        assert "simple text" in (await call("test_simple_text")).content[0].text
        done.append("call")

        seen = []

        async def progress(value, total, message):
            seen.append(value)

        await call("test_tool_with_progress", progress_callback=progress)
        assert seen == [0, 50, 100], seen
        done.append("progress")
        answer = await call("test_sampling", {"prompt": "weather"})
        assert answer.content[0].text == "LLM response: about weather", answer
        done.append("sampling")
        assert "action=accept" in (await call("test_elicitation", {"message": "who?"})).content[0].text
        done.append("elicitation")
        assert "file:///py" in str(await call("ask_roots"))
        done.append("roots")
        resources = (await client.list_resources()).resources
        assert any(str(resource.uri) == f"{SLUG}test://static-text" for resource in resources), resources
        read = await client.read_resource(f"{SLUG}test://template/7/data")
        assert "Data for ID: 7" in read.contents[0].text
        done.append("resources")
        prompt = await client.get_prompt(f"{PREFIX}test_prompt_with_arguments", {"arg1": "x", "arg2": "y"})
        assert "arg1='x'" in prompt.messages[0].content.text
        done.append("prompts")
        await client.send_ping()
        done.append("ping")
        try:
            await call("nothing")
        except Exception as error:
            assert "-32602" in repr(error) or getattr(error, "code", None) == -32602 or "nothing" in str(error), repr(error)
        else:
            raise AssertionError("an unknown tool was called")
        done.append("unknown")
    print(json.dumps({"ok": True, "done": done}))


asyncio.run(main())
