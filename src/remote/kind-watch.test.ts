/** A watch of one kind at an API server that is out of its mind, or was set back, in virtual time. */
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { ServerConnection } from "../client/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import { KindRegistry } from "../resources/index.ts";
import { KindWatch } from "./kind-watch.ts";
import { RemoteImage } from "./remote-image.ts";

interface Answers {
  /** The revision of its list, and what the nth watch is told before it ends. */
  readonly revisions: readonly number[];
  readonly told: (nth: number) => readonly object[];
}

function followed({ revisions, told }: Answers) {
  const clock = new VirtualClock();
  const image = new RemoteImage({
    clock,
    onFault: fault => {
      throw fault;
    },
  });
  const asked = { lists: 0, watches: 0 };
  const connection: Pick<ServerConnection, "json" | "stream" | "server"> = {
    server: "https://elsewhere",
    async json<T>() {
      const at = Math.min(asked.lists++, revisions.length - 1);
      return { metadata: { resourceVersion: String(revisions[at]) }, items: [] } as T;
    },
    async stream() {
      const lines = told(asked.watches++).map(each => `${JSON.stringify(each)}\n`);
      return Readable.from(lines, { objectMode: false }) as Awaited<ReturnType<ServerConnection["stream"]>>;
    },
  };
  const parts = { connection, image, clock, random: seededRandom(1), onTry: () => {} };
  const watch = new KindWatch(parts, { kind: new KindRegistry().find("ConfigMap") });
  return { watch, clock, asked };
}

const expired = { type: "ERROR", object: { code: 410, message: "too old", metadata: {} } };
const bookmark = { type: "BOOKMARK", object: { metadata: { name: "", resourceVersion: "1000" } } };

test.each([
  ["in order", () => []],
  ["for what it knows is too old", () => [expired]],
])("one that ends at once, %s, is begun again ever more seldom", async (_, told) => {
  const { watch, clock, asked } = followed({ revisions: [1], told });
  await clock.advance(60_000);
  expect(asked.watches).toBeGreaterThan(5);
  expect(asked.watches).toBeLessThan(20);
  watch.stop();
});

test("who waits for a revision that a server which was set back does not have waits no more", async () => {
  const { watch, clock } = followed({
    revisions: [1, 50],
    told: nth => (nth === 0 ? [bookmark] : [expired]),
  });
  await watch.synced;
  const waited = watch.reached(1_001);
  await clock.advance(5_000);
  await waited;
  watch.stop();
});
