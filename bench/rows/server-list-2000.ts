/** A list of 2,000 small ConfigMaps through the API server, from the request to its last byte. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { bareHttps, fill, listTime, serverSides } from "../servers.ts";

const objects = 2_000;

export const row: Row = {
  id: "server-list-2000",
  part: "server",
  title: "A list of 2,000 small ConfigMaps over TLS",
  unit: "ms",
  better: "less",
  rounds: 11,
  openSeconds: 6,
  sides: serverSides(async server => {
    await fill(server, objects);
    return () => listTime(server, objects);
  }),
  goals: [{ atMost: 2, of: [bareHttps] }, { atMost: 22 / 4 }],
};

await runAlone(import.meta.url, row);
