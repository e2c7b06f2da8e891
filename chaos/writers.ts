/**
 * Who writes while processes are killed: each writer has a few ConfigMaps that nobody else writes, asks for one write at a time, and keeps what
 * it was told. So of each ConfigMap it is known which value must be there: the last that was acknowledged, or the one that was on its way.
 * Each value is written once in all, so that one that is written twice can be told in a history.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "k4s";
import type { Answer, Client } from "./client.ts";

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly data?: { readonly value?: string };
}

interface Known {
  /** What must be there; undefined: nothing. */
  value: string | undefined;
  /** What was asked for since, and not answered: it may have happened. */
  onItsWay: { readonly value: string | undefined } | undefined;
}

/** Who is asked. */
export type Asked = Pick<Client, "ask">;

export const path = "/api/v1/namespaces/default/configmaps";
export const prefix = "writer-";

export class Writers {
  readonly #known = new Map<string, Known>();
  readonly #random: Random;
  readonly #count: number;
  #values = 0;
  #revision = 0;
  #lastAt = performance.now();
  /** How many writes were acknowledged. */
  acknowledged = 0;
  /** How many were not answered, or only that nobody knows. */
  unanswered = 0;
  /** How many were refused, by the code of the answer. */
  readonly refused: { [code: string]: number } = {};
  /** Which values were acknowledged as created or changed. */
  readonly values = new Set<string>();
  /** The longest time in which no write of anybody was acknowledged, since it was set to 0. */
  pauseMs = 0;

  constructor(random: Random, count: number) {
    this.#random = random;
    this.#count = count;
  }

  /** Writes until `isOver`, each writer to one of the servers until that does not answer. */
  async write(clients: readonly Asked[], isOver: () => boolean): Promise<void> {
    this.#lastAt = performance.now();
    await Promise.all(
      Array.from({ length: this.#count }, async (_, writer) => {
        let at = writer;
        while (!isOver()) {
          const client = clients[at % clients.length];
          const name = `${prefix}${writer}-${this.#random.below(8)}`;
          if (client && !(await this.#writeOne(client, name))) at++;
        }
      }),
    );
  }

  /** Resolves to whether so many more writes are acknowledged, before it is over. */
  async wrote(count: number, isOver: () => boolean): Promise<boolean> {
    const enough = this.acknowledged + count;
    while (this.acknowledged < enough && !isOver()) await sleep(1);
    return this.acknowledged >= enough;
  }

  /** Compares what is there with what must be; returns what is not so. What is there is known from then on. */
  async compare(client: Asked): Promise<string[]> {
    const { code, body } = await client.ask("GET", path);
    if (code !== 200) return [`the list was answered with ${code}`];
    const list = body as {
      readonly items: readonly Stored[];
      readonly metadata: { readonly resourceVersion: string };
    };
    const there = new Map(list.items.map(({ metadata, data }) => [metadata.name, data?.value]));
    const problems: string[] = [];
    const revision = Number(list.metadata.resourceVersion);
    if (revision < this.#revision)
      problems.push(`revision ${revision}, where ${this.#revision} was told before`);
    for (const [name, known] of this.#known) {
      const value = there.get(name);
      const isOnItsWay = known.onItsWay !== undefined && known.onItsWay.value === value;
      if (value !== known.value && !isOnItsWay)
        problems.push(`${name} has ${value}, where ${known.value} was acknowledged`);
      known.value = value;
      known.onItsWay = undefined;
    }
    for (const name of there.keys())
      if (name.startsWith(prefix) && !this.#known.has(name))
        problems.push(`${name} is there, which nobody has written`);
    return problems;
  }

  /** The last revision that anybody was told. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether the server is there. */
  async #writeOne(client: Asked, name: string): Promise<boolean> {
    const known = this.#known.get(name) ?? { value: undefined, onItsWay: undefined };
    // Whether it happened is found out when all is compared.
    if (known.onItsWay) {
      await sleep(5);
      return true;
    }
    this.#known.set(name, known);
    const isThere = known.value !== undefined;
    const deletes = isThere && this.#random.next() < 0.1;
    const value = deletes ? undefined : `${++this.#values}`;
    known.onItsWay = { value };
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { value, padding: "x".repeat(500) },
    };
    const asked = deletes
      ? client.ask("DELETE", `${path}/${name}`)
      : isThere
        ? client.ask("PUT", `${path}/${name}`, object)
        : client.ask("POST", path, object);
    try {
      return await this.#told(await asked, known, value);
    } catch {
      // The server is gone: nobody knows what became of it.
      this.unanswered++;
      await sleep(20);
      return false;
    }
  }

  async #told({ code, body }: Answer, known: Known, value: string | undefined): Promise<boolean> {
    if (code < 300) {
      this.acknowledged++;
      this.pauseMs = Math.max(this.pauseMs, performance.now() - this.#lastAt);
      this.#lastAt = performance.now();
      if (value !== undefined) this.values.add(value);
      known.value = value;
      known.onItsWay = undefined;
      const revision = Number((body as Stored).metadata?.resourceVersion ?? 0);
      this.#revision = Math.max(this.#revision, revision);
      return true;
    }
    const { message = "" } = body as { readonly message?: string };
    if (code >= 500 && !isRefusal(code, message)) this.unanswered++;
    else {
      this.refused[code] = (this.refused[code] ?? 0) + 1;
      known.onItsWay = undefined;
    }
    await sleep(20);
    return code < 500;
  }
}

/** Whether such an answer says that nothing has happened. */
function isRefusal(code: number, message: string): boolean {
  return code === 503 && !message.includes("is not known");
}
