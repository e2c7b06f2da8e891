import { setTimeout } from "node:timers/promises";
import type { Message, WorkerContext } from "k4s";

interface Parameters {
  /** How long a job takes. Default 100. */
  readonly jobMs?: number;
}

/** Does one job after the other, each message being one, and reports how many wait. */
export async function queue({ inbox, parameters, metrics }: WorkerContext<Parameters>): Promise<void> {
  const { jobMs = 100 } = parameters;
  let waiting = 0;
  let last = Promise.resolve();
  const report = () => metrics.gauge("queue_depth", waiting);
  const work = async (message: Message) => {
    const since = performance.now();
    await setTimeout(jobMs);
    message.reply("done");
    metrics.counter("jobs_done_total");
    metrics.histogram("job_seconds", (performance.now() - since) / 1_000);
    waiting--;
    report();
  };
  report();
  for await (const message of inbox) {
    waiting++;
    report();
    last = last.then(() => work(message));
  }
  // Told to stop: what had arrived is done first.
  await last;
}
