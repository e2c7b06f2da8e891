import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

/** Has each job printed, and says goodbye at the end. */
export async function clerk({ inbox, api, self }: WorkerContext) {
  let jobs = 0;
  for await (const message of inbox) {
    await api.request("press", { job: message.body });
    jobs++;
  }
  await api.send("ledger", { closed: self.name, jobs });
}

/** Sweeps, and sweeps again. */
export async function sweeper({ api, log, parameters, self, stopping }: WorkerContext<{ everyMs: number }>) {
  while (!stopping.aborted) {
    log.info("swish");
    try {
      await sleep(parameters.everyMs, undefined, { signal: stopping });
    } catch {
      // Told to stop in the middle of the sleep: the loop ends.
    }
  }
  await api.send("ledger", { swept: self.name });
}
