/** From starting the program to the first request that a serving cluster answers. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { startSides } from "../servers.ts";

export const row: Row = {
  id: "server-start",
  part: "server",
  title: "From starting the process to the API server's first answer over TLS",
  unit: "ms",
  better: "less",
  rounds: 5,
  roundSeconds: 1,
  openSeconds: 0,
  sides: startSides(),
  goals: [{ atMost: 500 }],
};

await runAlone(import.meta.url, row);
