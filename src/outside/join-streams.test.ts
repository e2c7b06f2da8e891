import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { joinStreams } from "./join-streams.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** The two ends of a connection. */
async function connection(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  closing.push(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const near = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const [far] = (await once(server, "connection")) as [Socket];
  closing.push(
    () => near.destroy(),
    () => far.destroy(),
  );
  return [near, far];
}

it("leads each half on to the other end, and warns of no leak", async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on("warning", warned);
  closing.push(() => process.off("warning", warned));
  const [client, one] = await connection();
  const [other, server] = await connection();
  for (const end of [one, other]) for (let i = 0; i < 6; i++) end.once("close", () => {});
  const joined = joinStreams(one, other);
  client.end("question");
  const [question] = await once(server, "data");
  expect(String(question)).toBe("question");
  await once(server, "end");
  server.end("answer");
  expect(await text(client)).toBe("answer");
  await joined;
  await new Promise(resolve => setImmediate(resolve));
  expect(warnings).toEqual([]);
});

it("fails when one leaves", async () => {
  const [client, one] = await connection();
  const [other] = await connection();
  const joined = joinStreams(one, other);
  client.resetAndDestroy();
  await expect(joined).rejects.toThrow();
  expect(other.destroyed).toBe(true);
});
