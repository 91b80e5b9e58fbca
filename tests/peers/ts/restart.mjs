// A client on the TypeScript SDK 1.x whose Core is killed and started again: it keeps its session, as that SDK does not
// initialize by itself. Settings come from the environment: URL, TOKEN, and two files, READY (written here) and GO.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";

const { URL: url, TOKEN, READY, GO } = process.env;
const uri = "test://watched-resource";
const client = new Client({ name: "ts-restart", version: "1.0.0" }, { capabilities: { roots: {} } });
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { Authorization: `Bearer ${TOKEN}` } },
  reconnectionOptions: {
    initialReconnectionDelay: 100,
    maxReconnectionDelay: 500,
    reconnectionDelayGrowFactor: 1.5,
    maxRetries: 1000,
  },
});
let heard;
const updated = new Promise((resolve) => (heard = resolve));
client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => heard(params.uri));
await client.connect(transport);
const session = transport.sessionId;
const call = (name, options) => client.callTool({ name, arguments: {} }, undefined, options);

await call("test_simple_text");
await client.setLoggingLevel("warning");
await client.subscribeResource({ uri });
// In flight when Core goes; it is a stream by then, whose place the SDK knows.
let cut;
await new Promise((resolve) => {
  cut = call("hang", { onresumptiontoken: resolve }).then(
    () => "an answer",
    (error) => error.data?.code ?? String(error),
  );
});
writeFileSync(READY, "");
while (!existsSync(GO)) await sleep(20);

assert.equal(await cut, "P5009");
const { content } = await call("test_simple_text");
assert.match(content[0].text, /simple text response/);
assert.equal(transport.sessionId, session);
const { structuredContent } = await call("notes");
assert.equal(structuredContent.level, "warning");
await call("touch");
assert.equal(await updated, uri);
console.log(JSON.stringify({ ok: true }));
process.exit(0);
