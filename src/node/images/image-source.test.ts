import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ImageSource } from "./image-source.ts";

vi.mock("esbuild", async importOriginal => {
  const original = await importOriginal<typeof esbuild>();
  return { ...original, build: vi.fn(original.build), transform: vi.fn(original.transform) };
});

let folder: string;
const modules = 8;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "k4s-image-source-"));
  const names = Array.from({ length: modules }, (_, index) => `part${index}.mjs`);
  for (const name of names) await writeFile(join(folder, name), "export const part = 1;\n");
  const page = 'export const page = new URL("./page.html", import.meta.url);\n';
  await writeFile(join(folder, "page.html"), "<p>");
  await writeFile(join(folder, "app.mjs"), page + names.map(name => `import "./${name}";\n`).join(""));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** How often the bundler looked at something meanwhile. */
async function looks(act: () => Promise<unknown>): Promise<number> {
  const all = () =>
    vi.mocked(esbuild.build).mock.calls.length + vi.mocked(esbuild.transform).mock.calls.length;
  const before = all();
  await act();
  return all() - before;
}

test("a module is looked at once: again only where its file is another, and what that brings with it comes along", async () => {
  const source = new ImageSource([folder]);
  const paths = async () => {
    const given = await source.image("app.mjs");
    return "files" in given ? given.files.map(({ path }) => path) : [];
  };
  expect(await looks(paths)).toBeGreaterThan(modules);
  // What its imports lead to is asked each time, in one run.
  expect(await looks(paths)).toBe(1);
  await mkdir(join(folder, "node_modules", "late"), { recursive: true });
  await writeFile(join(folder, "node_modules", "late", "package.json"), '{"name":"late","main":"late.js"}');
  await writeFile(join(folder, "node_modules", "late", "late.js"), "");
  await appendFile(join(folder, "part3.mjs"), 'import "late";\n');
  expect(await looks(paths)).toBe(2);
  expect(await paths()).toEqual(expect.arrayContaining(["page.html", "node_modules/late/late.js"]));
});

test("those that ask at once share one answer", async () => {
  const source = new ImageSource([folder]);
  const alone = await looks(() => new ImageSource([folder]).image("app.mjs"));
  expect(await looks(() => Promise.all(Array.from({ length: 20 }, () => source.image("app.mjs"))))).toBe(
    alone,
  );
});
