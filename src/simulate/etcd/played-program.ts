/**
 * One of several programs that share a cluster in etcd (`k4s up --etcd`), over all processes that it is started as: each has another
 * identity and an image of its own, and the same nodes. It reaches the members of etcd, or not.
 */
import { messageOf } from "../../errors/index.ts";
import type { VirtualClock } from "../../outside/index.ts";
import { EtcdStore, kindFolders, type Store } from "../../store/index.ts";
import { PlayedProcess, type SharedByProcesses } from "../played-process.ts";
import { ProcessClock } from "../process-clock.ts";
import { PlayedConnection } from "./played-connection.ts";
import type { PlayedEtcd } from "./played-etcd.ts";

export interface ProgramParts extends SharedByProcesses {
  readonly base: VirtualClock;
  readonly etcd: PlayedEtcd;
  readonly members: number;
  readonly nodes: number;
  readonly tell: (what: string) => void;
  readonly onEnd: (process: PlayedProcess) => void;
}

/** It says that it is there, as a program does that shares its cluster. */
class AnnouncedStore extends EtcdStore {
  override async open(): Promise<void> {
    await super.open();
    await this.announce();
  }
}

/** How long a service manager waits until it starts again what could not start. */
const againMs = 5_000;

export class PlayedProgram {
  readonly name: string;
  readonly nodeNames: readonly string[];
  readonly #number: number;
  readonly #parts: ProgramParts;
  /** The members of etcd that it does not reach. */
  readonly #cutOff = new Set<number>();
  #process: PlayedProcess | undefined;
  #downMs = againMs;
  #starts = 0;

  constructor(number: number, parts: ProgramParts) {
    this.name = `program-${number}`;
    this.nodeNames = Array.from({ length: parts.nodes }, (_, node) => `${this.name}-${node}`);
    this.#number = number;
    this.#parts = parts;
  }

  get process(): PlayedProcess | undefined {
    return this.#process?.hasEnded ? undefined : this.#process;
  }

  /** Why it does not run; undefined where it does. */
  get notRunning(): string | undefined {
    if (this.process?.answers) return undefined;
    return `${this.name} does not run: ${messageOf(this.#process?.startFailure ?? "it does not answer")}`;
  }

  cutOff(member: number, isCut: boolean): void {
    if (isCut) this.#cutOff.add(member);
    else this.#cutOff.delete(member);
  }

  /** It ends in so many milliseconds, whatever it does, and is started again a while later. */
  crash(inMs: number, downMs: number): void {
    const process = this.process;
    this.#parts.base.after(inMs, () => {
      this.#downMs = downMs;
      process?.end();
    });
  }

  restart(): void {
    const process = this.process;
    if (!process) return;
    this.#downMs = 100;
    void process.stop(fault => this.#parts.tell(`stop: ${messageOf(fault)}`));
    // What stops for too long is ended.
    this.#parts.base.after(60_000, () => process.end());
  }

  mend(): void {
    this.#cutOff.clear();
    this.process?.clock.setRight();
    this.process?.clock.goOn();
  }

  end(): void {
    this.#starts = Number.NaN;
    this.process?.end();
  }

  start(): void {
    const { base, etcd, faults, members, sabotage, ...shared } = this.#parts;
    const clock = new ProcessClock(base);
    const identity = `${this.name}_${++this.#starts}`;
    const endpoints = Array.from({ length: members }, (_, member) => `http://etcd-${member}:2379`);
    let store: EtcdStore | undefined;
    const process = new PlayedProcess({
      ...shared,
      faults,
      sabotage,
      clock,
      program: {
        identity,
        nodePrefix: this.name,
        podRange: `127.${1 + 4 * this.#number}.0.0/14`,
        hasGone: (other, of) => store?.hasGone(other, of) ?? false,
        onGone: listener => void store?.onGone(listener),
      },
      storeOf: options => {
        const own = new AnnouncedStore({
          ...options,
          kinds: kindFolders(options.kinds),
          identity,
          etcd: { endpoints },
          onEtcdFault: shared.onFault,
          connect: (endpoint, how) => {
            const member = endpoints.indexOf(endpoint);
            const isThere = () => !this.#cutOff.has(member);
            return new PlayedConnection(endpoint, how, { etcd, faults, base, clock, isThere });
          },
        });
        store = own;
        const seen: Store = sabotage.store?.(own) ?? own;
        return seen;
      },
      onEnd: () => {
        shared.onEnd(process);
        if (process.startFailure) shared.tell(`start ${this.name}: ${messageOf(process.startFailure)}`);
        const downMs = this.#downMs;
        this.#downMs = againMs;
        if (!Number.isNaN(this.#starts)) base.after(downMs, () => this.start());
      },
    });
    this.#process = process;
    void process.start();
  }
}
