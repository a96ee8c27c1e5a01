"""What tests/target.t asks of the built-in target, with a client from other hands.

target_client.py WHAT PORT [...]: prints one line of results, or fails with a traceback.
"""
import asyncio
import http.client
import os
import resource
import socket
import sys
import time

import websockets

what, port, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


def connect():
    return websockets.connect(f"ws://127.0.0.1:{port}/echo", max_size=None, compression=None)


async def reply(ws):
    return await asyncio.wait_for(ws.recv(), 10)


async def sizes():
    async with connect() as ws:
        for n in (0, 1, 125, 126, 16383, 16384, 16385, 65535, 65536, 1 << 20, 5 << 20):
            for sent in (os.urandom(n), "\u00e4" * (n // 2)):
                await ws.send(sent)
                got = await reply(ws)
                assert got == sent, (n, type(sent), len(got))
    print("all equal")


async def fragments():
    async with connect() as ws:
        await ws.send([b"a" * 10, b"", b"b" * 70000, b"c"])
        assert await reply(ws) == b"a" * 10 + b"b" * 70000 + b"c"
        await ws.send(iter(["", "a", "\u00e4", ""]))
        assert await reply(ws) == "a\u00e4"
        pong = await ws.ping(b"are you there")
        await ws.send("x")
        await asyncio.wait_for(pong, 10)
        assert await reply(ws) == "x"
    print("all whole")


async def order():
    async with connect() as ws:
        sent = [f"{i} " + "x" * (i * 37 % 3000) for i in range(3000)]
        for text in sent:
            await ws.send(text)
        assert [await reply(ws) for _ in sent] == sent
    print("all in order")


async def slow_reader():
    """The target must neither lose nor keep without bound what a client does not read."""
    count, size = 400, 256 * 1024
    async with websockets.connect(f"ws://127.0.0.1:{port}/echo", max_size=None, compression=None,
                                  max_queue=1, read_limit=4096) as ws:
        async def send():
            for i in range(count):
                await ws.send(i.to_bytes(4, "big") * (size // 4))
        sender = asyncio.create_task(send())
        await asyncio.sleep(0.5)
        assert not sender.done(), "100 MiB were taken from a client that reads nothing"
        for i in range(count):
            got = await reply(ws)
            assert len(got) == size and got[:4] == got[-4:] == i.to_bytes(4, "big"), i
    print("all came")


async def delay():
    """Milliseconds to the reply: the quickest of 100, one after the other, and of 100 at once."""
    async with connect() as ws:
        single = []
        for _ in range(100):
            start = time.perf_counter()
            await ws.send("x")
            await reply(ws)
            single.append(time.perf_counter() - start)
        start = time.perf_counter()
        for _ in range(100):
            await ws.send("x")
        for _ in range(100):
            await reply(ws)
        print(f"{min(single) * 1e3:.3f} {(time.perf_counter() - start) * 1e3:.3f}")


async def stall():
    """Replies while it should stall (with 30 ms of grace), and all, of 2.2 s at 250 a second."""
    came = []
    async with connect() as ws:
        async def read():
            async for _ in ws:
                came.append(time.time() % 1)
        reader = asyncio.create_task(read())
        end = time.time() + 2.2
        sent = 0
        while time.time() < end:
            await ws.send("x")
            sent += 1
            await asyncio.sleep(0.004)
        await asyncio.sleep(0.5)
        reader.cancel()
    assert len(came) == sent, (len(came), sent)
    print(sum(0.03 < at < 0.199 for at in came), len(came))


async def drop():
    """Which of 2000 messages are answered, as a count and a checksum."""
    async with connect() as ws:
        for i in range(2000):
            await ws.send(str(i))
        await ws.ping()
        answered = []
        try:
            while True:
                answered.append(int(await asyncio.wait_for(ws.recv(), 0.5)))
        except asyncio.TimeoutError:
            pass
        print(len(answered), hash(tuple(answered)) & 0xffffffff)


async def leak():
    """RSS growth in MiB over 512 messages."""
    def rss():
        with open(f"/proc/{rest[0]}/statm") as f:
            return int(f.read().split()[1]) * resource.getpagesize() / (1 << 20)
    async with connect() as ws:
        await ws.send("x")
        await reply(ws)
        before = rss()
        for _ in range(512):
            await ws.send("x")
            await reply(ws)
        print(f"{rss() - before:.1f}")


async def statuses():
    got = []
    for path, headers in (("/", {}), ("/echo", {}), ("/echo/x", UPGRADE), ("/nothing", UPGRADE),
                          ("/echo?a=b", UPGRADE), ("/" + "x" * 3000, {})):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        c.request("GET", path, headers=headers)
        got.append(str(c.getresponse().status))
        c.close()
    print(" ".join(got))


async def many():
    count = int(rest[0])
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    request = "GET /echo HTTP/1.1\r\nHost: x\r\n" + "".join(
        f"{k}: {v}\r\n" for k, v in UPGRADE.items()) + "\r\n"
    sockets = []
    for _ in range(count):
        s = socket.create_connection(("127.0.0.1", port), 10)
        s.sendall(request.encode())
        sockets.append(s)
    good = 0
    for s in sockets:
        got = b""
        while b"\r\n\r\n" not in got:
            got += s.recv(4096)
        s.sendall(b"\x82\x81\0\0\0\0x")
        good += got.startswith(b"HTTP/1.1 101") and s.recv(3) == b"\x82\x01x"
    print(good)


async def hold():
    async with connect() as ws:
        await ws.send("x")
        await reply(ws)
        print("open", flush=True)
        await asyncio.sleep(30)


asyncio.run(globals()[what]())
