/** Images that one process gives and another fetches: what goes along, what is fetched again, and what a server that lies gets written. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { ServerConnection } from "../../client/index.ts";
import { ApiError } from "../../errors/index.ts";
import { contentDigest, ImageSource, Images } from "../../node/index.ts";
import { realClock } from "../../outside/index.ts";
import { imageAskedBy } from "../../resources/index.ts";
import { contentIn, FetchedImages } from "./fetched-images.ts";

const root = mkdtempSync(join(tmpdir(), "k4s-fetched-"));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
let place = "";
beforeEach(() => {
  place = join(root, String(count++));
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(place, path)), { recursive: true });
  writeFileSync(join(place, path), text);
}

/** The node, which asks the source as if by HTTP. */
function node() {
  const source = new ImageSource([join(place, "images")]);
  const asked: string[] = [];
  const state = { isAway: false };
  let heard = (_: string) => {};
  const answer = (path: string) => {
    asked.push(path);
    heard(path);
    if (state.isAway) throw new ApiError("ServiceUnavailable", "nothing listens there");
    return imageAskedBy(path) ?? { image: "" };
  };
  const connection: Pick<ServerConnection, "json" | "stream" | "server"> = {
    server: "https://elsewhere",
    json: async <T>(path: string) => (await source.image(answer(path).image)) as T,
    async stream(path) {
      const { image, file = "" } = answer(path);
      return Readable.from([await source.file(image, file)]) as Awaited<
        ReturnType<ServerConnection["stream"]>
      >;
    },
  };
  const start = () => {
    const elsewhere = new FetchedImages({ connection, folder: join(place, "node") });
    return new Images({ folders: [join(place, "own")], cache: undefined, clock: realClock, elsewhere });
  };
  const onAsked = (listener: (path: string) => void) => {
    heard = listener;
  };
  return { asked, state, start, onAsked };
}

const isFile = (path: string) => path.split("/").length > 4;

test("what goes along is all that the module is made of, and nothing else", async () => {
  write("package.json", '{ "type": "module" }');
  write("images/shop/v1.mjs", 'import "left"; import { x } from "../shared.mjs"; export default () => x;');
  write("images/shop/page.html", "hello");
  write("images/shop/.npmrc", "password");
  write("images/shared.mjs", "export const x = 1;");
  write("images/other.mjs", "export default 1;");
  write("secret", "not in an images folder");
  write(
    "store/left@1/node_modules/left/package.json",
    '{ "main": "main.js", "dependencies": { "right": "1" } }',
  );
  write("store/left@1/node_modules/left/main.js", 'require("right");');
  write("store/left@1/node_modules/right/index.js", "");
  write("store/left@1/node_modules/unused/index.js", "");
  mkdirSync(join(place, "node_modules"));
  symlinkSync("../store/left@1/node_modules/left", join(place, "node_modules/left"));
  symlinkSync("../../secret", join(place, "images/shop/out"));
  symlinkSync("page.html", join(place, "images/shop/index.html"));
  const { start } = node();
  const { filename, digest } = await start().pull("shop:v1");
  const at = filename.slice(0, -"images/shop/v1.mjs".length);
  expect(filename.startsWith(join(place, "node"))).toBe(true);
  expect((await import(filename)).default()).toBe(1);
  expect(digest).toBe(
    (
      await new Images({ folders: [join(place, "images")], cache: undefined, clock: realClock }).pull(
        "shop:v1",
      )
    ).digest,
  );
  expect(readFileSync(join(at, "images/shop/index.html"), "utf8")).toBe("hello");
  const there = ["package.json", "node_modules/left/main.js", "store/left@1/node_modules/right/index.js"];
  for (const path of there) expect([path, existsSync(join(at, path))]).toEqual([path, true]);
  const not = [
    "secret",
    "images/other.mjs",
    "images/shop/.npmrc",
    "images/shop/out",
    "store/left@1/node_modules/unused",
  ];
  for (const path of not) expect([path, existsSync(join(at, path))]).toEqual([path, false]);
});

test("two names of one content that are pulled at the same time are one image, fetched once", async () => {
  write("images/package.json", '{ "type": "module" }');
  const parts = Array.from({ length: 30 }, (_, i) => `part-${i}.mjs`);
  for (const part of parts) write(`images/lib/${part}`, `export default "${part}";`);
  write(
    "images/calc.mjs",
    `${parts.map(part => `import "./lib/${part}";`).join("")} export default () => 1;`,
  );
  const { asked, start } = node();
  const images = start();
  const [one, other] = await Promise.all([images.pull("calc"), images.pull("calc:latest")]);
  expect(other.filename).toBe(one.filename);
  expect((await import(one.filename)).default()).toBe(1);
  const files = asked.filter(isFile);
  expect(files).toHaveLength(new Set(files).size);
});

test("it is fetched once, and again only what has changed, when it is pulled", async () => {
  write("images/a/latest.mjs", "export default () => 1;");
  write("images/a/big.txt", "big");
  const { asked, state, start } = node();
  const first = await start().pull("a");
  expect(asked.filter(isFile)).toHaveLength(2);

  // A node that starts again has it: nothing is asked for, unless by policy Always.
  const again = start();
  asked.length = 0;
  expect((await again.present("a"))?.filename).toBe(first.filename);
  expect(asked).toEqual([]);
  expect((await again.pull("a")).filename).toBe(first.filename);
  expect(asked.filter(isFile)).toEqual([]);

  write("images/a/latest.mjs", "export default () => 2;");
  const changed = await start().pull("a");
  expect(asked.filter(isFile)).toHaveLength(1);
  expect(changed.filename).not.toBe(first.filename);
  expect(readFileSync(changed.filename, "utf8")).toContain("2");

  state.isAway = true;
  expect((await start().pull("a")).filename).toBe(changed.filename);
  await expect(start().pull("b")).rejects.toThrow("nothing listens there");
});

test("names of packages that are none lead nowhere", async () => {
  write("secret/keys/id", "a key");
  write(
    "images/a.mjs",
    'import "good"; import("@a/..").catch(() => {}); import("good/../../secret").catch(() => {});',
  );
  const dependencies = {
    "../../secret": "1",
    "@a/../../secret": "1",
    "..": "1",
    "": "1",
    "/": "1",
    node_modules: "1",
  };
  write("images/node_modules/good/package.json", JSON.stringify({ dependencies }));
  write("images/node_modules/good/index.js", "");
  write("images/node_modules/other/index.js", "");
  write("images/b/latest.mjs", "export default 1;");
  write("images/b/node_modules/x/index.js", "");
  symlinkSync("../../../secret", join(place, "images/b/node_modules/secret"));
  const { start } = node();
  for (const image of ["a", "b"]) {
    const { filename } = await start().pull(image);
    const [tree = ""] = filename.split(`${sep}root${sep}`);
    const all = readdirSync(tree, { recursive: true }).map(String);
    expect(all.filter(path => /secret|keys|other/.test(path))).toEqual([]);
    expect(all.some(path => /(good|x).index\.js$/.test(path))).toBe(true);
  }
});

test("an image that changes while it comes is asked for once more; what may be run may be run; one that is used stays", async () => {
  write("images/a/latest.mjs", "export default 1;");
  write("images/a/run.sh", "echo 1");
  const { onAsked, start } = node();
  let isChanged = false;
  onAsked(path => {
    if (!isFile(path) || isChanged) return;
    isChanged = true;
    write("images/a/latest.mjs", "export default 2;");
  });
  const { filename } = await start().pull("a");
  expect([isChanged, readFileSync(filename, "utf8")]).toEqual([true, "export default 2;"]);

  chmodSync(join(place, "images/a/run.sh"), 0o755);
  const now = await start().pull("a");
  expect(statSync(join(dirname(now.filename), "run.sh")).mode & 0o111).not.toBe(0);

  const folder = join(place, "node");
  for (const name of readdirSync(folder).filter(each => /[0-9a-f]{64}\.json$/.test(each)))
    utimesSync(join(folder, name), 0, 0);
  expect(start().present("a")).toBeDefined();
  const nobody = () => Promise.reject(new Error("nobody is asked"));
  const kept = new FetchedImages({ connection: { server: "", json: nobody, stream: nobody }, folder });
  await kept.tidy(Date.now());
  expect(kept.kept("a")).toBeDefined();
  await kept.tidy(Date.now() + 31 * 24 * 3_600_000);
  expect(kept.kept("a")).toBeUndefined();
  expect(readdirSync(folder)).toEqual(["names.json"]);
});

test("its own folder comes first, then the cluster's, then what comes along; policy Never fetches nothing", async () => {
  write("own/a.mjs", "export default 1;");
  write("images/a.mjs", "export default 2;");
  write("images/nginx.mjs", "export default 3;");
  write("images/images.yaml", "web: nginx:1.29\nfast: busybox\n");
  const { start } = node();
  const images = start();
  expect((await images.pull("a")).filename).toBe(join(place, "own/a.mjs"));
  await expect(images.pull("nginx", true).then(code => code.filename)).resolves.toBe("");
  expect(readFileSync((await images.pull("nginx")).filename, "utf8")).toBe("export default 3;");
  expect((await images.pull("busybox")).filename).toBe("");
  expect((await images.pull("fast")).config).toBeDefined();
  await expect(images.pull("nowhere")).rejects.toThrow("not found");
  await expect(start().pull("web", true)).rejects.toThrow("not found");
});

const file = { path: "a.mjs", sha256: "0".repeat(64), size: 1 };
const content = { entry: "a.mjs", named: "a.mjs", files: [file], links: [] as object[] };
const told = (more: object) => {
  const all = { ...content, ...more };
  return { ...all, digest: contentDigest(all as never) };
};

test.each([
  ["a path that leads out", told({ files: [{ ...file, path: "../a.mjs" }] })],
  ["an absolute path", told({ files: [{ ...file, path: "/etc/a" }] })],
  ["a path of Windows", told({ files: [{ ...file, path: "..\\a" }] })],
  ["a module elsewhere", told({ entry: "../../a.mjs" })],
  ["a link that leads out", told({ links: [{ path: "b", target: "../b" }] })],
  ["a file behind a link", told({ files: [{ ...file, path: "b/a" }], links: [{ path: "b", target: "c" }] })],
  ["a link where a file is", told({ links: [{ path: "a.mjs", target: "c" }] })],
  [
    "a link behind a link",
    told({
      links: [
        { path: "b", target: "c" },
        { path: "b/d", target: "c" },
      ],
    }),
  ],
  ["a size that nothing has", told({ files: [{ ...file, size: -1 }] })],
  ["more than a disk takes", told({ files: [{ ...file, size: 2 ** 40 }] })],
  ["another digest", { ...told({}), digest: "0".repeat(64) }],
  ["nothing", null],
])("%s is not believed", (_, given) => {
  expect(() => contentIn(given)).toThrow("told wrongly");
});

test("what is right is believed", () => {
  expect(contentIn(told({}))).toEqual(told({}));
});
