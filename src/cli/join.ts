/** `k4s node --join`: this machine as a node of a cluster that runs elsewhere, in the foreground, until it is told to end. */
import { readFileSync } from "node:fs";
import { joinCluster } from "../cluster/index.ts";
import { ApiError, messageOf } from "../errors/index.ts";
import type { Taint } from "../resources/index.ts";
import { endSoon } from "./ending.ts";
import { imageFolders } from "./image-folders.ts";
import { type NatsFlags, natsOptions } from "./nats-options.ts";
import { untilSignal } from "./signals.ts";
import { hostFolder } from "./start.ts";

export interface NodeJoinOptions extends NatsFlags {
  readonly join: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly caHash?: string;
  readonly data?: string;
  readonly name?: string;
  readonly address?: string;
  readonly port?: number;
  readonly images: readonly string[];
  readonly unknownImages: "refuse" | "hollow";
  readonly allowHostPath: readonly string[];
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly label: Readonly<Record<string, string>>;
  readonly taint: readonly Taint[];
}

/** Resolves when the node has ended. The first signal shuts it down, and its pods have their grace periods; a second one ends it at once. */
export async function join(options: NodeJoinOptions): Promise<void> {
  const { join: server, tokenFile, caFile, caHash, data, name, address, port, unknownImages } = options;
  const token =
    options.token ?? (tokenFile === undefined ? undefined : textIn("--token-file", tokenFile).trim());
  const { cpu, memory, pods, label: labels, taint: taints } = options;
  const signalled = untilSignal();
  const givingUp = new AbortController();
  void signalled.then(() =>
    givingUp.abort(new ApiError("ServiceUnavailable", "it was told to end before it had joined")),
  );
  const node = await joinCluster({
    server,
    ...(token !== undefined && { token }),
    ...(caFile !== undefined && { ca: textIn("--ca-file", caFile) }),
    ...(caHash !== undefined && { caHash }),
    ...(data !== undefined && { data }),
    ...(name !== undefined && { name }),
    ...(address !== undefined && { address }),
    ...(port !== undefined && { port }),
    images: imageFolders(options.images),
    unknownImages,
    hostPaths: options.allowHostPath.map(hostFolder),
    capacity: { ...(cpu && { cpu }), ...(memory && { memory }), ...(pods && { pods }) },
    labels,
    ...natsOptions(options),
    ...(taints.length > 0 && { taints }),
    onHeard,
    onWaiting: forWhat => console.error(`k4s: ${forWhat}`),
    signal: givingUp.signal,
  });
  const { nats } = natsOptions(options);
  const messages = nats ? "" : "Without --nats its pods and those elsewhere send each other no messages.\n";
  console.log(`ready: node ${node.name} has joined ${server}\n\n${messages}Ctrl-C shuts it down.`);
  const signal = await signalled;
  const atOnce = untilSignal().then(() => node.stop());
  await Promise.race([node.shutDown(), atOnce]);
  process.exitCode = signal === "SIGINT" ? 130 : 143;
  endSoon();
}

function onHeard(isHeard: boolean, why?: unknown): void {
  if (isHeard) console.error("k4s: the cluster is heard again");
  else
    console.error(
      `k4s: the cluster is not heard, and the pods of this node go on meanwhile: ${messageOf(why)}`,
    );
}

function textIn(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ApiError("BadRequest", `${option} ${file} cannot be read: ${messageOf(cause)}`, {}, { cause });
  }
}
