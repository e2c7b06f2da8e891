/** Echoes and signs with its own name; the replica that its parameters call slow takes a few milliseconds for each. */
import { setTimeout as sleep } from "node:timers/promises";

export async function signed({ inbox, self, parameters }) {
  const isSlow = self.name === parameters.slow;
  for await (const message of inbox) {
    if (isSlow) await sleep(parameters.slowMs);
    message.reply({ n: message.body.n, by: self.name });
  }
}
