// Echoes behind TLS, of WebSocket (npm's ws) and as event streams (POST; a GET brings an event every
// 20 ms): echo_tls.js FOLDER, which holds NAME.pem and
// NAME.key of each certificate. Prints "NAME PORT" for each, and what each listener does besides:
//   wanted  asks for a client certificate of ca.pem    sni    has the right one for localhost only
//   plain   no TLS at all                              old    TLS 1.2 only
//   deaf    takes connections and says nothing         chat   speaks the subprotocol chat.v1
const fs = require("fs"), https = require("https"), net = require("net"), tls = require("tls");
const http = require("http");
const { WebSocketServer } = require("ws");

const folder = process.argv[2];
const pair = (name) => ({
  cert: fs.readFileSync(`${folder}/${name}.pem`),
  key: fs.readFileSync(`${folder}/${name}.key`),
});

function stream(request, response) {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  if (request.method === "POST") {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => response.end(`data: ${Buffer.concat(parts)}\n\n`));
    return;
  }
  let number = 0;
  const timer = setInterval(() => {
    number += 1;
    response.write(`id: ${number}\ndata: {"sequence":${number},"time":${Date.now()}}\n\n`);
  }, 20);
  response.on("close", () => clearInterval(timer));
}

function listen(name, server, options) {
  if (options) {
    new WebSocketServer({ server, ...options }).on("connection", (socket) => {
      socket.on("message", (data, binary) => socket.send(data, { binary }));
      socket.on("error", () => {});
    });
  }
  server.on("tlsClientError", () => {});
  server.on("request", stream);
  server.listen(0, "127.0.0.1", () => console.log(name, server.address().port));
}

for (const name of ["good", "expired", "other", "self", "future"])
  listen(name, https.createServer(pair(name)), {});
listen("wanted", https.createServer({
  ...pair("good"), requestCert: true, rejectUnauthorized: true,
  ca: fs.readFileSync(`${folder}/ca.pem`),
}), {});
listen("wanted12", https.createServer({
  ...pair("good"), requestCert: true, rejectUnauthorized: true, maxVersion: "TLSv1.2",
  ca: fs.readFileSync(`${folder}/ca.pem`),
}), {});
listen("sni", https.createServer({
  ...pair("other"),
  SNICallback: (host, done) => done(null, host === "localhost" ? tls.createSecureContext(pair("good")) : undefined),
}), {});
listen("old", https.createServer({ ...pair("good"), maxVersion: "TLSv1.2" }), {});
listen("chat", https.createServer(pair("good")),
  { handleProtocols: (offered) => offered.has("chat.v1") && "chat.v1" });
listen("plain", http.createServer(), {});
listen("deaf", net.createServer(() => {}));
