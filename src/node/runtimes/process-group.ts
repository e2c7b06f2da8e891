/** The process group of a container's child process: what it has started, and did not end before it, ends with it. */
import { type ChildProcess, execFile } from "node:child_process";

const isWindows = process.platform === "win32";

/** For `spawn`: the child leads a process group of its own. On Windows, which has none, it would mean a window. */
export const leadsGroup = !isWindows;

/** Ends a process and all that it has started; what has ended already is no mistake. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (isWindows) {
    execFile("taskkill", ["/pid", String(pid), "/t", "/f"], () => {});
    return;
  }
  killProcess(-pid);
}

/** Ends a process, or by a negative number a group; what has ended already is no mistake. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: no process is left. EPERM: on macOS the same, as long as the dead have not been reaped.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
