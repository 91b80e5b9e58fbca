// A client on the TypeScript SDK 1.x: connects to Peta (over HTTP, or by launching `peta stdio`), uses what the fixture
// offers, and prints one JSON verdict. Settings come from the environment: URL or PETA and PETA_DATA, TOKEN, PREFIX.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";

const { URL: url, PETA, PETA_DATA, TOKEN, PREFIX = "" } = process.env;
const uri = (own) => (PREFIX ? `${PREFIX.replace("__", "+")}${own}` : own);
const done = [];

const capabilities = { sampling: {}, roots: { listChanged: true }, elicitation: { form: {}, url: {} } };
const client = new Client({ name: "ts-peer", version: "1.0.0" }, { capabilities });
client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => ({
  role: "assistant",
  model: "test",
  content: { type: "text", text: `about ${params.messages[0].content.text}` },
}));
client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots: [{ uri: "file:///ts", name: "ts" }] }));
client.setRequestHandler(ElicitRequestSchema, async () => ({ action: "accept", content: { username: "u", email: "e@x" } }));

const transport = url
  ? new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${TOKEN}` } } })
  : new StdioClientTransport({
      command: PETA,
      args: ["stdio", "--data", PETA_DATA],
      env: { PETA_AGENT_TOKEN: TOKEN },
    });
await client.connect(transport);
const call = (name, args = {}, options) =>
  client.callTool({ name: `${PREFIX}${name}`, arguments: args }, undefined, options);
const step = async (name, work) => {
  await work();
  done.push(name);
};

await step("tools", async () => {
  const { tools } = await client.listTools();
  assert(tools.some(({ name }) => name === `${PREFIX}test_simple_text`));
});
await step("call", async () => {
  const { content } = await call("test_simple_text");
  assert.match(content[0].text, /simple text response/);
});
await step("progress", async () => {
  const seen = [];
  await call("test_tool_with_progress", {}, { onprogress: ({ progress }) => seen.push(progress) });
  assert.deepEqual(seen, [0, 50, 100]);
});
await step("sampling", async () => {
  const { content } = await call("test_sampling", { prompt: "weather" });
  assert.equal(content[0].text, "LLM response: about weather");
});
await step("roots", async () => {
  const { structuredContent } = await call("ask_roots");
  assert.equal(structuredContent.answer.result.roots[0].uri, "file:///ts");
});
await step("elicitation", async () => {
  const { content } = await call("test_elicitation", { message: "who?" });
  assert.match(content[0].text, /action=accept/);
});
await step("resources", async () => {
  const { resources } = await client.listResources();
  assert(resources.some((resource) => resource.uri === uri("test://static-text")));
  const { contents } = await client.readResource({ uri: uri("test://template/7/data") });
  assert.match(contents[0].text, /Data for ID: 7/);
});
await step("subscription", async () => {
  const watched = uri("test://watched-resource");
  const heard = new Promise((resolve) =>
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => resolve(params.uri)),
  );
  await client.subscribeResource({ uri: watched });
  await call("touch");
  assert.equal(await heard, watched);
  await client.unsubscribeResource({ uri: watched });
});
await step("prompts", async () => {
  const name = `${PREFIX}test_prompt_with_arguments`;
  const { messages } = await client.getPrompt({ name, arguments: { arg1: "x", arg2: "y" } });
  assert.match(messages[0].content.text, /arg1='x'/);
});
await step("completion", async () => {
  const ref = { type: "ref/prompt", name: `${PREFIX}test_simple_prompt` };
  const { completion } = await client.complete({ ref, argument: { name: "a", value: "par" } });
  assert(completion.values.includes("paris"));
});
await step("logging", async () => {
  await client.setLoggingLevel("info");
});
await step("ping", async () => {
  await client.ping();
});
await step("cancel", async () => {
  const stop = new AbortController();
  const waiting = call("until_cancelled", {}, { signal: stop.signal });
  setTimeout(() => stop.abort("enough"), 100);
  await assert.rejects(waiting);
  const { structuredContent } = await call("cancelled", { wait: 1 });
  assert.equal(structuredContent.cancelled.length, 1);
});
await step("unknown", async () => {
  await assert.rejects(call("nothing"), ({ code }) => code === -32602);
});
await client.close();
console.log(JSON.stringify({ ok: true, done }));
process.exit(0);
