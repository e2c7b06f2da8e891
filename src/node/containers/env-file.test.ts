import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { envFileText, valueInEnvFile } from "./env-file.ts";

describe("a variable in a file", () => {
  it.each([
    ["A='1'\nB='2'", "2"],
    ["# first\n\n  B='2' # last", "2"],
    ["B=''", ""],
    ["B='one\ntwo' \nC='3'", "one\ntwo"],
    ["B='it''s'", /at line 1: unexpected content after closing quote/],
    ["B='$HOME # \\n'", "$HOME # \\n"],
    ["B= 'x'", ""],
    ["A='1'", ""],
    ["B='2'\r\nA='1'\r\n", "2"],
    ["B='2'\nwhat comes after it is not read", "2"],
    ["B=2", /^invalid environment variable format at line 1: value must be enclosed in single quotes$/],
    ["A='1'\nB ='2'", /at line 2: whitespace before '=' is not allowed/],
    ["B", /at line 1: missing '='/],
    ["='x'", /at line 1: empty variable name/],
    ["\nB='x\ny", /starting at line 2: unclosed single quote/],
  ])("of %j is read as a kubelet does", (text, value) => {
    if (typeof value === "string") expect(valueInEnvFile(text, "B")).toBe(value);
    else expect(() => valueInEnvFile(text, "B")).toThrow(value);
  });
});

describe("a file with variables", () => {
  const root = mkdtempSync(join(tmpdir(), "k4s-env-file-"));
  const folder = join(root, "volume");
  mkdirSync(join(folder, "sub"), { recursive: true });
  writeFileSync(join(folder, "sub", "a.env"), "A='1'\n");
  writeFileSync(join(folder, "large"), "#".repeat(64 * 1024 + 1));
  writeFileSync(join(root, "secret"), "A='1'\n");
  afterAll(() => rmSync(root, { recursive: true }));

  it("is read in its volume", () => {
    expect(envFileText(folder, "sub/a.env")).toBe("A='1'\n");
    expect(envFileText(folder, "none.env")).toBeUndefined();
  });

  it("is refused where it is no small file of the volume", () => {
    expect(() => envFileText(folder, "large")).toThrow("it has more than 65536 bytes");
    expect(() => envFileText(folder, "sub")).toThrow("it is not a file");
    expect(() => envFileText(folder, "../secret")).toThrow("it leads out of the volume");
  });

  it.skipIf(process.platform === "win32")(
    "is refused where it is a link that leads out of the volume",
    () => {
      symlinkSync(join(root, "secret"), join(folder, "link"));
      expect(() => envFileText(folder, "link")).toThrow("it leads out of the volume");
    },
  );
});
