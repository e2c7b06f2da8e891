/**
 * Process groups: the child process of a container leads one, so does each child of a thread, and the command of `k4s with`. What
 * such a process has started ends with it.
 */
import { execFile } from "node:child_process";

const isWindows = process.platform === "win32";

/** For `spawn`: the child leads a process group of its own. On Windows, which has none, it would mean a window. */
export const leadsGroup = !isWindows;

/**
 * Ends a process and all that it has started; what has ended already is no mistake. On Windows those are found by their parents,
 * and so what a process has started that has ended itself goes on.
 */
export function killGroup(pid: number): void {
  if (isWindows) execFile("taskkill", ["/pid", String(pid), "/t", "/f"], () => {});
  else signalGroup(pid, "SIGKILL");
}

/** Whether there is anything left of what a process had started that has ended. */
export function groupIsLeft(pid: number): boolean {
  return !isWindows && signalGroup(pid, 0);
}

/** Tells a process group; false where nothing of it is left. Not for Windows. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: no process is left. EPERM: on macOS the same, as long as the dead have not been reaped.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
    return false;
  }
}
