/** A clerk that needs a while until it is ready, as servers do that have something to load. It answers with its name. */
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

await sleep(300);

export default async function slowClerk({ inbox, self }: WorkerContext) {
  for await (const message of inbox) message.reply({ by: self.pod });
}
