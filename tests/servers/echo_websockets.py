"""A WebSocket echo made with python3-websockets: echo_websockets.py PORT."""
import asyncio
import signal
import sys

import websockets


async def echo(socket, path=None):
    try:
        async for message in socket:
            await socket.send(message)
    except websockets.ConnectionClosed:
        pass


async def main():
    ended = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set_result, None)
    async with websockets.serve(echo, "127.0.0.1", int(sys.argv[1]), compression=None,
                                max_size=None):
        await ended


asyncio.run(main())
