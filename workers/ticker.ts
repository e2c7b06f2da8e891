/** Sends a numbered tick to a service every so often, until it is told to stop. */
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

export async function ticker({
  parameters,
  api,
  self,
  stopping,
  log,
}: WorkerContext<{ to: string; everyMs: number }>): Promise<void> {
  for (let tick = 1; !stopping.aborted; tick++) {
    // An error is no reason to stop: there may be no listener yet.
    await api
      .send(parameters.to, { from: self.pod, tick })
      .catch(error => log.warn(`tick ${tick}: ${error.message}`));
    await sleep(parameters.everyMs, undefined, { signal: stopping }).catch(() => {});
  }
}

/** Remembers the ticks that came, and tells them when asked. */
export async function collector({ inbox }: WorkerContext): Promise<void> {
  const ticks: unknown[] = [];
  for await (const message of inbox) {
    if (message.expectsReply) message.reply(ticks);
    else ticks.push(message.body);
  }
}
