/**
 * A pod that asks others all the time, four requests at once, and writes down of each that it was asked and how it ended. It runs on every node. What a
 * process has written to a file stays there when it is killed.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

const timeoutMs = 3_000;

export default async function asks({ api, self }: WorkerContext): Promise<void> {
  const run = `${self.pod}-${Date.now().toString(36)}`;
  const file = `/trial/asked-${run}`;
  let count = 0;
  const one = async () => {
    const id = `${run}.${count++}`;
    appendFileSync(file, `asked ${id} ${Date.now()}\n`);
    try {
      const answer = await api.request<{ readonly id: string }>("answers", { id }, { timeoutMs });
      appendFileSync(file, `${answer.id === id ? "answered" : "wrong"} ${id}\n`);
      await sleep(10);
    } catch (error) {
      const { handled = "untyped", reason = `${error}` } = error as { handled?: string; reason?: string };
      appendFileSync(file, `${handled} ${id} ${reason}\n`);
      await sleep(50);
    }
  };
  const always = async () => {
    for (;;) await one();
  };
  await Promise.all(Array.from({ length: 4 }, always));
}
