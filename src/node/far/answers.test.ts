/** What nodes far away may answer, of which most is not believed. */
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { textWithin, usagesIn } from "./answers.ts";

const answer = (...pieces: string[]) =>
  Readable.from(pieces.map(piece => Buffer.from(piece))) as unknown as IncomingMessage;

describe("an answer's text", () => {
  it("is taken as far as it goes, characters that are cut in two as well", async () => {
    const bytes = Buffer.from("zwölf");
    const halves = Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]) as unknown as IncomingMessage;
    expect(await textWithin(halves, 6)).toBe("zwölf");
  });

  it("is given up where it is too long, and what would follow is not read", async () => {
    let read = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          read++;
          yield Buffer.alloc(10);
        }
      })(),
    );
    await expect(textWithin(endless as unknown as IncomingMessage, 1_000)).rejects.toMatchObject({
      reason: "InternalError",
      message: "the node says more than 1000 bytes",
    });
    expect(endless.destroyed).toBe(true);
    expect(read).toBeLessThan(1_000);
    expect(await textWithin(answer("a", "b"), 2)).toBe("ab");
  });
});

describe("what is used", () => {
  const used = { name: "c", id: "thread://1", ageMs: 5, cpuMs: 1, memoryBytes: 7 };

  it.each([
    ["a whole one", { p: [used] }, { p: [{ ...used, reported: undefined }] }],
    [
      "memory that was never asked",
      { p: [{ ...used, memoryBytes: null }] },
      { p: [{ ...used, memoryBytes: undefined, reported: undefined }] },
    ],
    [
      "what a worker reports",
      {
        p: [
          {
            ...used,
            reported: {
              at: 3,
              series: [{ type: "gauge", name: "x", labels: {}, value: 1 }, { type: "no" }, 7],
            },
          },
        ],
      },
      { p: [{ ...used, reported: { at: 3, series: [{ type: "gauge", name: "x", labels: {}, value: 1 }] } }] },
    ],
    ["no list", { p: "all of it" }, { p: [] }],
    ["no numbers", { p: [{ ...used, cpuMs: "1e9" }, { ...used, ageMs: -1 }, null] }, { p: [] }],
    ["no record", [], {}],
    ["nothing", null, {}],
  ])("%s", (_, told, read) => {
    expect(Object.fromEntries(usagesIn(JSON.stringify(told)) ?? [])).toEqual(read);
  });

  it("is not told by what is no JSON", () => {
    expect(usagesIn("<html>")).toBeUndefined();
    expect(usagesIn(`{"__proto__":[]}`)?.size).toBe(1);
  });
});
