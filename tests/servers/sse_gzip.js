// Event streams compressed by node's zlib: sse_gzip.js PORT. GET /events: an event every 20 ms, each
// flushed; POST /echo: the body as an event, in a stream of two members; /plain: not compressed
// whatever was asked for; and what none should send: /bomb, /garbage, /cut, /br.
"use strict";
const http = require("http"), zlib = require("zlib");

const bomb = zlib.gzipSync(Buffer.alloc(64 << 20, ":\n"));

function end(response, encoding, body) {
  const headers = { "Content-Type": "text/event-stream" };
  if (encoding) headers["Content-Encoding"] = encoding;
  response.writeHead(200, headers);
  response.end(body);
}

function answer(request, response, body) {
  const event = `data: ${body}\n\n`;
  const gzip = /\bgzip\b/.test(request.headers["accept-encoding"] || "");
  switch (request.url) {
    case "/echo":
      if (!gzip) return end(response, "", event);
      return end(response, "gzip", Buffer.concat([zlib.gzipSync(event.slice(0, 5)), zlib.gzipSync(event.slice(5))]));
    case "/plain": return end(response, "", event);
    case "/bomb": return end(response, "gzip", bomb);
    case "/garbage": return end(response, "gzip", Buffer.from("\x1f\x8b\x08" + event));
    case "/cut": return end(response, "gzip", zlib.gzipSync(event).subarray(0, 12));
    case "/br": return end(response, "br", zlib.brotliCompressSync(event));
  }
  response.writeHead(200, { "Content-Type": "text/event-stream", ...(gzip && { "Content-Encoding": "gzip" }) });
  const out = gzip ? zlib.createGzip() : response;
  if (gzip) out.pipe(response);
  let number = 0;
  const timer = setInterval(() => {
    number += 1;
    out.write(`id: ${number}\ndata: {"sequence":${number},"time":${Date.now()},"text":"${"word ".repeat(50)}"}\n\n`);
    if (gzip) out.flush(zlib.constants.Z_SYNC_FLUSH);
  }, 20);
  response.on("close", () => clearInterval(timer));
}

http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => answer(request, response, Buffer.concat(parts)));
}).listen(Number(process.argv[2]), "127.0.0.1");
