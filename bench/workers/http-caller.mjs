/** Puts load on a server of HTTP, or on Node's resolver, from inside a container, and replies with what it measured. */
import { resolve4 } from "node:dns/promises";
import { Agent, get } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { answersPerSecond } from "./load.mjs";

/** @param to where: `{ host }`, `{ host, port }` or `{ socketPath }` */
export async function requestOver(client, to, inFlight, peers) {
  if (client === "undici") {
    const { Pool } = await import(pathToFileURL(createRequire(peers).resolve("undici")).href);
    const { host = "localhost", port, socketPath } = to;
    const pool = new Pool(`http://${host}${port ? `:${port}` : ""}`, {
      connections: inFlight,
      ...(socketPath && { socketPath }),
    });
    return async ({ n }) => (await pool.request({ method: "GET", path: `/${n}` })).body.json();
  }
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  return ({ n }) =>
    new Promise((resolve, reject) => {
      get({ ...to, agent, path: `/${n}` }, response => {
        let text = "";
        response.on("data", piece => {
          text += piece;
        });
        response.on("end", () => resolve(JSON.parse(text)));
      }).on("error", reject);
    });
}

export async function httpCaller({ inbox }) {
  const requests = new Map();
  for await (const message of inbox) {
    const { client, to, peers, ...load } = message.body;
    try {
      if (!requests.has(client))
        requests.set(
          client,
          client === "dns"
            ? async ({ n }) => ({ n: (await resolve4(to.host)).length > 0 ? n : -1 })
            : await requestOver(client, to, load.inFlight, peers),
        );
      message.reply(await answersPerSecond(requests.get(client), load));
    } catch (error) {
      message.fail(error);
    }
  }
}
