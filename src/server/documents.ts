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

/** What is answered to who asks how we are. */
export interface Health {
  readonly isWell: boolean;
  readonly text: string;
}

/**
 * The answer of `/healthz`, `/livez` or `/readyz`, or of one check of theirs (`/livez/ping`): a server that answers is well, unless
 * a check fails that is not among those to `exclude`. With `?verbose`, and where one fails, each stands on a line of its own; why it
 * fails is not told to everybody, as in Kubernetes. Undefined where there is no such check.
 */
export function health(
  path: string,
  isVerbose: boolean,
  exclude: readonly string[] = [],
  failing: readonly string[] = [],
): Health | undefined {
  const [, root = "", one] = /^\/(\w+)(?:\/(.+))?$/.exec(path) ?? [];
  const all = checksOf(root);
  if (one !== undefined && !all.includes(one)) return undefined;
  const asked = one === undefined ? all : [one];
  const isWell = asked.every(check => exclude.includes(check) || !failing.includes(check));
  if (isWell && !isVerbose) return { isWell, text: "ok" };
  const lines = asked.map(check => {
    if (exclude.includes(check)) return `[+]${check} excluded: ok`;
    return failing.includes(check) ? `[-]${check} failed: reason withheld` : `[+]${check} ok`;
  });
  return { isWell, text: `${lines.join("\n")}\n${path.slice(1)} check ${isWell ? "passed" : "failed"}\n` };
}

function checksOf(root: string): readonly string[] {
  return root === "readyz" ? [...checks, "informer-sync", "shutdown"] : checks;
}
