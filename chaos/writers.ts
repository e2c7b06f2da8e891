/**
 * Who writes while processes are killed: each writer has a few ConfigMaps that nobody else writes, asks for one write at a time, and keeps what
 * it was told. So of each ConfigMap it is known which value must be there: the last that was acknowledged, or the one that was on its way.
 */
import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "k4s";
import type { Access } from "./kept-process.ts";

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

const path = "/api/v1/namespaces/default/configmaps";

export class Writers {
  readonly #known = new Map<string, Known>();
  readonly #random: Random;
  readonly #count: number;
  #agent = new Agent({ keepAlive: true });
  #access: Access | undefined;
  #values = 0;
  #revision = 0;
  /** How many writes were acknowledged. */
  acknowledged = 0;
  /** How many were refused, by the code of the answer. */
  readonly refused: { [code: string]: number } = {};

  constructor(random: Random, count: number) {
    this.#random = random;
    this.#count = count;
  }

  /** Writes until `isOver`. */
  async write(access: Access, isOver: () => boolean): Promise<void> {
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true, ca: access.ca });
    this.#access = access;
    await Promise.all(
      Array.from({ length: this.#count }, async (_, writer) => {
        while (!isOver()) await this.#writeOne(`writer-${writer}-${this.#random.below(8)}`);
      }),
    );
  }

  /** Compares what is there with what must be; returns what is not so. What is there is known from then on. */
  async compare(access: Access): Promise<string[]> {
    this.#access = access;
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true, ca: access.ca });
    const { code, body } = await this.#ask("GET", path);
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
      if (name.startsWith("writer-") && !this.#known.has(name))
        problems.push(`${name} is there, which nobody has written`);
    return problems;
  }

  async #writeOne(name: string): Promise<void> {
    const known = this.#known.get(name) ?? { value: undefined, onItsWay: undefined };
    // Whether it happened is found out when the next process is there.
    if (known.onItsWay) return sleep(5);
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
      ? this.#ask("DELETE", `${path}/${name}`)
      : isThere
        ? this.#ask("PUT", `${path}/${name}`, object)
        : this.#ask("POST", path, object);
    try {
      const { code, body } = await asked;
      if (code >= 300) {
        this.refused[code] = (this.refused[code] ?? 0) + 1;
        // Full, and nothing has happened.
        if (code === 503) known.onItsWay = undefined;
        return sleep(20);
      }
      this.acknowledged++;
      known.value = value;
      known.onItsWay = undefined;
      const revision = Number((body as Stored).metadata?.resourceVersion ?? 0);
      this.#revision = Math.max(this.#revision, revision);
    } catch {
      // The process is gone: nobody knows what became of it.
      await sleep(20);
    }
  }

  #ask(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ readonly code: number; readonly body: unknown }> {
    const access = this.#access;
    if (!access) throw new Error("there is no process to ask");
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${access.token}`, "content-type": "application/json" };
      const asking = request(new URL(path, access.url), { method, agent: this.#agent, headers }, answer => {
        let text = "";
        answer.setEncoding("utf8").on("data", piece => {
          text += piece;
        });
        answer.on("end", () => {
          try {
            resolve({ code: answer.statusCode ?? 0, body: JSON.parse(text) });
          } catch (error) {
            reject(error);
          }
        });
        answer.on("error", reject).on("aborted", () => reject(new Error("the connection ended")));
      });
      asking.on("error", reject).end(body && JSON.stringify(body));
    });
  }
}
