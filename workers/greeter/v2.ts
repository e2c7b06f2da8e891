/** The second version: friendlier. */
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerContext } from "k4s";

export default async function greeter({ inbox }: WorkerContext): Promise<void> {
  for await (const message of inbox) {
    await sleep(2);
    message.reply({ version: 2, greeting: `Good to see you, ${message.body}!` });
  }
}
