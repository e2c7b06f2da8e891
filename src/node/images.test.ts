import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realClock } from "../outside/index.ts";
import { parseImageName } from "./image-lookup.ts";
import { Images } from "./images.ts";

describe("Images", () => {
  const root = mkdtempSync(join(tmpdir(), "k4s-images-"));
  const folder = join(root, "images");
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const images = new Images({ folders: [folder], cache: undefined, clock: realClock });

  beforeAll(() => {
    mkdirSync(join(folder, "tagged"), { recursive: true });
    write("plain.ts", "export default (n: number) => n;");
    write("tagged/v2.ts", "export default () => 2;");
    write("tagged@v3.mjs", "export default () => 3;");
    write("broken.ts", "export default () => {\n  const = 1;\n};");
    write("script.ts", "import { tmpdir } from 'node:os';\nconsole.log(tmpdir());");
    write("waits.ts", "export const x = await Promise.resolve(1);\nexport default () => x;");
    write("errors.ts", "import { MessageError } from 'k4s';\nexport default () => MessageError;");
    write("images.yaml", "nginx*: plain\n'*/pause*': tagged:v2\nloop: loop\n");
    writeFileSync(join(root, "secret.ts"), "export default () => 'secret';");
    symlinkSync(join(root, "secret.ts"), join(folder, "link.ts"));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it.each([
    ["plain", "plain.ts"],
    ["plain:latest", "plain.ts"],
    ["plain.ts", "plain.ts"],
    ["./plain.ts", "plain.ts"],
    ["tagged:v2", "tagged/v2.ts"],
    ["tagged:v3", "tagged@v3.mjs"],
    ["tagged/v2", "tagged/v2.ts"],
    ["nginx:1.29", "plain.ts"],
    ["registry.test:5000/pause:3.10", "tagged/v2.ts"],
  ])("finds %s", async (image, file) => {
    expect((await images.pull(image)).filename).toBe(join(folder, file));
  });

  it.each([
    ["plian", "ErrImagePull", 'did you mean "plain"?'],
    ["plain:v9", "ErrImagePull", "not found"],
    ["link", "ErrImagePull", "not found"],
    ["loop", "ErrImagePull", "not found"],
    ["broken", "ErrImagePull", "broken.ts:2:9:"],
    ["../secret", "InvalidImageName", "images folders"],
    ["a/../../secret.ts", "InvalidImageName", "images folders"],
    ["Bad Name", "InvalidImageName", "invalid reference format"],
    ["", "InvalidImageName", "invalid reference format"],
    ["plain\0.ts", "InvalidImageName", "invalid reference format"],
    ["a".repeat(300), "InvalidImageName", "longer than 255"],
    ["a/".repeat(120), "InvalidImageName", "invalid reference format"],
  ])("refuses %j", async (image, reason, message) => {
    await expect(images.pull(image)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(message),
    });
  });

  it("refuses an absolute path outside the folders", async () => {
    await expect(images.pull(join(root, "secret.ts"))).rejects.toMatchObject({ reason: "ErrImagePull" });
    expect((await images.pull(join(folder, "plain.ts"))).filename).toBe(join(folder, "plain.ts"));
  });

  it("tells scripts from modules, and modules that wait from others", async () => {
    expect(await images.pull("script")).toMatchObject({ script: true, format: "commonjs" });
    expect(await images.pull("plain")).toMatchObject({ script: false, format: "commonjs" });
    expect(await images.pull("waits")).toMatchObject({ script: false, format: "module" });
  });

  it.each([
    ["sole.mjs", "export default () => import_();", true],
    ["importing.mjs", "export default () => import('node:fs');", false],
    ["evaluating.mjs", "export default text => eval(text);", false],
    ["making.mjs", "export default text => new Function(text)();", false],
    ["waiting.mjs", "export default await 1;", false],
    ["sole.cjs", "module.exports = () => import_();", true],
    ["importing.cjs", "module.exports = () => import('node:fs');", false],
    ["evaluating.cjs", "module.exports = text => eval(text);", false],
    ["making.cjs", "module.exports = text => new Function(text)();", false],
  ])("knows whether threads can share what V8 makes of %s: %s", async (name, text, reusable) => {
    write(name, text);
    expect((await images.pull(name)).reusable).toBe(reusable);
  });

  it("never bundles the control plane into a worker", async () => {
    expect((await images.pull("errors")).text.length).toBeLessThan(10_000);
  });

  it("keeps an image as it was until it is pulled again", async () => {
    write("moving.ts", "export default () => 1;");
    const one = await images.pull("moving");
    write("moving.ts", "export default () => 22;");
    expect(images.present("moving")).toBe(one);
    const two = await images.pull("moving");
    expect(two.digest).not.toBe(one.digest);
    expect(await images.pull("moving")).toBe(two);
  });

  it("looks once for all who pull it in one turn, and anew in the next", async () => {
    const first = images.pull("plain");
    expect(images.pull("plain")).toBe(first);
    expect(images.pull("plain.ts")).not.toBe(first);
    await new Promise<void>(resolve => realClock.soon(resolve));
    expect(images.pull("plain")).not.toBe(first);
    await first;
  });

  it("finds its bundles again on the disk", async () => {
    const cache = join(root, "cache");
    const made = await new Images({ folders: [folder], cache, clock: realClock }).pull("plain");
    expect(await new Images({ folders: [folder], cache, clock: realClock }).pull("plain")).toEqual(made);
    const unwritable = new Images({
      folders: [folder],
      cache: join(folder, "plain.ts", "no"),
      clock: realClock,
    });
    expect(await unwritable.pull("plain")).toEqual(made);
  });

  it("does without a bundle on the disk that is spoilt, or not what the files have become", async () => {
    const cache = join(root, "cache");
    const pulled = () => new Images({ folders: [folder], cache, clock: realClock }).pull("kept");
    write("part.ts", "export const one = 1;");
    write("kept.ts", "import { one } from './part.ts';\nexport default () => one;");
    const made = await pulled();
    write("part.ts", "export const one = 2;");
    const remade = await pulled();
    expect(remade.text).not.toBe(made.text);
    const entry = readdirSync(cache, { recursive: true, encoding: "utf8" }).find(name =>
      name.endsWith("kept.ts.json"),
    );
    for (const spoilt of ["", "{", "{}", "null"]) {
      writeFileSync(join(cache, entry ?? ""), spoilt);
      expect(await pulled()).toEqual(remade);
    }
  });

  it("takes names apart in no time, however they are made", () => {
    for (const piece of ["a", "a/", "a:", "/", "@", "a.", "-"]) {
      try {
        parseImageName(piece.repeat(120));
      } catch (error) {
        expect(error).toMatchObject({ reason: "InvalidImageName" });
      }
    }
  });
});
