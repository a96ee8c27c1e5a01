"""A WebSocket echo, made with python3-websockets, that tells of itself by python3-prometheus-client:
echo_prometheus.py PORT. /metrics is on the next free port, which the file given second takes down; and
at /absent, /empty, /huge, /slow, /garbage of it is what no such server tells.
"""
import asyncio
import http.server
import sys
import threading
import time

import prometheus_client
import websockets


class Handler(prometheus_client.MetricsHandler):
    def do_GET(self):
        odd = {"/absent": None, "/empty": b"", "/huge": b"# " + b"x" * (5 << 20) + b"\n",
               "/garbage": b"process_cpu_seconds_total{\nprocess_open_fds \xff\xfe\n", "/slow": b""}
        if self.path not in odd:
            super().do_GET()
            return
        if self.path == "/slow":
            time.sleep(5)
        body = odd[self.path]
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # one who has read enough closes


async def echo(socket, *_):
    async for message in socket:
        await socket.send(message)


async def main():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(sys.argv[2], "w", encoding="ascii") as file:
        print(server.server_port, file=file)
    async with websockets.serve(echo, "127.0.0.1", int(sys.argv[1])) as listener:
        print(listener.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
