// A client of the TypeScript SDK that can open pages: a call needs a person to connect, the error names a link, the person opens
// it, and the client waits to be told before it calls again. PETA, PETA_DATA, URL and TOKEN come from the test.
import { execFileSync } from "node:child_process";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitationCompleteNotificationSchema, UrlElicitationRequiredError } from "@modelcontextprotocol/sdk/types.js";

const { PETA, PETA_DATA, URL: url, TOKEN } = process.env;

// Opens a link, presses its button, signs in where it leads, and comes back.
async function browse(link) {
  const pressed = await fetch(link, { method: "POST", redirect: "manual", headers: { Origin: new URL(link).origin } });
  const cookie = pressed.headers.get("set-cookie").split(";")[0];
  const there = await fetch(pressed.headers.get("location"), { redirect: "manual" });
  const back = await fetch(there.headers.get("location"), { redirect: "manual", headers: { Cookie: cookie } });
  if (back.status !== 200) throw new Error(`the way back ends with ${back.status}: ${await back.text()}`);
}

const client = new Client({ name: "pages", version: "1.0.0" }, { capabilities: { elicitation: { url: {} } } });
const complete = new Promise((told) =>
  client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => told(params.elicitationId)),
);
const headers = { Authorization: `Bearer ${TOKEN}` };
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
const error = await client.callTool({ name: "idp__whoami", arguments: {} }).then(
  (result) => new Error(`nobody was asked: ${JSON.stringify(result)}`),
  (error) => error,
);
if (!(error instanceof UrlElicitationRequiredError)) throw error;
const [{ elicitationId, url: link, mode }] = error.elicitations;
await browse(link);
const told = await complete;
execFileSync(PETA, ["credential", "confirm", "idp", "--data", PETA_DATA]);
const result = await client.callTool({ name: "idp__whoami", arguments: {} });
const ok = mode === "url" && told === elicitationId && result.content[0].text.startsWith("you show");
console.log(JSON.stringify({ ok, elicitationId, told, result }));
await client.close();
process.exit(0);
