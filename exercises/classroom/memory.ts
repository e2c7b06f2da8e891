/** How much memory another process has in use, as the operating system counts it. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

/** 0 where that cannot be told: on Windows, or when the process is gone. Then only V8's own limit holds. */
export async function residentBytes(pid: number): Promise<number> {
  if (process.platform === "linux") return fromProc(pid);
  if (process.platform === "win32") return 0;
  return fromPs(pid);
}

async function fromProc(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

function fromPs(pid: number): Promise<number> {
  return new Promise(resolve => {
    execFile("ps", ["-o", "rss=", "-p", String(pid)], (error, stdout) => {
      resolve(error ? 0 : Number(stdout) * 1024);
    });
  });
}
