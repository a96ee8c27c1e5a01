"""A server of event streams that misbehaves as the path says; for tests/sse_hostile.t. Prints its port.

Plain sockets, a thread a connection: what goes out is exactly what is written here.
"""
import itertools
import socket
import sys
import threading
import time

from hostile_server import forever, reset

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
OPEN = OK + b"\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read_request(s):
    """Path and body of the next request."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = s.recv(65536)
        if not more:
            raise ConnectionError
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length: "):
            length = int(line.split()[1])
    while len(body) < length:
        body += s.recv(65536)
    return head.split()[1].decode(), head, body


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(body):
    return b"data: " + body + b"\n\n"


def raw(data, then=None):
    def answer(s, n, head, body):
        s.sendall(data)
        if then:
            then(s)
        else:
            s.shutdown(socket.SHUT_RDWR)
    return answer


def status(line, more=b""):
    return raw(b"HTTP/1.1 " + line + b"\r\n" + more + b"Content-Length: 0\r\n\r\n", lambda s: None)


def sleep(s):
    time.sleep(30)


def echo_until(count, action):
    """Echoes `count` requests of a connection, then does something else."""
    def answer(s, n, head, body):
        if n < count:
            s.sendall(CHUNKED + chunk(event(body)) + b"0\r\n\r\n")
        else:
            action(s)
    return answer


def events(s):
    for number in itertools.count(1):
        yield b'id: %d\ndata: {"sequence":%d,"time":%f}\n\n' % (number, number, time.time())
        time.sleep(0.02)


def stream(count, action):
    def answer(s, n, head, body):
        s.sendall(OPEN)
        for e in itertools.islice(events(s), count):
            s.sendall(e)
        action(s)
    return answer


def bytewise(s, n, head, body):
    for byte in CHUNKED + b"".join(chunk(event(body)[i:i + 1]) for i in range(len(event(body)))) \
            + b"0\r\n\r\n":
        s.sendall(bytes([byte]))


def resumable(s, n, head, body):
    """Ends after 20 events; goes on behind Last-Event-ID."""
    last = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"last-event-id: "):
            last = int(line.split()[1])
    s.sendall(OK + b"Connection: close\r\n\r\nretry: 10\n\n")
    for number in range(last + 1, last + 21):
        s.sendall(b'id: %d\ndata: {"sequence":%d,"time":%f}\n\n' % (number, number, time.time()))
        time.sleep(0.01)
    s.shutdown(socket.SHUT_RDWR)


def cut(s, n, head, body):
    """Ends the second answer of a connection after a number of bytes that grows with every one."""
    whole = CHUNKED + chunk(b"retry: 5\n") + chunk(event(body)) + b"0\r\n\r\n"
    if n == 0:
        s.sendall(whole)
        return
    with cut.lock:
        cut.at = (cut.at + 1) % len(whole)
        at = cut.at
    s.sendall(whole[:at])
    (reset if at % 2 else lambda x: x.shutdown(socket.SHUT_RDWR))(s)


cut.lock = threading.Lock()
cut.at = -1

BEHAVIOUR = {
    # by GET or POST
    "/503": status(b"503 Busy \x1b[31mred"), "/429": status(b"429 Slow", b"Retry-After: 2\r\n"),
    "/204": status(b"204 None"), "/302": status(b"302 Found", b"Location: http://127.0.0.1:1/\r\n"),
    "/html": status(b"200 OK", b"Content-Type: text/html; charset=utf-8\r\n"),
    "/untyped": status(b"200 OK"),
    "/gzip": status(b"200 OK", b"Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"),
    "/length": raw(OK + b"Content-Length: -1\r\n\r\ndata: x\n\n", sleep),
    "/coding": raw(OK + b"Transfer-Encoding: gzip\r\n\r\n", sleep),
    "/garbage": raw(bytes(b for b in range(256) if b != 10) * 16),
    "/binary": raw(b"\0" * 100000, sleep),
    "/nothing": raw(b""), "/half": raw(b"HTTP/1.1 200 O"), "/reset": lambda s, *a: reset(s),
    "/silence": lambda s, *a: time.sleep(30),
    "/headers": raw(OK, lambda s: forever(s, b"X-A: b\r\n" * 1000)),
    "/header": raw(OK + b"X-Long: ", lambda s: forever(s, b"y" * 10000)),
    "/continue": lambda s, *a: forever(s, b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    # by POST
    "/echo": echo_until(1 << 30, None), "/bytewise": bytewise,
    "/once": echo_until(1, lambda s: s.shutdown(socket.SHUT_RDWR)),
    "/later": echo_until(3, lambda s: s.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")),
    "/empty": raw(CHUNKED + b"0\r\n\r\n", lambda s: None),
    "/changed": raw(CHUNKED + chunk(event(b"other")) + b"0\r\n\r\n", lambda s: None),
    "/mute": raw(CHUNKED, sleep), "/comments": raw(OPEN, lambda s: forever(s, b": x\n\n" * 1000)),
    "/line": raw(OPEN, lambda s: forever(s, b"x" * 65536)),
    "/data": raw(OPEN + b"data: ", lambda s: forever(s, b"x" * 65536)),
    "/lines": raw(OPEN, lambda s: forever(s, b"data: xxxxxxxxxxxxx\n" * 3000)),
    "/chunk": raw(CHUNKED + b"fffffffffffffff\r\n", lambda s: forever(s, b"x" * 65536)),
    "/chunks": raw(CHUNKED + b"zz\r\n", sleep), "/cut": cut,
    # by GET
    "/flood": raw(OPEN, lambda s: forever(s, b"data: {}\n\n" * 1000)),
    "/ends": stream(20, lambda s: s.shutdown(socket.SHUT_RDWR)), "/dies": stream(20, reset),
    "/goes": stream(1 << 30, None), "/resumable": resumable,
}


def serve(s):
    try:
        for n in itertools.count():
            path, head, body = read_request(s)
            BEHAVIOUR[path](s, n, head, body)
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
