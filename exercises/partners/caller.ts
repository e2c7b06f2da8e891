/**
 * A pod with an ordinary HTTP server at port 8080, named `main`: whatever is asked of it, it answers with the name of its pod. A
 * message `{ url }` makes it fetch that, a message `{ to }` makes it send a message there; it replies with what came back, or fails
 * with the error.
 */
import { createServer } from "node:http";
import type { WorkerContext } from "k4s";

/** A connection that a policy denies gets no answer at all. */
const patienceMs = 2_000;

export default async function caller({ inbox, api, self }: WorkerContext): Promise<void> {
  const server = createServer((_, response) => response.end(self.pod));
  server.listen(8080);
  for await (const message of inbox) {
    const { url, to } = message.body as { url?: string; to?: string };
    if (url !== undefined) void textAt(url).then(message.reply, message.fail);
    else if (to !== undefined) void api.request(to, {}).then(message.reply, message.fail);
    else message.reply(self.pod);
  }
  server.close();
}

async function textAt(url: string): Promise<string> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(patienceMs) })).text();
  } catch (error) {
    const { name, message, cause } = error as Error;
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : `${name}: ${message}`}`);
  }
}
