/** Objects created in a cluster that is kept in etcd: each creation resolves when the cluster's own watch has told of it. */
import { runAlone } from "../alone.ts";
import { createsInEtcd } from "../kept.ts";
import { hasEtcd } from "../object-server.ts";
import type { Row } from "../row.ts";

export const row: Row = {
  id: "etcd-create",
  part: "control-plane",
  title: "Small ConfigMaps created in a cluster that is kept in etcd, 32 in flight",
  unit: "creates/s",
  better: "more",
  rounds: 7,
  openSeconds: 10,
  sides: hasEtcd() ? createsInEtcd() : new Map(),
  goals: [],
  note: "Both are one etcd on the same disk, asked through its JSON gateway. A put of the other side writes one key, compares nothing and is told to nobody; a creation is a transaction that compares two keys and writes two, which etcd also tells in a watch.",
};

await runAlone(import.meta.url, row);
