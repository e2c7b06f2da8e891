/** The smallest worker: it answers every message with what the message said, and who answered. */
import type { WorkerContext } from "k4s";

export async function echo({ inbox, self, log }: WorkerContext): Promise<void> {
  log.info(`${self.pod} listens`);
  for await (const message of inbox) message.reply({ said: message.body, by: self.pod });
}
