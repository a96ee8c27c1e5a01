"""WebSocket made with FastAPI on uvicorn, as its users write it: ws_fastapi.py PORT.

/ws/echo: each message comes back; /ws/chat: {"id": ..} is answered by eight tokens and an end; /ws/room:
each message goes to all.
"""
import asyncio
import sys

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
room = set()


@app.websocket("/ws/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        pass


@app.websocket("/ws/chat")
async def chat(socket: WebSocket):
    await socket.accept()

    async def answer(question):
        for word in range(8):
            await asyncio.sleep(0.01)
            await socket.send_json({"type": "token", "id": question["id"], "delta": f"word{word} "})
        await socket.send_json({"type": "end", "id": question["id"]})

    answers = set()
    try:
        while True:
            task = asyncio.create_task(answer(await socket.receive_json()))
            answers.add(task)
            task.add_done_callback(answers.discard)
    except WebSocketDisconnect:
        pass
    finally:
        for task in answers:
            task.cancel()


@app.websocket("/ws/room")
async def broadcast(socket: WebSocket):
    await socket.accept()
    room.add(socket)
    try:
        while True:
            said = await socket.receive_text()
            for other in list(room):
                await other.send_text(said)
    except WebSocketDisconnect:
        pass
    finally:
        room.discard(socket)


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
