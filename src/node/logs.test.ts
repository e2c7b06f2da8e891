import { expect, it } from "vitest";
import { Log, type LogOptions } from "./logs.ts";

const piece = (text: string, at = 0) => ({ stream: "stdout", at, text }) as const;
const all = async (log: Log, options?: LogOptions) => {
  const lines: string[] = [];
  for await (const line of log.lines(options)) lines.push(line);
  return lines;
};

it("puts lines together from what was printed", async () => {
  const log = new Log();
  log.add([piece("one\ntw"), piece("o\n"), piece("three")]);
  expect(await all(log)).toEqual(["one\n", "two\n", "three"]);
  expect(await all(log, { tailLines: 2 })).toEqual(["two\n", "three"]);
  expect(await all(log, { tailLines: 0 })).toEqual([]);
});

it("gives a line the time of its beginning", async () => {
  const log = new Log();
  log.add([piece("o", 0), piece("ne\n", 1_000), piece("two\n", 2_000)]);
  expect(await all(log, { timestamps: true })).toEqual([
    "1970-01-01T00:00:00.000Z one\n",
    "1970-01-01T00:00:02.000Z two\n",
  ]);
  expect(await all(log, { sinceMs: 1_500 })).toEqual(["two\n"]);
});

it("forgets the oldest when there is too much", async () => {
  const log = new Log(100);
  for (let i = 0; i < 1_000; i++) log.add([piece(`line ${i}\n`)]);
  const lines = await all(log);
  expect(lines.at(-1)).toBe("line 999\n");
  expect(lines.join("").length).toBeLessThanOrEqual(100);
});

it("follows until the container ends", async () => {
  const log = new Log();
  log.add([piece("one\n")]);
  const following = all(log, { follow: true });
  await Promise.resolve();
  log.add([piece("two\npart")]);
  log.end();
  expect(await following).toEqual(["one\n", "two\n", "part"]);
});

it("stops following when it is told to", async () => {
  const stop = new AbortController();
  const following = all(new Log(), { follow: true, signal: stop.signal });
  stop.abort();
  expect(await following).toEqual([]);
});
