/**
 * A worker with a state: it counts. It also crashes when it is asked to, so
 * that one can watch it being restarted.
 */
import type { WorkerContext } from "k4s";

export async function counter({ inbox, self }: WorkerContext) {
  let count = 0;
  for await (const message of inbox) {
    if (message.body === "crash") throw new Error("crashed, as I was told");
    count += (message.body as { add: number }).add;
    message.reply({ by: self.pod, count });
  }
}
