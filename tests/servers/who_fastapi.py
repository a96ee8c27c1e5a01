"""A server that knows its users, made with FastAPI, uvicorn and PyJWT: who_fastapi.py PORT. Its users
are in users.ndjson, the secret of their tokens in JWT_SECRET; who has been served stands in seen.txt.

/ws/{room}?user=U takes a WebSocket whose token is U's and names the room, then {"pin": ..} of U, then
{"id": .., "user": U, "age": ..}; POST /ask/{room}?user=U takes the same message and answers by an event.
"""
import json
import os
import sys

import jwt
import uvicorn
from fastapi import FastAPI, Header, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

app = FastAPI()
users = {}
seen = set()
for line in open("users.ndjson", encoding="utf-8"):
    if line.strip():
        row = json.loads(line)
        users[row["user"]] = row


def token_good(authorization, room, user):
    """The token is for this user and this room, signed, and neither old nor of tomorrow."""
    kind, _, token = authorization.partition(" ")
    try:
        claims = jwt.decode(token, os.environ["JWT_SECRET"], algorithms=["HS256"],
                            options={"require": ["exp", "iat", "sub"]})
    except jwt.PyJWTError as error:
        print(error, file=sys.stderr)
        return False
    return (kind == "Bearer" and claims["sub"] == user and claims["room"] == room
            and claims["exp"] - claims["iat"] == 600 and isinstance(claims["client"], int))


def answer(message, user):
    good = message["user"] == user and message["age"] == users[user]["age"]
    seen.add((user, message["id"].split("-")[0]))
    with open("seen.txt", "w", encoding="utf-8") as out:
        out.write(json.dumps(sorted(seen)))
    return {"id": message["id"]} if good else {"type": "error", "id": message["id"]}


@app.websocket("/ws/{room}")
async def socket(ws: WebSocket, room: str, user: str, authorization: str = Header()):
    if user not in users or not token_good(authorization, room, user):
        await ws.close()
        return
    await ws.accept()
    try:
        if (await ws.receive_json())["pin"] != users[user]["pin"]:
            await ws.close(4401)
            return
        await ws.send_json({"type": "ready"})
        while True:
            await ws.send_json(answer(await ws.receive_json(), user))
    except WebSocketDisconnect:
        pass


@app.options("/ask/{room}")
async def options():
    return Response(status_code=204)


@app.post("/ask/{room}")
async def ask(request: Request, room: str, user: str, authorization: str = Header()):
    if user not in users or not token_good(authorization, room, user):
        raise HTTPException(status_code=401)
    event = json.dumps(answer(await request.json(), user))
    return StreamingResponse(iter([f"data: {event}\n\n"]), media_type="text/event-stream")


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
