/**
 * The configuration file of a cluster (`k4s up --config FILE`): the same settings as the options have, in YAML, as ORCH-001 prints
 * them: snake_case, durations as Go writes them. All that is wrong with a file is told at once, each with its path.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  ApiError,
  all,
  between,
  each,
  flag,
  messageOf,
  must,
  name,
  options,
  type Rule,
  shaped,
} from "../../errors/index.ts";
import { parseGoDuration, plainDocuments, plainYaml } from "../../resources/index.ts";
import { type FeatureSwitches, featureSwitches } from "./features.ts";
import { etcdEndpoint, mostWorkers } from "./option-rules.ts";

/** The file, as it is read from YAML. */
interface Written {
  readonly controller?: {
    readonly api?: {
      readonly host?: string;
      readonly port?: number;
      readonly tls_cert?: string;
      readonly tls_key?: string;
      readonly tls_ca?: string;
    };
    readonly etcd?: {
      readonly endpoints: readonly string[];
      readonly dial_timeout?: string;
      readonly tls_ca?: string;
      readonly tls_cert?: string;
      readonly tls_key?: string;
      readonly user?: string;
      readonly password?: string;
    };
    readonly workers?: number;
    readonly resync_period?: string;
    readonly leader_election?: boolean;
    readonly features?: FeatureSwitches;
  };
}

/** What a file says: what it leaves out is undefined. Paths are absolute, times in milliseconds. */
export interface FileSettings {
  /** `HOST:PORT` */
  readonly listen?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsCa?: string | undefined;
  readonly etcd?: {
    readonly endpoints: readonly string[];
    readonly dialTimeoutMs?: number;
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly user?: string;
    readonly password?: string;
  };
  readonly workers?: number | undefined;
  readonly resyncMs?: number | undefined;
  readonly leaderElection?: boolean | undefined;
  readonly features?: FeatureSwitches | undefined;
}

/** How long, in milliseconds; or what is wrong with the text, which is not shown again. */
export function periodOf(text: unknown): number | string {
  const ms = typeof text === "string" ? parseGoDuration(text) : "";
  if (typeof ms === "string") return "a duration, such as 30s or 1m30s";
  return ms >= 1 ? ms : "a duration of 1ms or more, such as 30s";
}

const period: Rule = (value, path) => {
  const ms = periodOf(value);
  return value === undefined || typeof ms === "number" ? [] : must(ms, () => false)(value, path);
};
const file = must("the path of a file", value => typeof value === "string" && value !== "");
/** Of two that are worth nothing alone. */
function together(one: string, other: string): Rule {
  return (value, path) => {
    const { [one]: first, [other]: second } = (value ?? {}) as Readonly<Record<string, unknown>>;
    if ((first === undefined) === (second === undefined)) return [];
    const [there, missing] = first === undefined ? [other, one] : [one, other];
    return [`${path}.${missing} is missing: ${path}.${there} is of no use without it`];
  };
}

/** Both are told, unlike with `all`. */
function both(one: Rule, other: Rule): Rule {
  return (value, path) => [...one(value, path), ...other(value, path)];
}

const api: Readonly<Record<keyof NonNullable<NonNullable<Written["controller"]>["api"]>, Rule>> = {
  host: name,
  port: between(0, 65_535),
  tls_cert: file,
  tls_key: file,
  tls_ca: file,
};
const etcd: Readonly<Record<keyof NonNullable<NonNullable<Written["controller"]>["etcd"]>, Rule>> = {
  endpoints: all(
    must("a list of URLs, such as [http://etcd-0:2379]", value => Array.isArray(value) && value.length > 0),
    each(etcdEndpoint),
  ),
  dial_timeout: period,
  tls_ca: file,
  tls_cert: file,
  tls_key: file,
  user: name,
  // It is not shown again, whatever it is.
  password: (value, path) =>
    value === undefined || typeof value === "string" ? [] : [`${path} must be text, in quotes`],
};
const controller: Readonly<Record<keyof NonNullable<Written["controller"]>, Rule>> = {
  api: both(options(api), together("tls_cert", "tls_key")),
  etcd: both(
    shaped({ ...etcd, endpoints: (value, path) => needEndpoints(value, path) }),
    both(together("tls_cert", "tls_key"), together("user", "password")),
  ),
  workers: between(1, mostWorkers),
  resync_period: period,
  leader_election: flag,
  features: featureSwitches,
};
const written = all(
  value => (isList(value) ? ["it must be a map with the key controller, not a list"] : []),
  options({ controller: options(controller) }),
);

function needEndpoints(value: unknown, path: string): readonly string[] {
  if (value === undefined) return [`${path} must be a list of URLs, and is missing`];
  return etcd.endpoints(value, path);
}

/** What is not said is not there at all. */
export function withoutUndefined<T extends object>(given: T): Defined<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>;
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function isList(value: unknown): boolean {
  return Array.isArray(value);
}

/** Throws BadRequest, with every problem, for what is no such file. */
export function settingsInFile(path: string): FileSettings {
  return settingsIn(textOf(path), path);
}

/** The same of a text; `path` is what messages call it, and what paths in it start from. */
export function settingsIn(text: string, path: string): FileSettings {
  const read = yamlOf(text, path);
  const problems = [...emptyIn(read), ...written(withoutNulls(read), "options")];
  if (problems.length > 0) throw refused(path, problems);
  const { api = {}, etcd: given, ...rest } = (read as Written).controller ?? {};
  const at = (place: string | undefined) => (place === undefined ? undefined : resolve(dirname(path), place));
  const ms = (period: string | undefined) => (period === undefined ? undefined : Number(periodOf(period)));
  const { host = "127.0.0.1", port } = api;
  const isPlaced = api.host !== undefined || port !== undefined;
  return {
    ...(isPlaced && { listen: `${host.includes(":") ? `[${host}]` : host}:${port ?? 0}` }),
    tlsCert: at(api.tls_cert),
    tlsKey: at(api.tls_key),
    tlsCa: at(api.tls_ca),
    ...(given && {
      etcd: withoutUndefined({
        endpoints: given.endpoints,
        dialTimeoutMs: ms(given.dial_timeout),
        ca: at(given.tls_ca),
        cert: at(given.tls_cert),
        key: at(given.tls_key),
        user: given.user,
        password: given.password,
      }),
    }),
    workers: rest.workers,
    resyncMs: ms(rest.resync_period),
    leaderElection: rest.leader_election,
    features: rest.features,
  };
}

function textOf(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    const problem = `the configuration ${path} cannot be read: ${messageOf(cause)}`;
    throw new ApiError("BadRequest", problem, {}, { cause });
  }
}

function yamlOf(text: string, path: string): unknown {
  try {
    // All may be left out.
    return plainDocuments(text).length === 0 ? {} : plainYaml(text);
  } catch (cause) {
    throw new ApiError(
      "BadRequest",
      `${path} is no YAML that can be read: ${messageOf(cause)}`,
      {},
      { cause },
    );
  }
}

/** Keys with nothing behind them, which YAML reads as null: most likely a mistake. */
function emptyIn(value: unknown, path = ""): string[] {
  if (value === null) return [`${path || "the text"} has no value: give it one, or leave it out`];
  if (typeof value !== "object" || value === undefined) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    emptyIn(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}${path && "."}${key}`),
  );
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? {};
  if (Array.isArray(value)) return value;
  const given = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(given.map(([key, inner]) => [key, withoutNulls(inner)]));
}

function refused(path: string, problems: readonly string[]): ApiError {
  const [first = "", ...others] = problems;
  const told = others.length === 0 ? `${path}: ${first}` : [`${path}:`, ...problems].join("\n  ");
  return new ApiError("BadRequest", told);
}
