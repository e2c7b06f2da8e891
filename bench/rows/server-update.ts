/** Small ConfigMaps replaced through the API server, each time with another content. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { bareHttps, callsPerSecond, fill, nameOf, serverSides } from "../servers.ts";

const objects = 1_000;

export const row: Row = {
  id: "server-update",
  part: "server",
  title: "Small ConfigMaps updated over TLS, 32 in flight",
  unit: "updates/s",
  better: "more",
  rounds: 11,
  openSeconds: 5,
  sides: serverSides(async server => {
    await fill(server, objects);
    return callsPerSecond(n => server.update(nameOf(n % objects)));
  }),
  goals: [{ atLeast: 0.5, of: [bareHttps] }, { atLeast: 4 * 1440 }],
  note: "A kube-apiserver with etcd gave 1,440 on a machine of this size.",
};

await runAlone(import.meta.url, row);
