/**
 * Before the tests of the whole: the source as `npm run build` bundles it, in a folder of its own, once for all of them. It is
 * removed after the last. When files are watched it is built again before each run.
 */
import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const root = join(import.meta.dirname, "..");

export default async function setup(project: TestProject): Promise<() => void> {
  const { built } = project.getProvidedContext();
  const build = async () => {
    const script = ["scripts/build.mjs", relative(root, built), "--no-declarations"];
    await promisify(execFile)(process.execPath, script, { cwd: root });
    // With it tsx takes "k4s" from there.
    const paths = { k4s: ["./index.js"], "k4s/testing": ["./testing.js"] };
    const config = { extends: "../../tsconfig.json", compilerOptions: { paths } };
    writeFileSync(join(built, "tsconfig.json"), JSON.stringify(config));
  };
  await build();
  project.onTestsRerun(build);
  return () => rmSync(built, { recursive: true, force: true });
}
