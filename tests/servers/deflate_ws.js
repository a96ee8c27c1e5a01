// A WebSocket echo made with npm's ws that compresses: deflate_ws.js PORT, the module's folder in
// NODE_PATH. /forgets: no context is kept on either side; /small: windows of 512 bytes and 1 KiB.
"use strict";
const http = require("http");
const { WebSocketServer } = require("ws");

const settings = {
  "/": true,
  "/forgets": { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 },
  "/small": { serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
};
const server = http.createServer();
const sockets = Object.fromEntries(Object.entries(settings).map(([path, perMessageDeflate]) => {
  const one = new WebSocketServer({ noServer: true, perMessageDeflate });
  one.on("connection", (socket) => {
    socket.on("message", (data, binary) => socket.send(data, { binary, compress: true }));
    socket.on("error", () => {});
  });
  return [path, one];
}));
server.on("upgrade", (request, socket, head) => {
  const one = sockets[request.url] || sockets["/"];
  one.handleUpgrade(request, socket, head, (ws) => one.emit("connection", ws, request));
});
server.listen(Number(process.argv[2]), "127.0.0.1");
