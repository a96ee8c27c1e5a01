#!/usr/bin/python3
"""A server that quotes the credentials it was given, where a client may take them down: in its output,
in the reason of a close frame and, asked by POST, in a header. /private is ann's, whose password is
p@sS-w0rd. telltale_server.py PORT"""
import asyncio
import base64
import hashlib
import sys

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def serve(reader, writer):
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in head[1:])}
        print(b"\n".join(head).decode(), flush=True)
        given = fields.get(b"authorization", b"").split(b" ")[-1]
        if head[0].startswith(b"POST"):
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n" % given)
        elif b"/private" in head[0] and given != base64.b64encode(b"ann:p@sS-w0rd"):
            writer.write(b"HTTP/1.1 401 No, %s\r\nContent-Length: 0\r\n\r\n" % given)
        elif b"sec-websocket-key" not in fields:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        else:
            proof = base64.b64encode(hashlib.sha1(fields[b"sec-websocket-key"] + GUID).digest())
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         b"Sec-WebSocket-Accept: %s\r\n\r\n" % proof)
            await writer.drain()
            reason = (b"bad token " + given)[:120]
            writer.write(bytes([0x88, len(reason) + 2]) + (4001).to_bytes(2, "big") + reason)
        await writer.drain()
        await asyncio.sleep(0.3)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
