/** A list of 10,000 small ConfigMaps through the API server, from the request to its last byte. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { bareHttps, fill, listTime, serverSides } from "../servers.ts";

const objects = 1_0000;

export const row: Row = {
  id: "server-list-10000",
  part: "server",
  title: "A list of 10,000 small ConfigMaps over TLS",
  unit: "ms",
  better: "less",
  rounds: 11,
  openSeconds: 6,
  sides: serverSides(async server => {
    await fill(server, objects);
    return () => listTime(server, objects);
  }),
  goals: [{ atMost: 2, of: [bareHttps] }],
};

await runAlone(import.meta.url, row);
