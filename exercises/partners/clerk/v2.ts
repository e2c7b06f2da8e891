/** A clerk of the new kind: `{ version: 2 }`. */
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

export default async function clerk({ inbox }: WorkerContext) {
  for await (const message of inbox) {
    await sleep(2);
    message.reply({ version: 2 });
  }
}
