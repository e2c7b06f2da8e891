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
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: "34",
    gitVersion: `v${major}.${minor}.2`,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: process.version,
    compiler: "node",
    platform: `${platform === "win32" ? "windows" : platform}/${arch === "x64" ? "amd64" : arch}`,
  };
}

/** `/`: what can be asked for, in the order of the alphabet. */
export function rootDocument(discovery: readonly string[]) {
  const health = ["/healthz", "/livez", "/readyz"].flatMap(path => [
    path,
    ...checksOf(path.slice(1)).map(check => `${path}/${check}`),
  ]);
  const others = ["/.well-known/openid-configuration", "/metrics", "/openapi/v2", "/openapi/v3"];
  return { paths: [...discovery, ...health, ...others, "/openid/v1/jwks", "/version"].sort() };
}

/** Kubernetes' names, as far as there is such a part here: what it has etcd for is the store. */
const checks = [
  "ping",
  "log",
  "etcd",
  "poststarthook/start-apiserver-admission-initializer",
  "poststarthook/generic-apiserver-start-informers",
  "poststarthook/start-apiextensions-informers",
  "poststarthook/start-apiextensions-controllers",
  "poststarthook/crd-informer-synced",
  "poststarthook/rbac/bootstrap-roles",
  "poststarthook/scheduling/bootstrap-system-priority-classes",
  "poststarthook/bootstrap-controller",
  "poststarthook/apiservice-discovery-controller",
];

/**
 * The text of `/healthz`, `/livez` or `/readyz`, or of one check of theirs (`/livez/ping`): a server that answers is well. With
 * `?verbose` each check stands on a line of its own, but those to `exclude`. Undefined where there is no such check.
 */
export function healthText(
  path: string,
  isVerbose: boolean,
  exclude: readonly string[] = [],
): string | undefined {
  const [, root = "", one] = /^\/(\w+)(?:\/(.+))?$/.exec(path) ?? [];
  const all = checksOf(root);
  if (one !== undefined && !all.includes(one)) return undefined;
  if (!isVerbose) return "ok";
  const lines = (one === undefined ? all : [one]).map(check =>
    exclude.includes(check) ? `[+]${check} excluded: ok` : `[+]${check} ok`,
  );
  return `${lines.join("\n")}\n${path.slice(1)} check passed\n`;
}

function checksOf(root: string): readonly string[] {
  return root === "readyz" ? [...checks, "informer-sync", "shutdown"] : checks;
}
