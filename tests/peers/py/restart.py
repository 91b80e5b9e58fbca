"""A client on the Python SDK 2.x whose Core is killed and started again: it keeps its session, as that SDK does not
initialize by itself. Settings come from the environment: URL, TOKEN, and two files, READY (written here) and GO.
"""

import asyncio
import json
import os
import pathlib

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

URL, TOKEN = os.environ["URL"], os.environ["TOKEN"]
READY, GO = pathlib.Path(os.environ["READY"]), pathlib.Path(os.environ["GO"])


async def main():
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    async with Client(streamable_http_client(URL, http_client=http)) as client:
        await client.call_tool("test_simple_text", {})
        await client.set_logging_level("warning")
        READY.touch()
        while not GO.exists():
            await asyncio.sleep(0.02)
        answer = await client.call_tool("test_simple_text", {})
        assert "simple text" in answer.content[0].text, answer
        notes = await client.call_tool("notes", {})
        assert notes.structured_content["level"] == "warning", notes
    print(json.dumps({"ok": True}))


asyncio.run(main())
