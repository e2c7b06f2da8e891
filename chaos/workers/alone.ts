/** A pod of a StatefulSet, of which there must be one of its name at a time: it writes down from when to when it ran. */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

export default async function alone({ self }: WorkerContext): Promise<void> {
  const begun = Date.now();
  const file = `/trial/alone-${self.pod}-${begun.toString(36)}`;
  for (;;) {
    writeFileSync(file, `${self.pod} ${begun} ${Date.now()}`);
    await sleep(100);
  }
}
