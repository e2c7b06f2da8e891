/** Starts a cluster as the options of a command ask, serves it, applies what is to be applied first. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Cluster } from "../cluster.ts";
import { ApiError, messageOf } from "../errors/index.ts";
import type { Serving } from "../server/index.ts";

/** As commander gives them. */
export interface StartOptions {
  readonly filename: readonly string[];
  readonly images: readonly string[];
  readonly nodes: number;
  readonly listen: string;
  readonly tls: boolean;
  readonly kubeconfig?: string;
}

export interface Started {
  readonly cluster: Cluster;
  readonly serving: Serving;
  readonly kubeconfig: string;
}

/**
 * Resolves when the API answers and the manifests are applied. What fails ends the cluster again and is told as an ApiError.
 * @param defaultKubeconfig where the kubeconfig goes, where the options do not say
 */
export async function startCluster(options: StartOptions, defaultKubeconfig: string): Promise<Started> {
  const { images, nodes, listen, tls, filename } = options;
  const folders = images.length > 0 ? images : ["workers"].filter(existsSync);
  const kubeconfig = resolve(options.kubeconfig ?? defaultKubeconfig);
  const cluster = new Cluster({ images: folders.map(folder => resolve(folder)), nodes });
  try {
    await cluster.start();
    const serving = await cluster.serve({ listen, tls });
    for (const place of filename) await cluster.applyFile(place);
    writeKubeconfig(kubeconfig, serving.kubeconfig);
    return { cluster, serving, kubeconfig };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function writeKubeconfig(file: string, text: string): void {
  try {
    // One folder, not all above it: a path that is mistyped is told, not made.
    if (!existsSync(dirname(file))) mkdirSync(dirname(file));
    // It holds a token: for its owner alone.
    writeFileSync(file, text, { mode: 0o600 });
  } catch (cause) {
    const why = messageOf(cause);
    const advice = "name another file with --kubeconfig";
    throw new ApiError(
      "BadRequest",
      `the kubeconfig cannot be written to ${file}: ${why}; ${advice}`,
      {},
      { cause },
    );
  }
}
