"""Event streams made with FastAPI on uvicorn: sse_fastapi.py PORT.

GET /events: an event every 20 ms with a number and its time; POST /echo: the body as an event; POST
/chat: ten tokens as OpenAI's API has them.
"""
import asyncio
import json
import sys
import time

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

app = FastAPI()


def stream(parts):
    return StreamingResponse(parts, media_type="text/event-stream")


@app.get("/events")
async def events():
    async def parts():
        number = 0
        while True:
            number += 1
            yield f"id: {number}\ndata: {json.dumps({'sequence': number, 'time': time.time()})}\n\n"
            await asyncio.sleep(0.02)
    return stream(parts())


@app.post("/echo")
async def echo(request: Request):
    body = (await request.body()).decode()

    async def parts():
        yield "".join(f"data: {line}\n" for line in body.split("\n")) + "\n"
    return stream(parts())


@app.post("/chat/completions")
async def chat(request: Request):
    assert (await request.json())["stream"]

    async def parts():
        for i in range(10):
            yield 'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\r\n\r\n'
            await asyncio.sleep(0.01)
        yield "data: [DONE]\r\n\r\n"
    return stream(parts())


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
