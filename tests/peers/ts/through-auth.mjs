// The client of the conformance suite's authorization scenarios, through Peta: registers the suite's server in a running Core,
// connects as a person with a browser does, and calls through it as an agent. The suite gives the server's URL as the last
// argument; PETA, PETA_DATA and PETA_URL come from the test.
import { execFileSync } from "node:child_process";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const { PETA, PETA_DATA, PETA_URL } = process.env;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");
const server = process.argv.at(-1);
const environment = { ...process.env, CLIENT_SECRET: context.client_secret ?? "" };
const peta = (...words) =>
  execFileSync(PETA, [...words, "--data", PETA_DATA], { encoding: "utf8", env: environment }).trim();

// Opens a link, presses its button, signs in where it leads, and comes back.
async function browse(link) {
  const pressed = await fetch(link, { method: "POST", redirect: "manual", headers: { Origin: new URL(link).origin } });
  if (pressed.status !== 303) throw new Error(`the link answers with ${pressed.status}: ${await pressed.text()}`);
  const cookie = pressed.headers.get("set-cookie").split(";")[0];
  const there = await fetch(pressed.headers.get("location"), { redirect: "manual" });
  const back = await fetch(there.headers.get("location"), { redirect: "manual", headers: { Cookie: cookie } });
  if (back.status !== 200) throw new Error(`the way back ends with ${back.status}: ${await back.text()}`);
}

// A client that was entered is for one issuer, which an administrator knows; here the server's metadata tells it.
async function issuer() {
  const challenge = await fetch(server, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
  const named = /resource_metadata="([^"]+)"/.exec(challenge.headers.get("www-authenticate") ?? "")?.[1];
  const metadata = named ?? new URL("/.well-known/oauth-protected-resource", server).href;
  return (await (await fetch(metadata)).json()).authorization_servers[0];
}

peta("server", "add", "suite", "--url", server, "--no-discover");
const words = ["credential", "add", "suite", "--server", "suite", "--oauth", "--user", "ada"];
if (context.client_id) {
  words.push("--client-id", context.client_id, "--issuer", await issuer());
  if (context.client_secret) words.push("--from-env", "CLIENT_SECRET");
}
peta(...words);
const token = peta("agent", "add", "driver", "--user", "ada", "--grant", "suite", "--quiet");
await browse(peta("credential", "connect", "suite", "--no-wait"));

const client = new Client({ name: "driver", version: "1.0.0" }, { capabilities: {} });
const headers = { Authorization: `Bearer ${token}` };
const transport = new StreamableHTTPClientTransport(new URL(`${PETA_URL}/mcp/suite`), { requestInit: { headers } });

// While Peta answers with a link, a person opens it, and an administrator confirms whose it is.
async function patiently(step) {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      const link = error.data?.url;
      if (!link) throw error;
      await browse(link);
      peta("credential", "confirm", "suite");
    }
  }
}

try {
  await patiently(() => client.connect(transport));
  const { tools } = await patiently(() => client.listTools());
  for (const tool of tools) console.log(JSON.stringify(await patiently(() => client.callTool({ name: tool.name }))));
} catch (error) {
  // Whoever is asked again and again gives up; the suite judges how often that was.
  console.log(String(error));
}
await transport.terminateSession().catch(() => {});
await client.close();
peta("server", "remove", "suite", "--now");
process.exit(0);
