/** A pod that answers, and writes down first what it handles. */
import { appendFileSync } from "node:fs";
import type { WorkerContext } from "k4s";

export default async function answers({ inbox, self }: WorkerContext): Promise<void> {
  const file = `/trial/handled-${self.pod}-${Date.now().toString(36)}`;
  for await (const { body, reply } of inbox) {
    const { id } = body as { readonly id: string };
    appendFileSync(file, `handled ${id}\n`);
    reply({ id });
  }
}
