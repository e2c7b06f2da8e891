/** `k4s with -- COMMAND …`: a cluster for as long as a command runs. It leaves nothing behind. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { ApiError } from "../errors/index.ts";
import { type StartOptions, startCluster } from "./start.ts";

export async function withCluster(
  [command = "", ...parameters]: readonly string[],
  options: StartOptions,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "k4s-"));
  try {
    const { cluster, kubeconfig } = await startCluster(options, join(folder, "kubeconfig"));
    try {
      process.exitCode = await exitCodeOf(command, parameters, kubeconfig);
    } finally {
      await cluster.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the command. Its signals are its own; what tells us to end is passed on, and it is waited for. */
function exitCodeOf(command: string, parameters: readonly string[], kubeconfig: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const child = spawn(command, parameters, { stdio: "inherit", env });
    const pass = (signal: NodeJS.Signals) => void child.kill(signal);
    // Ctrl-C reaches the command by the terminal: here it is only not to end us first.
    const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const each of signals) process.on(each, pass);
    child.once("error", cause => {
      reject(new ApiError("BadRequest", `cannot run ${command}: ${cause.message}`, {}, { cause }));
    });
    child.once("exit", (code, signal) => {
      for (const each of signals) process.off(each, pass);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
