/** A book that lies open: what is sent to it is written down, in order; who asks gets all that was written. */
import type { WorkerContext } from "k4s";

export async function ledger({ inbox }: WorkerContext) {
  const entries: unknown[] = [];
  for await (const message of inbox) {
    if (message.expectsReply) message.reply(entries);
    else entries.push(message.body);
  }
}
