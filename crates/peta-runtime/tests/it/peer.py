"""A scripted MCP server on standard streams. Each tool misbehaves in its own way."""
import json
import os
import signal
import sys
import time

FEATURES = {"tools": {"listChanged": True}, "logging": {}, "resources": {"subscribe": True}, "prompts": {}}
TOOLS = [{"name": "echo"}, {"name": "two"}, {"name": "three"}]
told = []


def put(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(message):
    put(json.dumps(message))


def answer(request, result):
    say({"jsonrpc": "2.0", "id": request["id"], "result": result})


def hear():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def text(words):
    return {"content": [{"type": "text", "text": words}]}


def stubborn(ready, escape):
    """A grandchild that ignores TERM, in a session of its own, its parent gone."""
    if os.fork():
        return
    if escape:
        os.setsid()
        if os.fork():
            os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.write(ready, f"{os.getpid()}\n".encode())
    while True:
        time.sleep(1000)


def tree(request):
    read, ready = os.pipe()
    for escape in (False, True):
        stubborn(ready, escape)
    pids = b""
    while pids.count(b"\n") < 2:
        pids += os.read(read, 100)
    answer(request, text(" ".join(pids.decode().split() + [str(os.getpid())])))


def call(request):
    name, given = request["params"]["name"], request["params"].get("arguments", {})
    if name == "echo":
        answer(request, text(json.dumps(given)))
    elif name == "told":
        answer(request, text(json.dumps(told)))
    elif name == "banner":
        put("Welcome! [INFO] {not json")
        answer(request, text("ok"))
    elif name == "flood":
        for number in range(1000):
            put(f"garbage {number}")
    elif name == "huge":
        put('{"jsonrpc":"2.0","id":%d,"result":{"x":"%s"}}' % (request["id"], "x" * given["bytes"]))
    elif name == "wrong ids":
        for odd in (request["id"] + 1000, str(request["id"]), None):
            say({"jsonrpc": "2.0", "id": odd, "result": text("wrong")})
        answer(request, text("right"))
        answer(request, text("again"))
    elif name == "crash":
        os._exit(3)
    elif name == "half":
        sys.stdout.write('{"jsonrpc":"2.0","id":')
        sys.stdout.flush()
        os._exit(0)
    elif name == "progress":
        for number in range(3):
            say({"jsonrpc": "2.0", "method": "notifications/progress",
                 "params": {"progressToken": request["id"], "progress": number}})
        answer(request, text("done"))
    elif name == "ask":
        say({"jsonrpc": "2.0", "id": "q", "method": "roots/list"})
        answer(request, text(json.dumps(hear()["result"])))
    elif name == "ping":
        say({"jsonrpc": "2.0", "id": 77, "method": "ping"})
        answer(request, text(json.dumps(hear())))
    elif name == "stderr":
        sys.stderr.write("one\ntwo \x1b[31mred\n" + "x" * 20000 + "\n")
        sys.stderr.flush()
        answer(request, text("logged"))
    elif name == "tree":
        tree(request)
    elif name == "stop reading":
        answer(request, text("stopped"))
        time.sleep(1000)
    # "hang": no answer.


def main(mode):
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if mode == "dead":
        sys.stderr.write("cannot start\n")
        sys.exit(9)
    if mode == "silent":
        time.sleep(1000)
    while True:
        message = hear()
        told.append(message.get("method"))
        method, params = message.get("method"), message.get("params") or {}
        if method == "initialize":
            version = "1999-01-01" if mode == "old" else params["protocolVersion"]
            if mode == "early":
                say({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "early"}})
            answer(message, {"protocolVersion": version, "capabilities": FEATURES,
                             "serverInfo": {"name": "peer", "version": "1"}, "x-told": params["capabilities"]})
        elif method == "tools/list":
            at = int(params.get("cursor", 0))
            page = {"tools": TOOLS[at:at + 1]}
            if mode == "circle":
                page["nextCursor"] = "1"
            elif at + 1 < len(TOOLS):
                page["nextCursor"] = str(at + 1)
            answer(message, page)
        elif method == "resources/list":
            answer(message, {"resources": []})
        elif method == "tools/call":
            call(message)
        elif "id" in message and method:
            if method in ("logging/setLevel", "resources/subscribe"):
                answer(message, {})
            else:
                say({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "no such method"}})


main(sys.argv[1] if len(sys.argv) > 1 else "")
