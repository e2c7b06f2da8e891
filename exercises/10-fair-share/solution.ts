import type { Message, WorkerContext } from "k4s";

interface Settings {
  presses: string[];
  limit: number;
}

/** Gives each job to the press that has the fewest. */
export async function dispatcher({ inbox, api, parameters }: WorkerContext<Settings>) {
  const waiting: Message[] = [];
  /** How many jobs each press has. One that was lost is not in it any more. */
  const load = new Map(parameters.presses.map(press => [press, 0]));

  for await (const message of inbox) {
    waiting.push(message);
    dispatch();
  }

  function dispatch() {
    while (waiting.length > 0) {
      const [press, jobs = 0] = [...load].sort(([, a], [, b]) => a - b)[0] ?? [];
      if (press !== undefined && jobs >= parameters.limit) return;
      const message = waiting.shift() as Message;
      if (press === undefined) message.fail(new Error("no press is left"));
      else void run(message, press);
    }
  }

  async function run(message: Message, press: string) {
    add(press, 1);
    try {
      message.reply(await api.request(press, message.body, { timeoutMs: Number.POSITIVE_INFINITY }));
      add(press, -1);
    } catch {
      load.delete(press);
      waiting.unshift(message);
    }
    dispatch();
  }

  /** A press that was lost meanwhile stays lost. */
  function add(press: string, jobs: number) {
    const before = load.get(press);
    if (before !== undefined) load.set(press, before + jobs);
  }
}
