/** Small ConfigMaps read one by one through the API server. */
import { runAlone } from "../alone.ts";
import type { Row } from "../row.ts";
import { bareHttps, callsPerSecond, fill, nameOf, serverSides } from "../servers.ts";

const objects = 1_000;

export const row: Row = {
  id: "server-get",
  part: "server",
  title: "Small ConfigMaps read over TLS, 32 in flight",
  unit: "gets/s",
  better: "more",
  rounds: 11,
  openSeconds: 5,
  sides: serverSides(async server => {
    await fill(server, objects);
    return callsPerSecond(n => server.get(nameOf(n % objects)));
  }),
  goals: [{ atLeast: 0.5, of: [bareHttps] }, { atLeast: 4 * 2250 }],
  note: "A kube-apiserver with etcd gave 2,250 on a machine of this size.",
};

await runAlone(import.meta.url, row);
