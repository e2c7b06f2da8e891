import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

/** Has each job printed, and says goodbye at the end. */
export async function clerk({ inbox, api, stopping }: WorkerContext) {
  // TODO 1: this leaves at once when told to stop, and the jobs in the inbox undone.
  stopping.addEventListener("abort", () => process.exit(1));

  for await (const message of inbox) {
    await api.request("press", { job: message.body });
  }
  // TODO 2: say goodbye to the ledger: how many jobs were done?
}

/** Sweeps, and sweeps again. */
export async function sweeper({ log, parameters }: WorkerContext<{ everyMs: number }>) {
  // TODO 3: end when told to stop, even in the middle of the sleep, and tell the ledger.
  while (true) {
    log.info("swish");
    await sleep(parameters.everyMs);
  }
}
