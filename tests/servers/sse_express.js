// Event streams made with Express and better-sse: sse_express.js PORT, the modules' folder in
// NODE_PATH. GET /events: an event every 20 ms; POST /echo: the body as an event.
"use strict";
const express = require("express");
const { createSession } = require("better-sse");

const app = express();
app.get("/events", async (request, response) => {
  const session = await createSession(request, response);
  let number = 0;
  const timer = setInterval(() => {
    number += 1;
    session.push({ sequence: number, time: Date.now() }, "tick", String(number));
  }, 20);
  session.on("disconnected", () => clearInterval(timer));
});
app.post("/echo", express.text({ type: () => true }), async (request, response) => {
  const session = await createSession(request, response, { serializer: (data) => data });
  session.push(request.body);
  response.end();
});
app.listen(Number(process.argv[2]), "127.0.0.1");
