/** A pod among others, with an ordinary HTTP server. Told a URL or the name of a pod, it calls there, and tells how that ended. */
import { createServer } from "node:http";
import type { WorkerContext } from "k4s";

/** So long it waits for an answer: a policy that denies a connection says nothing. */
const patienceMs = 2_000;

export default async function neighbour({ inbox, api, self }: WorkerContext): Promise<void> {
  const answer = `this is ${self.pod}`;
  const server = createServer((_, response) => response.end(answer));
  server.listen(8080);

  const call = async (to: string): Promise<string> => {
    if (!to.startsWith("http:")) return api.request<string>(to, "hello");
    return (await fetch(to, { signal: AbortSignal.timeout(patienceMs) })).text();
  };
  for await (const message of inbox) {
    const to = `${message.body}`;
    if (to === "hello") message.reply(answer);
    else
      void call(to).then(message.reply, (error: Error) => message.reply(`${error.name}: ${error.message}`));
  }
  server.close();
}
