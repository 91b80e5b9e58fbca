// A server of the TypeScript SDK behind OAuth, and oidc-provider as the authorization server that it trusts, each at a port of
// its own: registration, PKCE, resource indicators, refresh tokens that rotate, revocation, a client with a private key.
// FACE is `http` (the default) or `sse`. Beside `/mcp` or `/sse` there is `/debug`, by which the tests look and turn knobs.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import express from "express";
import { Provider, errors } from "oidc-provider";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from "@modelcontextprotocol/sdk/server/auth/router.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";

const listen = (handler) =>
  new Promise((done) => {
    const server = createServer(handler);
    server.listen(0, "127.0.0.1", () => done(server));
  });
const late = {};
const authorizationServer = await listen((...both) => late.provider(...both));
const resourceServer = await listen((...both) => late.app(...both));
const issuer = `http://127.0.0.1:${authorizationServer.address().port}`;
const face = process.env.FACE ?? "http";
const resource = new URL(face === "sse" ? "/sse" : "/mcp", `http://127.0.0.1:${resourceServer.address().port}`);

// What was granted, as /debug shows it.
const seen = { shown: [], grants: [], bare: 0 };
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "jobs",
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "jobs-1", use: "sig", alg: "ES256" }] },
    },
  ],
  clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
  cookies: { keys: [randomUUID()] },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  features: {
    clientCredentials: { enabled: true },
    registration: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo(_, asked) {
        if (asked !== resource.href) throw new errors.InvalidTarget();
        return { scope: "read write", audience: asked, accessTokenTTL: 600, accessTokenFormat: "opaque" };
      },
      useGrantedResource: () => true,
    },
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
});
// Every request for tokens, and what came of it.
provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route !== "token") return;
  const { access_token, refresh_token, error } = ctx.body ?? {};
  const client = ctx.oidc.client?.metadata();
  const { grant_type } = ctx.oidc.params ?? {};
  seen.grants.push({ grant_type, access_token, refresh_token, error, client, proof: ctx.oidc.params?.client_assertion_type });
});
late.provider = provider.callback();

const found = async (token) => (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
const verifier = {
  async verifyAccessToken(token) {
    const known = await found(token);
    if (!known) throw new InvalidTokenError("unknown, expired or revoked");
    return {
      token,
      clientId: known.clientId,
      scopes: [...known.scopes],
      expiresAt: known.exp,
      resource: new URL([known.aud].flat()[0]),
      extra: { who: known.accountId ?? known.clientId },
    };
  },
};

function mcp() {
  const server = new McpServer({ name: "behind-oidc-provider", version: "1.0.0" });
  server.registerTool("whoami", { description: "Who is calling, and with what." }, ({ authInfo }) => {
    seen.shown.push(authInfo.token);
    const text = `you are ${authInfo.extra.who}, may ${authInfo.scopes.join(" ")}, and show ${authInfo.token}.`;
    return { content: [{ type: "text", text }] };
  });
  return server;
}

const app = express();
app.use(express.json());
const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
app.use(mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: resource, scopesSupported: ["read", "write"] }));
app.use((request, _, next) => {
  if (request.body?.method === "tools/call" && !request.headers.authorization) seen.bare += 1;
  next();
});
const demands = (requiredScopes) =>
  requireBearerAuth({
    verifier,
    requiredScopes,
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
    expectedResource: resource,
  });
const [reads, writes] = [demands(["read"]), demands(["write"])];
let strict = false;
const guard = (request, ...rest) => (strict && request.body?.method === "tools/call" ? writes : reads)(request, ...rest);

const open = new Map();
if (face === "sse") {
  app.get("/sse", guard, async (_, response) => {
    const transport = new SSEServerTransport("/messages", response);
    open.set(transport.sessionId, transport);
    await mcp().connect(transport);
  });
  app.post("/messages", guard, async (request, response) => {
    const transport = open.get(request.query.sessionId);
    if (!transport) return response.status(404).end();
    await transport.handlePostMessage(request, response, request.body);
  });
} else {
  app.all("/mcp", guard, async (request, response) => {
    let transport = open.get(request.headers["mcp-session-id"]);
    if (!transport) {
      if (request.headers["mcp-session-id"]) return response.status(404).end();
      const onsessioninitialized = (id) => open.set(id, transport);
      transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, onsessioninitialized });
      await mcp().connect(transport);
    }
    await transport.handleRequest(request, response, request.body);
  });
}

app.get("/debug", async (_, response) => {
  const tokens = seen.grants.map(({ access_token }) => access_token).filter(Boolean);
  const live = [];
  for (const token of tokens) if (await found(token)) live.push(token);
  response.json({ issuer, ...seen, live, key: privateKey.export({ format: "pem", type: "pkcs8" }) });
});
// Every access token has run out now.
app.post("/debug/expire", async (_, response) => {
  for (const { access_token } of seen.grants) await (access_token && (await found(access_token)))?.destroy();
  response.json({});
});
// Who granted takes it back.
app.post("/debug/revoke", async (_, response) => {
  for (const { access_token } of seen.grants) {
    const { grantId } = (access_token && (await found(access_token))) ?? {};
    if (!grantId) continue;
    for (const kind of ["AccessToken", "RefreshToken"]) await provider[kind].revokeByGrantId(grantId);
  }
  response.json({});
});
// Calls want more than was granted from now on.
app.post("/debug/want", (_, response) => {
  strict = true;
  response.json({});
});
// Somebody uses the first refresh token that was ever granted, as who it was granted to.
app.post("/debug/replay", async (_, response) => {
  const { refresh_token, client } = seen.grants.find((grant) => grant.refresh_token);
  const { client_id, client_secret } = client;
  const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token, client_id, client_secret });
  const answer = await fetch(metadata.token_endpoint, { method: "POST", body });
  response.json({ status: answer.status, ...(await answer.json()) });
});
late.app = app;
console.log(`listening ${resource.port}`);
