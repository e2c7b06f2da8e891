import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Log, type LogOptions } from "./log.ts";
import { LogReading } from "./log-reading.ts";

const piece = (text: string | Uint8Array, at = 0, stream: "stdout" | "stderr" = "stdout") => ({
  stream,
  at,
  bytes: Buffer.from(text),
});
const textOf = (log: Log, options?: LogOptions): PromiseLike<string> =>
  new LogReading(() => log.read(options));
const linesOf = async (log: Log, options?: LogOptions) => {
  const lines: string[] = [];
  for await (const line of new LogReading(() => log.read(options))) lines.push(line);
  return lines;
};
const logOf = (limit: number, ...texts: (string | Uint8Array)[]) => {
  const log = new Log(limit);
  for (const text of texts) log.add([piece(text)]);
  return log;
};
const mebibyte = 1024 * 1024;
const mark = "[k4s: the beginning of this line is cut] ";

describe("reading a log", () => {
  it("puts lines together from what was printed", async () => {
    const log = new Log();
    log.add([piece("one\ntw"), piece("o\n"), piece("three")]);
    expect(await textOf(log)).toBe("one\ntwo\nthree");
    expect(await linesOf(log)).toEqual(["one", "two", "three"]);
    expect(await linesOf(log, { tailLines: 2 })).toEqual(["two", "three"]);
    expect(await linesOf(log, { tailLines: 0 })).toEqual([]);
    expect(await linesOf(log, { tailLines: 9 })).toEqual(["one", "two", "three"]);
  });

  it.each([
    ["\n", 1, "\n"],
    ["\n\n\n", 2, "\n\n"],
    ["a\n\nb\n", 2, "\nb\n"],
    ["a\nb", 1, "b"],
    ["a\n", 1, "a\n"],
    ["", 1, ""],
  ])("shows of %j the last %i lines", async (text, tailLines, tail) => {
    const log = logOf(100, text);
    expect(await textOf(log, { tailLines })).toBe(tail);
    log.end();
    expect(await textOf(log, { tailLines, follow: true })).toBe(tail);
  });

  it("keeps the lines of the two streams apart", async () => {
    const log = new Log();
    log.add([piece("working …"), piece("a warning\n", 1, "stderr"), piece(" done\n", 2), piece("last")]);
    log.add([piece("words", 3, "stderr")]);
    expect(await textOf(log)).toBe("a warning\nworking … done\nlastwords");
    expect(await linesOf(log, { tailLines: 1 })).toEqual(["words"]);
  });

  it("keeps characters whole that are split over writes", async () => {
    const text = "naïve ☕ 世界 👩‍👩‍👧\n";
    const log = logOf(100, ...[...Buffer.from(text)].map(byte => Uint8Array.of(byte)));
    expect(await textOf(log)).toBe(text);
  });

  it("gives a line the time of its beginning", async () => {
    const log = new Log();
    log.add([piece("o", 0), piece("ne\n", 1_000), piece("two\nthree\n", 2_000), piece("four", 3_000)]);
    expect(await linesOf(log, { timestamps: true })).toEqual([
      "1970-01-01T00:00:00.000000000Z one",
      "1970-01-01T00:00:02.000000000Z two",
      "1970-01-01T00:00:02.000000000Z three",
      "1970-01-01T00:00:03.000000000Z four",
    ]);
    expect(await linesOf(log, { sinceMs: 1_500 })).toEqual(["two", "three", "four"]);
    expect(await linesOf(log, { sinceMs: 1_500, tailLines: 2, timestamps: true })).toEqual([
      "1970-01-01T00:00:02.000000000Z three",
      "1970-01-01T00:00:03.000000000Z four",
    ]);
  });

  it("follows until the container ends", async () => {
    const log = logOf(100, "zero\none\n");
    const following = linesOf(log, { follow: true, tailLines: 1 });
    await Promise.resolve();
    log.add([piece("two\npart")]);
    log.end();
    expect(await following).toEqual(["one", "two", "part"]);
  });

  it("stops following when it is told to", async () => {
    const stop = new AbortController();
    const following = linesOf(new Log(), { follow: true, signal: stop.signal });
    stop.abort();
    expect(await following).toEqual([]);
  });

  it("goes on with whole lines when the ring has moved on while nobody read", async () => {
    const log = logOf(100, "first\n");
    const following = log.read({ follow: true });
    expect(String(Buffer.from((await following.next()).value ?? []))).toBe("first\n");
    for (let i = 0; i < 100; i++) log.add([piece(`line ${i}\n`)]);
    log.end();
    const { value } = await following.next();
    const lines = String(Buffer.from(value ?? [])).split("\n");
    expect(lines[0]).toMatch(/^line \d\d$/);
    expect(lines.at(-2)).toBe("line 99");
    expect((await following.next()).done).toBe(true);
  });
});

describe("a log that is full", () => {
  it("forgets the oldest lines", async () => {
    const log = new Log(100);
    for (let i = 0; i < 1_000; i++) log.add([piece(`line ${i}\n`, i)]);
    const text = await textOf(log);
    expect(text).toMatch(/^line \d+\n/);
    expect(text.endsWith("line 998\nline 999\n")).toBe(true);
    expect(text.length).toBeLessThanOrEqual(100);
    expect(text.length).toBeGreaterThan(100 - "line 999\n".length);
    expect(await linesOf(log, { timestamps: true, tailLines: 1 })).toEqual([
      "1970-01-01T00:00:00.999000000Z line 999",
    ]);
  });

  it("keeps the newest lines of one large write", async () => {
    const text = Array.from({ length: 500_000 }, (_, i) => `line ${i}\n`).join("");
    const kept = await textOf(logOf(mebibyte, text));
    expect(kept).toMatch(/^line \d+\n/);
    expect(text.endsWith(kept)).toBe(true);
    expect(kept.length).toBeGreaterThan(mebibyte - 20);
    expect(kept.length).toBeLessThanOrEqual(mebibyte);
  });

  it("keeps the newest part of a long line, and says that it is a part", async () => {
    const log = logOf(1_000, "z".repeat(3_000_000));
    const part = `${mark}${"z".repeat(1_000 - mark.length)}`;
    expect(await textOf(log)).toBe(part);
    log.add([piece("\nshort\n")]);
    expect(await textOf(log)).toBe(`${part.slice(0, -7)}\nshort\n`);
    log.add([piece("a line of forty characters, or nearly so\n".repeat(12))]);
    const later = await textOf(log);
    expect(later.startsWith(`${mark}zzz`)).toBe(true);
    expect(later.length).toBe(1_000);
    log.add([piece("a line of forty characters, or nearly so\n".repeat(2))]);
    expect(await textOf(log)).toMatch(/^short\na line/);
  });

  it("cuts no character in two", async () => {
    for (let before = 0; before < 4; before++) {
      const text = await textOf(logOf(200, "x".repeat(before), "👍".repeat(1_000)));
      expect(text.slice(mark.length)).toMatch(/^(👍)+$/u);
    }
  });

  it("has room for the other stream beside a line that never ends", async () => {
    const log = logOf(1_000, "z".repeat(5_000));
    log.add([piece("heard\n", 0, "stderr")]);
    log.add([piece("z".repeat(5_000))]);
    expect(await textOf(log)).toMatch(/^heard\n\[k4s: [^\n]+z$/);
  });

  it("is, whatever is printed, the end of it: at most so much, and from the beginning of a line", async () => {
    const write = fc.record({
      text: fc.stringMatching(/^[a-z\n]{0,200}$/),
      stream: fc.constantFrom("stdout", "stderr"),
    });
    const limit = 300;
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 60 }), async writes => {
        const log = new Log(limit);
        const printed = { stdout: "", stderr: "" };
        for (const [at, { text, stream }] of writes.entries()) {
          log.add([piece(text, at, stream)]);
          printed[stream] += text;
        }
        const kept = await textOf(log);
        expect(kept.length).toBeLessThanOrEqual(limit);
        const all = [printed.stdout, printed.stderr].flatMap(text => text.split("\n"));
        for (const line of kept.split("\n")) {
          const isWhole = all.includes(line);
          const isCut = line.startsWith(mark) && all.some(other => other.endsWith(line.slice(mark.length)));
          // Two lines that have not ended stand side by side.
          const isBoth = all.some(other => line.startsWith(other) || line.endsWith(other));
          expect(isWhole || isCut || isBoth).toBe(true);
        }
      }),
    );
  });
});
