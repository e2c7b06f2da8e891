/**
 * Recordings of a real Kubernetes 1.35. They stand beside the repository (`../shared/kubernetes-1.35`) and are no part of it.
 * Where one is missing, the tests that need it are one skipped test, whose title says so.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";

const root = fileURLToPath(new URL("../../shared/kubernetes-1.35/", import.meta.url));

/** @param path The file or folder that the tests need, inside the recordings. */
export function describeRecorded(title: string, path: string, tests: () => void): void {
  if (existsSync(join(root, path))) describe(title, tests);
  else test.skip(`${title} (skipped: ../shared/kubernetes-1.35/${path} is not there)`, () => {});
}

export function recordedBytes(path: string): Buffer {
  return readFileSync(join(root, path));
}

/** A recording as JSON; what it holds is the caller's to know. */
export function recorded<T>(path: string): T {
  return JSON.parse(recordedBytes(path).toString("utf8"));
}

/** All recordings of a folder, or those whose name begins so. */
export function allRecorded<T>(folder: string, prefix = ""): T[] {
  return readdirSync(join(root, folder))
    .filter(file => file.startsWith(prefix))
    .map(file => recorded<T>(`${folder}/${file}`));
}
