// A client on the TypeScript SDK 1.x that uses tasks of server-everything through Peta, in both directions, and prints one
// JSON verdict. Settings come from the environment: URL or PETA and PETA_DATA, TOKEN, PREFIX.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { InMemoryTaskMessageQueue, InMemoryTaskStore } from "@modelcontextprotocol/sdk/experimental/tasks";
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  TaskStatusNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";

const { URL: url, PETA, PETA_DATA, TOKEN, PREFIX = "" } = process.env;
const done = [];
const step = async (name, work) => {
  await work();
  done.push(name);
};
const connect = async (client) => {
  const requestInit = { headers: { Authorization: `Bearer ${TOKEN}` } };
  const transport = url
    ? new StreamableHTTPClientTransport(new URL(url), { requestInit })
    : new StdioClientTransport({
        command: PETA,
        args: ["stdio", "--data", PETA_DATA],
        env: { PETA_AGENT_TOKEN: TOKEN },
      });
  await client.connect(transport);
  return client;
};

// The server runs a task, and asks something in its course.
const clarified = { action: "accept", content: { interpretation: "technical" } };
const asker = new Client({ name: "ts-asker", version: "1.0.0" }, { capabilities: { elicitation: {}, sampling: {} } });
asker.setRequestHandler(ElicitRequestSchema, async () => clarified);
const statuses = [];
asker.setNotificationHandler(TaskStatusNotificationSchema, ({ params }) => statuses.push(params));
await connect(asker);
const research = `${PREFIX}simulate-research-query`;
await step("task support", async () => {
  const { tools } = await asker.listTools();
  assert.equal(tools.find(({ name }) => name === research).execution.taskSupport, "required");
  const plain = { method: "tools/call", params: { name: research, arguments: { topic: "x" } } };
  await assert.rejects(asker.request(plain, CallToolResultSchema), { code: -32601 });
});
let first;
await step("research", async () => {
  const seen = [];
  const params = { name: research, arguments: { topic: "python", ambiguous: true } };
  for await (const message of asker.experimental.tasks.callToolStream(params, CallToolResultSchema, { task: {} })) {
    seen.push(message.type);
    if (message.type === "taskCreated") first = message.task.taskId;
    if (message.type === "error") throw message.error;
    if (message.type === "result") {
      assert.match(message.result.content[0].text, /Research Report: python/);
      assert.match(message.result.content[0].text, /technical/);
      assert.equal(message.result._meta["io.modelcontextprotocol/related-task"].taskId, first);
    }
  }
  assert(seen.includes("taskStatus") && seen.at(-1) === "result", seen.join());
});
await step("list", async () => {
  const { tasks } = await asker.experimental.tasks.listTasks();
  assert(tasks.some(({ taskId, status }) => taskId === first && status === "completed"));
});
await step("status", async () => {
  assert(statuses.some(({ taskId }) => taskId === first), JSON.stringify(statuses));
});
await step("cancel", async () => {
  const params = { name: research, arguments: { topic: "x" } };
  const stream = asker.experimental.tasks.callToolStream(params, CallToolResultSchema, { task: {} });
  const { value } = await stream.next();
  const { status } = await asker.experimental.tasks.cancelTask(value.task.taskId);
  assert.equal(status, "cancelled");
  await assert.rejects(asker.experimental.tasks.cancelTask(value.task.taskId), { code: -32602 });
  await assert.rejects(asker.experimental.tasks.getTask("nonsense"), { code: -32602 });
});
await asker.close();

// The client runs tasks for the server.
const tasks = { list: {}, cancel: {}, requests: { sampling: { createMessage: {} }, elicitation: { create: {} } } };
const host = new Client(
  { name: "ts-host", version: "1.0.0" },
  {
    capabilities: { sampling: {}, elicitation: {}, tasks },
    taskStore: new InMemoryTaskStore(),
    taskMessageQueue: new InMemoryTaskMessageQueue(),
  },
);
const later = (result) => async ({ params }, { taskStore }) => {
  if (!params.task) return result;
  const task = await taskStore.createTask({ ttl: params.task.ttl, pollInterval: 100 });
  setTimeout(() => taskStore.storeTaskResult(task.taskId, "completed", result), 300);
  return { task };
};
const said = { role: "assistant", model: "test", content: { type: "text", text: "said as a task" } };
host.setRequestHandler(CreateMessageRequestSchema, later(said));
host.setRequestHandler(ElicitRequestSchema, later({ action: "accept", content: { name: "Ada" } }));
await connect(host);
for (const [tool, has] of [
  ["trigger-sampling-request-async", /COMPLETED[^]*said as a task/],
  ["trigger-elicitation-request-async", /COMPLETED[^]*Ada/],
]) {
  await step(tool, async () => {
    let text;
    for (let tries = 0; tries < 100 && !text; tries++) {
      const { tools } = await host.listTools();
      if (!tools.some(({ name }) => name === PREFIX + tool)) {
        // What the server lists to a client that can do more follows once it was opened for this session.
        await host.callTool({ name: `${PREFIX}echo`, arguments: { message: "open" } });
        continue;
      }
      const { content } = await host.callTool({ name: PREFIX + tool, arguments: { prompt: "hello" } });
      text = content.map((item) => item.text).join("\n");
    }
    assert.match(text ?? "", has);
  });
}
await host.close();

console.log(JSON.stringify({ ok: true, done }));
process.exit(0);
