import type { WorkerContext } from "k4s";

/** Counts by itself. */
export async function counter({ inbox, self }: WorkerContext) {
  for await (const message of inbox) {
    // TODO 1: count the messages.
    message.reply({ by: self.name, count: 0 });
  }
}

/** Lets the tally count, so that all replicas agree. */
export async function agreeing({ inbox, self }: WorkerContext) {
  for await (const message of inbox) {
    // TODO 2: ask the tally. (The function can have `api` from its context, beside `inbox` and `self`.)
    message.reply({ by: self.name, count: 0 });
  }
}
