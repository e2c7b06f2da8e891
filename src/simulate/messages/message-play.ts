/**
 * A play of messages between the containers of three processes, by a carrier on which everything goes wrong. What is promised of a message is
 * looked at all along; at the end faults are over, and whoever is there is reached from everywhere.
 */
import { MessageError, messageOf } from "../../errors/index.ts";
import type { Message, MessageApi } from "../../messages/index.ts";
import { type Random, seededRandom, VirtualClock } from "../../outside/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import { administrator, MemoryStore } from "../../store/index.ts";
import { Faults } from "../faults.ts";
import type { Broken } from "../invariant.ts";
import type { PlayEnd, PlayOptions } from "../play.ts";
import { Acts } from "../steps/acts.ts";
import type { Step } from "../steps/step.ts";
import { type MessageStage, messageFaults, messageUsers } from "./message-acts.ts";
import { MessageLedger } from "./message-ledger.ts";
import { MessageProcess } from "./message-process.ts";
import { PlayedCarriers } from "./played-carrier.ts";

export const messageActs: Acts<MessageStage> = new Acts<MessageStage>(messageUsers, messageFaults);

const controlPlane = "/control-plane";
const processNames = [controlPlane, "node-1", "node-2"];
/** Where each runs, of which a Service leads to all but the last. */
const places = [
  ["calc-0", "node-0"],
  ["calc-1", "node-1"],
  ["calc-2", "node-2"],
  ["other", "node-2"],
] as const;
/** How long something may take besides what it was given: until a process is taken for dead, say. */
const patienceMs = 60_000;
/** Messages on their way between threads of this one need some turns of it; no time goes by for that. */
const turns = 4;
const sliceMs = 50;

type SendingApi = Pick<MessageApi, "send" | "request">;

export class MessagePlay implements MessageStage {
  readonly clock = new VirtualClock();
  readonly faults: Faults;
  readonly carriers: PlayedCarriers;
  readonly pods = places.map(([pod]) => pod);
  readonly #options: PlayOptions;
  readonly #random: Random;
  readonly #ledger = new MessageLedger(broken => this.#found(broken));
  readonly #store: MemoryStore;
  readonly #running = new Map<string, MessageProcess>();
  readonly #apis = new Map<SendingApi, SendingApi>();
  readonly #told: string[] = [];
  #stepNumber: number | undefined;
  #broken: Broken | undefined;

  constructor(options: PlayOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed ^ 0x5bd1e995);
    this.faults = new Faults(this.clock, seededRandom(options.seed ^ 0x27d4eb2f));
    this.carriers = new PlayedCarriers(this.clock, this.faults);
    this.#store = new MemoryStore({ clock: this.clock, onFault: fault => this.#tell(fault) });
  }

  get processes(): readonly MessageProcess[] {
    return [...this.#running.values()];
  }

  async play(steps: readonly Step[]): Promise<PlayEnd> {
    for (const [pod, nodeName] of places)
      await this.#write("Pod", pod, { spec: { containers: [{ name: "main" }], nodeName } });
    await this.#write("Service", "calc", { spec: {} });
    for (const name of processNames) void this.#start(name);
    await this.#advance(3_000);
    for (const step of steps) {
      this.#stepNumber = step.number;
      const what = messageActs.play(step, this);
      await this.#advance(Math.min(step.pauseMs, 15_000));
      this.#ledger.look(this.clock.now());
      await this.#options.onStep?.(step, what, []);
      if (this.#broken) break;
    }
    if (!this.#broken) await this.#settle();
    for (const process of this.processes) process.end();
    return {
      broken: this.#broken,
      faults: this.faults.counts,
      writes: this.#ledger.count,
      acknowledged: this.#ledger.answered,
      told: this.#told,
    };
  }

  request(from: MessageProcess, to: string, timeoutMs: number): void {
    const sender = this.#sender(from);
    if (!sender) return;
    const { name, api } = sender;
    const now = this.clock.now();
    const number = this.#ledger.begin(`the request of ${name} to ${to}`, now, timeoutMs + patienceMs);
    this.#follow(from, number, api.request(to, { number }, { timeoutMs }));
  }

  send(from: MessageProcess, to: string): void {
    const sender = this.#sender(from);
    if (!sender) return;
    const { name, api } = sender;
    const number = this.#ledger.begin(`the message of ${name} to ${to}`, this.clock.now(), patienceMs);
    this.#follow(
      from,
      number,
      api.send(to, { number, from: name }).then(() => undefined),
    );
  }

  replace(pod: string, isAsked: boolean): boolean {
    const process = this.processes.find(({ containers }) => containers.has(pod));
    const container = process?.containers.get(pod);
    if (!process || !container || process.clock.isHalted) return false;
    const again = () => {
      if (!process.clock.hasEnded && !process.containers.has(pod)) this.#run(process, pod);
    };
    if (isAsked) void container.stop().then(() => this.later(500, again));
    else {
      container.kill();
      this.later(500, again);
    }
    return true;
  }

  crash(process: MessageProcess, downMs: number): void {
    this.#running.delete(process.name);
    process.end();
    this.later(downMs, () => void this.#start(process.name));
  }

  later(ms: number, act: () => void): void {
    this.clock.after(ms, act);
  }

  async #start(name: string): Promise<void> {
    const parts = { base: this.clock, carriers: this.carriers, store: this.#store, random: this.#random };
    const process = new MessageProcess(name, { ...parts, onFault: fault => this.#tell(fault) });
    this.#running.set(name, process);
    await process.start();
    const isHere = (node: string) => node === (name === controlPlane ? "node-0" : name);
    for (const [pod, node] of places) if (isHere(node)) this.#run(process, pod);
  }

  #run(process: MessageProcess, pod: string): void {
    const uid = this.#store.get("Pod", "default", pod)?.metadata.uid ?? "";
    process.run(pod, uid, message => this.#handle(process, pod, message));
    void this.#ready();
  }

  #handle(process: MessageProcess, pod: string, message: Message): void {
    const { number, from } = message.body as { readonly number: number; readonly from?: string };
    if (from !== undefined) this.#ledger.arrived(number, from, `${pod} of ${process.name}`);
    else {
      this.#ledger.handled(number, pod);
      process.clock.after(this.#random.below(300), () => message.reply({ number }));
    }
  }

  /** A container, or the program that runs the cluster; undefined where a node has none at this moment. */
  #sender({ name, network, containers }: MessageProcess) {
    const isControlPlane = name === controlPlane;
    const container = [...containers.values()][
      this.#random.below(isControlPlane ? 1 + containers.size : Math.max(1, containers.size))
    ];
    if (!container && !isControlPlane) return undefined;
    const { api = network.api, pod = "the program" } = container ?? {};
    return { name: `${pod} of ${name}`, api: this.#sabotaged(api) };
  }

  /** Of each once: what breaks it may remember something. */
  #sabotaged(api: SendingApi): SendingApi {
    const known = this.#apis.get(api) ?? this.#options.sabotage?.api?.(api) ?? api;
    this.#apis.set(api, known);
    return known;
  }

  #follow(from: MessageProcess, number: number, ending: Promise<unknown>): void {
    ending.then(
      answer =>
        from.clock.hasEnded
          ? this.#ledger.forget(number)
          : this.#ledger.end(
              number,
              "answered",
              answer === undefined ? number : (answer as { number: number }).number,
            ),
      error => {
        if (from.clock.hasEnded) return this.#ledger.forget(number);
        if (!(error instanceof MessageError)) this.#tell(error);
        const isCertain = error instanceof MessageError && error.handled === "no";
        this.#ledger.end(number, isCertain ? "certainly not handled" : "may have been handled");
      },
    );
  }

  /** The Service leads to those that run, as its controller says it. */
  async #ready(): Promise<void> {
    const endpoints = places
      .filter(
        ([pod]) => pod.startsWith("calc") && this.processes.some(({ containers }) => containers.has(pod)),
      )
      .map(([name]) => ({
        addresses: ["127.1.0.1"],
        conditions: { ready: true },
        targetRef: { kind: "Pod", name, uid: this.#store.get("Pod", "default", name)?.metadata.uid },
      }));
    await this.#write("EndpointSlice", "calc-abc", { endpoints }, { "kubernetes.io/service-name": "calc" });
  }

  async #write(kind: string, name: string, more: object, labels = {}): Promise<void> {
    const key = { kind, namespace: "default", name };
    const before = this.#store.get<string>(kind, "default", name);
    const uid = before?.metadata.uid ?? this.#random.uuid();
    const resourceVersion = before?.metadata.resourceVersion ?? "";
    const metadata = { name, namespace: "default", labels, uid, resourceVersion, creationTimestamp: "" };
    const object = { apiVersion: "v1", kind, metadata, ...more } as KubernetesObject;
    const author = { actor: "play", user: administrator, manager: "play" };
    await (before ? this.#store.replace(key, before, object, author) : this.#store.add(key, object, author));
  }

  /** Faults are over: who is there is reached from everywhere, and nothing is open any more. */
  async #settle(): Promise<void> {
    this.#stepNumber = undefined;
    this.faults.end();
    this.carriers.comeBack();
    for (const { clock } of this.processes) clock.goOn();
    await this.#advance(40_000);
    const before = this.#ledger.answered;
    let asked = 0;
    for (const process of this.processes)
      for (const pod of this.pods) {
        asked++;
        this.request(process, `pod/${pod}`, 10_000);
      }
    await this.#advance(90_000);
    this.#ledger.look(this.clock.now());
    const answered = this.#ledger.answered - before;
    if (answered < asked)
      this.#found({
        invariant: "whoever is there is reached",
        problem: `of ${asked} requests after the faults ${answered} were answered`,
      });
  }

  async #advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= sliceMs) {
      await this.clock.advance(Math.min(left, sliceMs));
      for (let turn = 0; turn < turns; turn++) await this.clock.settle();
    }
  }

  #tell(fault: unknown): void {
    if (this.#told.length < 1_000) this.#told.push(messageOf(fault));
  }

  #found(broken: { readonly invariant: string; readonly problem: string }): void {
    this.#broken ??= { ...broken, step: this.#stepNumber };
  }
}
