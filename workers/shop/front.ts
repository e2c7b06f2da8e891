/** The front of the web shop: what a browser reaches. It shows the prices, and hands orders on. */
import { request as ask, createServer } from "node:http";

const server = createServer(async (request, response) => {
  if (request.url !== "/orders") {
    const prices = (await (await fetch("http://catalogue.default")).json()) as Record<string, number>;
    const lines = Object.entries(prices).map(([item, price]) => `${item} for ${price} euros`);
    return response.end(`Today: ${lines.join(", ")}`);
  }
  const { method, headers } = request;
  const asked = ask("http://orders", { method, headers }, answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  asked.on("error", error => response.writeHead(502).end(String(error)));
  return request.pipe(asked);
});
server.listen(8080);
process.on("SIGTERM", () => server.close(() => process.exit()));
