/**
 * What a served cluster answers besides the Kubernetes API, below `/k4s/`: what only k4s can tell, and what is done to nodes from
 * outside of them. The k4s command asks here. Who may, roles decide as of any path: `nonResourceURLs: ["/k4s/nodes/*"]` with the
 * verb `post`; an administrator may everything.
 */

import { ApiError, messageOf } from "../errors/index.ts";
import type { PolicyTest, PolicyTestOptions } from "../network/index.ts";
import { momentsOf, sentenceOf } from "../observe/index.ts";
import { timestamp } from "../outside/index.ts";
import { reportText, type SchedulingReport } from "../scheduler/index.ts";
import type { Pages } from "../server/index.ts";
import type { Change, ObjectKey } from "../store/index.ts";
import {
  type AddedNode,
  type ClusterStats,
  type NodeStopOptions,
  type OwnNodes,
  type OwnPolicy,
  policiesText,
} from "./calls/index.ts";

/** The calls of the cluster that they are made of. */
interface Told {
  readonly nodes: OwnNodes;
  readonly policy: OwnPolicy;
  stats(): Promise<ClusterStats>;
  keyOf(ref: string): ObjectKey;
  why(ref: string): Change[];
  scheduling(ref: string): Promise<SchedulingReport>;
}

type Page = (query: URLSearchParams) => Promise<string>;

export function clusterPages(cluster: Told): Pages {
  const refOf = (query: URLSearchParams) => query.get("ref") ?? "";
  const { nodes, policy } = cluster;
  const why = async (ref: string) => {
    const text = whyText(cluster.why(ref), ref);
    return cluster.keyOf(ref).kind === "Pod" ? text + (await policiesOf(ref, policy)) : text;
  };
  const done = (act: (name: string, options: unknown) => Promise<void>) => async (query: URLSearchParams) => {
    await act(query.get("name") ?? "", optionsIn(query));
    return "";
  };
  return {
    read: new Map<string, Page>([
      ["/k4s/why", query => why(refOf(query))],
      ["/k4s/scheduling", async query => reportText(await cluster.scheduling(refOf(query)))],
      ["/k4s/policy/test", async query => JSON.stringify(await testedIn(query, policy))],
      ["/k4s/stats", async () => JSON.stringify(await cluster.stats())],
      ["/k4s/nodes", async () => JSON.stringify(await nodes.list())],
    ]),
    act: new Map<string, Page>([
      ["/k4s/nodes/add", query => nodes.add(optionsIn(query) as AddedNode)],
      ["/k4s/nodes/stop", done((name, options) => nodes.stop(name, options as NodeStopOptions))],
      ["/k4s/nodes/crash", done(name => nodes.crash(name))],
      ["/k4s/nodes/freeze", done(name => nodes.freeze(name))],
      ["/k4s/nodes/start", done(name => nodes.start(name))],
      ["/k4s/nodes/remove", done(name => nodes.remove(name))],
    ]),
  };
}

/** A line for each write, the last one first. */
function whyText(chain: readonly Change[], ref: string): string {
  if (chain.length === 0) throw new ApiError("NotFound", `nothing is known of ${ref}`);
  return momentsOf(chain)
    .map(moment => `${timestamp(moment.at)}  ${sentenceOf(moment)}\n`)
    .join("");
}

/** Nothing of a pod that is gone: what happened to it is told nonetheless. */
async function policiesOf(ref: string, policy: OwnPolicy): Promise<string> {
  try {
    return policiesText(await policy.of(ref));
  } catch (error) {
    if (error instanceof ApiError && error.reason === "NotFound") return "";
    throw error;
  }
}

function testedIn(query: URLSearchParams, policy: OwnPolicy): Promise<PolicyTest> {
  const options = optionsIn(query) as PolicyTestOptions;
  return policy.test(query.get("from") ?? "", query.get("to") ?? "", options);
}

/** The arguments of a call, as JSON: the call itself says what is wrong with them. */
function optionsIn(query: URLSearchParams): unknown {
  try {
    return JSON.parse(query.get("options") ?? "{}");
  } catch (cause) {
    throw new ApiError("BadRequest", `options must be JSON: ${messageOf(cause)}`, {}, { cause });
  }
}
