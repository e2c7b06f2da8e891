import type { WorkerContext } from "k4s";

/** Answers every message with what was sent. */
export async function echo({ inbox, log }: WorkerContext) {
  for await (const message of inbox) {
    log.info(message.body);
    message.reply(message.body);
  }
}
