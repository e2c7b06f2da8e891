/**
 * The documents that are about the server itself: its version, and whether it is well.
 */
import { arch, platform } from "node:process";

/** The Kubernetes whose API this is. */
const major = "1";
const minor = "35";

/** `/version`, as clients read it. */
export function versionDocument() {
  return {
    ...{ major, minor, emulationMajor: major, emulationMinor: minor },
    ...{ minCompatibilityMajor: major, minCompatibilityMinor: "34" },
    gitVersion: `v${major}.${minor}.2`,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: process.version,
    compiler: "node",
    platform: `${platform === "win32" ? "windows" : platform}/${arch === "x64" ? "amd64" : arch}`,
  };
}

const checks = ["ping", "log", "store", "poststarthook/bootstrap", "shutdown"];

/** The text of `/healthz`, `/livez` or `/readyz`; with `?verbose` each check on a line of its own. */
export function healthText(path: string, verbose: boolean): string {
  if (!verbose) return "ok";
  return `${checks.map(check => `[+]${check} ok`).join("\n")}\n${path.slice(1)} check passed\n`;
}
