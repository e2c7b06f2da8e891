/** `k4s up`: a cluster in the foreground, until it is told to end. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { startServedCluster } from "../cluster/index.ts";
import { endSoon } from "./ending.ts";
import { addToKubeconfig } from "./kubeconfig-file.ts";
import { assertNoneLives } from "./living-namesake.ts";
import { untilSignal } from "./signals.ts";
import { clusterOptions, type StartOptions } from "./start.ts";

/** Where `k4s up` leaves its kubeconfig, and the other verbs look for it. */
const ownKubeconfig = join(homedir(), ".k4s", "kubeconfig");

export async function up(options: StartOptions): Promise<void> {
  const signalled = untilSignal();
  const file = resolve(options.kubeconfig ?? ownKubeconfig);
  const { cluster, kubeconfig, url, dns, stop } = await startServedCluster(clusterOptions(options));
  let takeAway: () => void;
  try {
    const text = readFileSync(kubeconfig, "utf8");
    await assertNoneLives(file, text);
    takeAway = addToKubeconfig(file, text);
  } catch (error) {
    await stop();
    endSoon();
    throw error;
  }
  console.log(`ready: the Kubernetes API is served at ${url}`);
  if (cluster.ingress) console.log(`Ingresses are reached at ${cluster.ingress}`);
  console.log(`
  export KUBECONFIG=${file}
  kubectl get nodes        # or k4s get nodes${dns === undefined ? "" : `\n  ${digCommand(dns)}`}

Ctrl-C ends the cluster.`);
  const signal = await signalled;
  try {
    takeAway();
  } finally {
    await stop();
  }
  process.exitCode = signal === "SIGINT" ? 130 : 143;
  endSoon();
}

function digCommand(dns: string): string {
  const [, host = "", port = ""] = /^\[?(.+?)\]?:(\d+)$/.exec(dns) ?? [];
  return `dig @${host} -p ${port} kubernetes.default.svc.cluster.local`;
}
