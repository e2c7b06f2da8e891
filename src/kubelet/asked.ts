/** What of a node is asked for, read from the path of a request: the paths are those of Kubernetes' kubelets. */
import { type LogOptions, storagePath } from "../node/index.ts";
import type { CommandStreams } from "./channels/index.ts";

export type Asked =
  | ({
      readonly is: "logs";
      readonly options: LogOptions;
      readonly limitBytes?: number | undefined;
    } & OfContainer)
  | ({
      readonly is: "exec";
      readonly command: readonly string[];
      readonly wanted: CommandStreams;
    } & OfContainer)
  | ({ readonly is: "attach"; readonly wanted: CommandStreams } & OfContainer)
  | ({ readonly is: "port-forward"; readonly query: URLSearchParams } & OfPod)
  | { readonly is: "usage" }
  | { readonly is: "storage"; readonly rpc: string }
  /** Anything else: the documents of the node. */
  | { readonly is: "document"; readonly path: string };

export interface OfPod {
  readonly namespace: string;
  readonly pod: string;
  /** The very pod that is meant; any of the name where left out. */
  readonly uid?: string | undefined;
}

interface OfContainer extends OfPod {
  readonly container: string;
}

/** @param usagePath of what only nodes of k4s are asked */
export function askedIn(url: string, usagePath: string): Asked {
  const [path = "/", search = ""] = url.split("?", 2);
  const query = new URLSearchParams(search);
  const [, what, namespace = "", pod = "", ...more] = path.split("/").map(decoded);
  const [first, second] = more;
  const [uid, container = ""] = second === undefined ? [undefined, first] : [first, second];
  if (what === "portForward") return { is: "port-forward", namespace, pod, uid: first, query };
  const of = { namespace, pod, uid, container };
  if (container !== "") {
    if (what === "containerLogs") return { is: "logs", ...of, ...logOptionsIn(query) };
    if (what === "exec")
      return { is: "exec", ...of, command: query.getAll("command"), wanted: wantedIn(query) };
    if (what === "attach") return { is: "attach", ...of, wanted: wantedIn(query) };
  }
  if (path.startsWith(storagePath)) return { is: "storage", rpc: path.slice(storagePath.length) };
  return path === usagePath ? { is: "usage" } : { is: "document", path: url };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** As kubelets name them: `input` is stdin, `output` stdout. */
function wantedIn(query: URLSearchParams): CommandStreams {
  return {
    stdin: isSet(query, "input"),
    stdout: isSet(query, "output"),
    stderr: isSet(query, "error"),
    tty: isSet(query, "tty"),
  };
}

function logOptionsIn(query: URLSearchParams): {
  readonly options: LogOptions;
  readonly limitBytes?: number | undefined;
} {
  const tailLines = numberIn(query, "tailLines");
  const sinceTime = Date.parse(query.get("sinceTime") ?? "");
  return {
    options: {
      ...(isSet(query, "follow") && { follow: true }),
      ...(isSet(query, "previous") && { previous: true }),
      ...(isSet(query, "timestamps") && { timestamps: true }),
      ...(tailLines !== undefined && { tailLines }),
      ...(!Number.isNaN(sinceTime) && { sinceMs: sinceTime }),
    },
    limitBytes: numberIn(query, "limitBytes"),
  };
}

function isSet(query: URLSearchParams, name: string): boolean {
  return /^(1|true|t)$/i.test(query.get(name) ?? "");
}

/** Undefined for what is no number from 0 on. */
function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
