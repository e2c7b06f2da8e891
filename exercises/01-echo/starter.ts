import type { WorkerContext } from "k4s";

/** Answers every message with what was sent. */
export async function echo({ inbox }: WorkerContext) {
  for await (const message of inbox) {
    // TODO 2: write message.body into the log.
    // TODO 1: answer with message.body.
    message.reply("to do");
  }
}
