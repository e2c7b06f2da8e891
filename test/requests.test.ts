/**
 * Requests while threads die, sets shrink and code is replaced. Every request ends exactly once, and what an error says of
 * whether the message was handled is true.
 */
import { MessageError } from "k4s";
import { describe, expect, it } from "vitest";
import { echo, type Scene, scene } from "./scene.ts";

/** Counts in a file what it has handled: its own memory dies with it. */
const ledger = `
import { appendFileSync } from "node:fs";
export default async ({ inbox, parameters, self }) => {
  for await (const message of inbox) {
    appendFileSync(parameters.ledger, message.body.id + "\\n");
    if (message.body.die) process.exit(9);
    message.reply({ id: message.body.id, by: self.name });
  }
};`;

const version = (number: number) => `
export default async ({ inbox }) => { for await (const message of inbox) message.reply(${number}); };`;

/** Copies of a worker behind a service. */
async function serve(cluster: Scene, replicas: number, template: object) {
  await cluster.apply([
    { kind: "ReplicaSet", metadata: { name: "set" }, spec: { replicas, template } },
    { kind: "Service", metadata: { name: "service" }, spec: { selector: "set-*" } },
  ]);
  await cluster.waitFor("ReplicaSet/set", "Ready");
}

/** Asks on and on, \`width\` at a time, until it is told to stop; then tells how each request ended. */
function traffic(
  cluster: Scene,
  { to = "service", width = 8, body = (id: number): unknown => ({ id }) } = {},
) {
  let stopped = false;
  let asked = 0;
  const answers: unknown[] = [];
  const errors: unknown[] = [];
  let wake = () => {};
  const lane = async () => {
    while (!stopped) {
      const id = asked++;
      // No request may end twice, nor in two ways: a promise cannot, so the settlements are what is counted.
      await cluster.api.request(to, body(id)).then(
        answer => answers.push(answer),
        error => errors.push(error),
      );
      wake();
    }
  };
  const lanes = Promise.all(Array.from({ length: width }, lane));
  return {
    /** Resolves when so many more have ended. */
    async more(count: number) {
      const goal = answers.length + errors.length + count;
      while (answers.length + errors.length < goal) await new Promise<void>(resolve => (wake = resolve));
    },
    async end() {
      stopped = true;
      await lanes;
      return { asked, answers, errors };
    },
  };
}

describe("requests", () => {
  it("end exactly once each while threads are killed, and handled says the truth", {
    timeout: 40_000,
  }, async () => {
    await using cluster = await scene({ "ledger.js": ledger });
    const file = `${cluster.folder}/ledger`;
    await serve(cluster, 3, { module: "ledger", parameters: { ledger: file } });
    const flow = traffic(cluster, { body: id => ({ id, die: id % 100 === 50 }) });
    await flow.more(700);
    const { asked, answers, errors } = await flow.end();
    expect(answers.length + errors.length).toBe(asked);
    expect(errors.length).toBeGreaterThan(0);

    const { readFile } = await import("node:fs/promises");
    const handled = (await readFile(file, "utf8")).trim().split("\n").map(Number);
    // Nobody handled anything twice, and every answer is to what was asked.
    expect(new Set(handled).size).toBe(handled.length);
    const answered = answers.map(answer => (answer as { id: number }).id);
    expect(new Set(answered).size).toBe(answered.length);
    for (const error of errors) {
      expect(error).toBeInstanceOf(MessageError);
      expect(["ContainerExited", "ContainerStopping", "NoEndpoint"]).toContain(
        (error as MessageError).reason,
      );
    }
    // What certainly was not handled was not: all that was handled was answered, or may have been.
    const maybe = errors.filter(error => (error as MessageError).handled === "maybe").length;
    expect(handled.length).toBeLessThanOrEqual(answered.length + maybe);
    expect(handled).toEqual(expect.arrayContaining(answered));
  });

  it("lose nothing when a set shrinks and grows under load", async () => {
    await using cluster = await scene({ "echo.js": echo });
    await serve(cluster, 4, { module: "echo" });
    const flow = traffic(cluster);
    for (const replicas of [1, 5, 2]) {
      await flow.more(100);
      await cluster.patch("ReplicaSet", "set", { spec: { replicas } });
      await cluster.waitFor("ReplicaSet/set", "Ready");
    }
    await flow.more(100);
    const { asked, answers, errors } = await flow.end();
    expect(errors).toEqual([]);
    expect(answers.length).toBe(asked);
  });

  it("lose nothing when the code is replaced under load", async () => {
    await using cluster = await scene({ "app@v1.js": version(1), "app@v2.js": version(2) });
    await serve(cluster, 3, { module: "app:v1" });
    const flow = traffic(cluster);
    await flow.more(100);
    await cluster.apply({
      kind: "ReplicaSet",
      metadata: { name: "set" },
      spec: { replicas: 3, template: { module: "app:v2" } },
    });
    for (const ordinal of [0, 1, 2]) {
      await cluster.waitFor(`Pod/set-${ordinal}`, pod => {
        const [container] = pod?.status?.containerStatuses ?? [];
        return container?.image === "app:v2" && container.ready === true;
      });
    }
    await flow.more(50);
    const { asked, answers, errors } = await flow.end();
    expect(errors).toEqual([]);
    expect(answers.length).toBe(asked);
    expect(new Set(answers)).toEqual(new Set([1, 2]));
    expect(answers.slice(-20)).toEqual(Array(20).fill(2));
  });

  it("to a dead worker fail at once, with the reason, and later ones find its successor", async () => {
    await using cluster = await scene({
      "moody.js": `export default async ({ inbox, self }) => {
        for await (const message of inbox) {
          if (message.body === "die") throw new RangeError("too much");
          if (message.body !== "wait") message.reply(self.restarts);
        }
      };`,
    });
    await cluster.run("moody", { module: "moody" });
    const waiting = cluster.api.request("moody", "wait", { timeoutMs: Number.POSITIVE_INFINITY });
    const dying = cluster.api.request("moody", "die", { timeoutMs: Number.POSITIVE_INFINITY });
    for (const request of [waiting, dying]) {
      const error = await request.catch((error: unknown) => error);
      expect(error).toMatchObject({ reason: "ContainerExited", handled: "maybe" });
      expect((error as Error).message).toContain("too much");
    }
    await cluster.podWhose("moody", ({ ready, restarts }) => ready && restarts === 1);
    expect(await cluster.api.request("moody", "again")).toBe(1);
  });

  it("are held back, not lost, by a worker that never reads its inbox", async () => {
    await using cluster = await scene({
      "deaf.js":
        "export default ({ stopping }) => new Promise(resolve => stopping.addEventListener('abort', resolve));",
    });
    await cluster.run("deaf", { module: "deaf" });
    let taken = 0;
    const sends = Array.from({ length: 3_000 }, (_, id) =>
      cluster.api.send("deaf", id).then(
        () => void taken++,
        error => error as MessageError,
      ),
    );
    // Those that have room in the inbox are taken in; the first that has none waits.
    await Promise.all(sends.slice(0, 500));
    expect(taken).toBeGreaterThanOrEqual(500);
    await cluster.delete("Container", "deaf", { gracePeriodSeconds: 0 });
    const errors = (await Promise.all(sends)).filter(error => error !== undefined);
    expect(errors.length).toBeGreaterThan(0);
    expect(taken + errors.length).toBe(3_000);
    for (const { reason } of errors) expect(["ContainerExited", "ContainerStopping"]).toContain(reason);
  });

  it("carry a payload of any shape", async () => {
    await using cluster = await scene({
      "mirror.js": "export default async ({ inbox }) => { for await (const m of inbox) m.reply(m.body); };",
    });
    await cluster.run("mirror", { module: "mirror" });
    const cyclic: Record<string, unknown> = { name: "ring" };
    cyclic.self = cyclic;
    const sparse: unknown[] = [1];
    sparse[3] = 4;
    const bodies: unknown[] = [
      undefined,
      null,
      true,
      false,
      0,
      -0,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      -(2 ** 31),
      10n,
      "",
      "ü𝄞\ud800",
      "\u0000",
      [],
      [undefined, null],
      ["request", 1],
      ["reply", { id: 1 }],
      { type: "request", id: 1, body: 2 },
      [[[]]],
      {},
      { a: { b: [1, "2", null] } },
      new Date(0),
      new Map<unknown, unknown>([[{ a: 1 }, new Set([1])]]),
      /x/gi,
      new Uint8Array([1, 2, 3]),
      new Float64Array(2),
      new ArrayBuffer(4),
      new RangeError("as data"),
      cyclic,
      sparse,
      "x".repeat(1_000_000),
      Array.from({ length: 70_000 }, (_, i) => i),
      Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`key${i}`, i])),
      JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}'),
      { toString: 1, valueOf: 2, toJSON: 4 },
    ];
    for (const body of bodies)
      expect(await cluster.api.request("mirror", body)).toEqual(structuredClone(body));
    expect(await Promise.all(bodies.map(body => cluster.api.request("mirror", body)))).toEqual(
      structuredClone(bodies),
    );
    const own = await cluster.api.request<object>("mirror", JSON.parse('{"__proto__": {"polluted": 1}}'));
    expect([
      Object.keys(own),
      (own as { polluted?: number }).polluted,
      ({} as { polluted?: number }).polluted,
    ]).toEqual([["__proto__"], undefined, undefined]);
    await expect(cluster.api.request("mirror", () => 1)).rejects.toMatchObject({
      reason: "NotCloneable",
      handled: "no",
    });
    await expect(cluster.api.request("mirror", Symbol("x"))).rejects.toMatchObject({
      reason: "NotCloneable",
    });
    expect(await cluster.api.request("mirror", "still well")).toBe("still well");
  });

  it("say what is wrong with their target, at once", async () => {
    await using cluster = await scene({ "echo.js": echo });
    await cluster.apply({ kind: "Service", metadata: { name: "empty" }, spec: { selector: "nobody-*" } });
    const cases: [string, string][] = [
      ["nobody", "NoSuchTarget"],
      ["pod/nobody", "NoSuchTarget"],
      ["empty", "NoEndpoint"],
      ["", "NoSuchTarget"],
      ["../x", "NoSuchTarget"],
      ["__proto__", "NoSuchTarget"],
      ["a".repeat(10_000), "NoSuchTarget"],
      ["service/empty", "NoEndpoint"],
      ["x.y.z.w", "NoSuchTarget"],
      ["gibberish/x", "NoSuchTarget"],
    ];
    for (const [to, reason] of cases) {
      const error = await cluster.api.request(to, 1).catch((error: unknown) => error);
      expect(error, to).toMatchObject({ reason, handled: "no" });
    }
    for (const to of [undefined, null, 5, {}])
      await expect(cluster.api.request(to as never, 1)).rejects.toThrow();
    expect(cluster.faults).toEqual([]);
  });
});
