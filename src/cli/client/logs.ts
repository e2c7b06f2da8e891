/** `k4s logs`: what a container has printed. */
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { podOf } from "./pod-of.ts";

export interface LogsOptions extends WhereOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: number;
}

export async function logs(target: string, options: LogsOptions): Promise<void> {
  const connection = new Connection(options);
  const { container, follow, previous, timestamps, tail } = options;
  const query = new URLSearchParams({
    ...(container !== undefined && { container }),
    ...(follow && { follow: "true" }),
    ...(previous && { previous: "true" }),
    ...(timestamps && { timestamps: "true" }),
    ...(tail !== undefined && { tailLines: String(tail) }),
  });
  const { namespace, name } = await podOf(target, connection);
  const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(name)}/log`;
  for await (const piece of await connection.stream(query.size > 0 ? `${path}?${query}` : path, {
    accept: "*/*",
  }))
    if (!process.stdout.write(piece)) await new Promise(resolve => process.stdout.once("drain", resolve));
}
