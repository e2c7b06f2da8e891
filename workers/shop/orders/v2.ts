/** The orders of the web shop, version 2: each tenth order is a present. */
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { query } from "../query.ts";

const server = createServer(async (request, response) => {
  try {
    if (request.method === "GET") return response.end(await query("select"));
    const { item, id } = (await json(request)) as { item: string; id: number };
    const prices = (await (await fetch("http://catalogue")).json()) as Record<string, number>;
    const price = id % 10 === 0 ? 0 : prices[item];
    const order = { id, item, price, version: 2 };
    await query(`insert ${JSON.stringify(order)}`);
    return response.end(JSON.stringify(order));
  } catch (error) {
    return response.writeHead(500).end(String(error));
  }
});
server.listen(8080);
// What is under way is answered; then it ends.
process.on("SIGTERM", () => server.close(() => process.exit()));
