/**
 * What pods wrote down of requests, read and compared: each request ends once, and in the way that is said. One that was answered was handled once;
 * one that was certainly not handled was handled by nobody; any other at most once. And when each pod of a StatefulSet ran: no two of a name at a time.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

interface Asked {
  readonly at: number;
  ended: string | undefined;
  handled: number;
}

/** The deadline of a request, and what a machine that has other things to do needs. */
const overdueMs = 15_000;

export class Accounts {
  readonly #folder: string;
  readonly #read = new Map<string, number>();
  readonly #asked = new Map<string, Asked>();
  /** By file: when its process asked last. */
  readonly #lastAsked = new Map<string, number>();
  /** Requests by how they ended. */
  readonly ends: { [how: string]: number } = {};
  readonly #problems: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How many requests were answered. */
  get answered(): number {
    return this.ends.answered ?? 0;
  }

  /** Reads what is new. Returns what is broken by now; none of it twice. */
  take(): readonly string[] {
    const names = readdirSync(this.#folder);
    // What is asked is written before it is handled, so that is read last: all that it names is known.
    const handled = names.filter(name => name.startsWith("handled-")).map(name => this.#lines(name));
    for (const name of names) if (name.startsWith("asked-")) this.#takeAsked(name);
    for (const line of handled.flat()) this.#takeHandled(line);
    this.#findForgotten();
    return this.#problems.splice(0);
  }

  /** What ran at the same time as another of its name. */
  doubles(): readonly string[] {
    const runs = readdirSync(this.#folder)
      .filter(name => name.startsWith("alone-"))
      .map(name => readFileSync(join(this.#folder, name), "utf8").split(" "))
      .filter(parts => parts.length === 3)
      .map(([pod, begun, last]) => ({ pod, begun: Number(begun), last: Number(last) }))
      .toSorted((one, other) => one.begun - other.begun);
    return runs.flatMap((run, index) =>
      runs
        .slice(0, index)
        .filter(({ pod, last }) => pod === run.pod && last > run.begun)
        .map(({ last }) => `${run.pod} ran twice for ${last - run.begun} ms`),
    );
  }

  #takeAsked(name: string): void {
    for (const line of this.#lines(name)) {
      const [what = "", id = "", more = ""] = line.split(" ");
      if (what === "asked") {
        this.#asked.set(id, { at: Number(more), ended: undefined, handled: 0 });
        this.#lastAsked.set(name, Number(more));
        continue;
      }
      const asked = this.#asked.get(id);
      if (!asked) continue;
      const how = more === "" ? what : `${what} (${more})`;
      if (asked.ended !== undefined) this.#problems.push(`${id} ended twice: ${asked.ended}, ${how}`);
      if (what === "wrong" || what === "untyped") this.#problems.push(`${id}: ${how}`);
      asked.ended = what;
      this.ends[how] = (this.ends[how] ?? 0) + 1;
      this.#compare(id, asked);
    }
  }

  #takeHandled(line: string): void {
    const id = line.split(" ")[1] ?? "";
    const asked = this.#asked.get(id);
    if (!asked) return void this.#problems.push(`${id} was handled, and asked by nobody`);
    asked.handled++;
    this.#compare(id, asked);
  }

  #compare(id: string, { ended, handled }: Asked): void {
    if (handled > 1) this.#problems.push(`${id} was handled ${handled} times`);
    if (ended === "no" && handled > 0)
      this.#problems.push(`${id} was certainly not handled, and was handled`);
  }

  /** Those whose asker goes on asking, and that end not. */
  #findForgotten(): void {
    for (const [name, last] of this.#lastAsked) {
      const run = name.slice("asked-".length);
      for (const [id, { at, ended }] of this.#asked)
        if (ended === undefined && id.startsWith(`${run}.`) && last - at > overdueMs) {
          this.#problems.push(`${id} has not ended ${last - at} ms after it was asked`);
          this.#asked.delete(id);
        }
    }
  }

  #lines(name: string): readonly string[] {
    const file = openSync(join(this.#folder, name), "r");
    try {
      const begun = this.#read.get(name) ?? 0;
      const bytes = Buffer.alloc(fstatSync(file).size - begun);
      readSync(file, bytes, 0, bytes.length, begun);
      // The last line may not be whole yet.
      const end = bytes.lastIndexOf("\n") + 1;
      this.#read.set(name, begun + end);
      return bytes.subarray(0, end).toString().split("\n").slice(0, -1);
    } finally {
      closeSync(file);
    }
  }
}
