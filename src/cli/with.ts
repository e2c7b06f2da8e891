/** `k4s with -- COMMAND …`: a cluster for as long as a command runs. It leaves nothing behind. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startServedCluster } from "../cluster/index.ts";
import { messageOf } from "../errors/index.ts";
import { groupIsLeft, killGroup, leadsGroup, signalGroup } from "../node/index.ts";
import { endSoon } from "./ending.ts";
import { addToKubeconfig } from "./kubeconfig-file.ts";
import { assertNoneLives } from "./living-namesake.ts";
import { clusterOptions, type StartOptions } from "./start.ts";

export async function withCluster(
  [command = "", ...parameters]: readonly string[],
  options: StartOptions,
): Promise<void> {
  const told = new AbortController();
  // What comes while the cluster starts ends it, and the command is not begun. There is always one who hears: a signal that comes between
  // two listeners would end us at once.
  let tell = (signal: NodeJS.Signals) => told.abort(signal);
  const heard = (signal: NodeJS.Signals) => tell(signal);
  for (const signal of signals) process.on(signal, heard);
  const started = await startServedCluster(clusterOptions(options));
  let takeAway = () => {};
  try {
    const { kubeconfig } = started;
    if (options.kubeconfig) {
      const [file, text] = [resolve(options.kubeconfig), readFileSync(kubeconfig, "utf8")];
      await assertNoneLives(file, text);
      takeAway = addToKubeconfig(file, text);
    }
    process.exitCode = told.signal.aborted
      ? codeOf(told.signal.reason as NodeJS.Signals)
      : await exitCodeOf(command, parameters, kubeconfig, pass => {
          tell = pass;
        });
  } finally {
    await started.stop();
    takeAway();
    for (const signal of signals) process.off(signal, heard);
    endSoon();
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** As shells have them. */
const notFound = 127;
const notExecutable = 126;

/**
 * Runs the command in a process group of its own, so that what it has started ends with it. Signals that tell us to end are passed
 * on to all of the group, and the command is waited for.
 * @param hears is given what is to be told of signals from then on
 */
async function exitCodeOf(
  command: string,
  parameters: readonly string[],
  kubeconfig: string,
  hears: (pass: (signal: NodeJS.Signals) => void) => void,
): Promise<number> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  // At a terminal the command stays in the group that may read from it, and that Ctrl-C reaches.
  const detached = leadsGroup && !process.stdin.isTTY;
  const child = spawn(command, parameters, { stdio: "inherit", env, detached });
  hears(signal => {
    if (detached && child.pid !== undefined) signalGroup(child.pid, signal);
    // Ctrl-C reaches the command by the terminal: here it is only not to end us first.
    else if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(code ?? (signal ? codeOf(signal) : 0)));
    });
    if (detached && child.pid !== undefined) await endGroup(child.pid);
    return code;
  } catch (cause) {
    console.error(`k4s: cannot run ${command}: ${messageOf(cause)}`);
    return (cause as NodeJS.ErrnoException).code === "ENOENT" ? notFound : notExecutable;
  }
}

/** What the command has left running has so long to end. */
const graceMs = 2_000;
const lookMs = 20;

async function endGroup(pid: number): Promise<void> {
  if (!signalGroup(pid, "SIGTERM")) return;
  for (let waited = 0; waited < graceMs && groupIsLeft(pid); waited += lookMs) await sleep(lookMs);
  killGroup(pid);
}
