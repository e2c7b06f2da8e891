/**
 * What must never be broken. Each is a file of invariants/ with a name of its own, and keeps what it has to remember of one play. What it
 * returns is what is broken, as a sentence.
 */
import type { Ledger } from "./ledger.ts";
import type { Record, RecordedChange } from "./record.ts";
import type { RunningContainers, RunningPlace } from "./running-containers.ts";
import type { Watched, WatchingClient } from "./watching-client.ts";

/** What invariants look at. */
export interface Seen {
  /** What the store has told. */
  readonly record: Record;
  /** What users were told of their writes. */
  readonly ledger: Ledger;
  readonly containers: RunningContainers;
  /** Who has written as a controller or the scheduler so far. */
  readonly loopActors: ReadonlySet<string>;
  readonly watching: readonly Pick<WatchingClient, "kind" | "position">[];
  readonly now: number;
}

export interface Invariant {
  readonly name: string;
  /** Looks at a write, when `seen.record` has it. `previous` is what was told of the object before. */
  written?(change: RecordedChange, seen: Seen): string | undefined;
  /** Looks at a container that starts, beside those of its name that run already. */
  started?(place: RunningPlace, others: readonly RunningPlace[]): string | undefined;
  /** Looks at what a client that watches is told, when it reads it. */
  watched?(watched: Watched, seen: Seen): string | undefined;
  /** Looks after a step. */
  stepped?(seen: Seen): string | undefined;
  /** Looks when faults have been over for two minutes, before the process is started anew. */
  calmed?(seen: Seen): string | undefined;
  /** Looks at the end, when faults have been over for long. */
  settled?(seen: Seen): string | undefined;
}

export type MakeInvariant = () => Invariant;

/** What was broken, and of what. */
export interface Broken {
  readonly invariant: string;
  readonly problem: string;
  /** The number of the step in or after which it was found; undefined at the end. */
  readonly step: number | undefined;
}
