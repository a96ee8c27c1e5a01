"""A server that misbehaves as the request's path says; for tests/hostile.t.

One thread a connection, plain sockets: what goes out is exactly what is written here. Prints the
port it listens on.
"""
import base64
import hashlib
import socket
import struct
import sys
import threading
import time
import zlib

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def read_head(s):
    head = b""
    while b"\r\n\r\n" not in head:
        data = s.recv(4096)
        if not data:
            raise ConnectionError
        head += data
    lines = head.split(b"\r\n\r\n")[0].split(b"\r\n")
    fields = dict(line.lower().split(b": ", 1)[:1] + line.split(b": ", 1)[1:] for line in lines[1:])
    return lines[0].split()[1].decode(), fields


def upgrade(s, fields, *more, accept=None):
    key = fields[b"sec-websocket-key"]
    if accept is None:
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    s.sendall(b"\r\n".join((b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket",
                            b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + accept)
                           + more + (b"", b"")))


def frame(payload, opcode=1, fin=True, rsv=0, mask=None, length=None):
    n = len(payload) if length is None else length
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    bit = 0x80 if mask else 0
    if n < 126:
        head = struct.pack("!BB", first, bit | n)
    elif n < 65536:
        head = struct.pack("!BBH", first, bit | 126, n)
    else:
        head = struct.pack("!BBQ", first, bit | 127, n)
    if mask:
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    return head + (mask or b"") + payload


def exactly(f, n):
    data = f.read(n)
    if len(data) < n:
        raise ConnectionError
    return data


def messages(s):
    """The client's messages, whole; refuses what a client must not send."""
    f = s.makefile("rb")
    while True:
        first, second = exactly(f, 2)
        n = second & 0x7f
        if n == 126:
            n = struct.unpack("!H", exactly(f, 2))[0]
        elif n == 127:
            n = struct.unpack("!Q", exactly(f, 8))[0]
        assert second & 0x80, "a client's frame must be masked"
        mask = exactly(f, 4)
        data = exactly(f, n)
        data = bytes(b ^ mask[i & 3] for i, b in enumerate(data))
        if first & 0xf == 8:
            s.sendall(frame(data, opcode=8))
            return
        if first & 0xf in (1, 2):
            yield first & 0xf, data


def forever(s, data):
    while True:
        s.sendall(data)


def http(status):
    def reply(s, fields):
        s.sendall(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/\r\n\r\n"
                  % status)
    return reply


def raw(data):
    return lambda s, fields: s.sendall(data)


def upgraded(data, then=None):
    """Upgrades, sends `data`, and goes on reading so that the end is the client's."""
    def reply(s, fields):
        upgrade(s, fields)
        s.sendall(data)
        if then:
            then(s)
        while s.recv(65536):
            pass
    return reply


def per_message(answer):
    def reply(s, fields):
        upgrade(s, fields)
        for i, (opcode, data) in enumerate(messages(s)):
            answer(s, i, opcode, data)
    return reply


def echo(s, i, opcode, data):
    s.sendall(frame(data, opcode))


def echo_then(count, action):
    def answer(s, i, opcode, data):
        if i == count:
            action(s)
        else:
            echo(s, i, opcode, data)
    return per_message(answer)


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def slowly(s, fields):
    key = fields[b"sec-websocket-key"]
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    for byte in (b"HTTP/1.1 101 X\r\nupgrade:WebSocket\r\nCONNECTION: keep-alive, Upgrade\r\n"
                 b"Sec-WebSocket-Accept:" + accept + b"\r\n\r\n"):
        s.sendall(bytes([byte]))
        time.sleep(0.001)
    for opcode, data in messages(s):
        for byte in frame(data[:50], opcode, fin=False) + frame(b"", 0, fin=False) \
                + frame(b"ping", 9) + frame(data[50:], 0):
            s.sendall(bytes([byte]))


def asked(s, fields):
    """Answers only who asked as tests/hostile.t says it would."""
    good = (fields.get(b"authorization") == b"Basic " + base64.b64encode(b"ann:p@s s")
            and fields.get(b"x-plain") == b"A Value" and b"origin" not in fields
            and fields.get(b"sec-websocket-protocol") == b"chat.v1"
            and b"sec-websocket-extensions" not in fields
            and fields.get(b"host") == b"127.0.0.1:%d" % s.getsockname()[1])
    if not good:
        s.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return
    upgrade(s, fields, b"Sec-WebSocket-Protocol: chat.v1")
    for opcode, data in messages(s):
        echo(s, 0, opcode, data)


def deaf(s, fields):
    upgrade(s, fields)
    time.sleep(30)


def reversed_pairs(s, fields):
    upgrade(s, fields)
    kept = []
    for opcode, data in messages(s):
        kept.append(frame(data, opcode))
        if len(kept) == 2:
            s.sendall(kept[1] + kept[0])
            kept = []


def cut(s, fields):
    """Ends the connection after a number of bytes that grows with every connection."""
    key = fields[b"sec-websocket-key"]
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    whole = (b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + frame(b"x" * 130)
             + frame(struct.pack("!H", 1001) + b"gone", 8))
    with cut.lock:
        cut.at = (cut.at + 1) % len(whole)
        at = cut.at
    s.sendall(whole[:at])
    (reset if at % 2 else lambda x: None)(s)


def deflated(*parts, terms=b"permessage-deflate"):
    """Agrees to compression, and answers the fourth message by `parts`, others well."""
    def reply(s, fields):
        assert fields.get(b"sec-websocket-extensions") == b"permessage-deflate; client_max_window_bits"
        upgrade(s, fields, b"Sec-WebSocket-Extensions: " + terms)
        unpack = zlib.decompressobj(-15)
        for i, (opcode, data) in enumerate(messages(s)):
            data = unpack.decompress(data + b"\0\0\xff\xff")
            packed = squeeze(data)
            if i == 3 and parts:
                s.sendall(b"".join(part(packed, opcode) for part in parts))
            else:
                s.sendall(frame(packed, opcode, rsv=4))
    return reply


def squeeze(data, end=zlib.Z_SYNC_FLUSH):
    """Packed without what stands at the end of each: with Z_FINISH a whole DEFLATE stream, too."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = pack.compress(data) + pack.flush(end)
    return packed[:-4] if end == zlib.Z_SYNC_FLUSH else packed + b"\0"


def terms(text):
    return lambda s, fields: upgrade(s, fields, b"Sec-WebSocket-Extensions: " + text)


cut.lock = threading.Lock()
cut.at = -1

BOMB = squeeze(b"\0" * (1 << 26))

BEHAVIOUR = {
    "/403": http(b"403 Forbidden \x1b[31mred"), "/401": http(b"401 Unauthorized"),
    "/200": http(b"200 OK"), "/302": http(b"302 Found"),
    "/garbage": raw(bytes(b for b in range(256) if b != 10) * 16), "/binary": raw(b"\0" * 100000),
    "/half": raw(b"HTTP/1.1 101 Switching Proto"), "/nothing": raw(b""),
    "/silence": lambda s, fields: time.sleep(30),
    "/reset": lambda s, fields: reset(s),
    "/headers": raw(b"HTTP/1.1 101 X\r\n" + b"X-Long: " + b"y" * 100000 + b"\r\n\r\n"),
    "/endless": lambda s, fields: forever(s, b"HTTP/1.1 101 X\r\n" + b"X-A: b\r\n" * 1000),
    "/no-accept": raw(b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    "/bad-accept": lambda s, fields: upgrade(s, fields, accept=b"AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    "/subprotocol": lambda s, fields: upgrade(s, fields, b"Sec-WebSocket-Protocol: other.v9"),
    "/extension": lambda s, fields: upgrade(
        s, fields, b"Sec-WebSocket-Extensions: " + b", ".join([b"permessage-deflate"] * 40)),
    "/4401": upgraded(frame(struct.pack("!H", 4401) + b"bad token", 8)),
    "/1013": upgraded(frame(struct.pack("!H", 1013) + b"busy", 8)),
    "/dropped": lambda s, fields: upgrade(s, fields),
    "/mute": upgraded(b""), "/deaf": deaf, "/slowly": slowly,
    "/flood": upgraded(b"", lambda s: forever(s, frame(b"spam" * 30) * 50)),
    "/pings": upgraded(b"", lambda s: forever(s, frame(b"ping", 9) * 50)),
    "/fragments": upgraded(frame(b"x", 1, fin=False),
                           lambda s: forever(s, frame(b"", 0, fin=False) * 50)),
    "/huge": upgraded(frame(b"", 2, length=1 << 62), lambda s: forever(s, b"x" * 65536)),
    "/opcode": upgraded(frame(b"?", 3)), "/rsv": upgraded(frame(b"?", 1, rsv=4)),
    "/echo": per_message(echo),
    "/changed": per_message(lambda s, i, o, d: s.sendall(frame(d[:-1] + b"!", o))),
    "/binary-echo": per_message(lambda s, i, o, d: s.sendall(frame(d, 2))),
    "/twice": per_message(lambda s, i, o, d: s.sendall(frame(d, o) * 2)),
    "/late": per_message(lambda s, i, o, d: (time.sleep(2.2 if i == 6 else 0), echo(s, i, o, d))),
    "/reversed": reversed_pairs,
    "/large": echo_then(3, lambda s: s.sendall(frame(b"y" * (2 << 20), 2))),
    "/dies": echo_then(3, lambda s: s.shutdown(socket.SHUT_RDWR)),
    "/1011": echo_then(3, lambda s: s.sendall(frame(struct.pack("!H", 1011) + "\u202eoops".encode(), 8))),
    "/cut-frame": echo_then(3, lambda s: (s.sendall(frame(b"z" * 100)[:50]), s.shutdown(2))),
    "/nonsense": echo_then(3, lambda s: s.sendall(bytes(range(256)) * 40)),
    "/cut": cut, "/asked": asked,
    "/d-echo": deflated(terms=b"permessage-deflate;server_max_window_bits=15"),
    "/d-declined": per_message(echo),
    "/d-both": deflated(lambda p, o: frame(zlib.decompress(p + b"\0\0\xff\xff\3\0", -15), o)),
    "/d-pieces": deflated(lambda p, o: frame(p[:1], o, fin=False, rsv=4) + frame(b"", 0, fin=False)
                          + frame(b"ping", 9) + frame(p[1:], 0)),
    "/d-bfinal": deflated(lambda p, o: frame(
        squeeze(zlib.decompress(p + b"\0\0\xff\xff\3\0", -15), zlib.Z_FINISH), o, rsv=4)),
    "/d-bomb": deflated(lambda p, o: frame(BOMB, o, rsv=4)),
    "/d-broken": deflated(lambda p, o: frame(b"\xff\xff\xff", o, rsv=4)),
    "/d-cut": deflated(lambda p, o: frame(p[:len(p) // 2], o, rsv=4)),
    "/d-continued": deflated(lambda p, o: frame(p[:1], o, fin=False, rsv=4) + frame(p[1:], 0, rsv=4)),
    "/d-rsv2": deflated(lambda p, o: frame(p, o, rsv=6)),
    "/d-close": deflated(lambda p, o: frame(struct.pack("!H", 1000), 8, rsv=4)),
    "/d-unasked": upgraded(frame(squeeze(b"?"), 1, rsv=4)),
    "/d-forty": terms(b", ".join([b"permessage-deflate"] * 40)),
    "/d-four-hundred": terms(b", ".join([b"permessage-deflate"] * 300)),
    "/d-lines": lambda s, fields: upgrade(
        s, fields, *[b"Sec-WebSocket-Extensions: permessage-deflate"] * 40),
    "/d-other": terms(b"x-webkit-deflate-frame"),
    "/d-unknown": terms(b"permessage-deflate; level=9"),
    "/d-twice": terms(b"permessage-deflate; server_no_context_takeover; server_no_context_takeover"),
    "/d-bits": terms(b"permessage-deflate; server_max_window_bits=16"),
    "/d-no-bits": terms(b"permessage-deflate; client_max_window_bits"),
    "/d-malformed": terms(b"permessage-deflate; server_no_context_takeover=1"),
}


def serve(s):
    try:
        path, fields = read_head(s)
        BEHAVIOUR[path](s, fields)
    except (ConnectionError, OSError):
        pass
    finally:
        s.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
    print(listener.getsockname()[1], flush=True)
    while True:
        s, _ = listener.accept()
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(s,), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
