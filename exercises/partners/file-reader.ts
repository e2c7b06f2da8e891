/** Replies with the text of the file whose path it is asked: what its neighbours in the pod can read by now. */
import { readFile } from "node:fs/promises";
import type { WorkerContext } from "k4s";

export default async function fileReader({ inbox }: WorkerContext): Promise<void> {
  for await (const message of inbox)
    await readFile(`${message.body}`, "utf8").then(message.reply, message.fail);
}
