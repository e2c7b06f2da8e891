/**
 * What `npm run generate` writes is what is committed, byte for byte: nobody changes generated code by hand, and nobody forgets
 * to generate. The models that it reads are installed by that command alone; where they are not, there is nothing to compare.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const hasModels = existsSync(join(root, "scripts/kubernetes-models/node_modules/@kubernetes/client-node"));

describe.skipIf(!hasModels)("the generated source (skipped where its models are not installed)", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "k4s-generated-"));
    const script = ["--import", "tsx", "scripts/generate-kinds.ts", folder];
    await promisify(execFile)(process.execPath, script, { cwd: root });
    // It unpacks and searches two programs of 60 MB.
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(["kinds.gen.ts", "kubernetes.gen.ts", "protobuf.gen.ts", "schemas.gen.ts"])(
    "%s is what the generator writes",
    async name => {
      const generated = await readFile(join(folder, name), "utf8");
      expect(generated === (await readFile(join(root, "src/resources/generated", name), "utf8"))).toBe(true);
    },
  );
});
