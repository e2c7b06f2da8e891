import { describe, expect, it } from "vitest";
import { load } from "./load.ts";
import type { Code } from "./protocol.ts";

const codeOf = (text: string): Code => ({
  digest: "",
  format: "commonjs",
  filename: "/images/example.cjs",
  text,
  script: false,
  reusable: true,
});

describe("load", () => {
  it("gives away what V8 has made of a text, and takes it over", async () => {
    const code = codeOf("exports.say = () => 'hello';");
    const compiled = await new Promise<Uint8Array>(keep => {
      void load(code, { keep }).then(exports => (exports as { say(): string }).say());
    });
    expect(compiled.buffer).toBeInstanceOf(SharedArrayBuffer);
    // V8 compares no more of a text than its length.
    const other = codeOf(code.text.replace("hello", "world"));
    expect(await load(other, { compiled })).toHaveProperty(
      "say",
      expect.toSatisfy(say => say() === "hello"),
    );
    expect(await load(other)).toHaveProperty(
      "say",
      expect.toSatisfy(say => say() === "world"),
    );
  });

  it("compiles the text where V8 refuses what it is given", async () => {
    const compiled = new Uint8Array(new SharedArrayBuffer(1_000));
    expect(await load(codeOf("exports.n = 1;"), { compiled })).toEqual({ n: 1 });
  });

  it("tells places as they are in the file, on the first line too", async () => {
    const thrown = async (text: string) =>
      load(codeOf(text)).then(
        () => "",
        error => String(error.stack),
      );
    expect(await thrown("throw new Error('x');")).toContain("/images/example.cjs:1:7");
    expect(await thrown("\n  throw new Error('x');")).toContain("/images/example.cjs:2:9");
    expect(await thrown("const = 1;")).toMatch(/^\/images\/example.cjs:1\nconst = 1;\n {6}\^\n\nSyntaxError/);
  });
});
