/** `k4s up`: a cluster in the foreground, until it is told to end. */
import { rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { untilSignal } from "./signals.ts";
import { type StartOptions, startCluster } from "./start.ts";

/** Where `k4s up` leaves its kubeconfig, and the other verbs look for it. */
const ownKubeconfig = join(homedir(), ".k4s", "kubeconfig");

export async function up(options: StartOptions): Promise<void> {
  const signalled = untilSignal();
  const { cluster, serving, kubeconfig } = await startCluster(options, ownKubeconfig);
  console.log(`ready: the Kubernetes API is served at ${serving.url}`);
  console.log(`
  export KUBECONFIG=${kubeconfig}
  kubectl get nodes

Ctrl-C ends the cluster.`);
  const signal = await signalled;
  await cluster.stop();
  // What it says holds no longer.
  rmSync(kubeconfig, { force: true });
  process.exitCode = signal === "SIGINT" ? 130 : 143;
}
