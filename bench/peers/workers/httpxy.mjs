/** httpxy in a process of its own, in front of the port that its parent names. Says where it listens; ends when its parent disconnects. */
import { createServer } from "node:http";
import { createProxyServer } from "httpxy";

const proxy = createProxyServer({ target: `http://127.0.0.1:${process.argv[2]}`, xfwd: true });
const server = createServer((request, response) => {
  proxy.web(request, response).catch(() => response.destroy());
});
process.once("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
