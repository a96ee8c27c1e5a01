#!/usr/bin/env python3
"""A server that answers a WebSocket handshake oddly: odd_server.py MODE, prints its port.

refuse   403 with a body        html     200 with a page
accept   no subprotocol         other    a subprotocol that was not asked for
close    101, then closed       silent   accepts connections, never answers
"""
import base64, hashlib, socket, sys, threading

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
mode = sys.argv[1]


def serve(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(65536)
        if not part:
            return
        head += part
    if mode == "silent":
        connection.recv(1)
        return
    fields = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    if mode == "refuse":
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    elif mode == "html":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi")
    else:
        accept = base64.b64encode(hashlib.sha1(fields[b"sec-websocket-key"] + GUID).digest())
        more = b"Sec-WebSocket-Protocol: other\r\n" if mode == "other" else b""
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n" +
                           more + b"\r\n")
        if mode != "close":
            while connection.recv(65536):
                pass
    connection.close()


listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
