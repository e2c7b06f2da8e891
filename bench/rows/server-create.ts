/** Small ConfigMaps created through the API server: admitted, validated, kept, told to watchers, and answered. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { bareHttps, callsPerSecond, nameOf, serverSides } from "../servers.ts";

export const row: Row = {
  id: "server-create",
  part: "server",
  title: "Small ConfigMaps created over TLS, 32 in flight",
  unit: "creates/s",
  better: "more",
  rounds: 11,
  openSeconds: 5,
  sides: serverSides(async server => {
    let created = 0;
    return callsPerSecond(() => server.create(nameOf(created++)));
  }),
  goals: [{ atLeast: 0.5, of: [bareHttps] }, { atLeast: 4 * 1190 }],
  note: "A kube-apiserver with etcd gave 1,190 on a machine of this size.",
};

await runAlone(import.meta.url, row);
