import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realClock } from "../../outside/index.ts";
import { Images } from "./images.ts";
import { parseImageName } from "./lookup.ts";

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
    write("early.ts", "export {};\nrun();\nconst made = 1;\nfunction run() {\n  console.log(made);\n}");
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
    ["tagged\\v2.ts", "InvalidImageName", "separated by /"],
    ["/no where/plain.ts", "ErrImagePull", "not found"],
    ["plain\0.ts", "InvalidImageName", "invalid reference format"],
    ["a".repeat(300), "InvalidImageName", "longer than 255"],
    ["a/".repeat(120), "InvalidImageName", "invalid reference format"],
  ])("refuses %j", async (image, reason, message) => {
    await expect(images.pull(image)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(message),
    });
  });

  it("takes the absolute path of a file whose folder has blanks and signs in its name", async () => {
    const named = join(folder, "a folder, #1 ü", "plain.ts");
    mkdirSync(dirname(named));
    writeFileSync(named, "export default () => 1;");
    expect((await images.pull(named)).filename).toBe(named);
  });

  it("refuses an absolute path outside the folders", async () => {
    await expect(images.pull(join(root, "secret.ts"))).rejects.toMatchObject({ reason: "ErrImagePull" });
    expect((await images.pull(join(folder, "plain.ts"))).filename).toBe(join(folder, "plain.ts"));
  });

  it.each([
    ["script", { script: true, loader: "one-file" }],
    ["plain", { script: false, loader: "one-file" }],
    ["waits", { script: false, loader: "one-file", isCommonJs: false }],
    ["tagged:v3", { script: false, loader: "node", hooks: undefined }],
    ["early", { script: true, loader: "one-file" }],
    ["errors", { script: false, loader: "one-file", hooks: undefined }],
  ])("knows how %s is to be loaded", async (image, about) => {
    expect(await images.pull(image)).toMatchObject(about);
  });

  it("keeps an image as it was until it is pulled again", async () => {
    write("moving.ts", "export default () => 1;");
    const one = await images.pull("moving");
    write("moving.ts", "export default () => 22;");
    expect(await images.present("moving")).toBe(one);
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

  it("finds again on the disk what it knew", async () => {
    const cache = join(root, "cache");
    const made = await new Images({ folders: [folder], cache, clock: realClock }).pull("plain");
    expect(await new Images({ folders: [folder], cache, clock: realClock }).pull("plain")).toEqual(made);
    const unwritable = new Images({
      folders: [folder],
      cache: join(folder, "plain.ts", "no"),
      clock: realClock,
    });
    expect(await unwritable.pull("plain")).toMatchObject({ digest: made.digest, loader: "one-file" });
  });

  it("does without what is on the disk if it is spoilt, or not what the files have become", async () => {
    const cache = join(root, "cache");
    const pulled = () => new Images({ folders: [folder], cache, clock: realClock }).pull("kept");
    write("part.ts", "export const one = 1;");
    write("kept.ts", "import { one } from './part.ts';\nexport default () => one;");
    const made = await pulled();
    write("part.ts", "export const one = 2;");
    const remade = await pulled();
    expect(remade.digest).not.toBe(made.digest);
    const entry = readdirSync(cache, { recursive: true, encoding: "utf8" }).find(name =>
      name.endsWith("kept.ts.json"),
    );
    const ofAnother = readFileSync(join(cache, entry ?? ""), "utf8").replace(
      /"filename":"/,
      '"filename":"/another/drive',
    );
    for (const spoilt of ["", "{", "{}", "null", ofAnother]) {
      writeFileSync(join(cache, entry ?? ""), spoilt);
      expect(await pulled()).toEqual(remade);
    }
  });

  it("leaves what another k4s has kept on the disk, which may lie elsewhere by now or be gone", async () => {
    const cache = join(root, "cache-of-two");
    const pulled = () => new Images({ folders: [folder], cache, clock: realClock }).pull("asks");
    write("asks.mjs", "import { ApiError } from 'k4s';\nexport default () => ApiError;");
    const made = await pulled();
    const entry = readdirSync(cache, { recursive: true, encoding: "utf8" }).find(name =>
      name.endsWith("asks.mjs.json"),
    );
    const place = join(cache, entry ?? "");
    writeFileSync(
      place,
      readFileSync(place, "utf8").replaceAll(/[^"]*\/worker\/k4s/g, "/removed/worker/k4s"),
    );
    expect(await pulled()).toEqual(made);
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
