/** What clients ask of an API server over the day: nine reads, one write, of objects that are there. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { bareHttps, callsPerSecond, fill, nameOf, serverSides } from "../servers.ts";

const objects = 1_000;

export const row: Row = {
  id: "server-mixed",
  part: "server",
  title: "Nine reads to one update over TLS, 32 in flight",
  unit: "calls/s",
  better: "more",
  rounds: 11,
  openSeconds: 5,
  sides: serverSides(async server => {
    await fill(server, objects);
    return callsPerSecond(n =>
      n % 10 === 0 ? server.update(nameOf(n % objects)) : server.get(nameOf(n % objects)),
    );
  }),
  goals: [{ atLeast: 0.5, of: [bareHttps] }],
};

await runAlone(import.meta.url, row);
