// The client of the conformance suite's client leg: registers the suite's server in a running Core, then calls through
// it as an agent would. The suite gives the server's URL as the last argument; PETA, PETA_DATA and PETA_URL come from
// the test.
import { execFileSync } from "node:child_process";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const { PETA, PETA_DATA, PETA_URL } = process.env;
const server = process.argv.at(-1);
const peta = (...words) => execFileSync(PETA, [...words, "--data", PETA_DATA], { encoding: "utf8" }).trim();

peta("server", "add", "suite", "--url", server);
const token = peta("agent", "add", "driver", "--grant", "suite", "--quiet");

const client = new Client({ name: "driver", version: "1.0.0" }, { capabilities: { elicitation: {} } });
client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
  const fields = Object.entries(params.requestedSchema.properties);
  return { action: "accept", content: Object.fromEntries(fields.map(([name, field]) => [name, field.default])) };
});
const headers = { Authorization: `Bearer ${token}` };
const transport = new StreamableHTTPClientTransport(new URL(`${PETA_URL}/mcp/suite`), { requestInit: { headers } });
await client.connect(transport);
const { tools } = client.getServerCapabilities()?.tools ? await client.listTools() : { tools: [] };
for (const tool of tools) {
  const { schema, ...others } = tool.inputSchema.properties ?? {};
  const numbers = Object.keys(others).map((name) => [name, 2]);
  // A tool that wants a schema is given the one that came with the first tool, to see what is left of it.
  const given = schema ? { schema: tools[0].inputSchema } : Object.fromEntries(numbers);
  const result = await client.callTool({ name: tool.name, arguments: given });
  console.log(tool.name, JSON.stringify(result));
}
await transport.terminateSession();
await client.close();
// The suite waits until nobody is connected to its server any more.
peta("server", "remove", "suite", "--now");
process.exit(0);
