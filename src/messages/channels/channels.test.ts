/** What a thread makes of what the main thread tells of others. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { realClock, realRandom } from "../../outside/index.ts";
import type { ControlMessage } from "../introductions.ts";
import type { Sender } from "../message.ts";
import { Peer } from "../peer.ts";

let asking: ReturnType<typeof control>;
let answering: ReturnType<typeof control>;
beforeEach(() => {
  [asking, answering] = [control(), control()];
  const endpoints = [{ peer: 2, address: "127.0.0.2" }];
  const route = { endpoints, client: "127.0.0.1", single: true };
  asking.tell({ type: "route", target: "pod/b", route, asked: true });
  const { port1, port2 } = new MessageChannel();
  asking.tell({ type: "introduce", peer: 2, who: named("b"), port: port1, copies: false, largest: 1e6 });
  answering.tell({ type: "introduce", peer: 1, who: named("a"), port: port2, copies: false, largest: 1e6 });
});
afterEach(() => {
  for (const { peer, close } of [asking, answering]) {
    peer.close();
    close();
  }
});

it("keeps a channel that the other's question has led to, where its own question is refused after that", async () => {
  const answer = asking.peer.api.request("pod/b", "question");
  const { value: message } = await answering.peer.inbox[Symbol.asyncIterator]().next();
  // It is handled; and that the thread stops comes before its answer.
  asking.tell({ type: "refused", peer: 2, who: named("b") });
  await new Promise(resolve => setImmediate(resolve));
  message?.reply("answer");
  await expect(answer).resolves.toBe("answer");
});

it("does not say of what is written, and posted at the end of the turn, that it was certainly not handled", async () => {
  const inbox = answering.peer.inbox[Symbol.asyncIterator]();
  const first = asking.peer.api.request("pod/b", "first");
  const { value: one } = await inbox.next();
  const giving = new AbortController();
  const second = asking.peer.api.request("pod/b", "second", { signal: giving.signal });
  giving.abort();
  await expect(second).rejects.toMatchObject({ reason: "Aborted", handled: "maybe" });
  one?.reply("answer");
  await expect(first).resolves.toBe("answer");
  const { value: two } = await inbox.next();
  expect(two?.body).toBe("second");
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
