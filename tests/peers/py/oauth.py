"""A server of the Python SDK behind OAuth, with that SDK's own authorization server in front of it, at one port.

Tokens rotate, and whatever is revoked is revoked alone, as in the SDK's example. Beside `/mcp` there is `/debug`, by which the
tests look and turn knobs.
"""

import asyncio
import secrets
import socket
import time
from urllib.parse import quote

import httpx2
import uvicorn
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    construct_redirect_uri,
)
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.auth import OAuthToken
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse

LIFETIME = 600


class Provider(OAuthAuthorizationServerProvider):
    def __init__(self):
        self.clients, self.asked, self.codes, self.access, self.refresh = {}, {}, {}, {}, {}
        self.grants = []

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def register_client(self, client_info):
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client, params):
        number = secrets.token_hex(20)
        self.asked[number] = (client, params)
        return f"{issuer}/login?asked={quote(number)}"

    def signed_in(self, number, who):
        client, params = self.asked.pop(number)
        code = secrets.token_hex(20)
        self.codes[code] = AuthorizationCode(
            code=code,
            scopes=params.scopes or ["read"],
            expires_at=time.time() + 60,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
            subject=who,
        )
        return construct_redirect_uri(str(params.redirect_uri), code=code, state=params.state)

    async def load_authorization_code(self, client, authorization_code):
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client, authorization_code):
        del self.codes[authorization_code.code]
        return self.grant(client, authorization_code, authorization_code.scopes, "authorization_code")

    async def load_refresh_token(self, client, refresh_token):
        return self.refresh.get(refresh_token)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        del self.refresh[refresh_token.token]
        return self.grant(client, refresh_token, scopes, "refresh_token")

    def grant(self, client, of, scopes, grant_type):
        access, refresh = secrets.token_hex(32), secrets.token_hex(32)
        about = {"client_id": client.client_id, "scopes": scopes, "resource": of.resource, "subject": of.subject}
        self.access[access] = AccessToken(token=access, expires_at=int(time.time()) + LIFETIME, **about)
        self.refresh[refresh] = RefreshToken(token=refresh, **about)
        self.grants.append({"grant_type": grant_type, "access_token": access, "refresh_token": refresh})
        return OAuthToken(
            access_token=access, refresh_token=refresh, expires_in=LIFETIME, scope=" ".join(scopes)
        )

    async def load_access_token(self, token):
        return self.access.get(token)

    async def revoke_token(self, token):
        self.access.pop(token.token, None)
        self.refresh.pop(token.token, None)


socket = socket.create_server(("127.0.0.1", 0))
port = socket.getsockname()[1]
issuer = f"http://127.0.0.1:{port}"
provider = Provider()
shown, bare = [], 0
server = MCPServer(
    name="behind-python",
    version="1.0.0",
    log_level="ERROR",
    auth_server_provider=provider,
    auth=AuthSettings(
        issuer_url=issuer,
        resource_server_url=f"{issuer}/mcp",
        validate_token_resource=True,
        required_scopes=["read"],
        client_registration_options=ClientRegistrationOptions(
            enabled=True, valid_scopes=["read"], default_scopes=["read"]
        ),
        revocation_options=RevocationOptions(enabled=True),
    ),
)


@server.tool()
async def whoami(ctx: Context) -> str:
    """Who is calling, and with what."""
    token = ctx.request_context.request.headers["authorization"].removeprefix("Bearer ")
    known = provider.access[token]
    shown.append(token)
    return f"you are {known.subject}, may {' '.join(known.scopes)}, and show {token}."


@server.custom_route("/login", methods=["GET", "POST"])
async def login(request):
    if request.method == "GET":
        asked = request.query_params["asked"]
        return HTMLResponse(
            f'<form method="post" action="/login"><input type="hidden" name="asked" value="{asked}"/>'
            '<input required type="text" name="login"><button type="submit">Allow</button></form>'
        )
    form = await request.form()
    return RedirectResponse(provider.signed_in(form["asked"], form["login"]), status_code=303)


@server.custom_route("/debug", methods=["GET"])
async def debug(_):
    live = [token.token for token in provider.access.values() if token.expires_at > time.time()]
    return JSONResponse({"issuer": issuer, "shown": shown, "bare": bare, "grants": provider.grants, "live": live})


@server.custom_route("/debug/expire", methods=["POST"])
async def expire(_):
    """Every access token has run out now."""
    for token in provider.access.values():
        token.expires_at = 1
    return JSONResponse({})


@server.custom_route("/debug/revoke", methods=["POST"])
async def revoke(_):
    """Who granted takes it back."""
    provider.access.clear()
    provider.refresh.clear()
    return JSONResponse({})


@server.custom_route("/debug/replay", methods=["POST"])
async def replay(_):
    """Somebody uses the first refresh token that was ever granted, as who it was granted to."""
    client = next(iter(provider.clients.values()))
    body = {
        "grant_type": "refresh_token",
        "refresh_token": provider.grants[0]["refresh_token"],
        "client_id": client.client_id,
        "client_secret": client.client_secret,
    }
    async with httpx2.AsyncClient() as http:
        answer = await http.post(f"{issuer}/token", data=body)
    return JSONResponse({"status": answer.status_code, **answer.json()})


def watched(app):
    """Counts calls that come without a credential."""

    async def call(scope, receive, send):
        async def read():
            global bare
            message = await receive()
            headers = dict(scope.get("headers", []))
            if b'"tools/call"' in message.get("body", b"") and b"authorization" not in headers:
                bare += 1
            return message

        await app(scope, read, send)

    return call


async def main():
    app = watched(server.streamable_http_app())
    http = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    serving = asyncio.create_task(http.serve(sockets=[socket]))
    print(f"listening {port}", flush=True)
    await serving


asyncio.run(main())
