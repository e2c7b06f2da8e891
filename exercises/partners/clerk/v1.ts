/** A clerk of the old kind. It answers `{ version: 1 }`, and takes a moment for it, so that there is always something in flight. */
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

export default async function clerk({ inbox }: WorkerContext) {
  for await (const message of inbox) {
    await sleep(2);
    message.reply({ version: 1 });
  }
}
