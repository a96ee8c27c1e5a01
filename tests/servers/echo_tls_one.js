// A WebSocket echo behind TLS, made with npm's ws: echo_tls_one.js CERTIFICATE PORT, where
// CERTIFICATE.pem and CERTIFICATE.key are its files.
const fs = require("fs"), https = require("https");
const { WebSocketServer } = require("ws");
const [name, port] = process.argv.slice(2);
const server = https.createServer({
  cert: fs.readFileSync(`${name}.pem`), key: fs.readFileSync(`${name}.key`),
});
new WebSocketServer({ server }).on("connection", (socket) =>
  socket.on("message", (data, binary) => socket.send(data, { binary })));
server.listen(+port, "127.0.0.1");
