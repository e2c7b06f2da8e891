/** `k4s with -- COMMAND …`: a cluster for as long as a command runs. It leaves nothing behind. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { ApiError } from "../errors/index.ts";
import { startServedCluster } from "../served-cluster.ts";
import { clusterOptions, type StartOptions, writeKubeconfig } from "./start.ts";

export async function withCluster(
  [command = "", ...parameters]: readonly string[],
  options: StartOptions,
): Promise<void> {
  const told = new AbortController();
  // What comes while the cluster starts ends it, and the command is not begun.
  const early = (signal: NodeJS.Signals) => told.abort(signal);
  for (const signal of signals) process.on(signal, early);
  const started = await startServedCluster(clusterOptions(options));
  try {
    const { kubeconfig } = started;
    if (options.kubeconfig) writeKubeconfig(resolve(options.kubeconfig), readFileSync(kubeconfig, "utf8"));
    for (const signal of signals) process.off(signal, early);
    process.exitCode = told.signal.aborted
      ? codeOf(told.signal.reason as NodeJS.Signals)
      : await exitCodeOf(command, parameters, kubeconfig);
  } finally {
    await started.stop();
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** Runs the command. Its signals are its own; what tells us to end is passed on, and it is waited for. */
function exitCodeOf(command: string, parameters: readonly string[], kubeconfig: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const child = spawn(command, parameters, { stdio: "inherit", env });
    // Ctrl-C reaches the command by the terminal: here it is only not to end us first.
    const pass = (signal: NodeJS.Signals) => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    for (const each of signals) process.on(each, pass);
    child.once("error", cause => {
      for (const each of signals) process.off(each, pass);
      reject(new ApiError("BadRequest", `cannot run ${command}: ${cause.message}`, {}, { cause }));
    });
    child.once("exit", (code, signal) => {
      for (const each of signals) process.off(each, pass);
      resolve(code ?? (signal ? codeOf(signal) : 0));
    });
  });
}
