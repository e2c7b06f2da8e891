/** One number for everybody: a request with `{ add: 1 }` adds to it and gets the new total. */
import type { WorkerContext } from "k4s";

export async function tally({ inbox }: WorkerContext) {
  let total = 0;
  for await (const message of inbox) {
    const { add } = message.body as { add: number };
    total += add;
    message.reply(total);
  }
}
