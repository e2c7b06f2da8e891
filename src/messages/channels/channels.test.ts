/** What a thread makes of what the main thread tells of others. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { expect, it } from "vitest";
import { realClock, realRandom } from "../../outside/index.ts";
import type { ControlMessage } from "../introductions.ts";
import type { Sender } from "../message.ts";
import { Peer } from "../peer.ts";

it("keeps a channel that the other's question has led to, where its own question is refused after that", async () => {
  const [asking, stopping] = [control(), control()];
  const answer = asking.peer.api.request("pod/b", "question");
  asking.tell({
    type: "route",
    target: "pod/b",
    route: { endpoints: [{ peer: 2, address: "127.0.0.2" }], client: "127.0.0.1", single: true },
    asked: true,
  });
  const { port1, port2 } = new MessageChannel();
  asking.tell({ type: "introduce", peer: 2, who: named("b"), port: port1, copies: false, largest: 1e6 });
  stopping.tell({ type: "introduce", peer: 1, who: named("a"), port: port2, copies: false, largest: 1e6 });
  const { value: message } = await stopping.peer.inbox[Symbol.asyncIterator]().next();
  // It is handled; and that the thread stops comes before its answer.
  asking.tell({ type: "refused", peer: 2, who: named("b") });
  await new Promise(resolve => setImmediate(resolve));
  message?.reply("answer");
  await expect(answer).resolves.toBe("answer");
  for (const { peer, close } of [asking, stopping]) {
    peer.close();
    close();
  }
});

function named(pod: string): Sender {
  return { namespace: "default", pod, container: "main" } as Sender;
}

/** A peer, and what tells it. */
function control() {
  const { port1, port2 } = new MessageChannel();
  const peer = new Peer({ control: port2, clock: realClock, random: realRandom });
  const tell = (message: ControlMessage) =>
    message.type === "introduce"
      ? port1.postMessage(message, [message.port as unknown as MessagePort])
      : port1.postMessage(message);
  return { peer, tell, close: () => port1.close() };
}
