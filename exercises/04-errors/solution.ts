import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

interface Settings {
  attempts: number;
  waitMs: number;
}

/** Asks the weather service, again if that may help. */
export async function forecast({ inbox, api, parameters }: WorkerContext<Settings>) {
  for await (const message of inbox) {
    try {
      message.reply(await ask(message.body));
    } catch (error) {
      message.fail(error);
    }
  }

  async function ask(question: unknown): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await api.request("weather", question);
      } catch (error) {
        if (!isTemporary(error) || attempt === parameters.attempts) throw error;
        await sleep(parameters.waitMs * 2 ** (attempt - 1));
      }
    }
  }
}

/** True for an error that may pass by itself. */
export function isTemporary(error: unknown): boolean {
  return (error as { temporary?: boolean }).temporary === true;
}
