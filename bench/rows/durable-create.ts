/** Objects created in a cluster that is kept on disk: each is synced before its creation resolves. */
import { runAlone } from "../alone.ts";
import { durableCreates } from "../kept.ts";
import { hasEtcd } from "../object-server.ts";
import type { Row } from "../row.ts";

export const row: Row = {
  id: "durable-create",
  part: "control-plane",
  title: "Small ConfigMaps created in a cluster that is kept on disk, 32 in flight",
  unit: "creates/s",
  better: "more",
  rounds: 7,
  openSeconds: 10,
  sides: durableCreates(),
  goals: hasEtcd() ? [{ atLeast: 4, of: ["etcd"] }] : [],
  note: "k4s is called as a library, admission and all; etcd is asked through its JSON gateway, and only keeps what it is given. Its side is left out where it is not installed.",
};

await runAlone(import.meta.url, row);
