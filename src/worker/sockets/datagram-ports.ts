/**
 * Which UDP socket of the machine stands for a UDP port of a pod: a file beside the sockets of pods, named after the port, says so. It is
 * there as long as the program has the socket; what a program that was killed has left behind is found out and replaced.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The file of a port. @param prefix of the cluster's sockets @param isLoopback of 127.0.0.1, for the pod alone */
export function datagramFile(prefix: string, podIP: string, port: number, isLoopback: boolean): string {
  // Named pipes of Windows have no folder.
  const base = process.platform === "win32" ? join(tmpdir(), prefix.replace(/^.*\\/, "")) : prefix;
  return `${base}${podIP}-${port}-udp${isLoopback ? "-lo" : ""}`;
}

/** The port of the machine; undefined where no program has the pod's. */
export function machinePortAt(file: string): number | undefined {
  try {
    const port = Number(readFileSync(file, "latin1"));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}

/** False where another socket has it already. */
export function takeDatagramPort(file: string, machinePort: number): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, String(machinePort), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

/** Gives it back, unless another socket has it by now. */
export function leaveDatagramPort(file: string, machinePort: number): void {
  if (machinePortAt(file) === machinePort) rmSync(file, { force: true });
}
