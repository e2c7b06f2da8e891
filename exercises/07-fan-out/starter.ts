import type { WorkerContext } from "k4s";

interface Settings {
  shelves: string[];
  timeoutMs: number;
}

/** Asks all shelves, and gathers what they have. */
export async function search({ inbox, api, parameters }: WorkerContext<Settings>) {
  for await (const message of inbox) {
    // TODO 4: do not wait here: the next question may be in the inbox already.
    const titles: string[] = [];
    const missing: string[] = [];
    for (const shelf of parameters.shelves) {
      // TODO 1: ask all shelves at once, not one after the other.
      // TODO 2: a shelf may fail.
      // TODO 3: a shelf may never answer: requests take { timeoutMs } as their third argument.
      titles.push(...(await api.request<string[]>(shelf, message.body)));
    }
    message.reply({ titles, missing });
  }
}
