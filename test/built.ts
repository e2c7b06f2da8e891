/**
 * The source as `npm run build` bundles it, in a folder of its own. A program that is started as a process takes a fraction of the
 * time to begin with it; read by tsx, the source costs each of them more than a second.
 */
import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";

const root = join(import.meta.dirname, "..");

/**
 * Builds before the tests of a file, and removes it after them.
 * @param name of the file that asks
 * @returns `folder` with `index.js`, `testing.js` and `cli.js`; `env`, with which tsx takes "k4s" from there
 */
export function built(name: string): { folder: string; env: { TSX_TSCONFIG_PATH: string } } {
  const place = join(".k4s", `built-${name}-${process.pid}`);
  const folder = join(root, place);
  const config = join(folder, "tsconfig.json");
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ["scripts/build.mjs", place, "--no-declarations"], {
      cwd: root,
    });
    const paths = { k4s: ["./index.js"], "k4s/testing": ["./testing.js"] };
    writeFileSync(config, JSON.stringify({ extends: "../../tsconfig.json", compilerOptions: { paths } }));
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, env: { TSX_TSCONFIG_PATH: config } };
}
