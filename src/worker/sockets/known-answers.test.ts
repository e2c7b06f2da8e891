import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { KnownAnswers } from "./known-answers.ts";

/** A source whose answers a test gives. */
class Asked {
  readonly questions: string[] = [];
  readonly ended: string[] = [];
  readonly #tell = new Map<string, (answer: string | undefined | Error | "end") => void>();

  readonly source = async function* (this: Asked, question: string, signal: AbortSignal) {
    this.questions.push(question);
    const waiting: (string | undefined | Error | "end")[] = [];
    let wake = () => {};
    this.#tell.set(question, answer => {
      waiting.push(answer);
      wake();
    });
    signal.addEventListener("abort", () => wake());
    try {
      while (!signal.aborted) {
        if (waiting.length === 0)
          await new Promise<void>(resolve => {
            wake = resolve;
          });
        while (waiting.length > 0) {
          const next = waiting.shift();
          if (next instanceof Error) throw next;
          if (next === "end") return;
          yield next;
        }
      }
    } finally {
      this.ended.push(question);
    }
  }.bind(this);

  tell(question: string, answer: string | undefined | Error | "end"): void {
    this.#tell.get(question)?.(answer);
  }
}

it("asks once, and is told each change", async () => {
  const asked = new Asked();
  const answers = new KnownAnswers<string>(asked.source);
  expect(answers.known("web")).toBeUndefined();
  const both = Promise.all([answers.ask("web"), answers.ask("web")]);
  asked.tell("web", "one");
  expect(await both).toEqual(["one", "one"]);
  asked.tell("web", "two");
  await turn();
  expect(answers.known("web")?.found).toBe("two");
  asked.tell("web", undefined);
  await turn();
  expect(answers.known("web")).toMatchObject({ found: undefined });
  expect(asked.questions).toEqual(["web"]);
});

it("asks again for a fresh answer, and has done with the old question", async () => {
  const asked = new Asked();
  const answers = new KnownAnswers<string>(asked.source);
  const first = answers.ask("web");
  asked.tell("web", "old");
  await first;
  const fresh = answers.fresh("web");
  asked.tell("web", "new");
  expect(await fresh).toBe("new");
  expect(asked.questions).toEqual(["web", "web"]);
  expect(asked.ended).toEqual(["web"]);
});

it("takes an answer that was on its way for none that is fresh, and asks once for all who want one", async () => {
  const asked = new Asked();
  const answers = new KnownAnswers<string>(asked.source);
  const first = answers.ask("web");
  const fresh = Promise.all([answers.fresh("web"), answers.fresh("web")]);
  asked.tell("web", "old");
  expect(await first).toBe("old");
  await turn();
  asked.tell("web", "new");
  expect(await fresh).toEqual(["new", "new"]);
  expect(asked.questions).toEqual(["web", "web"]);
});

it.each([
  ["an error", new Error("the cluster stops")],
  ["no answer", "end"],
])("knows nothing where the source ends with %s, and asks again the next time", async (_, end) => {
  const asked = new Asked();
  const answers = new KnownAnswers<string>(asked.source);
  const answer = answers.ask("web");
  asked.tell("web", end);
  expect(await answer).toBeUndefined();
  const again = answers.ask("web");
  asked.tell("web", "here");
  expect(await again).toBe("here");
});

it("forgets the answer that was not used longest, of a thousand", async () => {
  const asked = new Asked();
  const answers = new KnownAnswers<string>(asked.source);
  for (let n = 0; n <= 1_001; n++) {
    const answer = answers.ask(`host-${n}`);
    asked.tell(`host-${n}`, "here");
    await answer;
    // As each connection to it does, and each look-up.
    answers.known("host-0");
    if (n > 0) await answers.ask("host-1");
  }
  await turn();
  expect(asked.ended).toEqual(["host-2", "host-3"]);
  expect(answers.known("host-2")).toBeUndefined();
  expect([answers.known("host-0")?.found, answers.known("host-1")?.found]).toEqual(["here", "here"]);
  expect(asked.questions).toHaveLength(1_002);
});

it("answers all who wait, however many they are, and remembers a thousand", async () => {
  const asked = new Asked();
  const answers = new KnownAnswers<string>(asked.source);
  const hosts = Array.from({ length: 1_300 }, (_, n) => `host-${n}`);
  const all = Promise.all(hosts.map(host => answers.ask(host)));
  await turn();
  expect(asked.ended).toEqual([]);
  for (const host of hosts) asked.tell(host, host);
  expect(await all).toEqual(hosts);
  await turn();
  expect(hosts.filter(host => answers.known(host))).toEqual(hosts.slice(300));
});
