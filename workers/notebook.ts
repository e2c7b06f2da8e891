/** Writes each note into a file of its volume, and answers with all that stand there: they outlive it. */
import { appendFile, readFile } from "node:fs/promises";
import type { WorkerContext } from "k4s";

const file = "/data/notes.txt";

export default async function notebook({ inbox, self, env }: WorkerContext): Promise<void> {
  for await (const message of inbox) {
    const { note } = message.body as { note?: string };
    if (note !== undefined) await appendFile(file, `${note}\n`);
    const text = await readFile(file, "utf8").catch(() => "");
    message.reply({ by: self.pod, edition: env.EDITION, notes: text.split("\n").filter(Boolean) });
  }
}
