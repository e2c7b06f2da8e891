/** A plain HTTP handler that sends back what it was sent, in one piece. */
import { parentPort } from "node:worker_threads";
import { wire } from "undici-thread-interceptor";

wire({
  port: parentPort,
  async server(request, response) {
    let text = "";
    for await (const part of request) text += part;
    response.setHeader("content-type", "application/json");
    response.setHeader("content-length", Buffer.byteLength(text));
    response.end(text);
  },
});
