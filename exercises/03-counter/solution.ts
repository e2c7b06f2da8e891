import type { WorkerContext } from "k4s";

/** Counts by itself. */
export async function counter({ inbox, self }: WorkerContext) {
  let count = 0;
  for await (const message of inbox) {
    count++;
    message.reply({ by: self.name, count });
  }
}

/** Lets the tally count, so that all replicas agree. */
export async function agreeing({ inbox, self, api }: WorkerContext) {
  for await (const message of inbox) {
    const count = await api.request("tally", { add: 1 });
    message.reply({ by: self.name, count });
  }
}
