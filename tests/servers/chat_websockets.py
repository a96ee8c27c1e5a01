"""An ordinary chat backend, made with python3-websockets: chat_websockets.py, which prints its port.

It wants an auth frame first, sends pings and typing notices in JSON, and at each path does one
thing: what it does wrong there is counted by the test.
"""
import asyncio
import itertools
import json
import random
import signal
import time

import websockets

rooms = set()


async def hello(socket):
    """The first frame must be the token; what comes later is no ping's business."""
    first = json.loads(await socket.recv())
    if first.get("type") != "auth" or first.get("token") != "open sesame":
        await socket.close(4401, "bad token")
        return False
    await socket.send(json.dumps({"type": "motd", "text": "be kind"}))
    await socket.send(json.dumps({"type": "ready"}))
    return True


async def nag(socket):
    """Pings that must be answered, and notices that mean nothing."""
    for n in itertools.count():
        await socket.send(json.dumps({"type": "typing", "who": "someone", "n": n}))
        await socket.send(json.dumps({"type": "ping"}))
        await asyncio.sleep(0.2)
        if socket.pongs < n - 6:  # a busy machine takes its time
            await socket.close(4408, "no pong")
            return


async def chat(socket):
    async def answer(ask):
        for token in ("", "How", " are", " you", "?"):
            await asyncio.sleep(0.02)
            await socket.send(json.dumps({"type": "token", "id": ask["id"], "delta": token}))
        await socket.send(json.dumps({"type": "end", "id": ask["id"]}))

    async for text in socket:
        message = json.loads(text)
        if message["type"] == "pong":
            socket.pongs += 1
        else:
            asyncio.ensure_future(until_closed(answer(message)))


async def request(socket):
    """Replies out of order; of ten messages (by number) one is not answered, one twice, one wrong."""
    async def answer(message):
        await asyncio.sleep(random.choice([0, 0.01, 0.02]))
        kind = message["n"] % 10
        reply = {"re": message["id"], "n": message["n"], "blob": "x" * 5000}
        if kind == 3:
            return
        if kind == 5:
            reply = {"re": message["id"], "type": "error", "message": "no"}
        await socket.send(json.dumps(reply))
        if kind == 7:
            await socket.send(json.dumps(reply))

    async for text in socket:
        message = json.loads(text)
        if message["type"] == "pong":
            socket.pongs += 1
        else:
            asyncio.ensure_future(until_closed(answer(message)))


async def push(socket, unit=1e3):
    """100 events a second; of ten (by number) one is left out, one comes twice, two are swapped."""
    kept = None
    for n in itertools.count():
        event = json.dumps({"at": round(time.time() * unit), "seq": n, "type": "event"})
        kind = n % 10
        if kind == 4:
            kept = event
        elif kind == 5:
            await socket.send(event)
            await socket.send(kept)
        elif kind != 2:
            await socket.send(event)
        if kind == 8:
            await socket.send(event)
        await asyncio.sleep(0.01)


async def room(socket):
    rooms.add(socket)
    try:
        async for text in socket:
            for member in list(rooms):
                await member.send(json.dumps({"from": id(socket), "said": json.loads(text)}))
    finally:
        rooms.discard(socket)


async def hostile(socket):
    """Replies that no client likes; the right one is among them."""
    odd = ["", "{", "[" * 100000, "\u0000", '{"id":null}', '{"id":{}}', '"x"', "[DONE]",
           '{"id":"\\ud800"}', '{"id":1e999}', "{\"id\":\"" + "9" * 70000 + "\"}", b"\xff\xfe",
           '{"Id":1,"iD":2}', "null", '{"id":"0-1","id":"nobody"}']
    async for text in socket:
        number = json.loads(text)["n"]
        await socket.send(odd[number % len(odd)])
        await socket.send(text)


PATHS = {"/chat": chat, "/request": request, "/push": push, "/room": room, "/hostile": hostile,
         "/plain-push": push}


async def until_closed(work):
    try:
        await work
    except websockets.ConnectionClosed:
        pass


async def conversation(socket, path):
    if path in ("/chat", "/request"):
        if not await hello(socket):
            return
        asyncio.ensure_future(until_closed(nag(socket)))
    await PATHS[path](socket)


async def serve(socket, path):
    socket.pongs = 0
    await until_closed(conversation(socket, path))


async def main():
    ended = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set_result, None)
    async with websockets.serve(serve, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await ended


asyncio.run(main())
