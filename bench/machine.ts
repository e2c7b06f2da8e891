/** What the numbers were measured on. Ratios travel from machine to machine; numbers do not. */
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";

export function describeMachine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const load = loadavg()[0]?.toFixed(1);
  return [
    `Node ${process.versions.node}`,
    `${platform()} ${release()} ${arch()}`,
    `${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}`,
    memory,
    `load ${load} when it began`,
  ].join(", ");
}
