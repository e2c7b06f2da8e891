import type { WorkerContext } from "k4s";

interface Settings {
  attempts: number;
  waitMs: number;
}

/** Asks the weather service, again if that may help. */
export async function forecast({ inbox, api }: WorkerContext<Settings>) {
  for await (const message of inbox) {
    // TODO 1: an error of `weather` ends this function. Catch it, and fail the message with it.
    message.reply(await ask(message.body));
  }

  async function ask(question: unknown): Promise<unknown> {
    // TODO 2: ask again if the error is temporary, at most parameters.attempts times.
    // TODO 3: do not ask again if it is not.
    // TODO 4: wait before asking again: `await sleep(20)` waits 20 ms, with this line at the top of the file:
    // import { setTimeout as sleep } from "node:timers/promises";
    return await api.request("weather", question);
  }
}

/** True for an error that may pass by itself. */
export function isTemporary(error: unknown): boolean {
  return (error as { temporary?: boolean }).temporary === true;
}
