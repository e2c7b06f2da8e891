import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Pins } from "./pins.ts";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "k4s-pins-")));
  for (const name of ["above/place", "elsewhere/place"]) mkdirSync(join(folder, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

describe.skipIf(process.platform === "win32")("a pinned place", () => {
  it("is not what gets the number of the folder that was there", () => {
    const pins = new Pins();
    expect(pins.leadsToItself(at("above/place"))).toBe(true);
    rmdirSync(at("above/place"));
    mkdirSync(at("elsewhere/new"));
    symlinkSync(at("elsewhere/new"), at("above/place"));
    expect(pins.leadsToItself(at("above/place"))).toBe(false);
  });

  it("may be made anew, and is pinned again", () => {
    const pins = new Pins();
    rmdirSync(at("above/place"));
    expect(pins.leadsToItself(at("above/place"))).toBe(false);
    expect(pins.mayBeMade(at("above/place"))).toBe(true);
    mkdirSync(at("above/place"));
    expect(pins.leadsToItself(at("above/place"))).toBe(true);
    rmdirSync(at("above/place"));
    symlinkSync(at("elsewhere/place"), at("above/place"));
    expect(pins.leadsToItself(at("above/place"))).toBe(false);
  });

  it("never leads to another folder, whatever is exchanged in between", () => {
    const moves = {
      "a link in its place": () => symlinkSync(at("elsewhere/place"), at("above/place")),
      "a link above it": () => symlinkSync(at("elsewhere"), at("above")),
      "its folder": () => mkdirSync(at("above/place"), { recursive: true }),
      "no place": () => rmSync(at("above/place"), { recursive: true, force: true }),
      "nothing above it": () => rmSync(at("above"), { recursive: true, force: true }),
      "another folder's move": () => renameSync(at("elsewhere/place"), at("above/place")),
      "what was there, moved back": () => renameSync(at("moved"), at("above/place")),
      "its folder's move": () => renameSync(at("above/place"), at("moved")),
    };
    const names = fc.array(fc.constantFrom(...(Object.keys(moves) as (keyof typeof moves)[])), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(names, taken => {
        for (const name of ["above", "elsewhere", "moved"])
          rmSync(at(name), { recursive: true, force: true });
        for (const name of ["above/place", "elsewhere/place"]) mkdirSync(at(name), { recursive: true });
        const pins = new Pins();
        for (const name of taken) {
          try {
            moves[name]();
          } catch {
            // Not every move can be made after every other.
          }
          const isSo = pins.leadsToItself(at("above/place"));
          // A new one, which remembers nothing, is asked the same.
          expect([name, isSo]).toEqual([name, new Pins().leadsToItself(at("above/place"))]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
