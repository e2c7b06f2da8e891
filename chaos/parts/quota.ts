/**
 * The database of etcd fills up (its quota, and the alarm that goes with it): writes are refused with the reason, deletions go, and the
 * server says that it is not ready. When it has been compacted and defragmented, and the alarm disarmed, it goes on by itself.
 */
import { Client } from "../client.ts";
import { ControlPlane } from "../control-plane.ts";
import { EtcdMembers, etcd as hasEtcd } from "../etcd-members.ts";
import { Pulse } from "../pulse.ts";
import { type Findings, type Trial, until } from "../trial.ts";
import { path } from "../writers.ts";

const patienceMs = 60_000;
const large = "x".repeat(300_000);

export async function quota({ kills, folder, network }: Trial): Promise<Findings> {
  if (!hasEtcd) return { figures: [["not tried: no etcd here (ETCD may name it)", "-"]], problems: [] };
  const members = await EtcdMembers.start(network(), folder, 1, "--quota-backend-bytes", `${8 << 20}`);
  const args = ["--etcd", members.all[0]?.url ?? "", "--nodes", "1"];
  const { program, access } = await ControlPlane.start({ folder, args });
  const client = new Client(access);
  const pulse = new Pulse();
  const problems: string[] = [];
  const acknowledged = new Set<string>();
  let refused = 0;
  const expect = async (what: string, isSo: () => boolean | Promise<boolean>) => {
    if (!(await until(() => Promise.resolve(isSo()).catch(() => false), patienceMs))) problems.push(what);
  };
  const write = async (name: string) => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { large } };
    const { code, body } = await client.ask("POST", path, object);
    if (code < 300) acknowledged.add(name);
    else refused++;
    const { message = "" } = body as { readonly message?: string };
    if (code >= 300 && !(code === 503 && message.includes("its database is full"))) problems.push(message);
    return code < 300;
  };
  const isReady = async () => (await client.ask("GET", "/api/v1/namespaces")).code === 200 && isWell();
  const isWell = async () => !(await client.text("/readyz?verbose")).includes("[-]etcd");
  try {
    await pulse.create(client);
    for (let round = 0; round < kills && problems.length === 0; round++) {
      let count = 0;
      await expect("it never filled up", async () => !(await write(`large-${round}-${count++}`)));
      await expect("a full etcd is called ready", async () => !(await isWell()));
      const names = [...acknowledged];
      for (const name of names) {
        const { code } = await client.ask("GET", `${path}/${name}`);
        if (code !== 200) problems.push(`${name} was acknowledged, and is answered with ${code}`);
        if ((await client.ask("DELETE", `${path}/${name}`)).code !== 200)
          problems.push(`${name} cannot be deleted`);
        acknowledged.delete(name);
      }
      await members.makeRoom();
      await expect("it does not become ready again", isReady);
      if ((await pulse.beat(client, patienceMs)) === undefined)
        problems.push("controllers do not write again");
      await expect("it takes no writes again", () => write(`again-${round}`));
    }
  } finally {
    client.close();
    await program.kill();
    await members.stop();
  }
  const figures = [
    ["database of etcd filled up, and made room in", kills],
    ["writes refused with 503, and the reason", refused],
    ["lost, or not as it should", problems.length],
  ] as const;
  return { figures, problems };
}
