/** One change told to many: a hundred watches of one kind while its objects are updated. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { bareHttps, changesTold, serverSides } from "../servers.ts";

export const row: Row = {
  id: "server-watch",
  part: "server",
  title: "Changes told to 100 watches over TLS",
  unit: "events/s",
  better: "more",
  rounds: 11,
  sides: serverSides(server => changesTold(server, { watches: 100, updates: 100 }), { withEtcd: false }),
  goals: [{ atLeast: 0.5, of: [bareHttps] }],
};

await runAlone(import.meta.url, row);
