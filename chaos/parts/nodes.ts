/**
 * A cluster of three processes: the control plane (`k4s up --data`) and two nodes that have joined it (`k4s node --join`), with messages between them over
 * a nats-server. Pods on every node ask others all the time, and write down what becomes of each request. Each of the four processes is killed and
 * halted, and the links of the nodes to the API server and to NATS break. After each fault everything must come to be as it was declared, and
 * what was written down must agree.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Accounts } from "../accounts.ts";
import { Client } from "../client.ts";
import { ControlPlane, command } from "../control-plane.ts";
import type { Link, Network, Place } from "../network.ts";
import { Program } from "../program.ts";
import { failures } from "../tcp-proxy.ts";
import { type Findings, pick, spread, type Trial, until } from "../trial.ts";
import { isSettled, workload } from "../workload.ts";

const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
const natsServer =
  process.env.NATS_SERVER ??
  folders.map(folder => join(folder, "nats-server")).find(each => existsSync(each));
const workers = new URL("../workers", import.meta.url).pathname;

/** A node that is not heard of for 40 s is lost, and its pods are moved: all of it, and a machine that has other things to do. */
const patienceMs = 180_000;

interface Joined {
  readonly name: string;
  readonly place: Place;
  readonly api: Link;
  readonly nats: Link;
  program: Program | undefined;
}

export async function nodes(trial: Trial): Promise<Findings> {
  if (!natsServer)
    return { figures: [["not tried: no nats-server here (NATS_SERVER may name it)", "-"]], problems: [] };
  const network = trial.network();
  const play = new Play(trial, natsServer, network);
  try {
    await play.start();
    return await play.run();
  } finally {
    await play.end();
    network.close();
  }
}

/** What is broken, how long at most, and how it is mended. */
interface Fault {
  readonly what: string;
  readonly longestMs: number;
  heal(): Promise<unknown>;
}

class Play {
  readonly #trial: Trial;
  readonly #natsServer: string;
  readonly #network: Network;
  readonly #accounts: Accounts;
  readonly #shared: string;
  readonly #problems: string[] = [];
  readonly #times = new Map<string, number[]>();
  readonly #joined: Joined[] = [];
  #nats: Program | undefined;
  #startNats: () => Promise<Program> = () => Promise.reject(new Error("NATS has no place yet"));
  #plane: ControlPlane | undefined;
  #startPlane: () => Promise<void> = () => Promise.reject(new Error("the control plane has no place yet"));
  #client: Client | undefined;

  constructor(trial: Trial, natsServer: string, network: Network) {
    this.#trial = trial;
    this.#natsServer = natsServer;
    this.#network = network;
    this.#shared = join(trial.folder, "shared");
    mkdirSync(this.#shared);
    this.#accounts = new Accounts(this.#shared);
  }

  async start(): Promise<void> {
    const { folder } = this.#trial;
    const [nats, api] = [this.#network.place("nats"), this.#network.place("api")];
    const [natsPort, apiPort] = [await this.#network.freePort(nats), await this.#network.freePort(api)];
    this.#startNats = () => {
      const options = { folder, name: "nats", within: nats.within, ready: /Server is ready/ };
      const at = ["--addr", nats.address, "--port", `${natsPort}`];
      this.#nats = new Program(this.#natsServer, at, options);
      return this.#nats.ready;
    };
    await this.#startNats();
    const { host, port } = await this.#network.link(api, nats, natsPort);
    const kept = ["--data", "cluster", "--nodes", "1"];
    const common = ["--images", workers, "--allow-host-path", this.#shared];
    const args = [...kept, ...common, "--nats", `nats://${host}:${port}`];
    this.#startPlane = async () => {
      const listen = `${api.address}:${apiPort}`;
      this.#plane = await ControlPlane.start({ folder, listen, args, within: api.within });
      this.#client?.close();
      this.#client = new Client(this.#plane.access);
    };
    await this.#startPlane();
    await this.#ask("POST", "/api/v1/namespaces/kube-system/secrets", bootstrapToken);
    writeFileSync(join(folder, "ca.pem"), this.#plane?.access.ca ?? "");
    for (const name of ["far-one", "far-two"]) {
      const place = this.#network.place(name);
      const links = {
        api: await this.#network.link(place, api, apiPort),
        nats: await this.#network.link(place, nats, natsPort),
      };
      const joined = { name, place, ...links, program: undefined };
      this.#joined.push(joined);
      await this.#startNode(joined);
    }
    for (const [path, object] of workload(this.#shared)) await this.#ask("POST", path, object);
    if (!(await this.#settles())) throw new Error("the cluster does not run before anything is broken");
  }

  async #startNode(joined: Joined): Promise<void> {
    const { name, place, api, nats } = joined;
    const { folder } = this.#trial;
    const to = [
      "node",
      "--join",
      `https://${api.host}:${api.port}`,
      "--nats",
      `nats://${nats.host}:${nats.port}`,
    ];
    const trust = ["--token", token, "--ca-file", "ca.pem", "--data", name];
    const common = ["--images", workers, "--allow-host-path", this.#shared];
    const args = [command, ...to, "--name", name, "--address", place.address, ...trust, ...common];
    const options = { folder, name, within: place.within, ready: /^ready:/m };
    joined.program = await new Program(process.execPath, args, options).ready;
  }

  async run(): Promise<Findings> {
    const { random, kills, tell } = this.#trial;
    for (let round = 1; round <= kills && this.#problems.length === 0; round++) {
      const { answered } = this.#accounts;
      const { what, longestMs, heal } = await this.#break();
      await sleep(random.below(longestMs));
      const healed = performance.now();
      await heal();
      if (await this.#settles()) this.#note(what, performance.now() - healed);
      else this.#problems.push(`${what}: not everything is as declared ${patienceMs / 1_000} s later`);
      this.#look(what);
      tell(
        `${round}. ${what}: ${this.#accounts.answered - answered} answered, ${this.#problems.length} broken`,
      );
    }
    // What is under way now ends within its deadline.
    await sleep(5_000);
    this.#look("in the end");
    return { figures: this.#figures(), problems: this.#problems };
  }

  async #break(): Promise<Fault> {
    const { random } = this.#trial;
    const node = pick(random, this.#joined);
    const plane = this.#plane?.program;
    const halted = (what: string, program: Program | undefined): Fault => {
      program?.signal("SIGSTOP");
      return { what: `${what} halted`, longestMs: 12_000, heal: async () => program?.signal("SIGCONT") };
    };
    const cut = (what: string, link: Link, longestMs = 12_000): Fault => {
      const how = pick(random, failures);
      link.break(how);
      return { what: `${what} (${how})`, longestMs, heal: async () => link.mend() };
    };
    switch (random.below(8)) {
      case 0:
        await node.program?.kill();
        return { what: "node killed", longestMs: 3_000, heal: () => this.#startNode(node) };
      case 1:
        await plane?.kill();
        return { what: "API server killed", longestMs: 3_000, heal: () => this.#startPlane() };
      case 2:
        await this.#nats?.kill();
        return { what: "nats-server killed", longestMs: 12_000, heal: () => this.#startNats() };
      case 3:
        return halted("node", node.program);
      case 4:
        return halted("API server", plane);
      case 5:
        return halted("nats-server", this.#nats);
      case 6:
        // Now and then so long that the node is lost.
        return cut("node cut off from the API server", node.api, random.next() < 0.3 ? 90_000 : 12_000);
      default:
        return cut("node cut off from NATS", node.nats);
    }
  }

  /** Resolves to whether everything becomes as it is declared, and pods everywhere are answered again. */
  async #settles(): Promise<boolean> {
    const client = this.#client;
    if (!client) return false;
    const isSo = await until(() => isSettled(client).catch(() => false), patienceMs, 300);
    this.#look("then");
    const { answered } = this.#accounts;
    const isAnswered = () => {
      this.#look("then");
      return this.#accounts.answered > answered;
    };
    return isSo && (await until(isAnswered, patienceMs, 300));
  }

  #look(what: string): void {
    for (const problem of [...this.#accounts.take(), ...this.#accounts.doubles()])
      this.#problems.push(`${what}: ${problem}`);
  }

  async #ask(method: string, path: string, body: object): Promise<void> {
    const answer = await this.#client?.ask(method, path, body);
    if (!answer || answer.code >= 300) throw new Error(`${path}: ${JSON.stringify(answer?.body)}`);
  }

  #note(what: string, ms: number): void {
    this.#times.set(what, [...(this.#times.get(what) ?? []), ms]);
  }

  #figures(): Findings["figures"] {
    const times = [...this.#times.entries()]
      .toSorted()
      .map(
        ([what, times]) =>
          [`${what}: ${times.length} times; until all is as declared`, spread(times)] as const,
      );
    const ends = Object.entries(this.#accounts.ends).toSorted();
    return [
      ...times,
      ...ends.map(([how, count]) => [`requests: ${how}`, count] as const),
      ["ended otherwise than said, never, or twice; pods twice", this.#problems.length],
    ];
  }

  async end(): Promise<void> {
    this.#client?.close();
    const programs = [...this.#joined.map(({ program }) => program), this.#plane?.program, this.#nats];
    for (const program of programs) {
      program?.signal("SIGCONT");
      await program?.kill();
    }
  }
}

const token = "chaoss.0123456789abcdef";
const [id = "", secret = ""] = token.split(".");
const bootstrapToken = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: `bootstrap-token-${id}` },
  type: "bootstrap.kubernetes.io/token",
  stringData: { "token-id": id, "token-secret": secret, "usage-bootstrap-authentication": "true" },
};
