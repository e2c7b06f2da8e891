/**
 * A cluster in an etcd of three members that two programs (`k4s up --etcd`) have in common, written to by many through both. Members and programs are
 * killed and halted, leading ones above all, and the links between them break. After each fault, what is there is compared by value with what was
 * told, in both programs, and etcd's own history with what was acknowledged: nothing lost, nothing written twice. How long it took until
 * controllers write again is told.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../client.ts";
import { ControlPlane } from "../control-plane.ts";
import { EtcdMembers, etcd as hasEtcd, type Write } from "../etcd-members.ts";
import { Histories } from "../histories.ts";
import type { Link, Network, Place } from "../network.ts";
import { Pulse } from "../pulse.ts";
import { failures } from "../tcp-proxy.ts";
import { type Findings, pick, spread, type Trial, until } from "../trial.ts";
import { Writers } from "../writers.ts";

/** One program, and its links to the members. */
interface Sharer {
  readonly name: string;
  readonly place: Place;
  readonly port: number;
  readonly links: readonly Link[];
  plane: ControlPlane | undefined;
  client: Client | undefined;
}

/** How long controllers may take, whatever happens, before that is a fault: a lease, and a machine that has other things to do. */
const patienceMs = 60_000;

export async function etcd(trial: Trial): Promise<Findings> {
  if (!hasEtcd) return { figures: [["not tried: no etcd here (ETCD may name it)", "-"]], problems: [] };
  const network = trial.network();
  const members = await EtcdMembers.start(network, trial.folder, 3);
  const play = new Play(trial, members);
  try {
    for (const name of ["one", "two"]) await play.add(network, name);
    return await play.run();
  } finally {
    await play.end();
    await members.stop();
    network.close();
  }
}

class Play {
  readonly #trial: Trial;
  readonly #members: EtcdMembers;
  readonly #sharers: Sharer[] = [];
  readonly #writers: Writers;
  readonly #pulse = new Pulse();
  readonly #histories = new Histories();
  readonly #problems: string[] = [];
  readonly #times = new Map<string, number[]>();
  readonly #pauses = new Map<string, number[]>();

  constructor(trial: Trial, members: EtcdMembers) {
    this.#trial = trial;
    this.#members = members;
    this.#writers = new Writers(trial.random, trial.writers);
  }

  async add(network: Network, name: string): Promise<void> {
    const place = network.place(name);
    const port = await network.freePort(place);
    const links = await Promise.all(
      this.#members.all.map(member => network.link(place, member.place, member.port)),
    );
    const sharer: Sharer = { name, place, port, links, plane: undefined, client: undefined };
    this.#sharers.push(sharer);
    await this.#start(sharer);
  }

  async #start(sharer: Sharer): Promise<void> {
    const { name, place, port, links } = sharer;
    const urls = links.map(link => `http://${link.host}:${link.port}`).join(",");
    const listen = `${place.address}:${port}`;
    const args = ["--etcd", urls, "--nodes", "1", "--name", name];
    const { folder } = this.#trial;
    sharer.plane = await ControlPlane.start({ folder, name, listen, args, within: place.within });
    sharer.client?.close();
    sharer.client = new Client(sharer.plane.access);
  }

  async run(): Promise<Findings> {
    const { kills, tell } = this.#trial;
    await this.#pulse.create(this.#first);
    if (!(await this.#pulse.settles(this.#first, patienceMs)))
      this.#problems.push("the Deployment does not run before anything is broken");
    for (let round = 1; round <= kills && this.#problems.length === 0; round++) {
      const { acknowledged } = this.#writers;
      const fault = await this.#round();
      await this.#compare(fault);
      const took = this.#times.get(fault)?.at(-1) ?? 0;
      const count = this.#writers.acknowledged - acknowledged;
      tell(
        `${round}. ${fault}: controllers write after ${(took / 1_000).toFixed(1)} s; ${count} acknowledged, ${this.#problems.length} broken`,
      );
    }
    if (this.#problems.length === 0 && !(await this.#pulse.settles(this.#first, 120_000)))
      this.#problems.push("the pods of the Deployment do not all run in the end");
    return { figures: this.#figures(), problems: this.#problems };
  }

  /** Resolves to what was broken, when it is mended. */
  async #round(): Promise<string> {
    const writers = this.#writers;
    let isOver = false;
    const writing = writers.write(this.#clients(), () => isOver);
    try {
      await this.#wrote("before anything is broken");
      writers.pauseMs = 0;
      const { random } = this.#trial;
      const [what, heal, other] = await this.#break();
      const beat = await this.#pulse.beat(other ?? this.#client(), patienceMs);
      if (beat === undefined)
        this.#problems.push(`${what}: no controller writes within ${patienceMs / 1_000} s`);
      else this.#note(this.#times, what, beat);
      await sleep(random.below(2_000));
      await heal();
      await this.#wrote(what);
      this.#note(this.#pauses, what, writers.pauseMs);
      return what;
    } finally {
      isOver = true;
      await writing;
      await sleep(500);
    }
  }

  async #wrote(when: string): Promise<void> {
    const end = performance.now() + patienceMs;
    const isWritten = await this.#writers.wrote(50, () => performance.now() > end);
    if (!isWritten) this.#problems.push(`${when}: writers do not go on within ${patienceMs / 1_000} s`);
  }

  /** Breaks something: what, how it is mended, and whom one can ask meanwhile. */
  async #break(): Promise<readonly [string, () => Promise<void>, Client | undefined]> {
    const { random } = this.#trial;
    const member = await this.#member();
    const leads = await this.#leads();
    const other = this.#sharers.find(each => each !== leads)?.client;
    switch (random.below(7)) {
      case 0: {
        await member.program?.kill();
        return ["member of etcd killed", () => this.#members.start(member), undefined];
      }
      case 1: {
        member.program?.signal("SIGSTOP");
        return ["member of etcd halted", async () => member.program?.signal("SIGCONT"), undefined];
      }
      case 2: {
        await leads.plane?.program.kill();
        return ["leading program killed", () => this.#start(leads), other];
      }
      case 3: {
        leads.plane?.program.signal("SIGSTOP");
        return ["leading program halted", async () => leads.plane?.program.signal("SIGCONT"), other];
      }
      case 4: {
        const how = pick(random, failures);
        for (const link of leads.links) link.break(how);
        const heal = async () => {
          for (const link of leads.links) link.mend();
        };
        return [`leading program cut off from etcd (${how})`, heal, how === "delay" ? undefined : other];
      }
      case 5: {
        const all = this.#members.all;
        await Promise.all(all.map(each => each.program?.kill()));
        await Promise.all(all.map(each => this.#members.start(each)));
        return ["all members of etcd killed, and started again", async () => {}, undefined];
      }
      default: {
        const how = pick(random, failures);
        const link = pick(random, leads.links);
        link.break(how);
        return [`leading program cut off from one member (${how})`, async () => link.mend(), undefined];
      }
    }
  }

  /** The leading one half of the time. */
  async #member() {
    const { random } = this.#trial;
    const leader = random.next() < 0.5 ? await this.#members.leader() : undefined;
    return leader ?? pick(random, this.#members.all);
  }

  /** The program whose controllers run. */
  async #leads(): Promise<Sharer> {
    for (const sharer of this.#sharers) {
      const metrics = await sharer.client?.text("/metrics").catch(() => "");
      if (/^leader_election_master_status\{name="kube-controller-manager"\} 1$/m.test(metrics ?? ""))
        return sharer;
    }
    return this.#sharers[0] as Sharer;
  }

  async #compare(fault: string): Promise<void> {
    const { values, revision } = this.#writers;
    for (const { client, name } of this.#sharers) {
      if (!client) continue;
      const knows = async () => {
        const { body } = await client.ask("GET", "/api/v1/namespaces/default/configmaps?limit=1");
        const { metadata } = body as { readonly metadata?: { readonly resourceVersion?: string } };
        return Number(metadata?.resourceVersion ?? 0) >= revision;
      };
      if (!(await until(() => knows().catch(() => false), patienceMs)))
        this.#problems.push(`${fault}: ${name} does not know revision ${revision} yet`);
      for (const problem of await this.#writers.compare(client))
        this.#problems.push(`${fault}: ${name}: ${problem}`);
    }
    const writes: readonly Write[] = await this.#members.history("/registry/configmaps/default/writer-");
    for (const problem of this.#histories.take(writes, values)) this.#problems.push(`${fault}: ${problem}`);
  }

  get #first(): Client {
    const [first] = this.#clients();
    if (!first) throw new Error("no program has started");
    return first;
  }

  #clients(): readonly Client[] {
    return this.#sharers.flatMap(({ client }) => client ?? []);
  }

  #client(): Client {
    return pick(this.#trial.random, this.#clients());
  }

  #note(times: Map<string, number[]>, what: string, ms: number): void {
    times.set(what, [...(times.get(what) ?? []), ms]);
  }

  #figures(): Findings["figures"] {
    const { acknowledged, unanswered, refused } = this.#writers;
    const times = [...this.#times.keys()].toSorted().flatMap(what => {
      const [beats, pauses] = [this.#times.get(what) ?? [], this.#pauses.get(what) ?? []];
      return [
        [`${what}: ${beats.length} times; until controllers write`, spread(beats)],
        ["… longest pause of all writers", spread(pauses)],
      ] as const;
    });
    const codes = Object.entries(refused).map(
      ([code, count]) => [`writes refused with ${code}`, count] as const,
    );
    return [
      ...times,
      ["writes acknowledged", acknowledged],
      ["writes whose answer is not known", unanswered],
      ...codes,
      ["values in etcd's history", this.#histories.size],
      ["lost, twice, or else than acknowledged", this.#problems.length],
    ];
  }

  async end(): Promise<void> {
    for (const { client, plane } of this.#sharers) {
      client?.close();
      plane?.program.signal("SIGCONT");
      await plane?.program.kill();
    }
  }
}
