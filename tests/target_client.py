"""What tests/target.t asks of the built-in target, with a client from other hands.

target_client.py WHAT PORT [...]: prints one line of results, or fails with a traceback.
"""
import asyncio
import http.client
import json
import os
import resource
import socket
import sys
import time

import websockets

what, port, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


def connect(path="/echo"):
    return websockets.connect(f"ws://127.0.0.1:{port}{path}", max_size=None, compression=None)


def http_ask(path, body=None, headers={}, count=None):
    """Status, content type and text of an answer; of an endless one, `count` lines of data."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    c.request("POST" if body is not None else "GET", path, body, headers)
    r = c.getresponse()
    if count is None:
        return r.status, r.getheader("Content-Type"), r.read().decode()
    lines = []
    while sum(line.startswith("data: ") for line in lines) < count:
        lines.append(r.readline().decode().rstrip("\n"))
    c.close()
    return r.status, r.getheader("Content-Type"), lines


def data_of(text):
    lines = text if isinstance(text, list) else text.split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


async def reply(ws):
    return await asyncio.wait_for(ws.recv(), 30)


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
    """Milliseconds to the reply: the quickest of 100, one after the other, and of 5 times 100 at once.
    What is done beside it makes some of them slower, hardly all; and none is quicker than it may be."""
    async with connect() as ws:
        single = []
        for _ in range(100):
            start = time.perf_counter()
            await ws.send("x")
            await reply(ws)
            single.append(time.perf_counter() - start)
        many = []
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(100):
                await ws.send("x")
            for _ in range(100):
                await reply(ws)
            many.append(time.perf_counter() - start)
        print(f"{min(single) * 1e3:.3f} {min(many) * 1e3:.3f}")


async def stall():
    """Of messages sent while it should stall, in 2.2 s at 250 a second: how many were answered before its
    end, and how many there were; and the milliseconds that the median of the others took."""
    async with connect() as ws:
        sent, came = [], []

        async def read():
            async for _ in ws:
                came.append(time.time())
        reader = asyncio.create_task(read())
        end = time.time() + 2.2
        while time.time() < end:
            sent.append(time.time())
            await ws.send("x")
            await asyncio.sleep(0.004)
        for _ in range(300):
            if len(came) < len(sent):
                await asyncio.sleep(0.1)
        reader.cancel()
    assert len(came) == len(sent), (len(came), len(sent))
    stalled = [(a, b) for a, b in zip(sent, came) if 0.002 < a % 1 < 0.198]
    others = sorted(b - a for a, b in zip(sent, came) if 0.25 < a % 1 < 0.95)
    print(sum(b < int(a) + 0.199 for a, b in stalled), len(stalled), f"{others[len(others) // 2] * 1e3:.3f}")


async def drop():
    """Which of 2000 messages are answered, as a count and a checksum."""
    async with connect() as ws:
        for i in range(2000):
            await ws.send(str(i))
        answered = []

        async def read():
            async for text in ws:
                answered.append(int(text))
        reader = asyncio.create_task(read())
        await asyncio.wait_for(await ws.ping(), 60)  # answered behind all that was before
        seen = -1
        while seen < len(answered):
            seen = len(answered)
            await asyncio.sleep(0.1)
        reader.cancel()
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
                          ("/echo?a=b", UPGRADE), ("/" + "x" * 3000, {}), ("/chat", {}),
                          ("/push?rate=x", {}), ("/push?rate=-1", UPGRADE),
                          ("/v1/chat/completions", {}), ("/metrics", UPGRADE)):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
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


def events_judge(events, rate, size):
    assert [e["sequence"] for e in events] == list(range(1, len(events) + 1)), events
    assert all(len(json.dumps(e, separators=(",", ":"))) == size for e in events), events[0]
    steps = {b["time"] - a["time"] for a, b in zip(events, events[1:])}
    assert all(abs(step - 1e6 / rate) <= 1 for step in steps), steps
    return max(time.time() - e["time"] / 1e6 for e in events[-1:])


async def push():
    """Events by WebSocket and as a stream: sequence, size, time due; how late they come at most."""
    late = []
    async with connect("/push?rate=100&size=90") as ws:
        events = []
        for _ in range(30):
            events.append(json.loads(await reply(ws)))
            late.append(time.time() - events[-1]["time"] / 1e6)
        events_judge(events, 100, 90)
    status, kind, lines = http_ask("/push?rate=100&size=90", count=30)
    assert status == 200 and kind.startswith("text/event-stream"), (status, kind)
    events_judge(data_of(lines), 100, 90)
    status, kind, text = http_ask("/push?rate=1000&count=5")
    assert len(data_of(text)) == 5, text
    print(f"{min(late) * 1e3:.3f} {max(late) * 1e3:.3f}")


async def slow_push():
    """Nothing is lost, and nothing kept, for a client that does not read for a while."""
    async with websockets.connect(f"ws://127.0.0.1:{port}/push?rate=max&size=1000&count=20000",
                                  max_size=None, compression=None, max_queue=1) as ws:
        await asyncio.sleep(0.3)
        seen = [json.loads(await reply(ws))["sequence"] for _ in range(20000)]
    assert seen == list(range(1, 20001))
    print("none lost")


async def resume():
    """A stream is taken up again behind the last event, what was missed included."""
    lines = http_ask("/sse?rate=50", count=3)[2]
    assert "retry: 1000" in lines and any(line.startswith(":") for line in lines), lines
    seen = [line[4:] for line in lines if line.startswith("id: ")][-1]
    time.sleep(0.2)
    start = time.time()
    events = data_of(http_ask("/sse?rate=50", headers={"Last-Event-ID": seen}, count=12)[2])
    assert [e["sequence"] for e in events] == list(range(4, 16)), events
    missed = sum(e["time"] / 1e6 < start for e in events)
    for bad in ("x", "-", "99999999999999999999-1", "1-1", "1795660588316999-99999999999", "1" * 500):
        again = data_of(http_ask("/sse?rate=50", headers={"Last-Event-ID": bad}, count=1)[2])
        assert again[0]["sequence"] == 1, (bad, again)
    print("taken up" if 8 <= missed <= 12 else missed)


async def ids():
    """Requests answered by id, out of order; and by POST."""
    async with connect("/request?jitter=30ms") as ws:
        sent = [f"id {i}" if i % 2 else i for i in range(200)]
        for i in sent:
            await ws.send(json.dumps({"id": i, "more": [i]}))
        got = [json.loads(await reply(ws)) for _ in sent]
        assert all(g["type"] == "reply" for g in got)
        assert sorted(map(str, sent)) == sorted(str(g["id"]) for g in got)
        assert [g["id"] for g in got] != sent, "all in order"
        for bad in ("x", "[]", "{}", '{"id":1,"id":2}'):
            await ws.send(bad)
            assert json.loads(await reply(ws))["type"] == "error", bad
    assert http_ask("/request", '{"id":{"a":[1,null]}}')[2] == \
        'data: {"type":"reply","id":{"a":[1,null]}}\n\n'
    print("all by id")


async def chat():
    """Two questions at once, five times; milliseconds to the first token, and between tokens up to the
    last: the quickest of them, which none is quicker than it may be."""
    async with connect("/chat?words=6&first=50ms&gap=20ms") as ws:
        await ws.send('{"type":"auth"}')
        assert json.loads(await reply(ws)) == {"type": "ready"}
        first, last = [], []
        for _ in range(5):
            start = time.perf_counter()
            for i in ("a", "b"):
                await ws.send(json.dumps({"type": "ask", "id": i, "prompt": "why"}))
            at = {"a": [], "b": []}
            text = {"a": "", "b": ""}
            ended = 0
            while ended < 2:
                m = json.loads(await reply(ws))
                if m["type"] == "end":
                    assert m["tokens"] == 6 == len(at[m["id"]])
                    ended += 1
                else:
                    at[m["id"]].append(time.perf_counter() - start)
                    text[m["id"]] += m["delta"]
            assert text["a"] == text["b"] == "Streams may come late or in", text
            first.append(at["a"][0])
            last.append(at["a"][-1])
    events = data_of(http_ask("/chat?words=2", '{"id":1}')[2])
    assert [e["type"] for e in events] == ["token", "token", "end"], events
    print(f"{min(first) * 1e3:.3f} {(min(last) - min(first)) / 5 * 1e3:.3f}")


async def broadcast():
    async with connect("/broadcast") as a, connect("/broadcast") as b:
        stream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        stream.request("GET", "/broadcast")
        lines = stream.getresponse()
        await a.send("from a")
        assert await reply(b) == "from a"
        await b.send(b"from b")
        assert await reply(b) == b"from b"
        assert json.loads(http_ask("/broadcast", "posted")[2][6:])["receivers"] == 3
        assert await reply(b) == "posted"
        assert [await reply(a) for _ in range(3)] == ["from a", b"from b", "posted"]
        got = [lines.readline() for _ in range(6)]
        assert got[::2] == [b"data: from a\n", b"data: from b\n", b"data: posted\n"], got
        stream.close()
    async with connect("/broadcast") as c:
        await c.send("left alone")
        assert await reply(c) == "left alone"
    print("all received")


async def openai():
    ask = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 4}
    path = "/v1/chat/completions?first=1ms&gap=1ms"
    status, kind, text = http_ask(path, json.dumps({**ask, "stream": True, "stream_options":
                                                    {"include_usage": True}}))
    chunks = data_of(text)
    assert status == 200 and kind.startswith("text/event-stream") and \
        text.endswith("data: [DONE]\n\n"), text
    assert {c["object"] for c in chunks} == {"chat.completion.chunk"}
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    said = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"])
    assert said == "Streams may come late", said
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["completion_tokens"] == 4
    status, kind, text = http_ask(path, json.dumps(ask))
    whole = json.loads(text)
    assert kind == "application/json" and whole["choices"][0]["message"]["content"] == said
    assert http_ask(path, '{"messages":1}')[0] == 400
    print("as expected")


async def metrics():
    """Names and values, and one connection kept for many exchanges."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for path, body, want in (("/sse", "one\ntwo", 200), ("/nothing", "x" * 100, 404),
                             ("/push", "x", 405), ("/sse", "", 200), ("/metrics", None, 200)):
        c.request("POST" if body is not None else "GET", path, body)
        r = c.getresponse()
        text = r.read().decode()
        assert r.status == want, (path, r.status)
        if body and want == 200:
            assert text == "data: one\ndata: two\n\n", text
    values = {line.split()[0]: float(line.split()[1]) for line in text.split("\n")
              if line and line[0] != "#"}
    assert 1e6 < values["process_resident_memory_bytes"] < 1e8, values
    assert 0 < values["process_cpu_seconds_total"] < 100 and values["process_open_fds"] > 5
    assert values["streamgauge_target_messages_received_total"] >= 2
    print("told")


async def hold():
    async with connect() as ws:
        await ws.send("x")
        await reply(ws)
        print("open", flush=True)
        await asyncio.sleep(30)


asyncio.run(globals()[what]())
