// Event streams made with Express and better-sse: sse_express.js PORT, the modules' folder in
// NODE_PATH. GET /events: an event every 20 ms; POST /echo: the body as an event. Below /busy the same,
// but every fifth request is put off: by turns 429 for a second, 503 without a word of when, and below
// /shut each one, for an hour. How many connections there were stands in connections.txt.
"use strict";
const fs = require("fs");
const express = require("express");
const { createSession } = require("better-sse");

const app = express();
let asked = 0;
app.use("/busy", (request, response, next) => {
  asked += 1;
  if (asked % 5 !== 1) next();
  else if (asked % 2 === 1) response.status(429).set("Retry-After", "1").send("slow down");
  else response.status(503).send("no room");
});
app.post("/shut", (request, response) => response.status(503).set("Retry-After", "3600").end());
app.get(["/events", "/busy/events"], async (request, response) => {
  const session = await createSession(request, response);
  let number = 0;
  const timer = setInterval(() => {
    number += 1;
    session.push({ sequence: number, time: Date.now() }, "tick", String(number));
  }, 20);
  session.on("disconnected", () => clearInterval(timer));
});
app.post(["/echo", "/busy/echo"], express.text({ type: () => true }), async (request, response) => {
  const session = await createSession(request, response, { serializer: (data) => data });
  session.push(request.body);
  response.end();
});
let connections = 0;
app.listen(Number(process.argv[2]), "127.0.0.1").on("connection", () => {
  connections += 1;
  fs.writeFileSync("connections.txt", String(connections));
});
