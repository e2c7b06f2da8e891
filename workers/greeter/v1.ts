/** The first version of a greeter: it takes a moment for every answer, so that there is always something in flight. */
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

export default async function greeter({ inbox }: WorkerContext): Promise<void> {
  for await (const message of inbox) {
    await sleep(2);
    message.reply({ version: 1, greeting: `Hello, ${message.body}` });
  }
}
