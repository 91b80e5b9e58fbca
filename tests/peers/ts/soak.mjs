// A client of the soak on the TypeScript SDK 1.x: opens and ends sessions and uses the fixture until SECONDS are over, and
// prints what came of it. Calls may be refused while the server is away, and lines may break; a wrong answer is noted.
// Settings come from the environment: URL, TOKEN, PREFIX, SECONDS.
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CreateMessageRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const { URL: url, TOKEN, PREFIX, SECONDS } = process.env;
const until = Date.now() + Number(SECONDS) * 1000;
const told = { rounds: 0, calls: 0, broken: 0, wrong: [], last: "" };
const note = (right, what) => right || told.wrong.length > 9 || told.wrong.push(what);

const round = async (client) => {
  const call = async (name, args = {}, options) => {
    const result = await client.callTool({ name: `${PREFIX}${name}`, arguments: args }, undefined, options);
    told.calls += 1;
    return result;
  };
  const { tools } = await client.listTools();
  // A server that is down is left out of lists until it is back.
  if (!tools.some(({ name }) => name === `${PREFIX}echo`)) throw new Error("the server is away");
  for (let turn = 0; turn < 10 && Date.now() < until; turn += 1) {
    const n = Math.floor(Math.random() * 1e9);
    const { structuredContent } = await call("echo", { n });
    note(structuredContent.arguments.n === n, `another one's answer: ${n}, ${JSON.stringify(structuredContent)}`);
    const seen = [];
    await call("test_tool_with_progress", {}, { onprogress: ({ progress }) => seen.push(progress) });
    note(seen.join() === "0,50,100", `progress ${seen}`);
    const { content } = await call("test_sampling", { prompt: String(n) });
    note(content[0].text === `LLM response: about ${n}`, `a sample: ${content[0].text}`);
    const stop = new AbortController();
    setTimeout(() => stop.abort("enough"), 50);
    await call("until_cancelled", {}, { signal: stop.signal }).then(
      () => note(false, "a call that was called off was answered"),
      () => {},
    );
    await client.readResource({ uri: `${PREFIX.replace("__", "+")}test://template/${n}/data` });
    await pause(Math.random() * 1000);
  }
};

while (Date.now() < until) {
  const client = new Client({ name: "ts-soak", version: "1.0.0" }, { capabilities: { sampling: {} } });
  client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => ({
    role: "assistant",
    model: "soak",
    content: { type: "text", text: `about ${params.messages[0].content.text}` },
  }));
  client.onerror = () => {};
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { Authorization: `Bearer ${TOKEN}` } },
  });
  try {
    await client.connect(transport);
    await round(client);
    await transport.terminateSession();
    told.rounds += 1;
  } catch (error) {
    told.broken += 1;
    told.last = String(error);
    await pause(200);
  }
  await client.close().catch(() => {});
}
console.log(JSON.stringify(told));
process.exit(0);
