import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { moduleFiles } from "./module-files.ts";

const reading = `import { readFileSync } from "node:fs";
  const read = (name: URL | string) => readFileSync(name, "utf8");`;
const folder = realpathSync(mkdtempSync(join(tmpdir(), "k4s-beside-")));
const images = join(folder, "images");
const sources: Record<string, string> = {
  "shop.ts": `${reading} import { inner } from "./parts/inner.ts";
    console.log(JSON.stringify([read(new URL("./shop.txt", import.meta.url)), inner, import.meta.url, __dirname]));`,
  "shop.mts": `${reading} import { inner } from "./parts/inner.ts";
    console.log(JSON.stringify([read(new URL("./shop.txt", import.meta.url)), inner, import.meta.url, import.meta.dirname]));`,
  "shop.txt": "tea",
  "parts/inner.ts": `${reading} export const inner = read(new URL("inner.txt", import.meta.url));`,
  "parts/inner.txt": "cups",
  "starts.mjs": `import { Worker } from "node:worker_threads";
    new Worker(new URL("./thread.mjs", import.meta.url));
    const pages = new URL("./pages/", import.meta.url), here = new URL(".", import.meta.url);
    export const lost = [new URL("../outside.txt", import.meta.url), new URL("./none.txt", import.meta.url)];`,
  "thread.mjs": `import "./word.mjs"; import(process.argv[2]);`,
  "word.mjs": "",
  "pages/a.html": "",
  "pages/.npmrc": "_password=x",
  "nobodys.txt": "",
  "../outside.txt": "",
};

beforeAll(() => {
  for (const [name, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(images, name)), { recursive: true });
    writeFileSync(join(images, name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the files of a module that lies beside others", () => {
  it("are those that it imports and names, and those that these do; which it names in vain is told", async () => {
    const { files, lost, isOpen, readsUnknown } = await moduleFiles(join(images, "starts.mjs"), [images]);
    expect([...files.keys()].sort()).toEqual(["pages/a.html", "starts.mjs", "thread.mjs", "word.mjs"]);
    expect(lost).toEqual([join(folder, "outside.txt"), join(images, "none.txt")]);
    expect({ isOpen, readsUnknown }).toEqual({ isOpen: false, readsUnknown: false });
  });

  it("that are computed are told of", async () => {
    expect(await moduleFiles(join(images, "thread.mjs"), [images])).toMatchObject({ isOpen: true });
    expect(await moduleFiles(join(images, "shop.ts"), [images])).toMatchObject({ readsUnknown: true });
  });

  it.each(["shop.ts", "shop.mts"])("are found by each part of %s, which is one file then", async name => {
    const { files, entry } = await moduleFiles(join(images, name), [images]);
    const place = realpathSync(mkdtempSync(join(folder, "made-")));
    for (const [path, text] of files) {
      mkdirSync(dirname(join(place, path)), { recursive: true });
      writeFileSync(join(place, path), text);
    }
    const said = execFileSync(process.execPath, [join(place, entry)], { encoding: "utf8" });
    expect(JSON.parse(said)).toEqual(["tea", "cups", pathToFileURL(join(place, entry)).href, place]);
  });
});
