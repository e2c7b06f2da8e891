/** The members of an etcd of a trial: which of them leads, what has been written there, and how they are killed and started again. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Network, Place } from "./network.ts";
import { Program } from "./program.ts";
import { until } from "./trial.ts";

const paths = (process.env.PATH ?? "").split(delimiter).map(folder => join(folder, "etcd"));
export const etcd = [process.env.ETCD ?? "", ...paths].find(each => each !== "" && existsSync(each));

const encoded = (text: string) => Buffer.from(text).toString("base64");
const decoded = (text = "") => Buffer.from(text, "base64").toString();

export interface Write {
  readonly key: string;
  /** Undefined: deleted. */
  readonly value: string | undefined;
  readonly revision: number;
}

interface Event {
  readonly type?: "DELETE";
  readonly kv: { readonly key: string; readonly value?: string; readonly mod_revision: string };
}

interface Member {
  readonly name: string;
  readonly place: Place;
  readonly port: number;
  readonly url: string;
  readonly peerUrl: string;
  program: Program | undefined;
}

export class EtcdMembers {
  readonly #folder: string;
  readonly #args: readonly string[];
  readonly all: readonly Member[];
  #seen = 0;

  private constructor(folder: string, args: readonly string[], members: readonly Member[]) {
    this.#folder = folder;
    this.#args = args;
    this.all = members;
  }

  /** @param args for each member, besides where it listens and keeps what it has */
  static async start(
    network: Network,
    folder: string,
    count: number,
    ...args: readonly string[]
  ): Promise<EtcdMembers> {
    const members: Member[] = [];
    for (let number = 0; number < count; number++) {
      const name = `etcd-${number}`;
      const place = network.place(name);
      const [port, peer] = [await network.freePort(place), await network.freePort(place)];
      const [url, peerUrl] = [`http://${place.address}:${port}`, `http://${place.address}:${peer}`];
      members.push({ name, place, port, url, peerUrl, program: undefined });
    }
    const started = new EtcdMembers(folder, args, members);
    await Promise.all(members.map(member => started.start(member)));
    return started;
  }

  /** Resolves when it serves. */
  async start(member: Member): Promise<void> {
    const { name, url, peerUrl, place } = member;
    const listen = ["--listen-client-urls", url, "--advertise-client-urls", url];
    const peers = ["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl];
    const others = this.all.map(each => `${each.name}=${each.peerUrl}`).join(",");
    const given = ["--name", name, "--data-dir", name, "--initial-cluster", others];
    const options = { folder: this.#folder, name, within: place.within };
    member.program = new Program(etcd ?? "etcd", [...given, ...listen, ...peers, ...this.#args], options);
    if (!(await until(() => this.#answers(member), 30_000))) throw new Error(`${name} does not serve`);
  }

  /** Which one the others follow; undefined where that is not known. */
  async leader(): Promise<Member | undefined> {
    interface Status {
      readonly header?: { readonly member_id?: string };
      readonly leader?: string;
    }
    for (const member of this.all) {
      const status = await call<Status>(member.url, "/v3/maintenance/status", {}).catch(() => undefined);
      if (status?.leader !== undefined && status.header?.member_id === status.leader) return member;
    }
    return undefined;
  }

  call<T>(path: string, body: object): Promise<T> {
    return call(this.all[0]?.url ?? "", path, body);
  }

  /** All that was written since this was asked last, in order. All members must be there. */
  async history(prefix: string): Promise<readonly Write[]> {
    const put = { key: encoded("/chaos/marker"), value: encoded(String(this.#seen)) };
    const { header } = await this.call<{ header: { revision: string } }>("/v3/kv/put", put);
    const last = Number(header.revision);
    const asked = { key: "AA==", range_end: "AA==", start_revision: String(this.#seen + 1) };
    const writes: Write[] = [];
    const url = `${this.all[0]?.url}/v3/watch`;
    const answer = await fetch(url, { method: "POST", body: JSON.stringify({ create_request: asked }) });
    let text = "";
    for await (const piece of answer.body ?? []) {
      text += Buffer.from(piece).toString();
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const { result } = JSON.parse(line) as {
          result: { events?: readonly Event[]; compact_revision?: string };
        };
        if (Number(result.compact_revision ?? 0) > 0) throw new Error("the history has been compacted");
        for (const { type, kv } of result.events ?? []) {
          const revision = Number(kv.mod_revision);
          const key = decoded(kv.key);
          if (key.startsWith(prefix))
            writes.push({ key, revision, value: type === "DELETE" ? undefined : decoded(kv.value) });
          if (revision >= last) this.#seen = last;
        }
      }
      if (this.#seen === last) break;
    }
    return writes;
  }

  /** What an operator does when the database is full. */
  async makeRoom(): Promise<void> {
    const { header } = await this.call<{ header: { revision: string; member_id: string } }>("/v3/kv/range", {
      key: encoded("x"),
    });
    await this.call("/v3/kv/compaction", { revision: header.revision, physical: true });
    await this.call("/v3/maintenance/defragment", {});
    const alarm = { action: "DEACTIVATE", memberID: header.member_id, alarm: "NOSPACE" };
    await this.call("/v3/maintenance/alarm", alarm);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map(({ program }) => program?.kill()));
  }

  async #answers({ url, program }: Member): Promise<boolean> {
    if (program?.hasEnded) throw new Error("etcd has ended");
    const asked = call(url, "/v3/kv/range", { key: encoded("x") });
    return asked.then(
      () => true,
      () => false,
    );
  }
}

async function call<T>(url: string, path: string, body: object): Promise<T> {
  const signal = AbortSignal.timeout(5_000);
  const answer = await fetch(`${url}${path}`, { method: "POST", body: JSON.stringify(body), signal });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${text}`);
  return JSON.parse(text) as T;
}
